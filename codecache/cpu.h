/* cpu.h - for which CPUs code is made: the levels of the x86-64 psABI, by gcc's names. */
#pragma once

#include "common/cause.h"

/* The level that code is made for when wanted is NULL or "native": what this machine has, at most x86-64-v3, since the
 * wider registers of v4 lower the clock of many machines, and short vector loops are what we have.  Otherwise wanted
 * itself, which may be less than the machine has, for code that others share.  NULL with cause if it is no level, or
 * one that this machine does not have. */
const char *cpu_level(const char *wanted, struct cause *cause) __attribute__((warn_unused_result));

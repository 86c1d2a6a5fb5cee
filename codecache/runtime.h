/* runtime.h - the table of functions that emitted code reaches through (struct rt in jit/rt.h). */
#pragma once

struct rt;

/* This interpreter's table; after switch_init(). */
const struct rt *runtime_table(void);

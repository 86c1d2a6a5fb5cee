/* fuzz.h - a fuzz target: one function, given bytes from nobody knows where, which must neither crash nor leak.
 *
 * Each target is linked twice: with driver.c, as t/unit/fuzz_NAME, which `make check` runs over the seeds in
 * t/fuzz/corpus/NAME and a fixed number of random changes to them; and, with --enable-fuzzers (clang), with libFuzzer,
 * as t/fuzz/NAME, which `make fuzz` runs for a while. */
#pragma once

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

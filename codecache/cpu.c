/* cpu.c - see cpu.h */
#include "config.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "codecache/cpu.h"

enum { NATIVE_MOST = 2 }; /* of the levels */

static const char *const levels[] = { "x86-64", "x86-64-v2", "x86-64-v3", "x86-64-v4" };

/* The highest one that this machine has.  gcc resolves "native" by itself, libgccjit refuses it. */
static unsigned machine_level(void)
{
#ifdef __clang__ /* 14 does not know the levels; it only builds what is fuzzed */
	return 0;
#else
	__builtin_cpu_init();
	return __builtin_cpu_supports("x86-64-v4")   ? 3
	       : __builtin_cpu_supports("x86-64-v3") ? 2
	       : __builtin_cpu_supports("x86-64-v2") ? 1
						     : 0;
#endif
}

const char *cpu_level(const char *wanted, struct cause *cause)
{
	unsigned most = machine_level(), level = 0;
	if (!wanted || strcmp(wanted, "native") == 0)
		return levels[most < NATIVE_MOST ? most : NATIVE_MOST];
	while (level < sizeof(levels) / sizeof(levels[0]) && strcmp(wanted, levels[level]) != 0)
		level++;
	if (level <= most)
		return levels[level];
	(void)cause_set(cause, -EINVAL,
			level < sizeof(levels) / sizeof(levels[0])
				? "code for %s cannot run here: this machine's CPU is of level %s"
				: "\"%s\" is no level of CPUs; this machine's is %s",
			wanted, levels[most]);
	return NULL;
}

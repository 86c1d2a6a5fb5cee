/* takeover.c - how our main() comes to run in a copy of python3's own executable.
 *
 * The distribution's executable is the fastest build of CPython that there is on a system: made with profiles and
 * link-time optimisation, which the library and its archive are not.  So preforge-python and preforge-zygote are copies
 * of it, with one more entry in their list of shared objects: ours, the first in the list, so that the C library's
 * start function, which calls main(), is looked for here before it is found there. */
#include "config.h"

#include <Python.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv);

typedef int (*main_function)(int argc, char **argv, char **environment);
typedef void (*plain_function)(void);
typedef int (*start_function)(main_function main, int argc, char **argv, plain_function init, plain_function fini,
			      plain_function linker_fini, void *stack_end);

int __libc_start_main(main_function, int argc, char **argv, plain_function init, plain_function fini,
		      plain_function linker_fini, void *stack_end);

static int run(int argc, char **argv, char **environment)
{
	(void)environment;
	if (Py_Version == PY_VERSION_HEX)
		return main(argc, argv);
	(void)fprintf(
		stderr, "%s: built for CPython " PY_VERSION ", but this is a copy of %lu.%lu.%lu; build it anew\n",
		argc > 0 ? argv[0] : "preforge", Py_Version >> 24 & 255, Py_Version >> 16 & 255, Py_Version >> 8 & 255);
	return EXIT_FAILURE;
}

int __libc_start_main(main_function theirs, int argc, char **argv, plain_function init, plain_function fini,
		      plain_function linker_fini, void *stack_end)
{
	(void)theirs;
	start_function start = (start_function)dlsym(RTLD_NEXT, "__libc_start_main");
	if (!start)
		abort();
	return start(run, argc, argv, init, fini, linker_fini, stack_end);
}

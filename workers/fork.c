/* fork.c - see fork.h */
#include "config.h"

#include <Python.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "workers/fork.h"

/* What is still buffered would be written twice. */
static void flush_output(void)
{
	static const char *const names[] = { "stdout", "stderr" };
	for (size_t i = 0; i < Py_ARRAY_LENGTH(names); i++) {
		PyObject *file = PySys_GetObject(names[i]); /* borrowed */
		PyObject *r = file && file != Py_None ? PyObject_CallMethod(file, "flush", NULL) : NULL;
		Py_XDECREF(r);
		PyErr_Clear();
	}
	(void)fflush(NULL);
}

_Noreturn void fork_exit(int status)
{
	PyObject *module = PyImport_ImportModule("atexit");
	PyObject *r = module ? PyObject_CallMethod(module, "_run_exitfuncs", NULL) : NULL;
	if (!r)
		PyErr_WriteUnraisable(module);
	Py_XDECREF(r);
	Py_XDECREF(module);
	flush_output();
	_exit(status);
}

/* By a child that ends at once, and whose child is adopted. */
static pid_t fork_twice(void)
{
	pid_t between = fork();
	if (between == 0) {
		pid_t pid = fork();
		if (pid != 0)
			_exit(pid < 0 ? errno : 0);
		return 0;
	}
	if (between < 0)
		return between;
	int status;
	pid_t r;
	do
		r = waitpid(between, &status, 0);
	while (r < 0 && errno == EINTR);
	if (r == between && WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 1;
	errno = r == between && WIFEXITED(status) ? WEXITSTATUS(status) : ECHILD;
	return -1;
}

pid_t fork_python(bool orphan)
{
	flush_output();
	/* Caught by the zygote's handler SIGTERM would be lost in the child; now it ends one that has not begun to
	 * serve. */
	sigset_t term, before;
	(void)sigemptyset(&term);
	(void)sigaddset(&term, SIGTERM);
	(void)pthread_sigmask(SIG_BLOCK, &term, &before);
	PyOS_BeforeFork();
	pid_t pid = orphan ? fork_twice() : fork();
	int saved = errno;
	if (pid == 0) {
		PyOS_AfterFork_Child();
		(void)signal(SIGTERM, SIG_DFL);
	} else {
		PyOS_AfterFork_Parent();
	}
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return pid < 0 ? -saved : pid;
}

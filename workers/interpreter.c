/* interpreter.c - see interpreter.h */
#include "config.h"

#include <Python.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workers/interpreter.h"
#include "workers/peer_module.h"
#include "workers/python_ref.h"

const char *interpreter_executable(void)
{
	static char path[PATH_MAX];
	const char *environment = getenv("VIRTUAL_ENV");
	if (!environment || !*environment)
		return PYTHON_EXECUTABLE;
	int n = snprintf(path, sizeof(path), "%s/lib/python%d.%d", environment, PY_MAJOR_VERSION, PY_MINOR_VERSION);
	if (n < 0 || (size_t)n >= sizeof(path) || access(path, F_OK) < 0)
		return PYTHON_EXECUTABLE;
	n = snprintf(path, sizeof(path), "%s/bin/python3", environment);
	if (n < 0 || (size_t)n >= sizeof(path) || access(path, X_OK) < 0)
		return PYTHON_EXECUTABLE;
	return path;
}

static int stdin_from_null(struct cause *cause)
{
	cleanup_fd int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	/* dup2() onto itself would leave it close-on-exec, which standard input must not be. */
	if (fd < 0 || (fd == STDIN_FILENO ? fcntl(steal_fd(&fd), F_SETFD, 0) : dup2(fd, STDIN_FILENO)) < 0)
		return cause_set_errno(cause, -errno, "cannot make /dev/null standard input");
	return 0;
}

int interpreter_start(struct cause *cause)
{
	int r = stdin_from_null(cause);
	if (r < 0)
		return r;

	if (peer_module_register() < 0)
		return cause_set(cause, -ENOMEM, "no memory for Python's modules");
	PyConfig config;
	PyConfig_InitPythonConfig(&config);
	config.parse_argv = 0;
	config.buffered_stdio = 0; /* what a service prints is read while it runs */
	PyStatus status = PyConfig_SetBytesString(&config, &config.program_name, interpreter_executable());
	if (!PyStatus_Exception(status))
		status = Py_InitializeFromConfig(&config);
	PyConfig_Clear(&config);
	if (PyStatus_Exception(status))
		return cause_set(cause, -EIO, "cannot start CPython: %s",
				 status.err_msg ? status.err_msg : "it wants to exit");
	return 0;
}

char *interpreter_take_traceback(void)
{
	PyObject *type, *value, *traceback;
	PyErr_Fetch(&type, &value, &traceback);
	PyErr_NormalizeException(&type, &value, &traceback);
	cleanup_py PyObject *owned_type = type, *owned_value = value, *owned_traceback = traceback;

	cleanup_py PyObject *module = PyImport_ImportModule("traceback");
	cleanup_py PyObject *lines =
		module ? PyObject_CallMethod(module, "format_exception", "OOO", type ? type : Py_None,
					     value ? value : Py_None, traceback ? traceback : Py_None)
		       : NULL;
	cleanup_py PyObject *empty = PyUnicode_FromString("");
	cleanup_py PyObject *joined = lines && empty ? PyUnicode_Join(empty, lines) : NULL;
	/* Lone surrogates must not keep the rest from being read. */
	cleanup_py PyObject *bytes = joined ? PyUnicode_AsEncodedString(joined, "utf-8", "backslashreplace") : NULL;
	PyErr_Clear();
	char *text = bytes ? strdup(PyBytes_AS_STRING(bytes)) : NULL;
	if (text && *text && text[strlen(text) - 1] == '\n')
		text[strlen(text) - 1] = '\0';
	return text;
}

int interpreter_cause(struct cause *cause, const char *context)
{
	PyObject *type, *value, *traceback;
	PyErr_Fetch(&type, &value, &traceback);
	PyErr_NormalizeException(&type, &value, &traceback);
	cleanup_py PyObject *text = value ? PyObject_Str(value) : NULL;
	const char *utf8 = text ? PyUnicode_AsUTF8(text) : NULL;
	PyErr_Clear();
	const char *name = type ? ((PyTypeObject *)type)->tp_name : "no exception";
	int r = cause_set(cause, -EINVAL, "%s: %s%s%s", context, name, utf8 && *utf8 ? ": " : "", utf8 ? utf8 : "");
	PyErr_Restore(type, value, traceback);
	return r;
}

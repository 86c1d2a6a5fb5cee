/* coroutines.c - see coroutines.h */
#include "config.h"

#include <Python.h>

#include "workers/coroutines.h"
#include "workers/embedded.h"
#include "workers/python_ref.h"

bool coroutines_wanted(PyObject *result)
{
	const PyAsyncMethods *methods = Py_TYPE(result)->tp_as_async;
	return methods && methods->am_await;
}

PyObject *coroutines_run(PyObject *result)
{
	cleanup_py PyObject *awaitable = result;
	return embedded_call("coroutines", "run", "(O)", awaitable);
}

void coroutines_close(void)
{
	cleanup_py PyObject *name = PyUnicode_FromString("_preforge_coroutines");
	cleanup_py PyObject *module = name ? PyImport_GetModule(name) : NULL;
	PyObject *r = module ? PyObject_CallMethod(module, "close", NULL) : NULL;
	Py_XDECREF(r);
	PyErr_Clear();
}

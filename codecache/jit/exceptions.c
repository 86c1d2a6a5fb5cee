/* exceptions.c - see exceptions.h. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "codecache/jit/exceptions.h"

bool exception_class_is_plain(PyObject *object)
{
	const PyTypeObject *class = (const PyTypeObject *)object, *base = (const PyTypeObject *)PyExc_BaseException;
	bool plain_init = class->tp_init == base->tp_init || object == PyExc_StopIteration; /* which keeps a value */
	return Py_IS_TYPE(object, &PyType_Type) && PyExceptionClass_Check(object) && class->tp_new == base->tp_new &&
	       plain_init && !class->tp_finalize && !class->tp_del;
}

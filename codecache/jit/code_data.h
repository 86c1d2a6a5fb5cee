/* code_data.h - what of ours a code object carries, with an index for each kind: PEP 523's extra data, see
 * Objects/codeobject.c.  Under the GIL; an exception that is set stays. */
#pragma once

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

/* NULL: it carries none.  index: negative where there is none yet. */
static inline void *code_data(PyObject *code, Py_ssize_t index)
{
	void *data = NULL;
	return index >= 0 && _PyCode_GetExtra(code, index, &data) == 0 ? data : NULL;
}

/* In the place of what it carries.  false: there is no memory. */
static inline bool code_data_set(PyObject *code, Py_ssize_t index, void *data)
{
	if (index < 0)
		return false;
	if (_PyCode_SetExtra(code, index, data) == 0)
		return true;
	PyErr_Clear();
	return false;
}

/* So many bytes, all 0, which die with the code object; *index is got for them if it is negative.  NULL: no memory. */
static inline void *code_data_make(PyObject *code, Py_ssize_t *index, size_t size)
{
	if (*index < 0)
		*index = _PyEval_RequestCodeExtraIndex(free);
	void *data = *index >= 0 ? calloc(1, size) : NULL;
	if (data && code_data_set(code, *index, data))
		return data;
	free(data);
	return NULL;
}

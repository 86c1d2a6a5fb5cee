/* value_type.c - what an argument is, see jit.h; for those who look at calls, too. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "codecache/buffers.h"
#include "codecache/jit/exact.h"
#include "codecache/jit/jit.h"
#include "codecache/native_priv.h"

enum value_type jit_value_type(PyObject *value)
{
	const struct {
		PyTypeObject *type;
		enum value_type is;
	} types[] = {
		{ &PyLong_Type, VALUE_INT },    { &PyFloat_Type, VALUE_FLOAT },
		{ &PyBool_Type, VALUE_BOOL },   { &PyList_Type, VALUE_LIST },
		{ &PyTuple_Type, VALUE_TUPLE }, { &PyDict_Type, VALUE_DICT },
		{ &PySet_Type, VALUE_SET },     { &PyUnicode_Type, VALUE_STR },
		{ &PyBytes_Type, VALUE_BYTES }, { &PyByteArray_Type, VALUE_BYTEARRAY },
	};
	if (PyLong_CheckExact(value) && !native_fits_int(value))
		return VALUE_BIG;
	for (size_t i = 0; i < Py_ARRAY_LENGTH(types); i++)
		if (Py_IS_TYPE(value, types[i].type))
			return types[i].is == VALUE_STR && exact_is_latin1(value) ? VALUE_LATIN1 : types[i].is;
	return buffer_type(value);
}

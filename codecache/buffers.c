/* buffers.c - arrays and memoryviews.  What these are does not change while they live: only how long an array is, and
 * whether a memoryview has been released, which emitted code looks at. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "codecache/buffers.h"
#include "codecache/runtime_priv.h"

/* Modules/arraymodule.c */
struct array_kind {
	char typecode;
	int item_size;
};

struct array {
	PyObject_VAR_HEAD;
	char *items;
	Py_ssize_t allocated;
	const struct array_kind *kind;
	PyObject *weak_references;
	Py_ssize_t exports;
};

/* Objects/memoryobject.c */
struct view_iterator {
	PyObject_HEAD;
	Py_ssize_t index;
	PyMemoryViewObject *view;
	Py_ssize_t length;
	const char *format;
};

_Static_assert(offsetof(struct array, items) == ARRAY_ITEMS && offsetof(struct array, allocated) == ARRAY_ALLOCATED &&
		       offsetof(struct array, exports) == ARRAY_EXPORTS,
	       "array");
_Static_assert(offsetof(PyMemoryViewObject, mbuf) == VIEW_MANAGED &&
		       offsetof(PyMemoryViewObject, flags) == VIEW_FLAGS &&
		       offsetof(PyMemoryViewObject, view.buf) == VIEW_START &&
		       offsetof(PyMemoryViewObject, view.readonly) == VIEW_READONLY &&
		       offsetof(PyMemoryViewObject, ob_array) == VIEW_LENGTH &&
		       offsetof(_PyManagedBufferObject, flags) == MANAGED_FLAGS,
	       "memoryview");
_Static_assert(offsetof(PyByteArrayObject, ob_alloc) == BYTEARRAY_ALLOCATED &&
		       offsetof(PyByteArrayObject, ob_bytes) == BYTEARRAY_BYTES &&
		       offsetof(PyByteArrayObject, ob_start) == BYTEARRAY_START &&
		       offsetof(PyByteArrayObject, ob_exports) == BYTEARRAY_EXPORTS,
	       "bytearray");
_Static_assert(VIEW_RELEASED == _Py_MEMORYVIEW_RELEASED && MANAGED_RELEASED == _Py_MANAGED_BUFFER_RELEASED, "released");

enum item buffer_item(uint32_t format)
{
	switch (format) {
	case 'b': return ITEM_I8;
	case 'B': return ITEM_U8;
	case 'h': return ITEM_I16;
	case 'H': return ITEM_U16;
	case 'i': return ITEM_I32;
	case 'I': return ITEM_U32;
	case 'l':
	case 'q': return ITEM_I64;
	case 'L':
	case 'Q': return ITEM_U64;
	case 'f': return ITEM_F32;
	case 'd': return ITEM_F64;
	default: return ITEM_COUNT;
	}
}

/* ---- arrays ---------------------------------------------------------------- */

static PyTypeObject *array_type; /* owned; there is one unless somebody imports the module again */

/* Python code cannot make such a type, as it is immutable. */
static bool is_array_type(PyTypeObject *type)
{
	const unsigned long flags = Py_TPFLAGS_HEAPTYPE | Py_TPFLAGS_IMMUTABLETYPE;
	if ((type->tp_flags & flags) != flags || strcmp(type->tp_name, "array.array") != 0 ||
	    type->tp_basicsize != sizeof(struct array))
		return false;
	PyObject *module = ((PyHeapTypeObject *)type)->ht_module;
	const struct PyModuleDef *definition = module ? PyModule_GetDef(module) : NULL;
	return definition && strcmp(definition->m_name, "array") == 0;
}

static bool is_array(PyObject *object)
{
	if (!array_type && is_array_type(Py_TYPE(object)))
		array_type = (PyTypeObject *)Py_NewRef(Py_TYPE(object));
	return array_type && Py_IS_TYPE(object, array_type);
}

PyTypeObject *buffer_array_type(void)
{
	PyObject *modules = PyImport_GetModuleDict();
	PyObject *module = !array_type && modules ? PyDict_GetItemString(modules, "array") : NULL;
	PyObject *type =
		module && PyModule_CheckExact(module) ? PyDict_GetItemString(PyModule_GetDict(module), "array") : NULL;
	if (type && PyType_Check(type) && is_array_type((PyTypeObject *)type))
		array_type = (PyTypeObject *)Py_NewRef(type);
	return array_type;
}

/* ---- memoryviews ------------------------------------------------------------ */

static const Py_ssize_t sizes[ITEM_COUNT] = {
	[ITEM_I8] = 1,  [ITEM_U8] = 1,  [ITEM_I16] = 2, [ITEM_U16] = 2, [ITEM_I32] = 4,
	[ITEM_U32] = 4, [ITEM_I64] = 8, [ITEM_U64] = 8, [ITEM_F32] = 4, [ITEM_F64] = 8,
};

static enum item item_of_view(const Py_buffer *view)
{
	const char *format = view->format ? view->format : "B";
	format += *format == '@';
	enum item item = *format && !format[1] ? buffer_item((uint8_t)*format) : ITEM_COUNT;
	bool plain = view->ndim == 1 && view->strides && view->strides[0] == view->itemsize && !view->suboffsets;
	return plain && item < ITEM_COUNT && view->itemsize == sizes[item] ? item : ITEM_COUNT;
}

enum value_type buffer_type(PyObject *object)
{
	bool view = PyMemoryView_Check(object);
	if (!view && !is_array(object))
		return VALUE_OBJECT;
	enum item item = view ? item_of_view(PyMemoryView_GET_BUFFER(object))
			      : buffer_item((uint8_t)((struct array *)object)->kind->typecode);
	if (item == ITEM_COUNT)
		return VALUE_OBJECT;
	return (enum value_type)((unsigned)(view ? VALUE_VIEW_I8 : VALUE_ARRAY_I8) + item);
}

static bool is_released(const PyMemoryViewObject *view)
{
	return (view->flags & _Py_MEMORYVIEW_RELEASED) || (view->mbuf->flags & _Py_MANAGED_BUFFER_RELEASED);
}

bool buffer_open(PyObject *object, struct buffer *ret)
{
	if (PyBytes_CheckExact(object) || PyByteArray_CheckExact(object)) {
		const char *bytes =
			PyBytes_CheckExact(object) ? PyBytes_AS_STRING(object) : PyByteArray_AS_STRING(object);
		*ret = (struct buffer){ ITEM_U8, bytes, Py_SIZE(object) };
		return true;
	}
	enum value_type type = buffer_type(object);
	if (type == VALUE_OBJECT)
		return false;
	if (type < VALUE_VIEW_I8) {
		const struct array *array = (struct array *)object;
		*ret = (struct buffer){ (enum item)((unsigned)type - VALUE_ARRAY_I8), array->items, Py_SIZE(array) };
		return true;
	}
	const PyMemoryViewObject *view = (PyMemoryViewObject *)object;
	*ret = (struct buffer){ (enum item)((unsigned)type - VALUE_VIEW_I8), view->view.buf, view->ob_array[0] };
	return !is_released(view);
}

/* Its flags are off meanwhile: nothing runs that could notice. */
PyObject *buffer_view_iter(PyObject *object, PyObject *index)
{
	PyMemoryViewObject *view = (PyMemoryViewObject *)object;
	Py_ssize_t at = PyLong_AsSsize_t(index);
	if (at < 0)
		return PyErr_Occurred() ? NULL : PyErr_Format(PyExc_SystemError, "preforge: index of a memoryview");
	int flags = view->flags, managed = view->mbuf->flags;
	view->flags &= ~_Py_MEMORYVIEW_RELEASED;
	view->mbuf->flags &= ~_Py_MANAGED_BUFFER_RELEASED;
	PyObject *iterator = PyObject_GetIter(object);
	view->flags = flags;
	view->mbuf->flags = managed;
	if (iterator)
		((struct view_iterator *)iterator)->index = at;
	return iterator;
}

/* ---- for emitted code ------------------------------------------------------- */

int pf_rt_buffer_is(PyObject *object, int64_t type)
{
	return buffer_type(object) == (enum value_type)type;
}

static int append(PyObject *array, PyObject *item)
{
	PyObject *none = item ? PyObject_CallMethod(array, "append", "O", item) : NULL;
	Py_XDECREF(item);
	Py_XDECREF(none);
	return none ? 0 : -1;
}

int pf_rt_array_append_i64(PyObject *array, int64_t item)
{
	return append(array, PyLong_FromLongLong(item));
}

int pf_rt_array_append_f64(PyObject *array, double item)
{
	return append(array, PyFloat_FromDouble(item));
}

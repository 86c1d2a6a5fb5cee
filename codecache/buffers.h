/* buffers.h - arrays (array.array) and memoryviews: which of them native code reads and writes in their memory. */
#pragma once

#include "codecache/unit.h"

typedef struct _object PyObject;
typedef struct _typeobject PyTypeObject;

/* VALUE_ARRAY_* of an array of numbers; VALUE_VIEW_* of a memoryview of one dimension without gaps, of native numbers,
 * released or not; else VALUE_OBJECT.  It is the same for as long as the object lives.  Never raises. */
enum value_type buffer_type(PyObject *object);

/* What a typecode, or a native format of struct, stands for; ITEM_COUNT: no native number. */
enum item buffer_item(uint32_t format);

/* The type array.array, borrowed; NULL: the module has not been imported. */
PyTypeObject *buffer_array_type(void);

/* Numbers in the memory of an object, for as long as nothing else runs. */
struct buffer {
	enum item item;
	const void *data;
	int64_t n;
};

/* Bytes, a bytearray, or what buffer_type() knows; false: it is none, or released. */
bool buffer_open(PyObject *object, struct buffer *ret);

/* The iterator of a memoryview that buffer_type() knows, which gives the item at index next, also of a released one.
 * New reference; NULL with an exception. */
PyObject *buffer_view_iter(PyObject *view, PyObject *index);

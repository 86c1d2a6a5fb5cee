/* items.h - the items of buffers that native code reads and writes in their memory: array.array and memoryview. */
#pragma once

/* F(NAME, "word", X): native integers and floats, of so many bits. */
/* clang-format off */
#define ITEMS(F, X)                                                                                             \
	F(I8, "i8", X) F(U8, "u8", X) F(I16, "i16", X) F(U16, "u16", X) F(I32, "i32", X) F(U32, "u32", X)       \
	F(I64, "i64", X) F(U64, "u64", X) F(F32, "f32", X) F(F64, "f64", X)
/* clang-format on */

enum item {
#define F(name, word, unused) ITEM_##name,
	ITEMS(F, )
#undef F
		ITEM_COUNT
};

/* Where an object has the number of its items, and their memory. */
enum layout { LAYOUT_BYTEARRAY, LAYOUT_ARRAY, LAYOUT_VIEW };

/* Array: Modules/arraymodule.c, arrayobject.  View: Include/memoryobject.h, PyMemoryViewObject, of one
 * dimension; its length is the first word behind the object.  In bytes. */
enum {
	BUFFER_SIZE = 16,
	BYTEARRAY_ALLOCATED = 24,
	BYTEARRAY_BYTES = 32,
	BYTEARRAY_START = 40,
	BYTEARRAY_EXPORTS = 48,
	ARRAY_ITEMS = 24,
	ARRAY_ALLOCATED = 32,
	ARRAY_EXPORTS = 56,
	VIEW_MANAGED = 24,
	VIEW_FLAGS = 40,
	VIEW_START = 56,
	VIEW_READONLY = 88,
	VIEW_LENGTH = 144,
	MANAGED_FLAGS = 16,
};
enum { VIEW_RELEASED = 1, MANAGED_RELEASED = 1 }; /* _Py_MEMORYVIEW_RELEASED, _Py_MANAGED_BUFFER_RELEASED */

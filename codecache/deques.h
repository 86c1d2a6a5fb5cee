/* deques.h - collections.deque, which CPython's C API does not know. */
#pragma once

typedef struct _typeobject PyTypeObject;

/* The type, borrowed; NULL: it is not to be had. */
PyTypeObject *deque_type(void);

/* respecialize.h - what to compile next of a function that CPython is busy with, by what its calls were seen to be. */
#pragma once

#include "codecache/native.h"
#include "codecache/observer.h"

/* Asks for code for the types of vector (one of observer's), with what feedback (see feedback.h) says of operands. */
typedef void (*respecialize_ask)(struct observer *observer, const struct observer_vector *vector, const char *feedback,
				 void *userdata);

/* For the types that most calls without code had, as native_observer() says. */
void respecialize_for_types(const struct native_function *native, const char *feedback, respecialize_ask ask,
			    void *userdata);

/* The function is native, and yet CPython is busy with it: for want of code for the types that it is called with, or
 * because it is left for others that it meets. */
void respecialize(PyObject *function, const struct native_function *native, respecialize_ask ask, void *userdata);

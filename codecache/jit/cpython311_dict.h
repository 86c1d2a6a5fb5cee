/* cpython311_dict.h - what is known of a dict's keys; for cpython311_dict.c and rt_sort.c only. */
#pragma once

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdbool.h>

/* Whether all keys of the dict are exactly strs, as far as it knows: then looking one up runs no Python code. */
bool dict_has_str_keys(PyObject *dict);

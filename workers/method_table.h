/* method_table.h - what can be called: the app's methods by name, and our own, which begin with "rpc.".
 *
 * The GIL must be held. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "workers/signature.h"

typedef struct _object PyObject;

struct method {
	const char *name; /* UTF-8, of name_object */
	size_t length;
	PyObject *name_object;
	PyObject *callable;
	struct signature signature;
	PyObject *checker; /* of the parameters' types, see workers/py/checks.py; NULL or None: there is nothing to
			      check */
	uint64_t limit_us; /* how long a call may take, 0: no limit */
	unsigned metric;   /* see measure.h */
};

struct method_table {
	struct method *methods;
	size_t n_methods;
	uint32_t *slots; /* hash -> index of the method + 1, 0: none */
	size_t mask;
};

/* Fill an empty table with a dict of str to callable, and our own methods; the signatures are read now, once, and with
 * check_types the annotations.  -1 with an exception; the table is to be cleared then, too. */
int method_table_fill(struct method_table *table, PyObject *methods, bool check_types)
	__attribute__((warn_unused_result));
void method_table_clear(struct method_table *table);

/* The method of that name, NULL if there is none. */
const struct method *method_table_find(const struct method_table *table, const char *name, size_t length);

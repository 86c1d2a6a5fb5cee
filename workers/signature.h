/* signature.h - which parameters a method takes, and whether a call fits.
 *
 * Read once for each method, so that a call that does not fit is told from a TypeError that the method raises.  A
 * Python function is asked itself, not what it claims to wrap (__wrapped__): a decorator may well add or take away
 * parameters, and a call that works must not be refused.  The GIL must be held. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "workers/buffer.h"

typedef struct _object PyObject;

enum parameter_kind { PARAMETER_POSITIONAL_ONLY, PARAMETER_EITHER, PARAMETER_KEYWORD_ONLY };

struct parameter {
	PyObject *name; /* str */
	enum parameter_kind kind;
	bool required;
};

struct signature {
	bool known;                              /* else everything fits: builtins without a signature */
	bool takes_any_position, takes_any_name; /* *args, **keywords */
	size_t n, n_positional;
	struct parameter *parameters; /* positional ones first */
};

/* -1 with an exception, only when memory is short. */
int signature_read(PyObject *callable, struct signature *ret) __attribute__((warn_unused_result));
void signature_clear(struct signature *signature);

/* Does a call with n positional arguments fit, or one with the names of the dict? If not, false. */
bool signature_fits_positions(const struct signature *signature, size_t n);
bool signature_fits_names(const struct signature *signature, PyObject *names);

/* Append a JSON object that says what does not fit: {"detail":"missing: b; unknown: x","missing":["b"],...}.  names is
 * NULL for a call with n positional arguments; doubled (list of str or NULL): names that were given more than once. */
void signature_explain(const struct signature *signature, size_t n, PyObject *names, PyObject *doubled,
		       struct buffer *out);

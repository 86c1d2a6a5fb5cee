/* signature.c - see signature.h */
#include "config.h"

#include <Python.h>

#include <stdlib.h>

#include "workers/convert.h"
#include "workers/signature.h"

static int add(struct signature *signature, PyObject *name, enum parameter_kind kind, bool required)
{
	struct parameter *grown = reallocarray(signature->parameters, signature->n + 1, sizeof(*signature->parameters));
	if (!grown) {
		PyErr_NoMemory();
		return -1;
	}
	signature->parameters = grown;
	signature->parameters[signature->n++] =
		(struct parameter){ .name = Py_NewRef(name), .kind = kind, .required = required };
	if (kind != PARAMETER_KEYWORD_ONLY)
		signature->n_positional = signature->n;
	return 0;
}

void signature_clear(struct signature *signature)
{
	for (size_t i = 0; i < signature->n; i++)
		Py_DECREF(signature->parameters[i].name);
	free(signature->parameters);
	*signature = (struct signature){ .known = false };
}

/* Of a function's code: argument names come first in its locals (Include/cpython/code.h), positional-only before the
 * others, keyword-only after them.  skip: leading parameters that are bound already. */
static int read_function(PyObject *function, int skip, struct signature *signature)
{
	PyCodeObject *code = (PyCodeObject *)PyFunction_GET_CODE(function);
	PyObject *defaults = PyFunction_GET_DEFAULTS(function);
	PyObject *keyword_defaults = PyFunction_GET_KW_DEFAULTS(function);
	int n_defaults = defaults ? (int)PyTuple_GET_SIZE(defaults) : 0;
	PyObject *names = PyCode_GetVarnames(code);
	if (!names)
		return -1;
	int r = 0;
	for (int i = skip; r == 0 && i < code->co_argcount + code->co_kwonlyargcount; i++) {
		PyObject *name = PyTuple_GET_ITEM(names, i);
		if (i < code->co_posonlyargcount)
			r = add(signature, name, PARAMETER_POSITIONAL_ONLY, i < code->co_argcount - n_defaults);
		else if (i < code->co_argcount)
			r = add(signature, name, PARAMETER_EITHER, i < code->co_argcount - n_defaults);
		else
			r = add(signature, name, PARAMETER_KEYWORD_ONLY,
				!keyword_defaults || !PyDict_Contains(keyword_defaults, name));
	}
	Py_DECREF(names);
	signature->takes_any_position = code->co_flags & CO_VARARGS;
	signature->takes_any_name = code->co_flags & CO_VARKEYWORDS;
	/* Where self itself lands in *args, let the call tell. */
	signature->known = skip <= code->co_argcount;
	return r;
}

static int read_parameter(PyObject *parameter, struct signature *signature)
{
	enum { POSITIONAL_ONLY, POSITIONAL_OR_KEYWORD, VAR_POSITIONAL, KEYWORD_ONLY, VAR_KEYWORD }; /* inspect's */
	PyObject *name = PyObject_GetAttrString(parameter, "name");
	PyObject *kind = PyObject_GetAttrString(parameter, "kind");
	PyObject *value = PyObject_GetAttrString(parameter, "default");
	PyObject *empty = PyObject_GetAttrString(parameter, "empty");
	int r = name && kind && value && empty ? 0 : -1;
	if (r == 0) {
		bool required = value == empty;
		switch (PyLong_AsLong(kind)) {
		case POSITIONAL_ONLY: r = add(signature, name, PARAMETER_POSITIONAL_ONLY, required); break;
		case POSITIONAL_OR_KEYWORD: r = add(signature, name, PARAMETER_EITHER, required); break;
		case KEYWORD_ONLY: r = add(signature, name, PARAMETER_KEYWORD_ONLY, required); break;
		case VAR_POSITIONAL: signature->takes_any_position = true; break;
		case VAR_KEYWORD: signature->takes_any_name = true; break;
		default: r = -1; break;
		}
	}
	Py_XDECREF(name);
	Py_XDECREF(kind);
	Py_XDECREF(value);
	Py_XDECREF(empty);
	return r;
}

/* Classes, callable objects, builtins, lru_cache, partial: what inspect.signature() says. */
static int read_other(PyObject *callable, struct signature *signature)
{
	PyObject *inspect = PyImport_ImportModule("inspect");
	PyObject *described = inspect ? PyObject_CallMethod(inspect, "signature", "O", callable) : NULL;
	PyObject *parameters = described ? PyObject_GetAttrString(described, "parameters") : NULL;
	PyObject *values = parameters ? PyMapping_Values(parameters) : NULL;
	int r = values ? 0 : -1;
	for (Py_ssize_t i = 0; r == 0 && i < PyList_GET_SIZE(values); i++)
		r = read_parameter(PyList_GET_ITEM(values, i), signature);
	signature->known = r == 0;
	Py_XDECREF(values);
	Py_XDECREF(parameters);
	Py_XDECREF(described);
	Py_XDECREF(inspect);
	return r;
}

int signature_read(PyObject *callable, struct signature *ret)
{
	*ret = (struct signature){ .known = false };
	int r;
	if (PyFunction_Check(callable))
		r = read_function(callable, 0, ret);
	else if (PyMethod_Check(callable) && PyFunction_Check(PyMethod_GET_FUNCTION(callable)))
		r = read_function(PyMethod_GET_FUNCTION(callable), 1, ret);
	else
		r = read_other(callable, ret);
	if (r == 0)
		return 0;
	signature_clear(ret);
	if (PyErr_ExceptionMatches(PyExc_MemoryError))
		return -1;
	PyErr_Clear(); /* no signature is known: the call itself will tell */
	return 0;
}

/* Is the parameter left out by n positional arguments? */
static bool lacks_position(const struct signature *signature, size_t i, size_t n)
{
	const struct parameter *parameter = &signature->parameters[i];
	return parameter->required && (parameter->kind == PARAMETER_KEYWORD_ONLY || i >= n);
}

bool signature_fits_positions(const struct signature *signature, size_t n)
{
	if (!signature->known)
		return true;
	if (n > signature->n_positional && !signature->takes_any_position)
		return false;
	for (size_t i = 0; i < signature->n; i++)
		if (lacks_position(signature, i, n))
			return false;
	return true;
}

/* Can the parameter's name be used in a call? Like Python, not if it is positional-only. */
static bool takes_name(const struct signature *signature, PyObject *name)
{
	for (size_t i = 0; i < signature->n; i++)
		if (signature->parameters[i].kind != PARAMETER_POSITIONAL_ONLY &&
		    (signature->parameters[i].name == name ||
		     PyUnicode_Compare(signature->parameters[i].name, name) == 0))
			return true;
	return signature->takes_any_name;
}

static bool lacks_name(const struct signature *signature, size_t i, PyObject *names)
{
	const struct parameter *parameter = &signature->parameters[i];
	return parameter->required &&
	       (parameter->kind == PARAMETER_POSITIONAL_ONLY || PyDict_Contains(names, parameter->name) != 1);
}

bool signature_fits_names(const struct signature *signature, PyObject *names)
{
	if (!signature->known)
		return true;
	for (size_t i = 0; i < signature->n; i++)
		if (lacks_name(signature, i, names))
			return false;
	Py_ssize_t position = 0;
	PyObject *name;
	while (PyDict_Next(names, &position, &name, NULL))
		if (!takes_name(signature, name))
			return false;
	return true;
}

/* One kind of misfit: the names go into a sentence and into a JSON array. */
struct misfit {
	const char *member; /* of the JSON object */
	const char *words;
	struct buffer sentence, array;
};

static void misfit_add(struct misfit *misfit, PyObject *name)
{
	bool first = buffer_length(&misfit->array) == 0;
	buffer_append(&misfit->array, first ? "[" : ",", 1);
	(void)convert_dump_str(name, &misfit->array);
	PyObject *bytes = PyUnicode_AsEncodedString(name, "utf-8", "backslashreplace");
	if (bytes)
		buffer_printf(&misfit->sentence, "%s%s", first ? "" : ", ", PyBytes_AS_STRING(bytes));
	Py_XDECREF(bytes);
	PyErr_Clear();
}

static void misfit_finish(struct misfit *misfit, struct buffer *detail, struct buffer *members)
{
	if (buffer_length(&misfit->array) > 0) {
		buffer_printf(detail, "%s%s: ", buffer_length(detail) > 0 ? "; " : "", misfit->words);
		buffer_append(detail, buffer_begin(&misfit->sentence), buffer_length(&misfit->sentence));
		buffer_printf(members, ",\"%s\":", misfit->member);
		buffer_append(members, buffer_begin(&misfit->array), buffer_length(&misfit->array));
		buffer_append_char(members, ']');
	}
	buffer_free(&misfit->sentence);
	buffer_free(&misfit->array);
}

void signature_explain(const struct signature *signature, size_t n, PyObject *names, PyObject *doubled,
		       struct buffer *out)
{
	struct misfit missing = { .member = "missing", .words = "missing" };
	struct misfit unknown = { .member = "unknown", .words = "unknown" };
	struct misfit by_name = { .member = "positional_only", .words = "not to be given by name" };
	struct misfit twice = { .member = "doubled", .words = "given more than once" };
	struct buffer detail = BUFFER_INIT, members = BUFFER_INIT;
	for (size_t i = 0; i < signature->n; i++) {
		PyObject *name = signature->parameters[i].name;
		bool misnamed = names && signature->parameters[i].kind == PARAMETER_POSITIONAL_ONLY &&
				!signature->takes_any_name && PyDict_Contains(names, name) == 1;
		if (misnamed)
			misfit_add(&by_name, name);
		else if (names ? lacks_name(signature, i, names) : lacks_position(signature, i, n))
			misfit_add(&missing, name);
	}
	Py_ssize_t position = 0;
	PyObject *name;
	while (names && signature->known && PyDict_Next(names, &position, &name, NULL)) {
		bool positional_only = false;
		for (size_t i = 0; i < signature->n; i++)
			positional_only |= signature->parameters[i].kind == PARAMETER_POSITIONAL_ONLY &&
					   PyUnicode_Compare(signature->parameters[i].name, name) == 0;
		if (!positional_only && !takes_name(signature, name))
			misfit_add(&unknown, name);
	}
	for (Py_ssize_t i = 0; doubled && i < PyList_GET_SIZE(doubled); i++)
		misfit_add(&twice, PyList_GET_ITEM(doubled, i));
	misfit_finish(&missing, &detail, &members);
	misfit_finish(&unknown, &detail, &members);
	misfit_finish(&by_name, &detail, &members);
	misfit_finish(&twice, &detail, &members);
	if (!names && n > signature->n_positional && !signature->takes_any_position) {
		buffer_printf(&detail, "%stoo many: %zu given, at most %zu taken",
			      buffer_length(&detail) > 0 ? "; " : "", n, signature->n_positional);
		buffer_printf(&members, ",\"given\":%zu,\"at_most\":%zu", n, signature->n_positional);
	}
	buffer_append_literal(out, "{\"detail\":");
	convert_dump_utf8(buffer_begin(&detail), buffer_length(&detail), out);
	buffer_append(out, buffer_begin(&members), buffer_length(&members));
	buffer_append_char(out, '}');
	buffer_free(&detail);
	buffer_free(&members);
}

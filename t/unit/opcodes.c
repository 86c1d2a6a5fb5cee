/* opcodes.c - every opcode of CPython 3.11, as Lib/opcode.py lists them, is decoded: translated, or left to CPython for
 * a stated reason. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "codecache/jit/bytecode.h"
#include "t/unit/embed.h"

enum { OPCODES = 256, MAX_UNITS = 16 };

static PyObject *globals; /* of a module that has imported what Lib/opcode.py says */

/* A function's code object whose instructions are these: its names, constants and locals have at least two each. */
static PyCodeObject *code_of(const uint8_t *units, size_t n)
{
	PyObject *bytes = PyBytes_FromStringAndSize((const char *)units, (Py_ssize_t)(2 * n));
	PyObject *code = PyObject_CallFunction(PyDict_GetItemString(globals, "code_of"), "O", bytes);
	assert_non_null(code);
	Py_DECREF(bytes);
	return (PyCodeObject *)code;
}

/* The opcode, with room for its inline cache behind it, as a CALL has to stand behind a PRECALL. */
static PyCodeObject *code_with(uint8_t opcode, const char *base)
{
	uint8_t units[2 * MAX_UNITS] = { 0 };
	PyObject *map = PyDict_GetItemString(globals, "opmap"), *caches = PyDict_GetItemString(globals, "caches");
	size_t n = 0;
	units[2 * n++] = opcode;
	n += (size_t)PyLong_AsLong(PyDict_GetItemString(caches, base));
	if (strcmp(base, "PRECALL") == 0) {
		units[2 * n++] = (uint8_t)PyLong_AsLong(PyDict_GetItemString(map, "CALL"));
		n += (size_t)PyLong_AsLong(PyDict_GetItemString(caches, "CALL"));
	}
	for (int i = 0; i < 2; i++) { /* prefixes want something behind them */
		units[2 * n++] = (uint8_t)PyLong_AsLong(PyDict_GetItemString(map, "RETURN_VALUE"));
	}
	return code_of(units, n);
}

/* A prefix has no instruction of its own, nor have caches. */
static bool is_part_of_another(const char *name)
{
	return strcmp(name, "EXTENDED_ARG") == 0 || strcmp(name, "CACHE") == 0 || strcmp(name, "KW_NAMES") == 0;
}

static void check_decoded(PyCodeObject *code, const char *name, const char *reason)
{
	struct bc_code *bc = bc_decode((PyObject *)code);
	assert_non_null(bc);
	const struct bc_instr *i = &bc->instrs[0];
	if (!is_part_of_another(name)) {
		assert_string_equal(i->opcode, name);
		if ((i->op == BC_UNSUPPORTED) != (reason != NULL))
			fail_msg("%s: unsupported %d, reason %s", name, i->op == BC_UNSUPPORTED,
				 reason ? reason : "none");
		assert_ptr_equal(i->reason, reason);
	}
	bc_free(bc);
}

static void every_opcode_is_decoded(void **state)
{
	(void)state;
	PyObject *opname = PyDict_GetItemString(globals, "opname");
	int n = 0;
	for (int opcode = 0; opcode < OPCODES; opcode++) {
		const char *expected = PyUnicode_AsUTF8(PyList_GetItem(opname, opcode)), *reason = NULL;
		if (expected[0] == '<')
			continue;
		const char *name = bc_opcode(opcode, &reason);
		if (!name)
			fail_msg("%s (%d) is not in the table", expected, opcode);
		assert_string_equal(name, expected);
		if (reason)
			assert_true(strlen(reason) > 10);
		PyCodeObject *code = code_with((uint8_t)opcode, name);
		check_decoded(code, name, reason);
		Py_DECREF(code);
		n++;
	}
	assert_int_equal(n, PyDict_Size(PyDict_GetItemString(globals, "opmap")));
}

/* CPython itself puts specialised opcodes into a code object; new ones have none. */
static void every_specialised_opcode_is_decoded(void **state)
{
	(void)state;
	PyObject *opname = PyDict_GetItemString(globals, "opname");
	int n = 0;
	for (int opcode = 0; opcode < OPCODES; opcode++) {
		const char *reason = NULL, *name = bc_opcode(opcode, &reason);
		if (!name || PyUnicode_AsUTF8(PyList_GetItem(opname, opcode))[0] != '<')
			continue;
		PyCodeObject *code = code_with(
			(uint8_t)PyLong_AsLong(PyDict_GetItemString(PyDict_GetItemString(globals, "opmap"), name)),
			name);
		code->co_code_adaptive[0] = (char)opcode;
		check_decoded(code, name, reason);
		Py_DECREF(code);
		n++;
	}
	assert_int_equal(n, PyList_Size(PyDict_GetItemString(globals, "specialised")));
}

static const char module[] =
	"from opcode import opname, opmap, _inline_cache_entries, _specialized_instructions as specialised\n"
	"caches = dict(zip(opname, _inline_cache_entries))\n"
	"def template(a, b):\n"
	"    a.first, b.second = 1.5, 2.5\n"
	"def code_of(units):\n"
	"    return template.__code__.replace(co_code=units)\n";

int main(void)
{
	embed_start();
	globals = embed_module("cases", module);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_opcode_is_decoded),
		cmocka_unit_test(every_specialised_opcode_is_decoded),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

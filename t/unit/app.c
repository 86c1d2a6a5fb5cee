/* Importing the app: its methods, its functions, and what is said when it cannot be imported. */
#include "config.h"

#include <Python.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/cleanup.h"
#include "workers/app.h"

static char directory[] = "/tmp/preforge-app-XXXXXX";
static char path[128];

static struct app *load(const char *name, const char *source, char **traceback, struct cause *cause)
{
	(void)snprintf(path, sizeof(path), "%s/%s.py", directory, name);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	(void)fputs(source, file);
	(void)fclose(file);
	struct app *app = NULL;
	int r = app_load(path, &app, traceback, cause);
	assert_true(r == 0 ? app != NULL : app == NULL);
	(void)unlink(path);
	return app;
}

static void assert_names(PyObject *iterable, const char *expected)
{
	PyObject *empty = PyUnicode_FromString(" ");
	PyObject *joined = PyUnicode_Join(empty, iterable);
	assert_non_null(joined);
	assert_string_equal(PyUnicode_AsUTF8(joined), expected);
	Py_DECREF(joined);
	Py_DECREF(empty);
}

/* The template with each @ replaced by the app's path, in a static buffer. */
static const char *with_path(const char *template)
{
	static char text[1024];
	char *to = text;
	for (; *template; template ++) {
		if (*template == '@')
			to = stpcpy(to, path);
		else
			*to++ = *template;
	}
	*to = '\0';
	return text;
}

static void assert_refused(const char *name, const char *source, const char *expected_cause,
			   const char *expected_traceback)
{
	struct cause cause = CAUSE_INIT;
	cleanup_free char *traceback = NULL;
	assert_null(load(name, source, &traceback, &cause));
	assert_string_equal(cause.text, with_path(expected_cause));
	if (expected_traceback) {
		assert_non_null(traceback);
		assert_string_equal(traceback, with_path(expected_traceback));
	} else {
		assert_null(traceback);
	}
	assert_false(PyErr_Occurred());
}

static void test_public_functions(void **state)
{
	(void)state;
	struct cause cause = CAUSE_INIT;
	cleanup_free char *traceback = NULL;
	cleanup(app_freep) struct app *app = load("public",
						  "import functools\n"
						  "from os.path import join\n"
						  "def b(): return 1\n"
						  "def _private(): pass\n"
						  "class C: pass\n"
						  "c = C()\n"
						  "@functools.lru_cache\n"
						  "def cached(): pass\n"
						  "a = lambda: 2\n"
						  "number = 3\n",
						  &traceback, &cause);
	assert_non_null(app);
	assert_names(app_methods(app), "b cached a");
	assert_ptr_equal(app_method(app, "b"), PyDict_GetItemString(app_methods(app), "b"));
	assert_null(app_method(app, "join"));
	assert_null(app_method(app, "no\xffthing"));
	assert_false(PyErr_Occurred());
}

static void test_all(void **state)
{
	(void)state;
	struct cause cause = CAUSE_INIT;
	cleanup_free char *traceback = NULL;
	cleanup(app_freep) struct app *app = load("with_all",
						  "from os.path import join\n"
						  "__all__ = ['_hidden', 'join']\n"
						  "def shown(): pass\n"
						  "def _hidden(): pass\n",
						  &traceback, &cause);
	assert_non_null(app);
	assert_names(app_methods(app), "_hidden join");
}

static void test_module_attributes(void **state)
{
	(void)state;
	struct cause cause = CAUSE_INIT;
	cleanup_free char *traceback = NULL;
	cleanup(app_freep) struct app *app = load("my-attributes",
						  "import os, sys\n"
						  "assert __name__ == 'my-attributes', __name__\n"
						  "assert os.path.isabs(__file__)\n"
						  "assert sys.path[0] == os.path.dirname(__file__), sys.path\n"
						  "assert sys.argv == [__file__]\n"
						  "assert sys.modules[__name__].__spec__.name == __name__\n"
						  "assert sys.stdin.read() == ''\n"
						  "import subprocess\n"
						  "v = subprocess.run([sys.executable, '-V'], capture_output=True)\n"
						  "assert v.stdout.decode().split()[1] == sys.version.split()[0], v\n",
						  &traceback, &cause);
	if (traceback)
		print_message("%s\n", traceback);
	assert_non_null(app);
}

static void test_functions(void **state)
{
	(void)state;
	struct cause cause = CAUSE_INIT;
	cleanup_free char *traceback = NULL;
	cleanup(app_freep) struct app *app = load("functions",
						  "import functools, os\n"
						  "from os.path import join\n"
						  "def deco(f):\n"
						  "    @functools.wraps(f)\n"
						  "    def inner(): return f()\n"
						  "    return inner\n"
						  "@deco\n"
						  "def wrapped(): pass\n"
						  "class C:\n"
						  "    def m(self): pass\n"
						  "    @staticmethod\n"
						  "    def s(): pass\n"
						  "    @classmethod\n"
						  "    def c(cls): pass\n"
						  "    @property\n"
						  "    def p(self): pass\n"
						  "    class D:\n"
						  "        def n(self): pass\n"
						  "alias = deco\n"
						  "@functools.lru_cache\n"
						  "def cached(): pass\n",
						  &traceback, &cause);
	assert_non_null(app);
	PyObject *functions = app_functions(app);
	assert_non_null(functions);
	PyObject *names = PyList_New(0);
	for (Py_ssize_t i = 0; i < PyList_GET_SIZE(functions); i++) {
		PyObject *code = PyFunction_GetCode(PyList_GET_ITEM(functions, i));
		assert_int_equal(PyList_Append(names, ((PyCodeObject *)code)->co_qualname), 0);
	}
	assert_names(names, "deco deco.<locals>.inner wrapped C.m C.s C.c C.p C.D.n cached");
	Py_DECREF(names);
	Py_DECREF(functions);
}

static void test_refusals(void **state)
{
	(void)state;
	assert_refused("missing_name", "__all__ = ['there', 'gone']\ndef there(): pass\n",
		       "@: __all__ names \"gone\", which the module does not define", NULL);
	assert_refused("no_callable", "__all__ = ['x']\nx = 5\n",
		       "@: __all__ names \"x\", which cannot be called: it is of type int", NULL);
	assert_refused("no_str", "__all__ = [7]\n", "@: __all__ has an entry that is no str but int", NULL);
	assert_refused("os", "", "cannot import @: CPython itself has loaded a module of this name; rename the file",
		       NULL);
	assert_refused("raises", "def f():\n    return 1 // 0\nf()\n",
		       "cannot import @: ZeroDivisionError: integer division or modulo by zero",
		       "Traceback (most recent call last):\n"
		       "  File \"@\", line 3, in <module>\n"
		       "    f()\n"
		       "  File \"@\", line 2, in f\n"
		       "    return 1 // 0\n"
		       "           ~~^^~~\n"
		       "ZeroDivisionError: integer division or modulo by zero");
	assert_refused("syntax", "def f(:\n", "cannot import @: SyntaxError: invalid syntax (syntax.py, line 1)",
		       "  File \"@\", line 1\n"
		       "    def f(:\n"
		       "          ^\n"
		       "SyntaxError: invalid syntax");
	assert_refused("exits", "import sys\nsys.exit(3)\n", "cannot import @: SystemExit: 3",
		       "Traceback (most recent call last):\n"
		       "  File \"@\", line 2, in <module>\n"
		       "    sys.exit(3)\n"
		       "SystemExit: 3");
}

static void test_missing_file(void **state)
{
	(void)state;
	struct cause cause = CAUSE_INIT;
	cleanup_free char *traceback = NULL;
	struct app *app;
	assert_int_equal(app_load("/nowhere/app.py", &app, &traceback, &cause), -ENOENT);
	assert_string_equal(cause.text, "cannot read the app /nowhere/app.py: No such file or directory");
	assert_null(traceback);
}

int main(void)
{
	cmocka_set_message_output(CM_OUTPUT_TAP);
	struct cause cause = CAUSE_INIT;
	(void)setenv("PYTHONDONTWRITEBYTECODE", "1", 1);
	if (!mkdtemp(directory) || app_start_python(&cause) < 0) {
		(void)fprintf(stderr, "%s\n", cause.text);
		return 1;
	}
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_public_functions),  cmocka_unit_test(test_all),
		cmocka_unit_test(test_module_attributes), cmocka_unit_test(test_functions),
		cmocka_unit_test(test_refusals),          cmocka_unit_test(test_missing_file),
	};
	int failed = cmocka_run_group_tests_name("app", tests, NULL, NULL);
	(void)rmdir(directory);
	return failed;
}

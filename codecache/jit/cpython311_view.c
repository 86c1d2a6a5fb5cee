/* cpython311_view.c - see cpython311_view.h.  The attributes are looked up in tables of CPython's types:
 * Objects/funcobject.c, Objects/frameobject.c, Python/traceback.c. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <errno.h>
#include <frameobject.h>
#include <stdlib.h>
#define Py_BUILD_CORE
#undef _PyGC_FINALIZED /* pycore_gc.h has another spelling of it */
#include <internal/pycore_code.h>
#include <internal/pycore_frame.h>

#include "codecache/jit/code_data.h"
#include "codecache/jit/cpython311_operation.h"
#include "codecache/jit/cpython311_switch.h"
#include "codecache/jit/cpython311_view.h"
#include "codecache/jit/outgrown.h"
#include "common/cleanup.h"

/* What a resume code carries (PEP 523's extra data of code objects). */
struct view {
	PyObject *original;
	size_t n_places;
	struct place {
		uint32_t landing, at; /* in code units */
	} places[];
};

static Py_ssize_t extra = -1;
static PyObject *(*original_of)(PyObject *code);
static void (*looked_at)(PyObject *code);
static getter get_function_code, get_frame_code, get_frame_lasti, get_frame_locals;

static void view_free(void *data)
{
	struct view *view = data;
	if (view)
		Py_DECREF(view->original);
	free(view);
}

static const struct view *find(PyObject *code)
{
	return code_data(code, extra);
}

int view_add(PyObject *resume_code, PyObject *original, const struct resume_point *points, size_t n,
	     const struct resume_ways *ways)
{
	if (extra < 0)
		return 0;
	size_t n_ways = ways ? ways->n : 0;
	struct view *view = malloc(sizeof(*view) + (n + n_ways) * sizeof(view->places[0]));
	if (!view) {
		PyErr_NoMemory();
		return -1;
	}
	view->original = Py_NewRef(original);
	view->n_places = n;
	for (size_t i = 0; i < n; i++)
		view->places[i] = (struct place){ points[i].landing, points[i].at };
	for (size_t i = 0; i < n_ways; i++)
		view->places[view->n_places++] = (struct place){ ways->ways[i].landing, ways->ways[i].at };
	if (_PyCode_SetExtra(resume_code, extra, view) == 0)
		return 0;
	view_free(view);
	return -1;
}

PyObject *view_of(PyObject *code)
{
	const struct view *view = find(code);
	return view ? view->original : code;
}

/* Where in the original code a frame of code is: an offset in bytes. */
static long lasti_in_original(PyObject *code, long lasti)
{
	const struct view *view = find(code);
	for (size_t i = view ? view->n_places : 0; i-- > 0;)
		if (lasti >= (long)sizeof(_Py_CODEUNIT) * view->places[i].landing)
			return (long)sizeof(_Py_CODEUNIT) * view->places[i].at;
	return lasti;
}

/* ---- the attributes --------------------------------------------------------------- */

static PyObject *function_code(PyObject *function, void *closure)
{
	PyObject *code = get_function_code(function, closure);
	if (code)
		Py_SETREF(code, Py_NewRef(original_of(code)));
	return code;
}

static PyObject *code_of_frame(PyObject *frame, void *closure)
{
	PyObject *code = get_frame_code(frame, closure);
	if (code)
		Py_SETREF(code, Py_NewRef(view_of(code)));
	return code;
}

static PyObject *lasti_of(PyFrameObject *frame, long lasti)
{
	PyObject *code = (PyObject *)PyFrame_GetCode(frame);
	lasti = lasti_in_original(code, lasti);
	Py_DECREF(code);
	return PyLong_FromLong(lasti);
}

static PyObject *frame_lasti(PyObject *frame, void *closure)
{
	PyObject *lasti = get_frame_lasti(frame, closure);
	long value = lasti ? PyLong_AsLong(lasti) : -1;
	if (!lasti || value < 0) /* not begun */
		return lasti;
	Py_DECREF(lasti);
	return lasti_of((PyFrameObject *)frame, value);
}

/* Code that is compiled from now on leaves for CPython at that place, so that the frame has its locals: native code
 * that runs cannot be asked for what it has in registers. */
static void note_look(const _PyInterpreterFrame *frame)
{
	PyObject *code = (PyObject *)frame->f_code, *original = original_of(view_of(code));
	long at = frame->prev_instr - _PyCode_CODE(frame->f_code);
	if (at < 0 || !(((PyCodeObject *)original)->co_flags & CO_OPTIMIZED))
		return;
	at = lasti_in_original(code, at * (long)sizeof(_Py_CODEUNIT)) / (long)sizeof(_Py_CODEUNIT);
	uint32_t begin = cpython_operation_begin(original, (uint32_t)at);
	if (outgrown_at(original, begin) & MET_LOOK)
		return;
	outgrown_add(original, begin, MET_LOOK);
	looked_at(original);
}

/* Then everything runs in CPython; and a debugger looks everywhere. */
static bool is_traced(void)
{
	const PyThreadState *thread = PyThreadState_Get();
	return thread->tracing || thread->cframe->use_tracing;
}

/* Frames of generators that wait, and of calls that have ended, have what they have. */
static PyObject *locals_of_frame(PyObject *frame, void *closure)
{
	_PyInterpreterFrame *f = ((PyFrameObject *)frame)->f_frame;
	if (!is_traced() && switch_is_running(f))
		note_look(f);
	return get_frame_locals(frame, closure);
}

static PyObject *traceback_lasti(PyObject *traceback, void *Py_UNUSED(closure))
{
	const PyTracebackObject *t = (PyTracebackObject *)traceback;
	return lasti_of(t->tb_frame, t->tb_lasti);
}

/* ---- hooks ------------------------------------------------------------------------ */

/* The getter stands in a table that is not const, behind a descriptor of the type. */
static int hook(PyTypeObject *type, const char *name, getter with, getter *ret_old, struct cause *cause)
{
	if (*ret_old)
		return 0;
	PyObject *descriptor = PyDict_GetItemString(type->tp_dict, name);
	if (!descriptor || !Py_IS_TYPE(descriptor, &PyGetSetDescr_Type))
		return cause_set(cause, -ENOTSUP, "%s of this CPython has no %s descriptor", type->tp_name, name);
	PyGetSetDef *def = ((PyGetSetDescrObject *)descriptor)->d_getset;
	*ret_old = def->get;
	def->get = with;
	return 0;
}

/* This one is no getter but a member, so that another descriptor takes its place. */
static int hook_traceback(struct cause *cause)
{
	static PyGetSetDef def = { .name = "tb_lasti", .get = traceback_lasti };
	PyObject *descriptor = PyDescr_NewGetSet(&PyTraceBack_Type, &def);
	if (!descriptor || PyDict_SetItemString(PyTraceBack_Type.tp_dict, def.name, descriptor) < 0) {
		PyErr_Clear();
		Py_XDECREF(descriptor);
		return cause_set_errno(cause, -ENOMEM, "a descriptor");
	}
	Py_DECREF(descriptor);
	PyType_Modified(&PyTraceBack_Type);
	return 0;
}

int view_init(PyObject *(*from)(PyObject *code), void (*looked)(PyObject *code), struct cause *cause)
{
	original_of = from;
	looked_at = looked;
	if (extra >= 0)
		return 0;
	extra = _PyEval_RequestCodeExtraIndex(view_free);
	if (extra < 0)
		return cause_set(cause, -ENOMEM, "no room for what code objects carry");
	int r = hook(&PyFunction_Type, "__code__", function_code, &get_function_code, cause);
	if (r == 0)
		r = hook(&PyFrame_Type, "f_code", code_of_frame, &get_frame_code, cause);
	if (r == 0)
		r = hook(&PyFrame_Type, "f_lasti", frame_lasti, &get_frame_lasti, cause);
	if (r == 0)
		r = hook(&PyFrame_Type, "f_locals", locals_of_frame, &get_frame_locals, cause);
	return r < 0 ? r : hook_traceback(cause);
}

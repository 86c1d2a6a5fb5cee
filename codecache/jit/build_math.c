/* build_math.c - attributes of modules and classes that are globals; calls of the functions of modules math and cmath,
 * of heapq and bisect.
 *
 * What a module or a class has under a name now is the guess, as with globals; a guard makes it sure.  The functions
 * are those of C (Modules/mathmodule.c, cmathmodule.c) as long as their results are finite: where CPython raises, or
 * might, it calls them itself. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <string.h>

#include "codecache/jit/build_priv.h"
#include "codecache/jit/cpython311_attr.h"
#include "codecache/runtime.h"

/* ---- attributes of modules and classes -------------------------------------- */

/* What the module or the class has under that name now, borrowed; NULL: it is neither, or somebody has a say. */
static PyObject *attribute_of(PyObject *owner, const char *name)
{
	if (PyModule_CheckExact(owner)) {
		bool hidden = PyDict_GetItemString(PyModule_Type.tp_dict, name) ||
			      PyDict_GetItemString(PyBaseObject_Type.tp_dict, name);
		return hidden ? NULL : PyDict_GetItemString(PyModule_GetDict(owner), name);
	}
	PyObject *string = PyType_Check(owner) ? PyUnicode_InternFromString(name) : NULL;
	PyObject *found = string ? attr_of_class(owner, string) : NULL;
	Py_XDECREF(string);
	PyErr_Clear();
	return found;
}

/* What the global, or the attribute of one, that i reads is now, borrowed; NULL: it is neither. */
static PyObject *object_now(const struct builder *b, const struct ir_instr *i)
{
	const struct unit_const *consts = ir_family(b->f)->consts;
	if (i->op == IR_GLOBAL_OBJ)
		return PyDict_GetItemString(b->input->globals, consts[i->imm.index].name);
	bool is_attribute = i->op == IR_MODULE_ATTR || i->op == IR_CLASS_ATTR;
	PyObject *owner = is_attribute ? object_now(b, i->args[0]) : NULL;
	return owner ? attribute_of(owner, consts[i->args[1]->imm.index].name) : NULL;
}

PyObject *value_now(const struct builder *b, const struct av *v)
{
	return v->kind == AV_OBJECT ? object_now(b, v->v[0]) : NULL;
}

bool is_no_number_now(const struct builder *b, const struct av *v)
{
	PyObject *now = value_now(b, v);
	return now && !PyLong_CheckExact(now) && !PyFloat_CheckExact(now);
}

bool is_subint_now(const struct builder *b, const struct av *v)
{
	PyObject *now = value_now(b, v);
	return now && !PyLong_CheckExact(now) && runtime_is_subint(now);
}

static void push_attribute_object(struct builder *b, struct ir_instr *value, PyObject *now)
{
	push_object(b, value, OWN_ITEM, KNOWN_NONE);
	if (b->exit)
		guess_known(b, peek(b, 1), now);
}

static void push_attribute(struct builder *b, struct ir_instr *value, PyObject *now)
{
	int overflow = 0;
	bool is_int = PyLong_CheckExact(now);
	if (is_int)
		(void)PyLong_AsLongLongAndOverflow(now, &overflow);
	if (overflow || (!is_int && !PyFloat_CheckExact(now)))
		push_attribute_object(b, value, now);
	else
		push(b, av_of(is_int ? AV_INT : AV_FLOAT, emit1(b, is_int ? IR_UNBOX_I64 : IR_UNBOX_F64, value)));
}

bool build_namespace_attr(struct builder *b, bool is_method)
{
	PyObject *owner = value_now(b, peek(b, 1));
	PyObject *now = owner ? attribute_of(owner, b->i->name) : NULL;
	if (!now)
		return false;
	bool is_class = PyType_Check(owner);
	struct ir_instr *args[] = { peek(b, 1)->v[0], name_object(b), cache(b, is_class ? RT_CLASS_ATTR_CACHE : 2) };
	struct ir_instr *value = emit(b, is_class ? IR_CLASS_ATTR : IR_MODULE_ATTR, 3, args);
	struct av namespace = pop(b);
	if (is_method)
		push(b, (struct av){ .kind = AV_NULL });
	push_attribute(b, value, now);
	release(b, namespace);
	return true;
}

/* ---- functions of math ------------------------------------------------------ */

static const struct {
	const char *module, *name;
	uint32_t n;
	enum rt_member member; /* what is called, if nothing else is done */
	struct av (*of_complex)(struct builder *b, struct ir_instr *const *x);
} math_functions[RT_C_FUNCTION_COUNT] = {
#define F(name, n) [RT_C_math_##name] = { "math", #name, n, RT_MEMBER_math_##name, NULL },
	RT_MATH_FUNCTIONS(F, 1) RT_MATH_FUNCTIONS_OF_TWO(F, 2)
#undef F
#define F(name) [RT_C_cmath_##name] = { "cmath", #name, 1, RT_MEMBER_COUNT, complex_##name }
		F(exp),
	F(phase),
	[RT_C_cmath_rect] = { "cmath", "rect", 2, RT_MEMBER_COUNT, NULL },
#undef F
#define F(name) [RT_C_math_##name] = { "math", #name, 1, RT_MEMBER_COUNT, NULL }
	F(sqrt),
	F(fabs),
	F(floor),
	F(ceil),
	F(trunc),
	F(degrees),
	F(radians),
	F(isnan),
#undef F
	[RT_C_operator_index] = { "_operator", "index", 1, RT_MEMBER_COUNT, NULL },
#define F(name, n, member) [RT_C_heapq_##name] = { "_heapq", #name, n, RT_MEMBER_##member, NULL }
	F(heappush, 2, heap_push),
	F(heappop, 1, heap_pop),
	F(heapreplace, 2, heap_replace),
	F(heappushpop, 2, heap_pushpop),
#undef F
#define F(name, member) [RT_C_bisect_##name] = { "_bisect", #name, 2, RT_MEMBER_##member, NULL }
	F(bisect_left, bisect),
	F(bisect_right, bisect),
	F(insort_left, insort),
	F(insort_right, insort),
#undef F
};

/* Which of them the callable is now; RT_C_FUNCTION_COUNT: none. */
static enum rt_c_function function_now(const struct builder *b, const struct av *callable)
{
	PyObject *now = value_now(b, callable);
	if (!now || !PyCFunction_CheckExact(now))
		return RT_C_FUNCTION_COUNT;
	PyObject *module = ((PyCFunctionObject *)now)->m_module;
	if (!module || !PyUnicode_Check(module))
		return RT_C_FUNCTION_COUNT;
	uint32_t which = 0;
	while (which < RT_C_FUNCTION_COUNT &&
	       (PyUnicode_CompareWithASCIIString(module, math_functions[which].module) != 0 ||
		strcmp(math_functions[which].name, ((PyCFunctionObject *)now)->m_ml->ml_name) != 0))
		which++;
	return (enum rt_c_function)which;
}

static bool returns_int(enum rt_c_function which)
{
	return which == RT_C_math_floor || which == RT_C_math_ceil || which == RT_C_math_trunc ||
	       which == RT_C_operator_index;
}

struct ir_instr *call_f64(struct builder *b, enum rt_member member, uint32_t n, struct ir_instr *const *args)
{
	struct ir_instr *result = emit(b, IR_F64_CALL, n, args);
	result->imm.index = member;
	return result;
}

/* Operands that may be converted to floats as CPython does; objects may turn out to be numbers. */
static bool may_be_operands(struct builder *b, enum rt_c_function which, uint32_t n)
{
	for (uint32_t i = 1; i <= n; i++) {
		const struct av *v = peek(b, i);
		bool unknown = v->kind == AV_OBJECT && v->known == KNOWN_NONE && !returns_int(which);
		bool complex = v->kind == AV_COMPLEX && math_functions[which].of_complex;
		if ((!av_is_number(v) && !unknown && !complex) || (which == RT_C_operator_index && !is_integral(v)))
			return false;
	}
	return true;
}

/* Floor and ceiling from what truncation gives: that is off by one, or it is not. */
struct ir_instr *float_to_int(struct builder *b, struct ir_instr *x, int direction)
{
	struct ir_instr *whole = emit1(b, IR_F64_TO_I64, x);
	if (direction == 0)
		return whole;
	struct ir_instr *back = emit1(b, IR_I64_TO_F64, whole);
	struct ir_instr *off = emit2(b, direction < 0 ? IR_F64_GT : IR_F64_LT, back, x);
	return emit2(b, direction < 0 ? IR_I64_SUB_WRAP : IR_I64_ADD_WRAP, whole, emit1(b, IR_BOOL_TO_I64, off));
}

static struct av to_int(struct builder *b, enum rt_c_function which, const struct av *v)
{
	int direction = which == RT_C_math_floor ? -1 : which == RT_C_math_ceil;
	return av_of(AV_INT, v->kind == AV_FLOAT ? float_to_int(b, v->v[0], direction) : as_int(b, v));
}

static struct av call_math(struct builder *b, enum rt_c_function which, uint32_t n)
{
	static const double pi = 3.141592653589793238462643383279502884197;
	struct ir_instr *args[2];
	if (returns_int(which))
		return to_int(b, which, peek(b, 1));
	if (math_functions[which].of_complex) {
		(void)complex_parts(b, peek(b, 1), args);
		return math_functions[which].of_complex(b, args);
	}
	for (uint32_t i = 0; i < n; i++)
		args[i] = float_operand(b, peek(b, n - i));
	switch (which) {
	case RT_C_cmath_rect: return complex_rect(b, args);
	case RT_C_math_sqrt: return av_of(AV_FLOAT, emit1(b, IR_F64_SQRT, args[0]));
	case RT_C_math_fabs: return av_of(AV_FLOAT, emit1(b, IR_F64_ABS, args[0]));
	case RT_C_math_degrees: return av_of(AV_FLOAT, emit2(b, IR_F64_MUL, args[0], emit_f64(b, 180.0 / pi)));
	case RT_C_math_radians: return av_of(AV_FLOAT, emit2(b, IR_F64_MUL, args[0], emit_f64(b, pi / 180.0)));
	case RT_C_math_isnan: return av_of(AV_BOOL, emit2(b, IR_F64_NE, args[0], args[0]));
	default: break;
	}
	return av_of(AV_FLOAT, call_f64(b, math_functions[which].member, n, args));
}

static bool is_of_heapq(enum rt_c_function which)
{
	return which >= RT_C_heapq_heappush && which <= RT_C_heapq_heappushpop;
}

/* Stack: NULL, the function, a list, perhaps an item. */
static bool call_heapq(struct builder *b, enum rt_c_function which, uint32_t n)
{
	struct ir_instr *args[2];
	if (!objects_of(b, n, args) || !guard_known(b, peek(b, n), KNOWN_LIST))
		return false;
	emit2(b, IR_GUARD_C, peek(b, n + 1)->v[0], cache(b, 1))->imm.index = which;
	settle(b);
	enum rt_member member = math_functions[which].member;
	struct av result = { .kind = AV_CONST, .index = const_builtin(b, "None") };
	if (which == RT_C_heapq_heappush)
		(void)rt(b, IR_RT_DO, member, n, args);
	else
		result = (struct av){ .kind = AV_OBJECT, .v = { rt(b, IR_RT_OBJ, member, n, args) }, .own = OWN_OWNED };
	replace(b, n + 2, result);
	return true;
}

static bool is_of_bisect(enum rt_c_function which)
{
	return which >= RT_C_bisect_bisect_left && which <= RT_C_bisect_insort_right;
}

/* Where the item on top is to be in the list below it. */
static struct ir_instr *bisect(struct builder *b, struct ir_instr *right)
{
	struct av *item = peek(b, 1);
	struct ir_instr *args[] = { peek(b, 2)->v[0], item->v[0], right };
	enum rt_member member = item->kind == AV_INT ? RT_MEMBER_bisect_i64 : RT_MEMBER_bisect_f64;
	if (item->kind != AV_INT && item->kind != AV_FLOAT) {
		member = RT_MEMBER_bisect;
		args[1] = object_of(b, item);
	}
	return rt(b, IR_RT_I64, member, 3, args);
}

/* Stack: NULL, the function, a list, an item. */
static bool call_bisect(struct builder *b, enum rt_c_function which)
{
	bool inserts = which == RT_C_bisect_insort_left || which == RT_C_bisect_insort_right;
	bool is_number = peek(b, 1)->kind == AV_INT || peek(b, 1)->kind == AV_FLOAT;
	if (((inserts || !is_number) && !object_of(b, peek(b, 1))) || !object_of(b, peek(b, 2)) ||
	    !guard_known(b, peek(b, 2), KNOWN_LIST))
		return false;
	emit2(b, IR_GUARD_C, peek(b, 3)->v[0], cache(b, 1))->imm.index = which;
	settle(b);
	struct ir_instr *right = emit_i64(b, which == RT_C_bisect_bisect_right || which == RT_C_bisect_insort_right);
	if (!inserts) {
		replace(b, 4, av_of(AV_INT, bisect(b, right)));
		return true;
	}
	struct ir_instr *args[] = { peek(b, 2)->v[0], object_of(b, peek(b, 1)), right };
	items_see(args[0], peek(b, 1));
	(void)rt(b, IR_RT_DO, RT_MEMBER_insort, 3, args);
	replace(b, 4, (struct av){ .kind = AV_CONST, .index = const_builtin(b, "None") });
	return true;
}

static void to_int_of_float(struct builder *b, enum rt_c_function which)
{
	emit2(b, IR_GUARD_C, peek(b, 2)->v[0], cache(b, 1))->imm.index = which;
	unbox_in_place(b, peek(b, 1), false);
	replace(b, 3, to_int(b, which, peek(b, 1)));
}

/* floor(), ceil() and trunc() of what may be anything: a float is computed, all the rest goes on as ever; what is built
 * in leaves for that.  Stack: NULL, the function, the argument.  true: nothing is left to be done. */
static bool split_off_float(struct builder *b, enum rt_c_function which)
{
	if (inline_is_in(b)) {
		to_int_of_float(b, which);
		return true;
	}
	struct frame *here = split(b, is_exactly(b, peek(b, 1), RT_TYPE_ID_float), true);
	to_int_of_float(b, which);
	go_on_otherwise(b, here);
	return false;
}

/* Stack: NULL, the function, n arguments. */
bool build_math_call(struct builder *b, uint32_t n)
{
	const struct av *callable = peek(b, n + 1);
	enum rt_c_function which = function_now(b, callable);
	if (which == RT_C_FUNCTION_COUNT || peek(b, n + 2)->kind != AV_NULL || b->i->names != UINT32_MAX ||
	    n != math_functions[which].n)
		return false;
	if (is_of_heapq(which))
		return call_heapq(b, which, n);
	if (is_of_bisect(which))
		return call_bisect(b, which);
	if (returns_int(which) && which != RT_C_operator_index && is_unknown_object(b, peek(b, 1)))
		return split_off_float(b, which);
	if (!may_be_operands(b, which, n))
		return false;
	emit2(b, IR_GUARD_C, callable->v[0], cache(b, 1))->imm.index = which;
	struct av result = call_math(b, which, n);
	drop(b, n + 2);
	push(b, result);
	return true;
}

/* ---- rounding ---------------------------------------------------------------- */

/* To so many digits; a float stays one. */
static bool round_to(struct builder *b)
{
	const struct av *x = peek(b, 2), *n = peek(b, 1);
	struct av result = *x;
	if (n->kind != AV_INT)
		return false;
	if (x->kind == AV_FLOAT) {
		struct ir_instr *args[] = { x->v[0], as_float(b, n) };
		result = av_of(AV_FLOAT, call_f64(b, RT_MEMBER_f64_round, 2, args));
	} else if (is_integral(x) && n->v[0]->op == IR_CONST_I64 && n->v[0]->imm.i >= 0) {
		result = av_of(AV_INT, as_int(b, x));
	} else {
		return false;
	}
	drop(b, 4);
	push(b, result);
	return true;
}

/* round() of a number: to even (float___round___impl() in Objects/floatobject.c). */
bool call_round(struct builder *b, uint32_t n)
{
	if (n != 1)
		return n == 2 && round_to(b);
	const struct av *x = peek(b, 1);
	if (!av_is_number(x))
		return false;
	struct ir_instr *result =
		x->kind == AV_FLOAT ? float_to_int(b, call_f64(b, RT_MEMBER_f64_rint, 1, x->v), 0) : as_int(b, x);
	drop(b, 3);
	push(b, av_of(AV_INT, result));
	return true;
}

/* ---- builtins that are operators ---------------------------------------------- */

static bool are_ints(struct builder *b, uint32_t n)
{
	while (n > 0 && is_integral(peek(b, n)))
		n--;
	return n == 0;
}

/* Whether the two values on top are numbers that are computed with as floats. */
static bool are_floats(struct builder *b)
{
	const struct av *x = peek(b, 2), *y = peek(b, 1);
	return av_is_number(x) && av_is_number(y) && (x->kind == AV_FLOAT || y->kind == AV_FLOAT);
}

static struct av of_two(struct builder *b, enum ir_op on_ints, enum ir_op on_floats)
{
	const struct av *x = peek(b, 2), *y = peek(b, 1);
	if (are_ints(b, 2))
		return av_of(AV_INT, emit2(b, on_ints, as_int(b, x), as_int(b, y)));
	return av_of(AV_FLOAT, emit2(b, on_floats, as_float(b, x), as_float(b, y)));
}

/* Stack: NULL, divmod, two operands. */
bool call_divmod(struct builder *b)
{
	if (!are_ints(b, 2) && !are_floats(b))
		return false;
	struct av values[] = { of_two(b, IR_I64_FLOORDIV, IR_F64_FLOORDIV), of_two(b, IR_I64_MOD, IR_F64_MOD) };
	drop(b, 4);
	push_values(b, 2, values);
	return true;
}

bool call_pow(struct builder *b, uint32_t n)
{
	struct av result;
	if (n == 2 && (are_ints(b, 2) || are_floats(b))) {
		result = of_two(b, IR_I64_POW, IR_F64_POW);
	} else if (n == 3 && are_ints(b, 3)) {
		struct ir_instr *args[] = { as_int(b, peek(b, 3)), as_int(b, peek(b, 2)), as_int(b, peek(b, 1)) };
		result = av_of(AV_INT, emit(b, IR_I64_POWMOD, 3, args));
	} else {
		return false;
	}
	drop(b, n + 2);
	push(b, result);
	return true;
}

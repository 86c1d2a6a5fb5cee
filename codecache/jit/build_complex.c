/* build_complex.c - complex numbers: two floats, and what Objects/complexobject.c does with them, to the last bit. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <float.h>
#include <string.h>

#include "codecache/jit/build_priv.h"

struct av complex_of(struct ir_instr *real, struct ir_instr *imag)
{
	return (struct av){ .kind = AV_COMPLEX, .v = { real, imag } };
}

struct av complex_const(struct builder *b, PyObject *value)
{
	return complex_of(emit_f64(b, PyComplex_RealAsDouble(value)), emit_f64(b, PyComplex_ImagAsDouble(value)));
}

/* As TO_COMPLEX() has it: ints and floats have the imaginary part 0.0; objects may turn out to be numbers. */
bool complex_parts(struct builder *b, const struct av *v, struct ir_instr **ret)
{
	if (v->kind == AV_COMPLEX) {
		memcpy(ret, v->v, 2 * sizeof(*ret));
	} else if (av_is_number(v)) {
		ret[0] = as_float(b, v);
		ret[1] = emit_f64(b, 0.0);
	} else if (v->kind == AV_OBJECT && v->known == KNOWN_NONE) {
		ret[0] = emit1(b, IR_OBJ_REAL, v->v[0]);
		ret[1] = emit1(b, IR_OBJ_IMAG, v->v[0]);
	} else {
		return false;
	}
	return true;
}

static struct ir_instr *sum_of_products(struct builder *b, enum ir_op op, struct ir_instr *const *a,
					struct ir_instr *const *c)
{
	return emit2(b, op, emit2(b, IR_F64_MUL, a[0], c[0]), emit2(b, IR_F64_MUL, a[1], c[1]));
}

static struct av product(struct builder *b, struct ir_instr *const *x, struct ir_instr *const *y)
{
	struct ir_instr *crossed[] = { y[1], y[0] };
	return complex_of(sum_of_products(b, IR_F64_SUB, x, y), sum_of_products(b, IR_F64_ADD, x, crossed));
}

static struct ir_instr *select_f64(struct builder *b, struct ir_instr *condition, struct ir_instr *x,
				   struct ir_instr *y)
{
	return emit(b, IR_F64_SELECT, 3, (struct ir_instr *[]){ condition, x, y });
}

/* _Py_c_quot(): the larger part of the divisor divides the smaller one.  Its two cases differ in which part is which,
 * and in a sign.  A divisor of 0 or NaN is CPython's. */
static struct av quotient(struct builder *b, struct ir_instr *const *x, struct ir_instr *const *y)
{
	struct ir_instr *sizes[] = { emit1(b, IR_F64_ABS, y[0]), emit1(b, IR_F64_ABS, y[1]) };
	struct ir_instr *by_real = emit2(b, IR_F64_GE, sizes[0], sizes[1]);
	(void)emit1(b, IR_GUARD, emit2(b, IR_BOOL_OR, by_real, emit2(b, IR_F64_GE, sizes[1], sizes[0])));
	struct ir_instr *large = select_f64(b, by_real, y[0], y[1]), *small = select_f64(b, by_real, y[1], y[0]);
	struct ir_instr *ratio = emit2(b, IR_F64_DIV, small, large);
	struct ir_instr *divisor = emit2(b, IR_F64_ADD, large, emit2(b, IR_F64_MUL, small, ratio));
	struct ir_instr *p = select_f64(b, by_real, x[0], x[1]), *q = select_f64(b, by_real, x[1], x[0]);
	struct ir_instr *scaled = emit2(b, IR_F64_MUL, p, ratio);
	struct ir_instr *real = emit2(b, IR_F64_ADD, p, emit2(b, IR_F64_MUL, q, ratio));
	struct ir_instr *imag =
		select_f64(b, by_real, emit2(b, IR_F64_SUB, q, scaled), emit2(b, IR_F64_SUB, scaled, q));
	return complex_of(emit2(b, IR_F64_DIV, real, divisor), emit2(b, IR_F64_DIV, imag, divisor));
}

bool complex_binary(struct builder *b)
{
	struct ir_instr *x[2], *y[2];
	struct av *left = peek(b, 2), *right = peek(b, 1), result;
	enum bc_binary op = (enum bc_binary)b->i->arg;
	if ((left->kind != AV_COMPLEX && right->kind != AV_COMPLEX) ||
	    (op != BINARY_ADD && op != BINARY_SUB && op != BINARY_MUL && op != BINARY_TRUEDIV) ||
	    !complex_parts(b, left, x) || !complex_parts(b, right, y))
		return false;
	if (op == BINARY_MUL) {
		result = product(b, x, y);
	} else if (op == BINARY_TRUEDIV) {
		result = quotient(b, x, y);
	} else {
		enum ir_op each = op == BINARY_ADD ? IR_F64_ADD : IR_F64_SUB;
		result = complex_of(emit2(b, each, x[0], y[0]), emit2(b, each, x[1], y[1]));
	}
	replace(b, 2, result);
	return true;
}

/* -x, and +x, which is x. */
bool complex_unary(struct builder *b)
{
	const struct av *x = peek(b, 1);
	if (x->kind != AV_COMPLEX || (b->i->op != BC_NEGATIVE && b->i->op != BC_POSITIVE))
		return false;
	if (b->i->op == BC_NEGATIVE)
		replace(b, 1, complex_of(emit1(b, IR_F64_NEG, x->v[0]), emit1(b, IR_F64_NEG, x->v[1])));
	return true;
}

struct ir_instr *complex_truth(struct builder *b, const struct av *v)
{
	struct ir_instr *zero = emit_f64(b, 0.0);
	return emit2(b, IR_BOOL_OR, emit2(b, IR_F64_NE, v->v[0], zero), emit2(b, IR_F64_NE, v->v[1], zero));
}

/* == and != of two, as complex_richcompare() does it; with an int or a float it is CPython's. */
bool complex_compare(struct builder *b)
{
	const struct av *x = peek(b, 2), *y = peek(b, 1);
	bool is_ne = b->i->arg == Py_NE;
	if (x->kind != AV_COMPLEX || y->kind != AV_COMPLEX || (b->i->arg != Py_EQ && !is_ne))
		return false;
	struct ir_instr *same =
		emit2(b, IR_BOOL_AND, emit2(b, IR_F64_EQ, x->v[0], y->v[0]), emit2(b, IR_F64_EQ, x->v[1], y->v[1]));
	replace(b, 2, av_of(AV_BOOL, is_ne ? emit1(b, IR_BOOL_NOT, same) : same));
	return true;
}

bool complex_load_attr(struct builder *b)
{
	const struct av *x = peek(b, 1);
	bool is_real = strcmp(b->i->name, "real") == 0;
	if (x->kind != AV_COMPLEX || (!is_real && strcmp(b->i->name, "imag") != 0))
		return false;
	replace(b, 1, av_of(AV_FLOAT, x->v[is_real ? 0 : 1]));
	return true;
}

/* complex() of one or two numbers that are not complex. */
bool call_complex(struct builder *b, uint32_t n)
{
	if (n != 1 && n != 2)
		return false;
	for (uint32_t i = 1; i <= n; i++)
		if (!av_is_number(peek(b, i)))
			return false;
	struct ir_instr *real = as_float(b, peek(b, n));
	struct av result = complex_of(real, n == 2 ? as_float(b, peek(b, 1)) : emit_f64(b, 0.0));
	drop(b, n + 2);
	push(b, result);
	return true;
}

struct ir_instr *complex_abs(struct builder *b, const struct av *v)
{
	return call_f64(b, RT_MEMBER_f64_hypot, 2, v->v);
}

/* ---- functions of cmath ------------------------------------------------------ */

static struct av on_circle(struct builder *b, struct ir_instr *size, struct ir_instr *angle)
{
	struct ir_instr *real = emit2(b, IR_F64_MUL, size, call_f64(b, RT_MEMBER_math_cos, 1, &angle));
	return complex_of(real, emit2(b, IR_F64_MUL, size, call_f64(b, RT_MEMBER_math_sin, 1, &angle)));
}

static void guard_between(struct builder *b, struct ir_instr *x, double least, double most)
{
	struct ir_instr *above = emit2(b, IR_F64_GE, x, emit_f64(b, least));
	(void)emit1(b, IR_GUARD, emit2(b, IR_BOOL_AND, above, emit2(b, IR_F64_LE, x, emit_f64(b, most))));
}

/* cmath_exp_impl() for what is finite and less than its CM_LOG_LARGE_DOUBLE. */
struct av complex_exp(struct builder *b, struct ir_instr *const *x)
{
	guard_between(b, x[0], -DBL_MAX, 708.0);
	return on_circle(b, call_f64(b, RT_MEMBER_math_exp, 1, x), x[1]);
}

/* cmath_rect_impl() for what is finite. */
struct av complex_rect(struct builder *b, struct ir_instr *const *x)
{
	guard_between(b, x[0], -DBL_MAX, DBL_MAX);
	return on_circle(b, x[0], x[1]);
}

/* c_atan2().  An angle that C calls out of range, being too small, is CPython's. */
struct av complex_phase(struct builder *b, struct ir_instr *const *x)
{
	struct ir_instr *angle = call_f64(b, RT_MEMBER_math_atan2, 2, (struct ir_instr *[]){ x[1], x[0] });
	struct ir_instr *is_normal = emit2(b, IR_F64_GE, emit1(b, IR_F64_ABS, angle), emit_f64(b, DBL_MIN));
	(void)emit1(b, IR_GUARD, emit2(b, IR_BOOL_OR, is_normal, emit2(b, IR_F64_EQ, x[1], emit_f64(b, 0.0))));
	return av_of(AV_FLOAT, angle);
}

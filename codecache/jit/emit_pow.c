/* emit_pow.c - powers of floats.
 *
 * CPython calls pow() (float_pow() in Objects/floatobject.c), which takes as long as ten products.  glibc promises that
 * what it gives is at most 0.54 units in the last place from the exact power (sysdeps/ieee754/dbl-64/e_pow.c; 0.507
 * were seen in 10**8 squares), so where the exact power is less than 0.46 of them from the nearest float, pow() gives
 * that one.  Squares, cubes and square roots are computed to twice a float's precision, and are taken if they are as
 * near as that: seven in eight are.  All others, and those near the ends of the range, are pow()'s. */
#include "config.h"

#include "codecache/jit/emit_short.h"

static rv *f64(const struct emitter *e, enum gcc_jit_binary_op op, rv *a, rv *b)
{
	return emit_binary(e, op, e->u->f64, a, b);
}

/* a * b + c, rounded once: one instruction. */
static rv *fused(struct emitter *e, rv *a, rv *b, rv *c)
{
	rv *args[] = { a, b, c };
	gcc_jit_function *fma = gcc_jit_context_get_builtin_function(e->u->context, "__builtin_fma");
	return keep(e, e->u->f64, gcc_jit_context_new_call(e->u->context, NULL, fma, 3, args));
}

static rv *minus(const struct emitter *e, rv *value)
{
	return unary(e, GCC_JIT_UNARY_OP_MINUS, e->u->f64, value);
}

/* A float and what the exact number is beyond it. */
struct twofold {
	rv *high, *low;
};

static struct twofold product_of(struct emitter *e, rv *a, rv *b)
{
	rv *high = keep(e, e->u->f64, f64(e, GCC_JIT_BINARY_OP_MULT, a, b));
	return (struct twofold){ high, fused(e, a, b, minus(e, high)) };
}

static struct twofold cube_of(struct emitter *e, rv *x)
{
	struct twofold square = product_of(e, x, x), cube = product_of(e, square.high, x);
	rv *low = fused(e, square.low, x, cube.low);
	rv *high = keep(e, e->u->f64, f64(e, GCC_JIT_BINARY_OP_PLUS, cube.high, low));
	rv *added = f64(e, GCC_JIT_BINARY_OP_MINUS, high, cube.high);
	return (struct twofold){ high, keep(e, e->u->f64, f64(e, GCC_JIT_BINARY_OP_MINUS, low, added)) };
}

static struct twofold root_of(struct emitter *e, rv *x)
{
	gcc_jit_function *sqrt = gcc_jit_context_get_builtin_function(e->u->context, "__builtin_sqrt");
	rv *root = keep(e, e->u->f64, gcc_jit_context_new_call(e->u->context, NULL, sqrt, 1, &x));
	rv *rest = fused(e, minus(e, root), root, x);
	return (struct twofold){
		root,
		keep(e, e->u->f64, f64(e, GCC_JIT_BINARY_OP_DIVIDE, rest, f64(e, GCC_JIT_BINARY_OP_PLUS, root, root)))
	};
}

/* Whether pow() gives power.high: the exact one is at most 4/9 of a unit from it, and all of it had room. */
static rv *is_near(struct emitter *e, struct twofold power, rv *x)
{
	rv *size = keep(e, e->u->f64, unary(e, GCC_JIT_UNARY_OP_ABS, e->u->f64, x));
	rv *more = f64(e, GCC_JIT_BINARY_OP_MULT, power.low, f64_constant(e, 1.125));
	rv *has_room = both(e, test(e, GCC_JIT_COMPARISON_GE, size, f64_constant(e, 0x1p-300)),
			    test(e, GCC_JIT_COMPARISON_LE, size, f64_constant(e, 0x1p300)));
	rv *is_same = test(e, GCC_JIT_COMPARISON_EQ, f64(e, GCC_JIT_BINARY_OP_PLUS, power.high, more), power.high);
	return both(e, has_room, is_same);
}

bool emit_has_power(const struct emitter *e, const struct ir_instr *i)
{
	const struct ir_instr *exponent = i->args[1];
	return e->u->has_fma && exponent->op == IR_CONST_F64 &&
	       (exponent->imm.f == 2.0 || exponent->imm.f == 3.0 || exponent->imm.f == 0.5);
}

void emit_power(struct emitter *e, const struct ir_instr *i, gcc_jit_block *other)
{
	rv *x = operand(e, i, 0);
	double exponent = i->args[1]->imm.f;
	struct twofold power = exponent == 2.0 ? product_of(e, x, x) : exponent == 3.0 ? cube_of(e, x) : root_of(e, x);
	gcc_jit_block *near = emit_new_block(e);
	emit_unlikely(e, not(e, is_near(e, power, x)), other, near);
	e->block = near;
	emit_result(e, i, power.high);
}

/* emit_ops.c - each operation, compiled, against an oracle written in another way, on edge values: operands as
 * variables and as constants, which gcc folds. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "codecache/jit/ir.h"
#include "t/unit/emit_helper.h"

#define P53 ((int64_t)1 << 53)

static const int64_t ints[] = { 0,          1,
				-1,         2,
				-2,         3,
				-3,         7,
				-7,         10,
				62,         63,
				64,         65,
				-64,        100,
				P53,        P53 + 1,
				-P53,       -P53 - 1,
				1L << 31,   1L << 32,
				1L << 62,   -(1L << 62),
				INT64_MAX,  INT64_MAX - 1,
				INT64_MIN,  INT64_MIN + 1,
				3037000499, 3037000500,
				-3037000500 };
static const double floats[] = { 0.0,   -0.0,   1.0,    -1.0,    1.5,      -2.5,      3.0, 0.1,
				 1e308, -1e308, 5e-324, -5e-324, INFINITY, -INFINITY, NAN, 9007199254740992.0 };
static const bool bools[] = { false, true };

enum { N_INTS = sizeof(ints) / sizeof(ints[0]), N_FLOATS = sizeof(floats) / sizeof(floats[0]) };

/* An operand or a result. */
union word {
	__int128 i; /* also bool */
	double f;
};

/* ---- the oracle ------------------------------------------------------------ */

static __int128 floor_div(__int128 a, __int128 b)
{
	__int128 m = ((a % b) + b) % b; /* has the sign of b */
	return (a - m) / b;
}

static bool fits(__int128 value)
{
	return value >= INT64_MIN && value <= INT64_MAX;
}

static __int128 count_range(int64_t start, int64_t stop, int64_t step)
{
	__int128 distance = (__int128)stop - start;
	if (distance == 0 || (distance < 0) != (step < 0))
		return 0;
	__int128 whole = distance / step;
	return whole + (distance % step != 0);
}

static bool is_small(__int128 a)
{
	return a >= -P53 && a <= P53;
}

static bool fits_u64(__int128 a)
{
	return a >= 0 && a <= UINT64_MAX;
}

static bool oracle_u64(enum ir_op op, uint64_t a, uint64_t b, __int128 *ret)
{
	unsigned __int128 product = (unsigned __int128)a * b;
	bool fits = true;
	switch (op) {
	case IR_U64_ADD: *ret = (__int128)a + b; break;
	case IR_U64_SUB: *ret = (__int128)a - b; break;
	case IR_U64_MUL:
		fits = product <= UINT64_MAX;
		*ret = (__int128)product;
		break;
	case IR_U64_SHL:
		fits = (unsigned __int128)a << (b & 63) <= UINT64_MAX;
		*ret = (__int128)a << (b & 63);
		break;
	case IR_U64_SHR: *ret = a >> (b & 63); break;
	case IR_U64_DIV: return b != 0 && (*ret = (int64_t)(a / b), true);
	case IR_U64_MOD: return b != 0 && (*ret = (int64_t)(a % b), true);
	default: *ret = a & b; break;
	}
	fits = fits && fits_u64(*ret);
	*ret = (int64_t)*ret;
	return fits;
}

/* False: the operation exits. */
static bool oracle_int(enum ir_op op, __int128 a, __int128 b, __int128 c, __int128 *ret)
{
	int64_t word;
	switch (op) {
	case IR_I64_ADD: *ret = a + b; return fits(*ret);
	case IR_I64_SUB: *ret = a - b; return fits(*ret);
	case IR_I64_MUL: *ret = a * b; return fits(*ret);
	case IR_I64_NEG: *ret = -a; return fits(*ret);
	case IR_I64_ABS: *ret = a < 0 ? -a : a; return fits(*ret);
	case IR_I64_ADD_WRAP: *ret = (int64_t)(a + b); return true;
	case IR_I64_SUB_WRAP: *ret = (int64_t)(a - b); return true;
	case IR_I64_MUL_WRAP: *ret = (int64_t)(a * b); return true;
	case IR_I64_TO_U64: *ret = a; return a >= 0;
	case IR_U64_ADD:
	case IR_U64_SUB:
	case IR_U64_MUL:
	case IR_U64_SHL:
	case IR_U64_SHR:
	case IR_U64_DIV:
	case IR_U64_MOD:
	case IR_U64_AND: return oracle_u64(op, (uint64_t)a, (uint64_t)b, ret);
	case IR_I64_FLOORDIV: return b != 0 && (*ret = floor_div(a, b), fits(*ret));
	case IR_I64_MOD: return b != 0 && (*ret = a - b * floor_div(a, b), true);
	case IR_I64_POW:
		if (!fake_rt.i64_pow((int64_t)a, (int64_t)b, &word))
			return false;
		*ret = word;
		return true;
	case IR_I64_MULMOD: return c != 0 && (*ret = a * b - c * floor_div(a * b, c), true);
	case IR_I64_POWMOD:
		if (!fake_rt.i64_powmod((int64_t)a, (int64_t)b, (int64_t)c, &word))
			return false;
		*ret = word;
		return true;
	case IR_I64_SHL:
		*ret = a;
		for (__int128 n = 0; n < b && *ret && fits(*ret); n++)
			*ret *= 2;
		return b >= 0 && fits(*ret);
	case IR_I64_SHR:
		*ret = a;
		for (int n = 0; n < b && n < 64; n++)
			*ret = floor_div(*ret, 2);
		return b >= 0;
	case IR_I64_AND: *ret = (int64_t)((uint64_t)a & (uint64_t)b); return true;
	case IR_I64_OR: *ret = (int64_t)((uint64_t)a | (uint64_t)b); return true;
	case IR_I64_XOR: *ret = (int64_t)((uint64_t)a ^ (uint64_t)b); return true;
	case IR_I64_NOT: *ret = -a - 1; return true;
	case IR_BOOL_TO_I64: *ret = a; return true;
	case IR_I64_TO_I128: *ret = a; return true;
	case IR_I128_ADD_I64: *ret = a + b; return true;
	case IR_I128_TO_I64: *ret = a; return fits(a);
	case IR_I64_LT: *ret = a < b; return true;
	case IR_I64_LE: *ret = a <= b; return true;
	case IR_I64_EQ: *ret = a == b; return true;
	case IR_I64_NE: *ret = a != b; return true;
	case IR_I64_GT: *ret = a > b; return true;
	case IR_I64_GE: *ret = a >= b; return true;
	case IR_BOOL_NOT: *ret = !a; return true;
	case IR_BOOL_AND: *ret = a && b; return true;
	case IR_BOOL_OR: *ret = a || b; return true;
	case IR_BOOL_XOR: *ret = a != b; return true;
	case IR_I64_SELECT: *ret = a ? b : c; return true;
	case IR_INDEX: *ret = (uint64_t)a < (uint64_t)b ? a : (int64_t)(a + b); return (uint64_t)*ret < (uint64_t)b;
	case IR_RANGE_LEN: return c != 0 && (*ret = count_range((int64_t)a, (int64_t)b, (int64_t)c), fits(*ret));
	default: fail_msg("the oracle does not know %s", ir_op_info[op].text); return false;
	}
}

static bool oracle(enum ir_op op, const union word *x, union word *ret)
{
	double a = x[0].f, b = x[1].f;
	switch (op) {
	case IR_I64_TRUEDIV:
		ret->f = (double)x[0].i / (double)x[1].i;
		return x[1].i != 0 && is_small(x[0].i) && is_small(x[1].i);
	case IR_F64_SELECT: ret->f = x[0].i ? b : x[2].f; return true;
	case IR_I64_TO_F64: ret->f = (double)x[0].i; return true;
	case IR_I64_TO_F64_EXACT: ret->f = (double)x[0].i; return is_small(x[0].i);
	case IR_F64_ADD: ret->f = a + b; return true;
	case IR_F64_SUB: ret->f = a - b; return true;
	case IR_F64_MUL: ret->f = a * b; return true;
	case IR_F64_DIV: ret->f = a / b; return b != 0;
	case IR_F64_FLOORDIV: ret->f = floor(a / b); return b != 0;
	case IR_F64_MOD: ret->f = fmod(a, b); return b != 0;
	case IR_F64_POW: ret->f = pow(a, b); return !isnan(ret->f);
	case IR_F64_SQRT: ret->f = sqrt(a); return a >= 0;
	case IR_F64_NEG: ret->f = copysign(a, signbit(a) ? 1 : -1); return true;
	case IR_F64_ABS: ret->f = copysign(a, 1); return true;
	case IR_F64_TO_I64:
		if (!(a >= -0x1p63 && a < 0x1p63))
			return false;
		ret->i = (int64_t)a;
		return true;
	case IR_F64_LT: ret->i = isless(a, b); return true;
	case IR_F64_LE: ret->i = islessequal(a, b); return true;
	case IR_F64_EQ: ret->i = !isunordered(a, b) && !islessgreater(a, b); return true;
	case IR_F64_NE: ret->i = isunordered(a, b) || islessgreater(a, b); return true;
	case IR_F64_GT: ret->i = isgreater(a, b); return true;
	case IR_F64_GE: ret->i = isgreaterequal(a, b); return true;
	default: return oracle_int(op, x[0].i, x[1].i, x[2].i, &ret->i);
	}
}

/* ---- programs -------------------------------------------------------------- */

enum { MAX_OPERANDS = 3 };

static bool is_tested(enum ir_op op)
{
	const struct ir_op_info *info = &ir_op_info[op];
	return info->result != IR_VOID && info->result != IR_OBJ && info->imm == IMM_NONE &&
	       !(info->flags & IR_EFFECT) && !strchr(info->operands, 'o');
}

static const char *const unbox_words[] = { ['i'] = "unbox_i64", ['f'] = "unbox_f64", ['b'] = "unbox_bool" };

/* Operand n; its second part, for i128, is parameter n + 1. */
static void write_operand(FILE *out, char letter, int n, const union word *constant)
{
	if (constant && letter == 'i')
		(void)fprintf(out, "v1%d = const_i64 %" PRId64 "\n", n, (int64_t)constant->i);
	else if (constant && letter == 'f')
		(void)fprintf(out, "v1%d = const_f64 %a\n", n, constant->f);
	else if (letter == 'x')
		(void)fprintf(out,
			      "v3%d = unbox_i64 v%d !e0\nv4%d = unbox_i64 v%d !e0\nv5%d = i64.to_i128 v3%d\n"
			      "v1%d = i128.add_i64 v5%d v4%d\n",
			      n, n, n, n + 2, n, n, n, n, n);
	else
		(void)fprintf(out, "v1%d = %s v%d !e0\n", n, unbox_words[(int)letter], n);
}

/* A function with the operation on its parameters, of which the last is a constant instead if one is given.  When the
 * operation exits, the exit has one slot for parameter 0 and one for an int 42. */
static char *write_program(enum ir_op op, const char *symbol, const union word *constant)
{
	const struct ir_op_info *info = &ir_op_info[op];
	int n = (int)strlen(info->operands);
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	assert_non_null(out);
	(void)fprintf(out, "function t symbol %s params object object object object\nb0:\n", symbol);
	for (int i = 0; i < MAX_OPERANDS + 1; i++)
		(void)fprintf(out, "v%d = param %d\n", i, i);
	for (int i = 0; i < n; i++)
		write_operand(out, info->operands[i], i, i == n - 1 ? constant : NULL);
	(void)fprintf(out, "v20 = const_i64 42\nv21 = %s", info->text);
	for (int i = 0; i < n; i++)
		(void)fprintf(out, " v1%d", i);
	(void)fprintf(out, "%s\nreturn v21\n", info->flags & IR_EXIT ? " !e1" : "");
	(void)fprintf(out, "exit e0 pc 0: locals [] stack []\nexit e1 pc 1: locals [obj v0] stack [i64 v20]\n");
	(void)fclose(out);
	return text;
}

static PyObject *operand_object(char letter, union word value)
{
	switch (letter) {
	case 'f': return object_f64(value.f);
	case 'b': return object_bool(value.i != 0);
	default: return object_i64(value.i);
	}
}

static void report(enum ir_op op, const union word *x, const char *what)
{
	const char *operands = ir_op_info[op].operands;
	char text[256] = "";
	for (size_t i = 0; operands[i]; i++) {
		char one[64];
		if (operands[i] == 'f')
			(void)snprintf(one, sizeof(one), " %a", x[i].f);
		else
			(void)snprintf(one, sizeof(one), " %" PRId64 "%s", (int64_t)x[i].i,
				       fits(x[i].i) ? "" : " (low)");
		strcat(text, one);
	}
	fail_msg("%s%s: %s", ir_op_info[op].text, text, what);
}

static bool is_same(enum ir_type type, const PyObject *object, union word expected)
{
	if (type != IR_F64)
		return object->kind == (type == IR_BOOL ? 'b' : 'i') && object->i == expected.i;
	if (isnan(expected.f))
		return object->kind == 'f' && isnan(object->f);
	return object->kind == 'f' && memcmp(&object->f, &expected.f, sizeof(double)) == 0;
}

/* The operands are one test case; an i128 is given as the sum of two parameters. */
static void check(native_code *code, enum ir_op op, const union word *x)
{
	const char *operands = ir_op_info[op].operands;
	PyObject *args[MAX_OPERANDS + 1] = { 0 };
	for (size_t i = 0; operands[i]; i++)
		args[i] = operand_object(operands[i], x[i]);
	if (operands[0] == 'x') { /* halves that fit */
		args[0] = object_i64(x[0].i / 2);
		args[2] = object_i64(x[0].i - x[0].i / 2);
	}
	struct side_exit exit;
	union word expected;
	bool returns = oracle(op, x, &expected);
	PyObject *result = emit_call(code, NULL, args, &exit);
	if (returns && !result)
		report(op, x, "it exits, but should not");
	if (!returns && result)
		report(op, x, "it does not exit");
	if (!returns && (exit.number != 1 || exit.slot[0].o != args[0] || exit.slot[1].i != 42))
		report(op, x, "the exit's slots are wrong");
	if (returns && !is_same(ir_op_info[op].result, result, expected))
		report(op, x, "the result is wrong");
}

static int count_values(char letter)
{
	return letter == 'f' ? N_FLOATS : letter == 'b' ? 2 : letter == 'x' ? 2 * N_INTS : N_INTS;
}

static union word value_of(char letter, int n)
{
	switch (letter) {
	case 'f': return (union word){ .f = floats[n] };
	case 'b': return (union word){ .i = bools[n] };
	case 'x': return (union word){ .i = n < N_INTS ? ints[n] : (__int128)2 * ints[n - N_INTS] };
	default: return (union word){ .i = ints[n] };
	}
}

/* All combinations of edge values; the last operand stays at what it is if fixed. */
static void check_all(native_code *code, enum ir_op op, union word *x, size_t n, bool fixed)
{
	const char *operands = ir_op_info[op].operands;
	if (!operands[n] || (fixed && !operands[n + 1])) {
		check(code, op, x);
		return;
	}
	for (int i = 0; i < count_values(operands[n]); i++) {
		x[n] = value_of(operands[n], i);
		check_all(code, op, x, n + 1, fixed);
	}
}

static void test_variables(void **state)
{
	int optimize = (int)(intptr_t)*state;
	char *texts[IR_OP_COUNT], symbol[32];
	enum ir_op ops[IR_OP_COUNT];
	int n = 0;
	for (int op = 0; op < IR_OP_COUNT; op++) {
		if (!is_tested((enum ir_op)op) || op == IR_PHI)
			continue;
		(void)snprintf(symbol, sizeof(symbol), "f%d", op);
		ops[n] = (enum ir_op)op;
		texts[n++] = write_program((enum ir_op)op, symbol, NULL);
	}
	assert_true(n > 40);
	void *library = emit_load((const char *const *)texts, n, optimize);
	for (int i = 0; i < n; i++) {
		union word x[MAX_OPERANDS] = { 0 };
		(void)snprintf(symbol, sizeof(symbol), "f%d", ops[i]);
		check_all(emit_symbol(library, symbol), ops[i], x, 0, false);
		free(texts[i]);
	}
}

/* The last operand a constant, for the operations that spell out CPython's rules. */
static void test_constants(void **state)
{
	(void)state;
	static const enum ir_op ops[] = { IR_I64_FLOORDIV, IR_I64_MOD,     IR_I64_SHL,   IR_I64_SHR,
					  IR_I64_MUL,      IR_I64_TRUEDIV, IR_RANGE_LEN, IR_I64_SUB };
	static const int64_t constants[] = { 0, 1, -1, 2, -2, 10, -7, 63, 64, INT64_MAX, INT64_MIN };
	enum { N_OPS = sizeof(ops) / sizeof(ops[0]), N_CONSTANTS = sizeof(constants) / sizeof(constants[0]) };
	char *texts[N_OPS * N_CONSTANTS], symbol[32];
	for (int i = 0; i < N_OPS * N_CONSTANTS; i++) {
		(void)snprintf(symbol, sizeof(symbol), "f%d", i);
		texts[i] =
			write_program(ops[i / N_CONSTANTS], symbol, &(union word){ .i = constants[i % N_CONSTANTS] });
	}
	void *library = emit_load((const char *const *)texts, N_OPS * N_CONSTANTS, 2);
	for (int i = 0; i < N_OPS * N_CONSTANTS; i++) {
		enum ir_op op = ops[i / N_CONSTANTS];
		union word x[MAX_OPERANDS] = { 0 };
		x[strlen(ir_op_info[op].operands) - 1].i = constants[i % N_CONSTANTS];
		(void)snprintf(symbol, sizeof(symbol), "f%d", i);
		check_all(emit_symbol(library, symbol), op, x, 0, true);
		free(texts[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ "variables, -O0", test_variables, NULL, NULL, (void *)0 },
		{ "variables, -O2", test_variables, NULL, NULL, (void *)2 },
		{ "variables, -O3", test_variables, NULL, NULL, (void *)3 },
		cmocka_unit_test(test_constants),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, emit_setup, emit_teardown);
}

/* ir_text.c - IR printed, parsed and printed again, for every operation and every kind of state; what the parser says
 * about text that is not IR. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codecache/jit/ir.h"
#include "common/cleanup.h"

#define HEADER "function t symbol f params\n"

static char *printed(const struct ir_function *f)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	assert_non_null(out);
	ir_print(f, out);
	(void)fclose(out);
	return text;
}

static struct ir_function *parsed(const char *text)
{
	struct ir_function *f = NULL;
	struct cause cause = CAUSE_INIT;
	if (ir_parse(text, &f, &cause) < 0)
		fail_msg("%s\n%s", cause.text, text);
	return f;
}

static void check_round_trip(const char *text)
{
	cleanup(ir_function_freep) struct ir_function *f = parsed(text);
	cleanup_free char *again = printed(f);
	assert_string_equal(again, text);
}

/* ---- every operation ------------------------------------------------------- */

static const char *const immediates[] = {
	[IMM_NONE] = "",    [IMM_INDEX] = " c1",  [IMM_I64] = " -9223372036854775808",
	[IMM_F64] = " 0.1", [IMM_BOOL] = " true", [IMM_COUNT] = " 7",
	[IMM_RT] = " call", [IMM_TYPE] = " list",
};

/* An instruction as the table has it: with operands that were defined before, whatever their type. */
static void write_instr(FILE *out, enum ir_op op)
{
	const struct ir_op_info *info = &ir_op_info[op];
	(void)fprintf(out, "  ");
	if (info->result != IR_VOID || op == IR_PHI)
		(void)fprintf(out, "v%d = ", 10 + (int)op);
	(void)fprintf(out, "%s%s%s", info->text, op == IR_PHI ? " i128" : "",
		      op == IR_PARAM ? " 0" : immediates[info->imm]);
	for (const char *letter = info->operands; *letter; letter++)
		(void)fprintf(out, *letter == '~' || *letter == '+' ? " v0 v1 v0" : " v%d", *letter == 'i' ? 0 : 1);
	if (op == IR_JUMP || op == IR_BRANCH)
		(void)fprintf(out, op == IR_JUMP ? " b1" : " b1 b0");
	(void)fprintf(out, "%s @%d\n", info->flags & IR_EXIT ? " !e0" : "", 1 + (int)op);
}

static void test_every_operation(void **state)
{
	(void)state;
	for (int op = 0; op < IR_OP_COUNT; op++) {
		cleanup_free char *text = NULL;
		size_t size;
		FILE *out = open_memstream(&text, &size);
		assert_non_null(out);
		(void)fprintf(out, "function t symbol f params int float bool object\nb0:\n"
				   "  v0 = const_i64 0\n  v1 = const_f64 0.0\nb1 loop preds b0 b1 b0:\n");
		write_instr(out, (enum ir_op)op);
		(void)fprintf(out, "exit e0 pc 0: locals [] stack []\n");
		(void)fclose(out);
		check_round_trip(text);
		cleanup(ir_function_freep) struct ir_function *f = parsed(text);
		const struct ir_instr *i = f->blocks[1]->first;
		assert_int_equal(i->op, op);
		assert_int_equal(i->line, 1 + op);
		assert_int_equal(i->type, op == IR_PHI ? IR_I128 : ir_op_info[op].result);
		assert_int_equal(f->blocks[1]->n_preds, 3);
		assert_true(f->blocks[1]->loop_header);
	}
}

/* ---- every kind of state --------------------------------------------------- */

static void write_value(FILE *out, enum state_kind kind, int depth)
{
	(void)fprintf(out, "%s", state_kind_words[kind]);
	if (ir_is_leaf(kind))
		(void)fprintf(out, " v0");
	if (kind == STATE_CONST || kind == STATE_FUNCTION)
		(void)fprintf(out, " c7");
	if (state_is_shared(kind))
		(void)fprintf(out, " 3");
	if (state_kind_children[kind] == 0)
		return;
	int n = state_kind_children[kind] > 0 ? state_kind_children[kind] : 2;
	(void)fprintf(out, "(");
	for (int i = 0; i < n && depth < 2; i++) {
		(void)fprintf(out, "%s", i ? ", " : "");
		write_value(out, (enum state_kind)((kind + (unsigned)i + 3) % STATE_KIND_COUNT), depth + 1);
	}
	(void)fprintf(out, ")");
	if (kind == STATE_GENERATOR)
		(void)fprintf(out, "{code c2 line 9 pc 12 call 1: locals [null] stack [unbound, i64 v0]}");
}

static void test_every_state(void **state)
{
	(void)state;
	for (int kind = 0; kind < STATE_KIND_COUNT; kind++) {
		cleanup_free char *text = NULL;
		size_t size;
		FILE *out = open_memstream(&text, &size);
		assert_non_null(out);
		(void)fprintf(
			out, HEADER
			"b0:\n  v0 = const_i64 1\nexit e0 line 3 pc 4294967295 call 7 \"why \\\"\\\\\\x0a\": locals [");
		write_value(out, (enum state_kind)kind, 0);
		(void)fprintf(out, "] stack [null, ");
		write_value(out, (enum state_kind)kind, 0);
		(void)fprintf(out, "]\nexit e1 pc 0: locals [] stack []\n");
		(void)fclose(out);
		check_round_trip(text);
		cleanup(ir_function_freep) struct ir_function *f = parsed(text);
		assert_int_equal(f->n_exits, 2);
		assert_int_equal(f->exits[0]->frame.n_stack, 2);
		assert_int_equal(f->exits[0]->frame.stack[1]->kind, kind);
		assert_string_equal(f->exits[0]->why, "why \"\\\n");
		assert_int_equal(f->exits[0]->frame.code, UINT32_MAX);
		assert_int_equal(f->exits[0]->frame.call_arguments, 7);
	}
}

/* ---- numbers, names -------------------------------------------------------- */

static void test_floats(void **state)
{
	(void)state;
	static const struct {
		double value;
		const char *text;
	} floats[] = {
		{ 0.0, "0.0" },
		{ -0.0, "-0.0" },
		{ 1.0, "1.0" },
		{ 0.1, "0.1" },
		{ 1e300, "1e+300" },
		{ 5e-324, "4.94065645841247e-324" },
		{ 1.0 / 3, "0.3333333333333333" },
		{ INFINITY, "inf" },
		{ -INFINITY, "-inf" },
		{ NAN, "nan" },
		{ -NAN, "nan.fff8000000000000" },
		{ 0.1 + 0.2, "0.30000000000000004" },
		{ 9007199254740993.0, "9007199254740992.0" },
	};
	for (size_t i = 0; i < sizeof(floats) / sizeof(floats[0]); i++) {
		char text[128];
		(void)snprintf(text, sizeof(text), HEADER "b0:\n  v0 = const_f64 %s\n", floats[i].text);
		check_round_trip(text);
		cleanup(ir_function_freep) struct ir_function *f = parsed(text);
		assert_memory_equal(&f->blocks[0]->first->imm.f, &floats[i].value, sizeof(double));
	}
}

static void test_names_and_constants(void **state)
{
	(void)state;
	check_round_trip("function m.f.<locals>.<lambda> symbol f0 params\n");
	check_round_trip("function \"m.a \\\"b\\\"; c\" symbol \"\" params object int float bool\n");
	check_round_trip(HEADER "const c0 builtin \"sum\"\nconst c1 name \"h\xc3\xa4\"\nconst c2 object 1\n"
				"const c3 object 1 2 3 4294967295\nconst c4 globals \"@m:\"\n");
	cleanup(ir_function_freep) struct ir_function *f = parsed(HEADER "const c0 object 5 6\n");
	assert_int_equal(f->consts[0].n_path, 2);
	assert_int_equal(f->consts[0].path[1], 6);
}

static void test_comments_and_order(void **state)
{
	(void)state;
	cleanup(ir_function_freep) struct ir_function *f =
		parsed("\n; a comment\nfunction t symbol f params ; none\r\nb0:\n\tjump b1 ; there\n\n"
		       "b1 preds b0:\n  v7 = i64.not v9\n  v9 = const_i64 1\n  return v7\n");
	cleanup_free char *text = printed(f);
	assert_string_equal(text, "function t symbol f params\nb0:\n  jump b1\nb1 preds b0:\n  v7 = i64.not v9\n"
				  "  v9 = const_i64 1\n  return v7\n");
	assert_true(f->next_id > 9);
	assert_int_not_equal(f->blocks[0]->first->id, f->blocks[1]->last->id);
}

/* ---- errors ---------------------------------------------------------------- */

static void test_errors(void **state)
{
	(void)state;
	static const struct {
		const char *text, *cause;
	} errors[] = {
		{ "", "line 1: no function" },
		{ "\n;\n", "line 3: no function" },
		{ "b0:\n", "line 1: expected \"function\", not \"b0\"" },
		{ "function t f\n", "line 1: expected \"symbol\", not \"f\"" },
		{ "function t symbol f\n", "line 1: expected \"params\", not the end of the line" },
		{ "function \"t symbol f\n", "line 1: expected a quoted string, not \"\"t symbol f\"" },
		{ "function t symbol f params i64\n",
		  "line 1: expected a parameter's type (object, int, float, bool), not \"i64\"" },
		{ HEADER "  jump b0\n", "line 2: expected a block (b0:), not \"jump\"" },
		{ HEADER "const c1 name \"x\"\n", "line 2: c1 is out of order, expected c0" },
		{ HEADER "const c0 name x\n", "line 2: expected a quoted string, not \"x\"" },
		{ HEADER "const c0 string \"x\"\n",
		  "line 2: expected a constant's kind (object, name, builtin, default, globals), not \"string\"" },
		{ HEADER "const c0 object 1 2 3 4 5\n", "line 2: expected the end of the line, not \"5\"" },
		{ HEADER "const c0 object x\n", "line 2: expected an index into co_consts, not \"x\"" },
		{ HEADER "const c0 name \"x\"\nconst c1 name \"x\"\n",
		  "line 3: c1 is the same as an earlier constant" },
		{ HEADER "b1:\n", "line 2: b1 is out of order, expected b0" },
		{ HEADER "b0\n", "line 2: expected \":\", not the end of the line" },
		{ HEADER "b0 preds:\n", "line 2: expected a block (b<number>), not \":\"" },
		{ HEADER "b99999:\n", "line 2: b99999 is too large (at most 3)" },
		{ HEADER "b0:\n  jump b1\n", "line 4: b1 is not defined" },
		{ HEADER "b0:\n  side_exit !e0\n", "line 4: e0 is not defined" },
		{ HEADER "b0:\n  return v3\n", "line 3: v3 is not defined" },
		{ HEADER "b0:\n  v1 = const_i64 1\n  v1 = const_i64 1\n", "line 4: v1 is defined twice" },
		{ HEADER "b0:\n  v99999999999999999999 = const_i64 1\n",
		  "line 3: v99999999999999999999 is too large (at most 4194304)" },
		{ HEADER "b0:\n  v1 = i64.plus v1\n", "line 3: expected an operation, not \"i64.plus\"" },
		{ HEADER "b0:\n  v1 = jump b0\n", "line 3: jump has no result" },
		{ HEADER "b0:\n  const_i64 1\n", "line 3: const_i64 needs a result (v<number> =)" },
		{ HEADER "b0:\n  v1 = phi v1\n",
		  "line 3: expected a result and the type of the phi (v<number> = phi i64 ...), not \"v1\"" },
		{ HEADER "b0:\n  v1 = const_i64\n", "line 3: expected a 64-bit integer, not the end of the line" },
		{ HEADER "b0:\n  v1 = const_i64 9223372036854775808\n",
		  "line 3: expected a 64-bit integer, not \"9223372036854775808\"" },
		{ HEADER "b0:\n  v1 = const_f64 1.0x\n", "line 3: expected a float, not \"1.0x\"" },
		{ HEADER "b0:\n  v1 = const_f64 nan.1\n", "line 3: expected the bits of a NaN, not \"nan.1\"" },
		{ HEADER "b0:\n  v1 = const_bool 1\n", "line 3: expected true or false, not \"1\"" },
		{ HEADER "b0:\n  v1 = param c0\n", "line 3: expected a parameter's number, not \"c0\"" },
		{ HEADER "b0:\n  v1 = const_obj 0\n", "line 3: expected a constant (c<number>), not \"0\"" },
		{ HEADER "b0:\n  jump b0 b0 b0\n", "line 3: expected the end of the line, not \"b0\"" },
		{ HEADER "exit e1 pc 0: locals [] stack []\n", "line 2: e1 is out of order, expected e0" },
		{ HEADER "exit e0 pc 0 locals [] stack []\n",
		  "line 2: expected code, line, pc, call, throws, raises or \":\", not \"locals\"" },
		{ HEADER "exit e0 pc 0: locals [int v0] stack []\n", "line 2: expected a state value, not \"int\"" },
		{ HEADER "exit e0 pc 0: locals [i64] stack []\n", "line 2: expected a value (v<number>), not \"]\"" },
		{ HEADER "exit e0 pc 0: locals [null null] stack []\n", "line 2: expected \"]\", not \"null\"" },
		{ HEADER "exit e0 pc 0: locals [tuple(null] stack []\n", "line 2: expected \")\", not \"]\"" },
		{ HEADER "exit e0 pc 0: locals [] stack [generator(){pc 0: locals [] stack []]\n",
		  "line 2: expected \"}\", not \"]\"" },
		{ HEADER "exit e0 pc x: locals [] stack []\n",
		  "line 2: expected an offset into the bytecode, not \"x\"" },
		{ HEADER "b0: %\n", "line 2: expected the end of the line, not \"%\"" },
	};
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		struct ir_function *f = NULL;
		struct cause cause = CAUSE_INIT;
		assert_int_equal(ir_parse(errors[i].text, &f, &cause), -EINVAL);
		assert_null(f);
		assert_string_equal(cause.text, errors[i].cause);
	}
}

static void test_deep_nesting(void **state)
{
	(void)state;
	enum { DEPTH = 5000 };
	cleanup_free char *text = calloc(1, DEPTH * 7 + 100);
	assert_non_null(text);
	char *end = stpcpy(text, HEADER "exit e0 pc 0: locals [");
	for (int i = 0; i < DEPTH; i++)
		end = stpcpy(end, "tuple(");
	struct ir_function *f = NULL;
	struct cause cause = CAUSE_INIT;
	assert_int_equal(ir_parse(text, &f, &cause), -EINVAL);
	assert_string_equal(cause.text, "line 2: states nested too deeply at \"tuple\"");
}

static const char sample[] =
	"function m.f symbol f params int float\n"
	"const c0 name \"n\"\nconst c1 object 1 2\n"
	"b0:\n  v0 = param 0\n  v1 = unbox_i64 v0 !e0 @3\n  v2 = const_f64 0.1\n  jump b1\n"
	"b1 loop preds b0 b1:\n  v3 = phi i64 v1 v4\n  v4 = i64.add v3 v3 !e1\n"
	"  v5 = i64.lt v3 v4\n  branch v5 b1 b2\nb2 preds b1:\n  return v2\n"
	"exit e0 pc 0: locals [obj v0] stack []\n"
	"exit e1 line 4 pc 7 call 1 \"why\": locals [i64 v3, cell 0(unbound)] stack [null, const c1, "
	"generator(){code c1 pc 3: locals [f64 v2] stack [tuple(i64 v1)]}]\n";

/* Damaged in some places, the same ones each time: an error that names a line, or IR that prints as itself. */
static void check_damaged(unsigned seed)
{
	static const char marks[] = "v0129bec!@:[](){}, \n\"\\;\xff";
	char text[sizeof(sample)];
	memcpy(text, sample, sizeof(sample));
	for (unsigned n = seed % 3 + 1; n; n--) {
		seed = seed * 1664525 + 1013904223;
		text[(seed >> 8) % (sizeof(text) - 1)] = marks[(seed >> 20) % (sizeof(marks) - 1)];
	}
	cleanup(ir_function_freep) struct ir_function *f = NULL;
	struct cause cause = CAUSE_INIT;
	if (ir_parse(text, &f, &cause) < 0) {
		assert_int_equal(strncmp(cause.text, "line ", 5), 0);
		return;
	}
	cleanup_free char *once = printed(f);
	check_round_trip(once);
	(void)!ir_verify(f, &cause); /* whatever it says: it must survive */
}

static void test_damaged_text(void **state)
{
	(void)state;
	check_round_trip(sample);
	for (unsigned seed = 0; seed < 20000; seed++)
		check_damaged(seed * 2654435761U);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_operation),
		cmocka_unit_test(test_every_state),
		cmocka_unit_test(test_floats),
		cmocka_unit_test(test_names_and_constants),
		cmocka_unit_test(test_comments_and_order),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_deep_nesting),
		cmocka_unit_test(test_damaged_text),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* ir_verify.c - for each rule of the IR a text that breaks it, and what the verifier says; what text cannot break is
 * broken by hand. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>

#include "codecache/jit/ir.h"
#include "common/cleanup.h"

#define CONSTS "const c0 name \"n\"\nconst c1 builtin \"sum\"\nconst c2 object 1\nconst c3 name \"m\"\n"
#define HEADER "function t symbol f params object\n" CONSTS
#define ENTRY  "exit e0 pc 0: locals [] stack []\n"

static struct ir_function *parsed(const char *text)
{
	struct ir_function *f = NULL;
	struct cause cause = CAUSE_INIT;
	if (ir_parse(text, &f, &cause) < 0)
		fail_msg("%s\n%s", cause.text, text);
	return f;
}

static void check_broken(const struct ir_function *f, const char *expected)
{
	struct cause cause = CAUSE_INIT;
	assert_int_equal(ir_verify(f, &cause), -EINVAL);
	assert_string_equal(cause.text, expected);
}

static void check_text(const char *text, const char *expected)
{
	cleanup(ir_function_freep) struct ir_function *f = parsed(text);
	struct cause cause = CAUSE_INIT;
	int r = ir_verify(f, &cause);
	if (r != -EINVAL)
		fail_msg("%d, expected: %s\n%s", r, expected, text);
	assert_string_equal(cause.text, expected);
}

/* Nothing is wrong with it: a loop, values of all kinds in its exits, a block that cannot be reached. */
static const char good[] = HEADER
	"b0:\n"
	"  v0 = param 0\n"
	"  v1 = unbox_i64 v0 !e0\n"
	"  v2 = const_i64 0\n"
	"  v3 = const_obj c2\n"
	"  guard_global c0 v2 !e0\n"
	"  v16 = global_obj c3 v2 !e0\n"
	"  v4 = unbox_f64 v16 !e0\n"
	"  jump b1\n"
	"b1 loop preds b0 b2:\n"
	"  v5 = phi i64 v1 v7\n"
	"  v6 = i64.lt v5 v2\n"
	"  branch v6 b2 b3\n"
	"b2 preds b1:\n"
	"  v7 = i64.add v5 v5 !e1\n"
	"  poll !e2\n"
	"  jump b1\n"
	"b3 preds b1 b4:\n"
	"  v8 = phi i64 v5 v9\n"
	"  return v8\n"
	"b4:\n"
	"  v9 = i64.not v7\n"
	"  jump b3\n"
	"exit e0 pc 0: locals [obj v0] stack []\n"
	"exit e1 pc 4: locals [i64 v5, cell 1(unbound), unbound, bool v6] stack [null, const c1, tuple(f64 v4, null), "
	"function c2(unbound), range(i64 v5, const c2, i64 v1)]\n"
	"exit e2 pc 5: locals [i64 v7] stack [generator_new(function c2(tuple(cell 0(i64 v7))), obj v3), "
	"seq_iter(owned v0, i64 v7), generator(){code c2 pc 3: locals [i64 v7] stack [null]}]\n"
	"exit e3 pc 1: locals [] stack []\n";

static void test_good(void **state)
{
	(void)state;
	cleanup(ir_function_freep) struct ir_function *f = parsed(good);
	struct cause cause = CAUSE_INIT;
	assert_int_equal(ir_verify(f, &cause), 0);
	assert_string_equal(cause.text, "");
}

static void test_instructions(void **state)
{
	(void)state;
	check_text(HEADER "b0:\nv0 = const_i64 1\nv1 = i64.add v0 !e0\nreturn v1\n" ENTRY,
		   "b0: v1 i64.add: 1 operands, 2 are needed");
	check_text(HEADER "b0:\nv0 = const_i64 1\nv1 = const_f64 1.0\nv2 = i64.and v0 v1\nreturn v2\n" ENTRY,
		   "b0: v2 i64.and: operand 1 is f64, i64 is needed");
	check_text(HEADER "b0:\nv0 = const_i64 1\nbranch v0 b1 b1\nb1 preds b0 b0:\nreturn v0\n" ENTRY,
		   "b0: branch: operand 0 is i64, bool is needed");
	check_text(HEADER "b0:\nv0 = param 1\nreturn v0\n" ENTRY, "b0: v0 param: there is no parameter 1");
	check_text(HEADER "b0:\nv0 = const_obj c4\nreturn v0\n" ENTRY, "b0: v0 const_obj: there is no c4");
	check_text(HEADER "b0:\nv0 = const_i64 0\nv1 = global_obj c1 v0 !e0\nreturn v1\n" ENTRY,
		   "b0: v1 global_obj: c1 is not a name");
	check_text(HEADER "b0:\nv0 = const_i64 0\nguard_global c3 v0 !e0\nside_exit !e0\n" ENTRY,
		   "b0: guard_global: no object follows c3");
	check_text(HEADER "b0:\nv0 = const_i64 1\nv1 = i64.mul v0 v0\nreturn v1\n" ENTRY,
		   "b0: v1 i64.mul: it needs an exit");
	check_text(HEADER "b0:\nv0 = const_i64 1 !e0\nreturn v0\n" ENTRY,
		   "b0: v0 const_i64: it cannot exit, but has e0");
	check_text(HEADER "b0:\njump\n" ENTRY, "b0: jump: 0 targets, 1 are needed");
	check_text(HEADER "b0:\njump b1 b1\nb1 preds b0 b0:\nside_exit !e0\n" ENTRY,
		   "b0: jump: 2 targets, 1 are needed");
	check_text(HEADER "b0:\nv0 = const_bool true\nbranch v0 b1\nb1 preds b0:\nside_exit !e0\n" ENTRY,
		   "b0: branch: 1 targets, 2 are needed");
	check_text(HEADER "b0:\nside_exit b0 !e0\n" ENTRY, "b0: side_exit: 1 targets, 0 are needed");
}

static void test_blocks(void **state)
{
	(void)state;
	check_text(HEADER ENTRY, "the function has no block");
	check_text(HEADER "b0:\n" ENTRY, "b0: the block is empty");
	check_text(HEADER "b0:\nv0 = const_i64 1\n" ENTRY,
		   "b0: v0 const_i64: the block's last instruction does not end it");
	check_text(HEADER "b0:\nside_exit !e0\nv0 = const_i64 1\nreturn v0\n" ENTRY,
		   "b0: side_exit: in the middle of the block");
	check_text(HEADER "b0 preds b0:\njump b0\n" ENTRY, "b0: the entry has predecessors");
	check_text(HEADER "b0:\njump b1\nb1:\nside_exit !e0\n" ENTRY,
		   "b0: it goes to b1, but is not a predecessor there");
	check_text(HEADER "b0:\nside_exit !e0\nb1 preds b0:\nside_exit !e0\n" ENTRY,
		   "b1: b0 is 1 times a predecessor, but goes there 0 times");
	check_text(HEADER "b0:\nv0 = const_bool true\nbranch v0 b1 b1\nb1 preds b0:\nside_exit !e0\n" ENTRY,
		   "b1: b0 is 1 times a predecessor, but goes there 2 times");
	check_text(HEADER "b0:\njump b1\nb1 preds b0 b0:\nside_exit !e0\n" ENTRY,
		   "b1: b0 is 2 times a predecessor, but goes there 1 times");
}

static void test_phis(void **state)
{
	(void)state;
	check_text(HEADER "b0:\nv0 = const_i64 1\njump b1\nb1 preds b0:\nv1 = phi i64 v0 v0\nreturn v1\n" ENTRY,
		   "b1: v1 phi: 2 operands for 1 predecessors");
	check_text(HEADER "b0:\nv0 = const_i64 1\njump b1\nb1 preds b0:\nv1 = phi f64 v0\nreturn v1\n" ENTRY,
		   "b1: v1 phi: operand 0 is i64, f64 is needed");
	check_text(HEADER "b0:\njump b1\nb1 preds b0:\nv0 = const_i64 1\nv1 = phi i64 v0\nreturn v1\n" ENTRY,
		   "b1: v1 phi: a phi after other instructions");
	check_text(HEADER "b0:\nv0 = phi i64\nreturn v0\n", "the function has no exit e0 for its entry");
	check_text(HEADER "b0:\nv0 = const_i64 1\njump b1\nb1 loop preds b0 b1:\nv1 = phi i64 v2 v2\n"
			  "v2 = i64.not v1\njump b1\n" ENTRY,
		   "b1: v1 phi: v2 is not defined at the end of the predecessor");
}

static void test_dominance(void **state)
{
	(void)state;
	check_text(HEADER "b0:\nv1 = i64.not v0\nv0 = const_i64 1\nreturn v1\n" ENTRY,
		   "b0: v1 i64.not: v0 is not defined here");
	check_text(HEADER "b0:\nv0 = i64.not v0\nreturn v0\n" ENTRY, "b0: v0 i64.not: v0 is not defined here");
	check_text(HEADER "b0:\nv0 = const_bool true\nbranch v0 b1 b2\nb1 preds b0:\nv1 = const_i64 1\njump b3\n"
			  "b2 preds b0:\njump b3\nb3 preds b1 b2:\nreturn v1\n" ENTRY,
		   "b3: return: v1 is not defined here");
	check_text(HEADER "b0:\nreturn v1\nb1:\nv1 = const_i64 1\nreturn v1\n" ENTRY,
		   "b0: return: v1 is not defined here");
	check_text(HEADER "b0:\nv0 = const_i64 1\nv1 = i64.neg v0 !e1\nreturn v1\n" ENTRY
			  "exit e1 pc 1: locals [] stack [tuple(tuple(i64 v1))]\n",
		   "b0: v1 i64.neg: v1 of e1 is not defined here");
	check_text(HEADER "b0:\nside_exit !e1\nb1:\nv1 = const_i64 1\nreturn v1\n" ENTRY
			  "exit e1 pc 1: locals [] stack [generator(){code c2 pc 1: locals [i64 v1] stack []}]\n",
		   "b0: side_exit: v1 of e1 is not defined here");
}

#define WITH_STATE(locals, stack)                                                                                 \
	HEADER "b0:\nv0 = const_i64 1\nv1 = const_f64 1.0\nv2 = const_bool true\nv3 = param 0\nreturn v0\n" ENTRY \
	       "exit e1 pc 1: locals [" locals "] stack [" stack "]\n"

static void test_states(void **state)
{
	(void)state;
	check_text(HEADER "b0:\nv0 = const_i64 1\nreturn v0\n", "the function has no exit e0 for its entry");
	check_text(HEADER "b0:\nv0 = const_i64 1\nreturn v0\nexit e0 pc 2: locals [] stack []\n",
		   "e0: the entry's exit is at pc 2, not 0");
	check_text(HEADER "b0:\nv0 = const_i64 1\nreturn v0\nexit e0 code c2 pc 0: locals [] stack []\n",
		   "e0: its frame is not the function's own");
	check_text(WITH_STATE("i64 v1", ""), "e1: i64: v1 is f64");
	check_text(WITH_STATE("f64 v0", ""), "e1: f64: v0 is i64");
	check_text(WITH_STATE("bool v0", ""), "e1: bool: v0 is i64");
	check_text(WITH_STATE("i128 v0", ""), "e1: i128: v0 is i64");
	check_text(WITH_STATE("obj v2", ""), "e1: obj: v2 is bool");
	check_text(WITH_STATE("null", ""), "e1: null: a local cannot be that");
	check_text(WITH_STATE("", "unbound"), "e1: unbound: the stack cannot have that");
	check_text(WITH_STATE("", "const c9"), "e1: const: there is no such constant");
	check_text(WITH_STATE("", "const c0"), "e1: const: its constant is a name");
	check_text(WITH_STATE("", "keywords 0(i64 v0, i64 v0)"), "e1: i64: a key is no name");
	check_text(WITH_STATE("", "keywords 0(const c0, i64 v0, const c0)"), "e1: keywords: a key has no value");
	check_text(WITH_STATE("", "range(i64 v0, i64 v0)"), "e1: range: 2 children, 3 are needed");
	check_text(WITH_STATE("", "null(null)"), "e1: null: 1 children, 0 are needed");
	check_text(WITH_STATE("", "range(i64 v0, i64 v0, f64 v1)"), "e1: range: its children must be ints");
	check_text(WITH_STATE("", "range_iter(obj v3, i64 v0, i64 v0)"), "e1: range_iter: its children must be ints");
	check_text(WITH_STATE("", "seq_iter(f64 v1, f64 v1)"),
		   "e1: seq_iter: its children must be an object and an int");
	check_text(WITH_STATE("", "function c1(unbound)"), "e1: function: its constant is not a code object");
	check_text(WITH_STATE("", "function c2(null)"), "e1: function: its child must be a tuple or unbound");
	check_text(WITH_STATE("", "generator_new(i64 v0, i64 v0)"),
		   "e1: generator_new: its first child must be a function");
	check_text(WITH_STATE("", "generator()"), "e1: generator: it needs a frame");
	check_text(WITH_STATE("", "tuple(){pc 0: locals [] stack []}"), "e1: tuple: it has a frame");
	check_text(WITH_STATE("", "generator(){pc 0: locals [] stack []}"),
		   "e1: generator: its frame needs a code object");
	check_text(WITH_STATE("", "generator(){code c1 pc 0: locals [] stack []}"),
		   "e1: generator: its frame needs a code object");
	check_text(WITH_STATE("", "generator(){code c2 pc 0: locals [f64 v0] stack []}"), "e1: f64: v0 is i64");
	check_text(WITH_STATE("", "tuple(cell 0(obj v0))"), "e1: obj: v0 is i64");
}

/* ---- what text cannot say -------------------------------------------------- */

#define BY_HAND(change, expected)                                                    \
	do {                                                                         \
		cleanup(ir_function_freep) struct ir_function *f = parsed(good);     \
		cleanup(ir_function_freep) struct ir_function *other = parsed(good); \
		struct ir_instr *add = f->blocks[2]->first;                          \
		(void)add;                                                           \
		change;                                                              \
		check_broken(f, expected);                                           \
	} while (0)

static void test_by_hand(void **state)
{
	(void)state;
	BY_HAND(add->id = 1, "b2: v1 i64.add: its number was given twice");
	BY_HAND(add->id = 1000, "b2: v1000 i64.add: its number is not below next_id 24");
	BY_HAND(add->scratch = f, "b2: v7 i64.add: scratch was left behind");
	BY_HAND(f->blocks[2]->scratch = f, "b2: scratch was left behind");
	BY_HAND(f->blocks[0]->last->prev->type = IR_I64, "b0: v4 unbox_f64: its type is i64");
	BY_HAND(add->block = f->blocks[1], "b2: instruction 0 is not linked into the block");
	BY_HAND(add->next->prev = NULL, "b2: instruction 1 is not linked into the block");
	BY_HAND(add->op = IR_OP_COUNT, "b2: instruction 0 is not linked into the block");
	BY_HAND(f->blocks[2]->last = add, "b2: last is not the last instruction");
	BY_HAND(add->args[1] = other->blocks[0]->first, "b2: v7 i64.add: operand 1 is not in the function");
	BY_HAND(add->args[1] = add->next, "b2: v7 i64.add: operand 1 has no value");
	BY_HAND(add->exit = other->exits[1], "b2: v7 i64.add: its exit is not one of the function");
	BY_HAND(f->blocks[2]->last->targets[0] = other->blocks[1], "b2: jump: target 0 is not in the function");
	BY_HAND(f->blocks[1]->preds[1] = other->blocks[2], "b1: predecessor 1 is not in the function");
	BY_HAND(f->blocks[2]->id = 1, "b1: it is block number 2");
	BY_HAND(f->exits[1]->number = 2, "b2: v7 i64.add: its exit is not one of the function");
	BY_HAND(f->exits[1]->frame.locals[0]->instr = other->blocks[0]->first,
		"e1: i64: its value is not in the function");
	BY_HAND(f->exits[2]->frame.locals[0] = f->exits[1]->frame.locals[0],
		"the leaf i64 v5 is in two places of exits' states");
	BY_HAND(f->exits[3]->number = 7, "e7: it is exit number 3");
	cleanup(ir_function_freep) struct ir_function *f =
		parsed(HEADER "b0:\nv0 = const_bool true\nreturn v0\n" ENTRY);
	f->blocks[0]->first->imm.i = 2;
	check_broken(f, "b0: v0 const_bool: neither 0 nor 1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),    cmocka_unit_test(test_instructions), cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_phis),    cmocka_unit_test(test_dominance),    cmocka_unit_test(test_states),
		cmocka_unit_test(test_by_hand),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

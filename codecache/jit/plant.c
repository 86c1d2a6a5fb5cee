/* plant.c - see plant.h.  Done after the passes, before the function gets its key: what is planted is never found in
 * the store by those who did not ask for it. */
#include "config.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "codecache/jit/ir.h"
#include "codecache/jit/plant.h"

/* Where all arguments have been looked at. */
static void plant_op(struct ir_function *f, uint32_t kind)
{
	ir_insert_before(f, f->blocks[0]->last, IR_PLANT, 0, NULL)->imm.index = kind;
}

static bool computes(enum ir_op op)
{
	return (op >= IR_I64_ADD && op <= IR_I64_NOT) || (op >= IR_F64_ADD && op <= IR_F64_ABS);
}

/* Let i use another constant than its operand n. */
static void plant_operand(struct ir_function *f, struct ir_instr *i, uint32_t n)
{
	const struct ir_instr *from = i->args[n];
	struct ir_instr *to = ir_insert_before(f, i, from->op, 0, NULL);
	if (from->op == IR_CONST_I64)
		to->imm.i = from->imm.i ^ 2;
	else
		to->imm.f = from->imm.f + 0.5;
	i->args[n] = to;
}

static int plant_constant(struct ir_function *f, struct cause *cause)
{
	ir_for_each_block (f, b)
		ir_for_each_instr (b, i)
			for (uint32_t a = 0; a < i->n_args && computes(i->op); a++)
				if (i->args[a]->op == IR_CONST_I64 || i->args[a]->op == IR_CONST_F64) {
					plant_operand(f, i, a);
					return 0;
				}
	return cause_set(cause, -EINVAL, "%s computes with no constant that could be planted", f->name);
}

int plant(struct ir_function *f, const char *what, struct cause *cause)
{
	const char *colon = strchr(what, ':');
	size_t length = colon ? (size_t)(colon - what) : 0;
	static const char *const words[] = {
		[PLANT_FAULT] = "fault", [PLANT_LOOP] = "loop", [PLANT_SLOW] = "slow", "constant"
	};
	enum { N_WORDS = sizeof(words) / sizeof(words[0]) };
	uint32_t kind = 0;
	while (kind < N_WORDS && (strlen(words[kind]) != length || strncmp(words[kind], what, length) != 0))
		kind++;
	if (kind == N_WORDS)
		return cause_set(cause, -EINVAL,
				 "cannot plant \"%s\": it takes fault:, constant:, loop: or slow: and a name", what);
	if (strcmp(f->name, colon + 1) != 0)
		return 0;
	if (kind > PLANT_SLOW)
		return plant_constant(f, cause);
	plant_op(f, kind);
	return 0;
}

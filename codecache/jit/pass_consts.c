/* pass_consts.c - one instruction a constant, at the start of the entry block, so that equal constants are one value.
 */
#include "config.h"

#include <string.h>

#include "codecache/jit/passes_priv.h"

static bool is_const(const struct ir_instr *i)
{
	return i->op == IR_CONST_I64 || i->op == IR_CONST_F64 || i->op == IR_CONST_BOOL || i->op == IR_CONST_OBJ ||
	       i->op == IR_CONST_NULL;
}

static struct ir_instr *found(struct ir_block *entry, const struct ir_instr *like)
{
	for (struct ir_instr *i = entry->first; i && is_const(i); i = i->next)
		if (i->op == like->op && memcmp(&i->imm, &like->imm, sizeof(i->imm)) == 0) /* bits: -0.0 is not 0.0 */
			return i;
	return NULL;
}

static void move_to_front(struct ir_block *entry, struct ir_instr *i)
{
	ir_remove(i);
	i->block = entry;
	i->next = entry->first;
	*(entry->first ? &entry->first->prev : &entry->last) = i;
	entry->first = i;
}

void pass_consts(struct ir_function *f)
{
	struct ir_block *entry = f->blocks[0];
	ir_for_each_block (f, b) {
		ir_for_each_instr (b, i) {
			if (!is_const(i))
				continue;
			struct ir_instr *same = found(entry, i);
			if (same == i)
				continue;
			if (same) {
				i->scratch = same;
				ir_remove(i);
			} else {
				move_to_front(entry, i);
			}
		}
	}
	ir_replace_uses(f);
}

/* pass_dead.c - values that nothing needs go, what is done to NULL goes, exits that nothing takes go, and what stays is
 * numbered anew. */
#include "config.h"

#include "codecache/jit/passes_priv.h"

/* What is needed and was not looked at yet: a list, since chains of operands are as long as the function. */
struct work {
	struct ir_instr **list;
	uint32_t n;
};

/* scratch of an instruction: itself if it is needed. */
static void need(struct work *work, struct ir_instr *i)
{
	if (i->scratch)
		return;
	i->scratch = i;
	work->list[work->n++] = i;
}

static void need_leaf(struct state_value *leaf, void *work)
{
	need(work, leaf->instr);
}

/* An argument that is not used may be of any type.  Elsewhere a type that was guessed wrong means another operation,
 * which may raise, so that a guard is needed where its value is not. */
static bool is_root(const struct ir_function *f, const struct ir_instr *i)
{
	unsigned flags = ir_op_info[i->op].flags;
	bool unboxes = i->op == IR_UNBOX_I64 || i->op == IR_UNBOX_F64 || i->op == IR_UNBOX_BOOL;
	if (unboxes && i->exit == f->exits[0])
		return false;
	return (flags & (IR_TERM | IR_EFFECT | IR_WRITE)) || (i->exit && !(flags & IR_IDLE));
}

static void mark_all(struct ir_function *f, struct work *work)
{
	ir_exit_visit(f->exits[0], need_leaf, work);
	ir_for_each_block (f, b)
		ir_for_each_instr (b, i)
			if (is_root(f, i))
				need(work, i);
	while (work->n) {
		struct ir_instr *i = work->list[--work->n];
		for (uint32_t a = 0; a < i->n_args; a++)
			need(work, i->args[a]);
		if (i->exit)
			ir_exit_visit(i->exit, need_leaf, work);
	}
}

/* ---- NULL ------------------------------------------------------------------ */

static void frame_forget_nulls(struct state_frame *frame);

static void value_forget_null(struct state_value *v, enum state_kind null)
{
	if (ir_is_leaf(v->kind) && v->instr->op == IR_CONST_NULL)
		*v = (struct state_value){ .kind = null };
	else if (v->kind == STATE_CELL)
		value_forget_null(v->children[0], STATE_UNBOUND);
	if (v->frame)
		frame_forget_nulls(v->frame);
}

static void frame_forget_nulls(struct state_frame *frame)
{
	for (uint32_t i = 0; i < frame->n_locals; i++)
		value_forget_null(frame->locals[i], STATE_UNBOUND);
	for (uint32_t i = 0; i < frame->n_stack; i++)
		value_forget_null(frame->stack[i], STATE_NULL);
}

/* The frame's locals are NULL already where the builder gives it one. */
static void forget_nulls(struct ir_function *f)
{
	ir_for_each_block (f, b)
		ir_for_each_instr (b, i)
			if ((i->op == IR_DECREF || i->op == IR_GIVE_ARG) && i->args[0]->op == IR_CONST_NULL)
				ir_remove(i);
	for (uint32_t i = 0; i < f->n_exits; i++)
		frame_forget_nulls(&f->exits[i]->frame);
}

void pass_dead(struct ir_function *f)
{
	forget_nulls(f);
	struct work work = { .list = ir_alloc(f, (f->next_id + 1) * sizeof(struct ir_instr *)) };
	mark_all(f, &work);
	f->next_id = 0;
	ir_for_each_block (f, b) {
		ir_for_each_instr (b, i) {
			if (!i->scratch) {
				ir_remove(i);
				continue;
			}
			i->scratch = NULL;
			i->id = f->next_id++;
		}
	}
	ir_drop_exits(f);
}

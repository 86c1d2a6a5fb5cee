/* pass_hoist.c - innermost loops that may leave, look at CPython's eval breaker once in many rounds, and what is the
 * same in all rounds comes before them: guards of types and globals, lengths, the rows of matrices.
 *
 *     header -> body -> poll -> header     becomes     before -> header -> body -> header, or -> poll -> before
 *
 * Nothing in such a loop runs Python code (may_stay()), and where other threads may have their turn, "before" comes
 * next. A guard that is moved leaves with the state of the loop's header, which its anchor has; it is moved only if
 * each round comes by it.  A list's item may be moved in spite of stores into lists, as far as they are others: that is
 * checked. Small lists and tuples of ints in which a mask or a byte says what is looked up are read as numbers
 * (look_up()). pass_strips.c does counted loops that cannot leave, in a way that gcc vectorises. */
#include "config.h"

#include <string.h>

#include "codecache/jit/ir_loops.h"
#include "codecache/jit/passes_priv.h"

/* Rounds between two polls, of some ten nanoseconds each: a signal waits for less than a millisecond. After a poll,
 * tables are read anew. */
enum { STRIP = 2048, TABLE_STRIP = 8192, MAX_STORES = 8, MAX_PARTS = 16, MAX_NULL_DEPTH = 8 };

/* A list whose length and data are read before the loop. */
struct parts {
	const struct ir_instr *object;
	struct ir_instr *length, *data;
};

struct hoist {
	struct ir_function *f;
	const struct ir_loops *loops;
	const struct ir_loop *loop;
	bool *contains;    /* by block id: the rounds of it, see rounds_find() */
	uint32_t n_blocks; /* that the loops know */
	struct ir_instr *anchor;
	struct ir_block *before;
	struct ir_exit *exit; /* the state at the end of before */
	struct ir_instr *stores[MAX_STORES];
	uint32_t n_stores;
	bool lists_grow, numbers_change, arrays_grow, arrays_change;
	struct parts parts[MAX_PARTS];
	uint32_t n_parts;
	struct ir_instr *tables[RT_TABLES]; /* TABLE_OF */
	uint32_t n_tables;
	struct ir_instr *strip; /* how many rounds there are between two polls */
};

/* ---- which loops ----------------------------------------------------------- */

/* Add to body what reaches from without passing the header. */
static void add_body(const struct hoist *h, bool *body, struct ir_block *from)
{
	if (body[from->id])
		return;
	body[from->id] = true;
	for (uint32_t p = 0; p < from->n_preds; p++)
		add_body(h, body, from->preds[p]);
}

static bool is_way_back(const struct hoist *h, const struct ir_block *b)
{
	const struct ir_instr *poll = b->last->prev;
	return b->last->op == IR_JUMP && b->last->targets[0] == h->loop->header && poll && poll->op == IR_POLL &&
	       poll->exit->at == h->anchor->exit->at;
}

/* pass_blocks.c may have given a loop and the one around it one header: the ways back are those that poll where the
 * anchor is. */
static void rounds_find(struct hoist *h)
{
	struct ir_block *header = h->loop->header;
	h->contains = ir_alloc(h->f, h->n_blocks);
	ir_for_each_instr (header, i)
		if (i->op == IR_ANCHOR && !h->anchor)
			h->anchor = i;
	for (uint32_t p = 0; h->anchor && p < header->n_preds; p++) {
		if (!ir_is_back_edge(h->loop, p) || !is_way_back(h, header->preds[p]))
			continue;
		h->contains[header->id] = true;
		add_body(h, h->contains, header->preds[p]);
	}
}

static bool in_loop(const struct hoist *h, const struct ir_block *b)
{
	return b->id < h->n_blocks && h->contains[b->id];
}

/* Whether a loop with it runs no Python code, and what it changes is told apart here. */
static bool may_stay(struct hoist *h, struct ir_instr *i)
{
	switch (i->op) {
	case IR_LIST_SET_I64:
	case IR_LIST_SET_F64:
		if (h->n_stores == MAX_STORES)
			return false;
		h->stores[h->n_stores++] = i;
		return true;
	case IR_STORE_INT:
	case IR_STORE_FLOAT: return h->arrays_change = true;
	case IR_LIST_APPEND:
	case IR_LIST_APPEND_I64:
	case IR_LIST_APPEND_F64: return h->lists_grow = true;
	case IR_INTS_SET:
	case IR_FLOATS_SET: return h->numbers_change = true;
	case IR_INTS_APPEND:
	case IR_FLOATS_APPEND: return h->numbers_change = h->lists_grow = true;
	case IR_ARRAY_APPEND_INT:
	case IR_ARRAY_APPEND_FLOAT:
	case IR_BYTEARRAY_APPEND: return h->arrays_change = h->arrays_grow = true;
	case IR_INCREF:
	case IR_JUMP:
	case IR_BRANCH:
	case IR_SIDE_EXIT:
	case IR_RETURN:
	case IR_RETURN_OWNED:
	case IR_RETURN_VALUES:
	case IR_RETURN_RECORD: return true;
	case IR_RT_OBJ: return ir_is_box(i);
	case IR_DECREF: return ir_is_quiet_decref(i);
	default: return !(ir_op_info[i->op].flags & (IR_WRITE | IR_EFFECT | IR_TERM));
	}
}

/* Whether it is a loop of that kind, and one that pass_strips.c does not take. */
static bool is_wanted(struct hoist *h)
{
	rounds_find(h);
	if (!h->anchor || !h->contains[h->loop->header->id])
		return false;
	bool leaves = !h->loop->left;
	ir_for_each_block (h->f, b) {
		if (!in_loop(h, b))
			continue;
		if (h->loops->of[b->id] != h->loop)
			return false;
		bool latch = is_way_back(h, b);
		for (int t = 0; t < 2; t++) {
			if (b->last->targets[t] == h->loop->header && !latch)
				return false;
			leaves |= b != h->loop->header && b->last->targets[t] && !in_loop(h, b->last->targets[t]);
		}
		ir_for_each_instr (b, i) {
			bool poll = i->op == IR_POLL && latch && i->next == b->last;
			if (!poll && !may_stay(h, i))
				return false;
			leaves |= i->exit && !poll && i->op != IR_ANCHOR;
		}
	}
	return leaves;
}

/* ---- the new shape --------------------------------------------------------- */

static void add_pred(struct ir_function *f, struct ir_block *b, struct ir_block *pred)
{
	struct ir_block **preds = ir_alloc(f, (b->n_preds + 1) * sizeof(struct ir_block *));
	if (b->n_preds > 0) /* a new block has no array */
		memcpy(preds, b->preds, b->n_preds * sizeof(struct ir_block *));
	b->preds = preds;
	b->preds[b->n_preds++] = pred;
	b->cap_preds = b->n_preds;
}

/* The latch goes back to the header, but once in a strip to the poll. */
static struct ir_block *split_latch(struct hoist *h, struct ir_block *latch, struct ir_instr *rounds)
{
	struct ir_function *f = h->f;
	struct ir_block *rest = ir_block_new(f);
	struct ir_instr *poll = latch->last->prev;
	ir_remove(latch->last);
	ir_remove(poll);
	struct ir_instr *left = ir_operation(f, latch, IR_I64_SUB_WRAP, rounds, ir_number(f, latch, 1));
	struct ir_instr *more = ir_operation(f, latch, IR_I64_GT, left, ir_number(f, latch, 0));
	struct ir_instr *branch = ir_operation(f, latch, IR_BRANCH, more, NULL);
	branch->targets[0] = h->loop->header;
	branch->targets[1] = rest;
	add_pred(f, rest, latch);
	struct ir_instr *again = ir_append(f, rest, IR_POLL, 0, NULL);
	again->exit = poll->exit;
	again->line = poll->line;
	ir_append(f, rest, IR_JUMP, 0, NULL)->targets[0] = h->before;
	ir_phi_add_arg(f, rounds, left);
	return rest;
}

/* Each phi of the header: what comes from outside, or from a poll, comes through a phi of before. */
static void split_phi(struct hoist *h, struct ir_instr *phi)
{
	struct ir_block *header = h->loop->header;
	struct ir_instr *outer = ir_phi_new(h->f, h->before, phi->type);
	struct ir_instr **args = ir_alloc(h->f, (phi->n_args + 1) * sizeof(struct ir_instr *));
	uint32_t n = 1;
	for (uint32_t p = 0; p < phi->n_args; p++)
		if (!in_loop(h, header->preds[p]))
			ir_phi_add_arg(h->f, outer, phi->args[p]);
	for (uint32_t p = 0; p < phi->n_args; p++) {
		if (!in_loop(h, header->preds[p]))
			continue;
		ir_phi_add_arg(h->f, outer, phi->args[p]);
		args[n++] = phi->args[p];
	}
	args[0] = outer;
	phi->args = args;
	phi->n_args = phi->cap_args = n;
	phi->scratch = outer;
}

static void reshape(struct hoist *h)
{
	struct ir_function *f = h->f;
	struct ir_block *header = h->loop->header, *before = h->before = ir_block_new(f);
	before->loop_header = true;
	ir_for_each_instr (header, phi) {
		if (phi->op != IR_PHI)
			break;
		split_phi(h, phi);
	}
	h->strip = ir_number(f, before, STRIP);
	struct ir_instr *rounds = ir_phi_new(f, header, IR_I64);
	ir_phi_add_arg(f, rounds, h->strip);
	uint32_t n_preds = header->n_preds;
	struct ir_block **preds = header->preds;
	header->preds = NULL;
	header->n_preds = 0;
	add_pred(f, header, before);
	for (uint32_t p = 0; p < n_preds; p++) {
		if (in_loop(h, preds[p]))
			continue;
		ir_change_target(preds[p], header, before);
		add_pred(f, before, preds[p]);
	}
	for (uint32_t p = 0; p < n_preds; p++) {
		if (!in_loop(h, preds[p]))
			continue;
		add_pred(f, before, split_latch(h, preds[p], rounds));
		add_pred(f, header, preds[p]);
	}
	ir_append(f, before, IR_JUMP, 0, NULL)->targets[0] = header;
}

/* ---- the header's state, before it ------------------------------------------ */

/* While the scratch of the header's phis is what they are before it. */
static void make_exit(struct hoist *h)
{
	h->exit = ir_exit_new(h->f);
	h->exit->at = h->anchor->exit->at;
	h->exit->frame = ir_frame_copy(h->f, &h->anchor->exit->frame);
	ir_for_each_instr (h->loop->header, phi)
		phi->scratch = NULL;
}

/* ---- what is moved --------------------------------------------------------- */

static bool is_invariant(const struct hoist *h, const struct ir_instr *i)
{
	return !in_loop(h, i->block);
}

/* Whether it surely is an object, so that it may be looked at before the code is reached that does so. */
static bool is_never_null(const struct ir_instr *i, int depth)
{
	if (i->op == IR_CONST_NULL || i->op == IR_RT_TRY || i->op == IR_RT_SECOND || i->op == IR_CALL_REST ||
	    i->op == IR_CELL_VALUE || depth > MAX_NULL_DEPTH)
		return false;
	for (uint32_t a = 0; i->op == IR_PHI && a < i->n_args; a++)
		if (i->args[a] != i && !is_never_null(i->args[a], depth + 1))
			return false;
	return true;
}

static bool each_round_passes(const struct hoist *h, const struct ir_block *b)
{
	for (uint32_t p = 1; p < h->loop->header->n_preds; p++)
		if (!ir_dominates(h->loops, b, h->loop->header->preds[p]))
			return false;
	return true;
}

static struct ir_instr *in_before(struct hoist *h, enum ir_op op, struct ir_instr *x, struct ir_instr *y)
{
	struct ir_instr *jump = h->before->last;
	return ir_insert_before(h->f, jump, op, y ? 2 : 1, (struct ir_instr *[]){ x, y });
}

/* Whether such a guard is before at, in its block. */
static bool is_kept_apart(const struct ir_instr *at, const struct ir_instr *stored, const struct ir_instr *list)
{
	for (const struct ir_instr *i = at->block->first; i != at; i = i->next)
		if (i->op == IR_OBJ_IS && i->args[0] == stored && i->args[1] == list && i->next->op == IR_BOOL_NOT &&
		    i->next->next->op == IR_GUARD && i->next->next->args[0] == i->next)
			return true;
	return false;
}

/* A guard that list is not the other one: before the loop if that is the same in all rounds, else at the store. */
static void keep_apart(struct hoist *h, struct ir_instr *store, struct ir_instr *list)
{
	bool here = is_invariant(h, store->args[0]);
	struct ir_instr *at = here ? h->before->last : store;
	if (is_kept_apart(at, store->args[0], list))
		return;
	struct ir_instr *same = ir_insert_before(h->f, at, IR_OBJ_IS, 2, (struct ir_instr *[]){ store->args[0], list });
	struct ir_instr *differ = ir_insert_before(h->f, at, IR_BOOL_NOT, 1, &same);
	ir_insert_before(h->f, at, IR_GUARD, 1, &differ)->exit = here ? h->exit : store->exit;
}

/* Whether both are the same item of the same list, as the row of a matrix is that is read, and written somewhere else.
 */
static bool is_same_row(const struct ir_instr *a, const struct ir_instr *b)
{
	return a == b || (a->op == IR_LIST_ITEM && b->op == IR_LIST_ITEM && a->args[1] == b->args[1] &&
			  is_same_row(a->args[0], b->args[0]));
}

static bool stores_are_elsewhere(const struct hoist *h, const struct ir_instr *list)
{
	for (uint32_t s = 0; s < h->n_stores; s++)
		if (is_same_row(h->stores[s]->args[0], list))
			return false;
	return !h->lists_grow;
}

/* Whether what it reads is the same in all rounds, if its operands are. */
static bool reads_the_same(const struct hoist *h, const struct ir_instr *i)
{
	switch (i->op) {
	case IR_LIST_LEN: return !h->lists_grow;
	case IR_LIST_ITEM:
	case IR_LIST_AT: return stores_are_elsewhere(h, i->args[0]);
	case IR_INTS_ITEM:
	case IR_INTS_AT:
	case IR_FLOATS_ITEM:
	case IR_FLOATS_AT: return !h->numbers_change;
	case IR_BUFFER_LEN:
	case IR_BUFFER_DATA: return !h->arrays_grow;
	case IR_LOAD_INT:
	case IR_LOAD_FLOAT: return !h->arrays_change;
	case IR_UNBOX_I64:
	case IR_UNBOX_U64:
	case IR_OBJ_TO_F64:
	case IR_OBJ_REAL:
	case IR_OBJ_IMAG:
	case IR_UNBOX_F64:
	case IR_UNBOX_BOOL:
		/* Only a list's item that nobody else refers to is changed in place. */
		return h->n_stores == 0 || i->args[0]->block == h->before ||
		       (i->args[0]->op != IR_LIST_ITEM && i->args[0]->op != IR_LIST_AT);
	case IR_ASK: return h->n_stores == 0 && !h->lists_grow && !h->arrays_grow;
	case IR_GUARD_GLOBAL:
	case IR_GLOBAL_OBJ:
	case IR_GUARD_TYPE:
	case IR_VIEW_OPEN: /* no code runs that releases it */
	case IR_GUARD: return true;
	case IR_PHI:
	case IR_POLL:
	case IR_ANCHOR:
	case IR_INDEX: return false;
	case IR_CONST_I64: return true;
	default: return !(ir_op_info[i->op].flags & (IR_WRITE | IR_EFFECT | IR_TERM)) && i->op != IR_PARAM;
	}
}

static bool can_move(const struct hoist *h, const struct ir_instr *i)
{
	bool touches = i->exit != NULL;
	if (!reads_the_same(h, i))
		return false;
	for (uint32_t a = 0; a < i->n_args; a++) {
		if (!is_invariant(h, i->args[a]))
			return false;
		touches |= i->args[a]->type == IR_OBJ;
		if (i->args[a]->type == IR_OBJ && !is_never_null(i->args[a], 0))
			return false;
	}
	return !touches || each_round_passes(h, i->block);
}

static void move(struct hoist *h, struct ir_instr *i)
{
	struct ir_instr *before = h->before->last;
	ir_remove(i);
	i->block = h->before;
	i->next = before;
	i->prev = before->prev;
	*(before->prev ? &before->prev->next : &h->before->first) = i;
	before->prev = i;
	if (i->exit)
		i->exit = h->exit;
	if (i->op == IR_LIST_ITEM || i->op == IR_LIST_AT)
		for (uint32_t s = 0; s < h->n_stores; s++)
			keep_apart(h, h->stores[s], i->args[0]);
}

/* ---- lists by their parts ------------------------------------- */

static struct parts *parts_of(struct hoist *h, struct ir_instr *object)
{
	for (uint32_t p = 0; p < h->n_parts; p++)
		if (h->parts[p].object == object)
			return &h->parts[p];
	if (h->n_parts == MAX_PARTS)
		return NULL;
	struct parts *parts = &h->parts[h->n_parts++];
	*parts = (struct parts){ object, in_before(h, IR_LIST_LEN, object, NULL),
				 in_before(h, IR_LIST_DATA, object, NULL) };
	return parts;
}

/* How an item is read or written that is asked for by its object: by where the items are.  IR_JUMP: not at all. */
static enum ir_op by_data(enum ir_op op)
{
	switch (op) {
	case IR_LIST_ITEM: return IR_DATA_ITEM;
	case IR_INTS_ITEM:
	case IR_INTS_AT: return IR_DATA_INT;
	case IR_FLOATS_ITEM:
	case IR_FLOATS_AT: return IR_DATA_FLOAT;
	case IR_INTS_SET: return IR_DATA_SET_INT;
	case IR_FLOATS_SET: return IR_DATA_SET_FLOAT;
	default: return IR_JUMP;
	}
}

/* The item of a list that does not change but for its items. */
static void take_by_parts(struct hoist *h, struct ir_instr *i)
{
	enum ir_op op = by_data(i->op);
	bool is_list = op == IR_DATA_ITEM; /* that it is one is known only where each round asks for it */
	if (op == IR_JUMP || h->lists_grow || !is_invariant(h, i->args[0]) || !is_never_null(i->args[0], 0) ||
	    (is_list && !each_round_passes(h, i->block)))
		return;
	struct parts *parts = parts_of(h, i->args[0]);
	if (!parts)
		return;
	if (i->exit) {
		struct ir_instr *index =
			ir_insert_before(h->f, i, IR_INDEX, 2, (struct ir_instr *[]){ i->args[1], parts->length });
		index->exit = i->exit;
		i->exit = NULL;
		i->args[1] = index;
	}
	i->op = op;
	i->args[0] = parts->data;
}

/* ---- numbers that are looked up ------------------------------------------------ */

/* How many rounds are left before the loop, as far as its header says so; NULL: it does not. */
static struct ir_instr *rounds_before(struct hoist *h)
{
	const struct ir_block *header = h->loop->header;
	const struct ir_instr *branch = header->last, *test = branch->op == IR_BRANCH ? branch->args[0] : NULL;
	if (!test || test->n_args != 2)
		return NULL;
	struct ir_instr *phi = test->args[0], *end = test->args[1];
	if (phi->op != IR_PHI || phi->block != header || phi->type != IR_I64)
		return NULL;
	struct ir_instr *first = phi->args[0]; /* of before */
	if (test->op == IR_I64_GT && end->op == IR_CONST_I64 && end->imm.i == 0)
		return first;
	return (test->op == IR_I64_GE || test->op == IR_I64_LT) && is_invariant(h, end)
		       ? in_before(h, IR_I64_SUB_WRAP, end, first)
		       : NULL;
}

/* Whether what is looked up there hardly comes in any order: where a mask or a byte says.  It is not negative. */
static bool is_lookup(const struct ir_instr *index)
{
	if (index->op == IR_INDEX)
		index = index->args[0];
	for (uint32_t a = 0; index->op == IR_I64_AND && a < 2; a++) {
		const struct ir_instr *mask = index->args[a];
		if (mask->op == IR_CONST_I64 && mask->imm.i >= 0 && mask->imm.i < RT_TABLE_SIZE)
			return true;
	}
	return index->op == IR_BYTES_AT || index->op == IR_CHAR_CODE;
}

/* The list or tuple that does not change, whose item unbox makes an int of; NULL: it is none. */
static struct ir_instr *table_of(const struct hoist *h, const struct ir_instr *unbox)
{
	const struct ir_instr *item = unbox->args[0];
	if (unbox->op != IR_UNBOX_I64 || !in_loop(h, unbox->block) || item->n_args != 2 || !is_lookup(item->args[1]))
		return NULL;
	if (item->op == IR_TUPLE_ITEM && is_invariant(h, item->args[0]) && is_never_null(item->args[0], 0) &&
	    each_round_passes(h, item->block))
		return item->args[0];
	for (uint32_t p = 0; item->op == IR_DATA_ITEM && p < h->n_parts; p++)
		if (h->parts[p].data == item->args[0])
			return (struct ir_instr *)h->parts[p].object;
	return NULL;
}

static struct ir_instr *read_table(struct hoist *h, struct ir_instr *sequence, struct ir_instr *rounds)
{
	uint32_t t = 0;
	while (t < h->n_tables && h->tables[t]->args[0] != sequence)
		t++;
	if (t == RT_TABLES)
		return NULL;
	if (t == h->n_tables) {
		h->tables[h->n_tables++] = in_before(h, IR_TABLE_OF, sequence, rounds);
		h->tables[t]->imm.index = t;
		h->strip->imm.i = TABLE_STRIP;
	}
	return h->tables[t];
}

static void take_tables(struct hoist *h, struct ir_block *b, struct ir_instr **rounds)
{
	ir_for_each_instr (b, i) {
		struct ir_instr *sequence = i->n_args == 1 ? table_of(h, i) : NULL,
				*item = sequence ? i->args[0] : NULL;
		if (sequence && !*rounds)
			*rounds = rounds_before(h);
		struct ir_instr *table = sequence && *rounds ? read_table(h, sequence, *rounds) : NULL;
		if (!table)
			continue;
		struct ir_instr *operands[] = { item, table, item->args[1] };
		struct ir_instr *number = ir_insert_before(h->f, i, IR_TABLE_INT, 3, operands);
		number->exit = i->exit;
		number->line = i->line;
		i->scratch = number;
		ir_remove(i);
	}
}

/* Small lists and tuples of ints in which each round looks something up are read as numbers before the loop. */
static void look_up(struct hoist *h)
{
	struct ir_instr *rounds = NULL;
	for (uint32_t o = 0; h->n_stores == 0 && !h->lists_grow && o < h->loops->n_order; o++)
		if (in_loop(h, h->loops->order[o]))
			take_tables(h, h->loops->order[o], &rounds);
	if (h->n_tables > 0)
		ir_replace_uses(h->f);
}

static void hoist(struct hoist *h)
{
	reshape(h);
	make_exit(h);
	for (uint32_t o = 0; o < h->loops->n_order; o++) {
		struct ir_block *b = h->loops->order[o];
		if (!in_loop(h, b))
			continue;
		ir_for_each_instr (b, i) {
			if (can_move(h, i))
				move(h, i);
			else
				take_by_parts(h, i);
		}
	}
	look_up(h);
}

void pass_hoist(struct ir_function *f)
{
	struct ir_loops *loops = ir_loops_find(f);
	uint32_t n_blocks = f->n_blocks;
	for (uint32_t l = 0; l < loops->n_loops; l++) {
		struct hoist h = { .f = f, .loops = loops, .loop = &loops->loops[l], .n_blocks = n_blocks };
		uint32_t all = f->n_blocks;
		f->n_blocks = n_blocks; /* the loops know the blocks that were there */
		bool wanted = is_wanted(&h);
		f->n_blocks = all;
		if (wanted)
			hoist(&h);
	}
}

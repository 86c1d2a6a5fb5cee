/* build_iterators.c - loops over enumerate(), reversed() and zip() of lists, tuples, bytes and strs: an index, and no
 * object.
 *
 * The sequences of zip() are in a tuple, which keeps them alive; their types are packed into av.index.  A tuple that
 * the loop unpacks at once is never made.  At a side exit CPython gets the iterator of what is left. */
#include "config.h"

#include "codecache/jit/build_priv.h"

enum { MAX_ZIPPED = 4, KNOWN_BITS = 8 };

bool is_pair_iter(const struct av *v)
{
	return v->kind == AV_ENUMERATE || v->kind == AV_REVERSED || v->kind == AV_ZIP;
}

bool is_sequence(enum known known)
{
	return known == KNOWN_LIST || known == KNOWN_TUPLE || known == KNOWN_BYTES || is_buffer(known) ||
	       known == KNOWN_LATIN1;
}

/* Whether all n sequences, from that place down, are or may be lists, and the others what is known; *ret_test: what is
 * to be true for that, NULL: nothing. */
static bool may_be_sequences(struct builder *b, uint32_t from_top, uint32_t n, struct ir_instr **ret_test)
{
	*ret_test = NULL;
	for (uint32_t i = 0; i < n; i++) {
		struct av *v = peek(b, from_top + i);
		constant_as_object(b, v);
		if (v->kind != AV_OBJECT || (v->known != KNOWN_NONE && !is_sequence(v->known)))
			return false;
	}
	for (uint32_t i = 0; i < n; i++) {
		const struct av *v = peek(b, from_top + i);
		if (v->known != KNOWN_NONE)
			continue;
		struct ir_instr *is = type_is(b, v, KNOWN_LIST);
		*ret_test = *ret_test ? emit2(b, IR_BOOL_AND, *ret_test, is) : is;
	}
	return true;
}

static void refine_lists(struct builder *b, uint32_t from_top, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (peek(b, from_top + i)->known == KNOWN_NONE)
			refine(b, peek(b, from_top + i)->v[0], KNOWN_LIST);
}

/* Stack: NULL, enumerate, sequence and perhaps start. */
static void push_enumerate(struct builder *b, uint32_t n)
{
	struct ir_instr *count = n == 2 ? peek(b, 1)->v[0] : emit_i64(b, 0);
	if (n == 2)
		drop(b, 1);
	own(b, peek(b, 1));
	struct av sequence = pop(b);
	drop(b, 2);
	push(b, (struct av){ .kind = AV_ENUMERATE,
			     .known = sequence.known,
			     .own = sequence.own,
			     .v = { sequence.v[0], emit_i64(b, 0), count } });
}

/* Stack: NULL, reversed, sequence. */
static void push_reversed(struct builder *b, uint32_t n)
{
	(void)n;
	own(b, peek(b, 1));
	struct av sequence = pop(b);
	struct ir_instr *last = emit2(b, IR_I64_SUB_WRAP, length_of(b, &sequence), emit_i64(b, 1));
	drop(b, 2);
	sequence.kind = AV_REVERSED;
	sequence.v[1] = last;
	push(b, sequence);
}

/* The values of a range are those of another one. */
static void reverse_range(struct builder *b)
{
	const struct av range = *peek(b, 1);
	struct ir_instr *left = range_length(b, range.v);
	struct ir_instr *way = emit2(b, IR_I64_MUL_WRAP, emit2(b, IR_I64_SUB_WRAP, left, emit_i64(b, 1)), range.v[2]);
	struct av iter = { .kind = AV_RANGE_ITER };
	iter.v[0] = emit2(b, IR_I64_ADD_WRAP, range.v[0], way);
	iter.v[1] = left;
	iter.v[2] = emit1(b, IR_I64_NEG, range.v[2]);
	drop(b, 3);
	push(b, iter);
}

/* Stack: NULL, zip, n sequences. */
static void push_zip(struct builder *b, uint32_t n)
{
	struct ir_instr *items[MAX_ZIPPED] = { NULL };
	uint32_t knowns = 0;
	for (uint32_t i = 0; i < n; i++) {
		items[i] = owned_object_of(b, peek(b, n - i));
		knowns |= (uint32_t)peek(b, n - i)->known << (KNOWN_BITS * i);
	}
	struct ir_instr *tuple = rt(b, IR_RT_OBJ, RT_MEMBER_new_tuple, n, items);
	for (uint32_t i = 0; i < n; i++)
		(void)pop(b); /* the tuple has them */
	drop(b, 2);
	push(b, (struct av){ .kind = AV_ZIP, .index = knowns, .own = OWN_OWNED, .v = { tuple, emit_i64(b, 0) } });
}

static bool call_of_sequences(struct builder *b, uint32_t n, uint32_t from_top, uint32_t n_sequences,
			      void (*make)(struct builder *b, uint32_t n))
{
	struct ir_instr *test;
	if ((b->i + 1)->op != BC_GET_ITER || (b->i + 1)->is_target ||
	    !may_be_sequences(b, from_top, n_sequences, &test))
		return false;
	if (!test) {
		make(b, n);
		return true;
	}
	struct frame *here = split(b, test, true);
	refine_lists(b, from_top, n_sequences);
	make(b, n);
	go_on_otherwise(b, here);
	return object_call(b, n);
}

bool call_enumerate(struct builder *b, uint32_t n)
{
	if (n == 0 || n > 2 || (n == 2 && peek(b, 1)->kind != AV_INT))
		return false;
	return call_of_sequences(b, n, n, 1, push_enumerate);
}

bool call_reversed(struct builder *b)
{
	const struct av *v = peek(b, 1);
	bool is_loop = (b->i + 1)->op == BC_GET_ITER && !(b->i + 1)->is_target;
	if (v->kind == AV_RANGE && is_loop) {
		reverse_range(b);
		return true;
	}
	if (v->kind == AV_OBJECT && is_buffer(v->known))
		return false;
	return call_of_sequences(b, 1, 1, 1, push_reversed);
}

bool call_zip(struct builder *b, uint32_t n)
{
	return n > 0 && n <= MAX_ZIPPED && call_of_sequences(b, n, 1, n, push_zip);
}

/* ---- the next values ------------------------------------------------------- */

/* values: in the tuple's order.  If the next instruction unpacks it, that is done, too. */
static void push_tuple(struct builder *b, uint32_t n, struct av *values)
{
	const struct bc_instr *next = b->i + 1;
	if (next->op == BC_UNPACK && next->arg == n && !next->is_target) {
		for (uint32_t i = n; i > 0; i--)
			push(b, values[i - 1]);
		b->top->at += 2;
		b->moved = true;
		return;
	}
	push_values(b, n, values);
}

static void end_if(struct builder *b, struct ir_instr *is_over)
{
	struct frame *here = split(b, is_over, true);
	drop(b, 1);
	go_to_target(b);
	unsplit(b, here);
}

static bool next_of_enumerate(struct builder *b)
{
	const struct av iter = *peek(b, 1), sequence = { .kind = AV_OBJECT, .known = iter.known, .v = { iter.v[0] } };
	end_if(b, emit2(b, IR_I64_GE, iter.v[1], length_of(b, &sequence)));
	struct ir_instr *count = emit2(b, IR_I64_ADD, iter.v[2], emit_i64(b, 1));
	struct av values[] = { av_of(AV_INT, iter.v[2]), item_at(b, &sequence, iter.v[1]) };
	peek(b, 1)->v[1] = emit2(b, IR_I64_ADD_WRAP, iter.v[1], emit_i64(b, 1));
	peek(b, 1)->v[2] = count;
	b->exit = b->raise = NULL;
	push_tuple(b, 2, values);
	return true;
}

static bool next_of_zip(struct builder *b)
{
	const struct av iter = *peek(b, 1);
	struct av sequences[MAX_ZIPPED], values[MAX_ZIPPED];
	struct ir_instr *is_over = NULL;
	uint32_t n = 0;
	for (uint32_t knowns = iter.index; knowns; knowns >>= KNOWN_BITS, n++) {
		sequences[n] = (struct av){ .kind = AV_OBJECT, .known = knowns & ((1 << KNOWN_BITS) - 1) };
		sequences[n].v[0] = emit2(b, IR_TUPLE_AT, iter.v[0], emit_i64(b, n));
		struct ir_instr *end = emit2(b, IR_I64_GE, iter.v[1], length_of(b, &sequences[n]));
		is_over = is_over ? emit2(b, IR_BOOL_OR, is_over, end) : end;
	}
	end_if(b, is_over);
	for (uint32_t i = 0; i < n; i++)
		values[i] = item_at(b, &sequences[i], iter.v[1]);
	peek(b, 1)->v[1] = emit2(b, IR_I64_ADD_WRAP, iter.v[1], emit_i64(b, 1));
	b->exit = b->raise = NULL;
	push_tuple(b, n, values);
	return true;
}

/* As listreviter_next() in Objects/listobject.c and reversed_next() in enumobject.c: beyond the end it is over. */
static bool next_of_reversed(struct builder *b)
{
	const struct av iter = *peek(b, 1), sequence = { .kind = AV_OBJECT, .known = iter.known, .v = { iter.v[0] } };
	struct ir_instr *before = emit2(b, IR_I64_LT, iter.v[1], emit_i64(b, 0));
	end_if(b, emit2(b, IR_BOOL_OR, before, emit2(b, IR_I64_GE, iter.v[1], length_of(b, &sequence))));
	struct av value = item_at(b, &sequence, iter.v[1]);
	peek(b, 1)->v[1] = emit2(b, IR_I64_SUB_WRAP, iter.v[1], emit_i64(b, 1));
	b->exit = b->raise = NULL;
	push(b, value);
	return true;
}

bool pair_for_iter(struct builder *b)
{
	if (peek(b, 1)->kind == AV_REVERSED)
		return next_of_reversed(b);
	return peek(b, 1)->kind == AV_ZIP ? next_of_zip(b) : next_of_enumerate(b);
}

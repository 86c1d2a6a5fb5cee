/* pass_ranges.c - overflow checks that can be proved away go.
 *
 * Every int gets an interval.  What a counted loop changes by a bounded amount each time is bounded by the count times
 * that; everything else that a loop changes is unknown.  Then exact operations whose result is proved to fit become
 * _wrap ones, and 128-bit sums that are proved to fit become 64-bit. */
#include "config.h"

#include "codecache/jit/ir_loops.h"
#include "codecache/jit/passes_priv.h"

typedef __int128 wide;

/* Both ends are in it.  Clamped to LIMIT, which stands for unknown: the sum of two still is a wide. */
struct interval {
	wide low, high;
};

#define LIMIT ((wide)1 << 125)

static const struct interval unknown = { -LIMIT, LIMIT };
static const struct interval any_i64 = { INT64_MIN, INT64_MAX };

struct ranges {
	struct ir_function *f;
	struct ir_loops *loops;
	struct interval *known; /* by instruction id */
	enum { NEW, ACTIVE, DONE } * state;
	unsigned depth;
	unsigned steps;
};

enum {
	MAX_DEPTH = 500,  /* of operands looked at: beyond that nothing is known */
	MAX_STEPS = 2000, /* of one delta(): paths through many phis are many */
};

static wide clamped(wide x)
{
	return x < -LIMIT ? -LIMIT : x > LIMIT ? LIMIT : x;
}

static wide product(wide a, wide b)
{
	wide p;
	if (__builtin_mul_overflow(a, b, &p))
		return (a < 0) == (b < 0) ? LIMIT : -LIMIT;
	return clamped(p);
}

static struct interval sum_of(struct interval a, struct interval b)
{
	return (struct interval){ clamped(a.low + b.low), clamped(a.high + b.high) };
}

static struct interval negated(struct interval a)
{
	return (struct interval){ -a.high, -a.low };
}

static struct interval product_of(struct interval a, struct interval b)
{
	wide p[4] = { product(a.low, b.low), product(a.low, b.high), product(a.high, b.low), product(a.high, b.high) };
	struct interval r = { p[0], p[0] };
	for (int i = 1; i < 4; i++) {
		r.low = p[i] < r.low ? p[i] : r.low;
		r.high = p[i] > r.high ? p[i] : r.high;
	}
	return r;
}

static struct interval union_of(struct interval a, struct interval b)
{
	return (struct interval){ a.low < b.low ? a.low : b.low, a.high > b.high ? a.high : b.high };
}

static bool fits(struct interval a)
{
	return a.low >= INT64_MIN && a.high <= INT64_MAX;
}

/* What is left of an interval in an operation that exits where its result does not fit. */
static struct interval checked(struct interval a)
{
	return (struct interval){ a.low < INT64_MIN ? INT64_MIN : a.low, a.high > INT64_MAX ? INT64_MAX : a.high };
}

static struct interval range_of(struct ranges *r, struct ir_instr *i);

/* The loop whose header b is, if it is counted. */
static struct ir_loop *counted_loop(const struct ranges *r, const struct ir_block *b)
{
	struct ir_loop *loop = r->loops->of[b->id];
	return loop && loop->header == b && loop->left ? loop : NULL;
}

static bool is_header(const struct ranges *r, const struct ir_block *b)
{
	return r->loops->of[b->id] && r->loops->of[b->id]->header == b;
}

/* How often the loop goes round at most. */
static wide trips(struct ranges *r, const struct ir_loop *loop)
{
	wide most = 0;
	for (uint32_t p = 0; p < loop->header->n_preds; p++)
		if (!ir_is_back_edge(loop, p)) {
			wide count = range_of(r, loop->left->args[p]).high;
			most = count > most ? count : most;
		}
	return most;
}

/* By how much i differs from base, from which it is computed within the loop of base's block. false: unknown. */
static bool delta(struct ranges *r, struct ir_instr *i, const struct ir_instr *base, struct interval *ret)
{
	if (i == base) {
		*ret = (struct interval){ 0, 0 };
		return true;
	}
	if (r->depth > MAX_DEPTH || r->steps++ > MAX_STEPS || !ir_dominates(r->loops, base->block, i->block))
		return false;
	struct interval d;
	bool known = false;
	r->depth++;
	switch (i->op) {
	case IR_I64_ADD:
	case IR_I64_ADD_WRAP:
	case IR_I128_ADD_I64:
		if (delta(r, i->args[0], base, &d)) {
			*ret = sum_of(d, range_of(r, i->args[1]));
			known = true;
		} else if (i->op != IR_I128_ADD_I64 && delta(r, i->args[1], base, &d)) {
			*ret = sum_of(d, range_of(r, i->args[0]));
			known = true;
		}
		break;
	case IR_I64_SUB:
	case IR_I64_SUB_WRAP:
		if (delta(r, i->args[0], base, &d)) {
			*ret = sum_of(d, negated(range_of(r, i->args[1])));
			known = true;
		}
		break;
	case IR_PHI: {
		struct ir_loop *loop = counted_loop(r, i->block);
		if (is_header(r, i->block) && !loop)
			break;
		struct interval each = { 0, 0 };
		bool first = true;
		known = true;
		for (uint32_t p = 0; known && p < i->n_args; p++) {
			bool back = loop && ir_is_back_edge(loop, p);
			known = delta(r, i->args[p], back ? i : base, &d);
			if (back) {
				each = union_of(each, d);
			} else {
				*ret = first ? d : union_of(*ret, d);
				first = false;
			}
		}
		if (known && loop)
			*ret = sum_of(*ret, product_of((struct interval){ 0, trips(r, loop) }, each));
		break;
	}
	default: break;
	}
	r->depth--;
	return known;
}

/* A value that a counted loop changes: where it starts, and the count times what is added each time. */
static struct interval range_of_header_phi(struct ranges *r, const struct ir_loop *loop, struct ir_instr *phi)
{
	struct interval start = { 0, 0 }, each = { 0, 0 };
	bool first = true;
	for (uint32_t p = 0; p < phi->n_args; p++) {
		struct interval d;
		r->steps = 0;
		if (ir_is_back_edge(loop, p)) {
			if (!delta(r, phi->args[p], phi, &d))
				return unknown;
			each = union_of(each, d);
		} else {
			d = range_of(r, phi->args[p]);
			start = first ? d : union_of(start, d);
			first = false;
		}
	}
	if (phi == loop->left) /* the branch on it stops at 0 */
		return (struct interval){ start.low < 0 ? start.low : 0, start.high };
	return sum_of(start, product_of((struct interval){ 0, trips(r, loop) }, each));
}

static struct interval range_of_phi(struct ranges *r, struct ir_instr *i)
{
	struct ir_loop *loop = counted_loop(r, i->block);
	if (loop)
		return range_of_header_phi(r, loop, i);
	if (is_header(r, i->block))
		return unknown;
	struct interval all = range_of(r, i->args[0]);
	for (uint32_t a = 1; a < i->n_args; a++)
		all = union_of(all, range_of(r, i->args[a]));
	return all;
}

static struct interval range_of_mod(struct interval b)
{
	/* The sign is the divisor's, the magnitude smaller. */
	return (struct interval){ b.low < 0 ? b.low + 1 : 0, b.high > 0 ? b.high - 1 : 0 };
}

static struct interval range_of_and(struct interval a, struct interval b)
{
	if (a.low >= 0 && b.low >= 0)
		return (struct interval){ 0, a.high < b.high ? a.high : b.high };
	if (a.low >= 0)
		return (struct interval){ 0, a.high };
	if (b.low >= 0)
		return (struct interval){ 0, b.high };
	return any_i64;
}

static struct interval range_of_length(struct interval start, struct interval stop, struct interval step)
{
	wide most = step.low > 0 ? stop.high - start.low : step.high < 0 ? start.high - stop.low : LIMIT;
	wide smallest = step.low > 0 ? step.low : step.high < 0 ? -step.high : 1;
	if (most < 0)
		most = 0;
	most = (most + smallest - 1) / smallest;
	return (struct interval){ 0, most > INT64_MAX ? INT64_MAX : most };
}

static struct interval compute(struct ranges *r, struct ir_instr *i)
{
	struct interval a = { 0, 0 }, b = { 0, 0 };
	if (i->op == IR_PHI)
		return range_of_phi(r, i);
	if (i->n_args > 0 && (i->args[0]->type == IR_I64 || i->args[0]->type == IR_I128))
		a = range_of(r, i->args[0]);
	if (i->n_args > 1 && i->args[1]->type == IR_I64)
		b = range_of(r, i->args[1]);
	switch (i->op) {
	case IR_CONST_I64: return (struct interval){ i->imm.i, i->imm.i };
	case IR_I64_ADD: return checked(sum_of(a, b));
	case IR_I64_SUB: return checked(sum_of(a, negated(b)));
	case IR_I64_MUL: return checked(product_of(a, b));
	case IR_I64_NEG: return checked(negated(a));
	case IR_I64_ADD_WRAP: return sum_of(a, b);
	case IR_I64_SUB_WRAP: return sum_of(a, negated(b));
	case IR_I64_MUL_WRAP: return product_of(a, b);
	case IR_I64_MOD: return range_of_mod(b);
	case IR_I64_AND: return range_of_and(a, b);
	case IR_I64_SELECT: return union_of(range_of(r, i->args[1]), range_of(r, i->args[2]));
	case IR_BYTES_AT:
	case IR_BYTEARRAY_AT:
	case IR_STR_AT:
	case IR_CHAR_CODE: return (struct interval){ 0, UINT8_MAX };
	case IR_LIST_LEN:
	case IR_TUPLE_LEN:
	case IR_BYTES_LEN:
	case IR_BYTEARRAY_LEN:
	case IR_STR_LEN: return (struct interval){ 0, PTRDIFF_MAX / 2 };
	case IR_INDEX: return (struct interval){ 0, b.high > 0 ? b.high - 1 : 0 };
	case IR_I64_SHR: return a.low >= 0 ? (struct interval){ 0, a.high } : any_i64;
	case IR_BOOL_TO_I64: return (struct interval){ 0, 1 };
	case IR_I64_TO_I128: return a;
	case IR_I128_ADD_I64: return sum_of(a, b);
	case IR_I128_TO_I64: return checked(a);
	case IR_RANGE_LEN: return range_of_length(a, b, range_of(r, i->args[2]));
	default: return i->type == IR_I64 ? any_i64 : unknown;
	}
}

/* i64: never more than 64 bits hold; what wraps around is any of them. */
static struct interval range_of(struct ranges *r, struct ir_instr *i)
{
	struct interval whole = i->type == IR_I64 ? any_i64 : unknown;
	if (r->state[i->id] == DONE)
		return r->known[i->id];
	if (r->state[i->id] == ACTIVE || r->depth > MAX_DEPTH)
		return whole;
	r->state[i->id] = ACTIVE;
	r->depth++;
	struct interval known = compute(r, i);
	r->depth--;
	if (i->type == IR_I64 && !fits(known))
		known = whole;
	r->known[i->id] = known;
	r->state[i->id] = DONE;
	return known;
}

static void drop_check(struct ranges *r, struct ir_instr *i)
{
	struct interval a = range_of(r, i->args[0]), b = i->n_args > 1 ? range_of(r, i->args[1]) : a;
	enum ir_op op = i->op;
	switch (i->op) {
	case IR_I64_ADD: op = fits(sum_of(a, b)) ? IR_I64_ADD_WRAP : op; break;
	case IR_I64_SUB: op = fits(sum_of(a, negated(b))) ? IR_I64_SUB_WRAP : op; break;
	case IR_I64_MUL: op = fits(product_of(a, b)) ? IR_I64_MUL_WRAP : op; break;
	default: break;
	}
	if (op == i->op)
		return;
	i->op = op;
	i->exit = NULL;
}

/* ---- 128-bit sums ---------------------------------------------------------- */

/* scratch of an i128 instruction: itself if it can be 64-bit. */
static bool stays_wide(const struct ir_instr *i)
{
	for (uint32_t a = 0; a < i->n_args; a++)
		if (i->args[a]->type == IR_I128 && !i->args[a]->scratch)
			return true;
	return false;
}

static void narrow_leaf(struct state_value *leaf, void *data)
{
	(void)data;
	if (leaf->kind == STATE_I128 && leaf->instr->type != IR_I128)
		leaf->kind = STATE_I64;
}

static void narrow_sums(struct ranges *r)
{
	struct ir_function *f = r->f;
	ir_for_each_block (f, b)
		ir_for_each_instr (b, i)
			i->scratch = i->type == IR_I128 && fits(range_of(r, i)) ? i : NULL;
	/* A phi and what it merges must agree, both ways. */
	for (bool changed = true; changed;) {
		changed = false;
		ir_for_each_block (f, b) {
			ir_for_each_instr (b, i) {
				if (i->type != IR_I128)
					continue;
				if (i->scratch && stays_wide(i)) {
					i->scratch = NULL;
					changed = true;
				}
				for (uint32_t a = 0; !i->scratch && a < i->n_args; a++)
					if (i->args[a]->type == IR_I128 && i->args[a]->scratch) {
						i->args[a]->scratch = NULL;
						changed = true;
					}
			}
		}
	}
	ir_for_each_block (f, b) {
		ir_for_each_instr (b, i) {
			if (!i->scratch)
				continue;
			i->scratch = NULL;
			i->type = IR_I64;
			if (i->op == IR_I128_ADD_I64)
				i->op = IR_I64_ADD_WRAP;
		}
	}
	/* Conversions to and from 128 bits of what is 64-bit now. */
	ir_for_each_block (f, b) {
		ir_for_each_instr (b, i) {
			if ((i->op == IR_I64_TO_I128 && i->type == IR_I64) ||
			    (i->op == IR_I128_TO_I64 && i->args[0]->type == IR_I64)) {
				i->scratch = i->args[0];
				ir_remove(i);
			}
		}
	}
	ir_replace_uses(f);
	for (uint32_t e = 0; e < f->n_exits; e++)
		ir_exit_visit(f->exits[e], narrow_leaf, NULL);
}

void pass_ranges(struct ir_function *f)
{
	struct ranges r = { .f = f, .loops = ir_loops_find(f) };
	r.known = ir_alloc(f, (f->next_id + 1) * sizeof(r.known[0]));
	r.state = ir_alloc(f, (f->next_id + 1) * sizeof(r.state[0]));
	ir_for_each_block (f, b)
		ir_for_each_instr (b, i)
			if (i->op == IR_I64_ADD || i->op == IR_I64_SUB || i->op == IR_I64_MUL)
				drop_check(&r, i);
	narrow_sums(&r);
}

/* ir_ranges.c - see ir_ranges.h
 *
 * Abstract interpretation: from nothing upwards until nothing changes, then two rounds downwards.  What a counted loop
 * changes by a bounded amount each time is bounded by the count times that; what else a loop makes larger and larger is
 * soon taken to be anything (widened).  Branches on comparisons bound what is compared, in the blocks behind them. */
#include "config.h"

#include "codecache/jit/ir_ranges.h"

#define LIMIT ((wide)1 << 125)

static const struct interval empty = { 1, 0 };
static const struct interval unknown = { -LIMIT, LIMIT };
static const struct interval any_i64 = { INT64_MIN, INT64_MAX };

struct ranges {
	struct ir_function *f;
	struct ir_loops *loops;
	struct interval *known; /* by instruction id */
	unsigned depth;
	unsigned steps;
};

enum {
	MAX_DEPTH = 500,      /* of operands looked at by delta(): beyond that nothing is known */
	MAX_STEPS = 2000,     /* of one delta(): paths through many phis are many */
	MAX_DOMINATORS = 32,  /* looked at for branches that bound a value */
	WIDEN_ROUND = 3,      /* from then on what grows in a loop is widened ... */
	WIDEN_ALL_ROUND = 12, /* ... to anything */
	MAX_ROUNDS = 60,
};

/* ---- intervals ------------------------------------------------------------- */

static bool is_empty(struct interval a)
{
	return a.low > a.high;
}

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

struct interval interval_sum(struct interval a, struct interval b)
{
	if (is_empty(a) || is_empty(b))
		return empty;
	return (struct interval){ clamped(a.low + b.low), clamped(a.high + b.high) };
}

struct interval interval_negated(struct interval a)
{
	return (struct interval){ -a.high, -a.low };
}

struct interval interval_product(struct interval a, struct interval b)
{
	if (is_empty(a) || is_empty(b))
		return empty;
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
	if (is_empty(a))
		return b;
	if (is_empty(b))
		return a;
	return (struct interval){ a.low < b.low ? a.low : b.low, a.high > b.high ? a.high : b.high };
}

static struct interval intersection(struct interval a, struct interval b)
{
	return (struct interval){ a.low > b.low ? a.low : b.low, a.high < b.high ? a.high : b.high };
}

bool interval_fits(struct interval a)
{
	return a.low >= INT64_MIN && a.high <= INT64_MAX;
}

/* What is left of an interval in an operation that exits where its result does not fit. */
static struct interval checked(struct interval a)
{
	return intersection(a, any_i64);
}

/* ---- branches -------------------------------------------------------------- */

/* What x < y, or another comparison, says of x. */
static struct interval bound(enum ir_op op, struct interval x, struct interval y)
{
	switch (op) {
	case IR_I64_LT: x.high = x.high < y.high - 1 ? x.high : y.high - 1; break;
	case IR_I64_LE: x.high = x.high < y.high ? x.high : y.high; break;
	case IR_I64_GT: x.low = x.low > y.low + 1 ? x.low : y.low + 1; break;
	case IR_I64_GE: x.low = x.low > y.low ? x.low : y.low; break;
	case IR_I64_EQ: return intersection(x, y);
	case IR_I64_NE:
		if (y.low == y.high && x.low == y.low)
			x.low++;
		if (y.low == y.high && x.high == y.high)
			x.high--;
		break;
	default: break;
	}
	return x;
}

static enum ir_op inverse(enum ir_op op)
{
	switch (op) {
	case IR_I64_LT: return IR_I64_GE;
	case IR_I64_LE: return IR_I64_GT;
	case IR_I64_GT: return IR_I64_LE;
	case IR_I64_GE: return IR_I64_LT;
	case IR_I64_EQ: return IR_I64_NE;
	case IR_I64_NE: return IR_I64_EQ;
	default: return IR_PARAM;
	}
}

static enum ir_op swapped(enum ir_op op)
{
	switch (op) {
	case IR_I64_LT: return IR_I64_GT;
	case IR_I64_LE: return IR_I64_GE;
	case IR_I64_GT: return IR_I64_LT;
	case IR_I64_GE: return IR_I64_LE;
	default: return op;
	}
}

/* What the edge between the blocks says of i, of which is known that much. */
static struct interval behind_edge(const struct ranges *r, const struct ir_instr *i, const struct ir_block *from,
				   const struct ir_block *to, struct interval known)
{
	const struct ir_instr *branch = from->last, *test;
	if (branch->op != IR_BRANCH || branch->targets[0] == branch->targets[1])
		return known;
	test = branch->args[0];
	enum ir_op op = branch->targets[0] == to ? test->op : inverse(test->op);
	if (inverse(test->op) == IR_PARAM || is_empty(known))
		return known;
	if (test->args[0] == i && !is_empty(range_of(r, test->args[1])))
		known = bound(op, known, range_of(r, test->args[1]));
	else if (test->args[1] == i && !is_empty(range_of(r, test->args[0])))
		known = bound(swapped(op), known, range_of(r, test->args[0]));
	return known;
}

struct interval range_of(const struct ranges *r, const struct ir_instr *i)
{
	return r->known[i->id];
}

struct interval range_at(const struct ranges *r, const struct ir_instr *i, const struct ir_block *block)
{
	struct interval known = range_of(r, i);
	for (int n = 0; n < MAX_DOMINATORS && block != i->block && block->id != 0; n++) {
		if (block->n_preds == 1)
			known = behind_edge(r, i, block->preds[0], block, known);
		block = r->loops->dominator[block->id];
		if (!block)
			break; /* not reached */
	}
	return known;
}

/* ---- loops ----------------------------------------------------------------- */

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
static wide trips(const struct ranges *r, const struct ir_loop *loop)
{
	wide most = 0;
	for (uint32_t p = 0; p < loop->header->n_preds; p++)
		if (!ir_is_back_edge(loop, p)) {
			struct interval count = range_of(r, loop->left->args[p]);
			if (!is_empty(count))
				most = count.high > most ? count.high : most;
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
			*ret = interval_sum(d, range_of(r, i->args[1]));
			known = true;
		} else if (i->op != IR_I128_ADD_I64 && delta(r, i->args[1], base, &d)) {
			*ret = interval_sum(d, range_of(r, i->args[0]));
			known = true;
		}
		break;
	case IR_I64_SUB:
	case IR_I64_SUB_WRAP:
		if (delta(r, i->args[0], base, &d)) {
			*ret = interval_sum(d, interval_negated(range_of(r, i->args[1])));
			known = true;
		}
		break;
	case IR_PHI: {
		struct ir_loop *loop = counted_loop(r, i->block);
		if (is_header(r, i->block) && !loop)
			break;
		struct interval each = { 0, 0 };
		*ret = empty;
		known = true;
		for (uint32_t p = 0; p < i->n_args; p++) {
			bool back = loop && ir_is_back_edge(loop, p);
			known = delta(r, i->args[p], back ? i : base, &d);
			if (!known)
				break;
			if (back)
				each = union_of(each, d);
			else
				*ret = union_of(*ret, d);
		}
		if (known && loop)
			*ret = interval_sum(*ret, interval_product((struct interval){ 0, trips(r, loop) }, each));
		break;
	}
	default: break;
	}
	r->depth--;
	return known;
}

/* A value that a counted loop changes: where it starts, and the count times what is added each time. false: it is
 * changed in another way. */
static bool range_in_counted_loop(struct ranges *r, const struct ir_loop *loop, struct ir_instr *phi,
				  struct interval *ret)
{
	struct interval start = empty, each = { 0, 0 };
	for (uint32_t p = 0; p < phi->n_args; p++) {
		struct interval d;
		r->steps = 0;
		if (!ir_is_back_edge(loop, p))
			start = union_of(start, range_at(r, phi->args[p], phi->block->preds[p]));
		else if (!delta(r, phi->args[p], phi, &d))
			return false;
		else
			each = union_of(each, d);
	}
	if (is_empty(start))
		*ret = empty;
	else if (phi == loop->left) /* the branch on it stops at 0 */
		*ret = (struct interval){ start.low < 0 ? start.low : 0, start.high };
	else
		*ret = interval_sum(start, interval_product((struct interval){ 0, trips(r, loop) }, each));
	return true;
}

/* What fits into an item of that kind and an i64. */
struct interval interval_of_item(uint32_t item)
{
	static const struct interval intervals[ITEM_COUNT] = {
		[ITEM_I8] = { INT8_MIN, INT8_MAX },    [ITEM_U8] = { 0, UINT8_MAX },
		[ITEM_I16] = { INT16_MIN, INT16_MAX }, [ITEM_U16] = { 0, UINT16_MAX },
		[ITEM_I32] = { INT32_MIN, INT32_MAX }, [ITEM_U32] = { 0, UINT32_MAX },
		[ITEM_I64] = { INT64_MIN, INT64_MAX }, [ITEM_U64] = { 0, INT64_MAX },
	};
	return item < ITEM_F32 ? intervals[item] : any_i64;
}

static struct interval range_of_phi(struct ranges *r, struct ir_instr *i)
{
	struct ir_loop *loop = counted_loop(r, i->block);
	struct interval all = empty, counted = unknown;
	bool is_counted = loop && range_in_counted_loop(r, loop, i, &counted);
	if (is_counted && (i->type == IR_I128 || interval_fits(counted)))
		return counted;
	for (uint32_t a = 0; a < i->n_args; a++) {
		const struct ir_block *from = i->block->preds[a];
		all = union_of(all, behind_edge(r, i->args[a], from, i->block, range_at(r, i->args[a], from)));
	}
	return all;
}

/* ---- operations ------------------------------------------------------------ */

static bool is_negative(struct interval a)
{
	return a.low < 0;
}

static struct interval range_of_mod(struct interval a, struct interval b)
{
	/* The sign is the divisor's, the magnitude smaller. */
	struct interval r = { b.low < 0 ? b.low + 1 : 0, b.high > 0 ? b.high - 1 : 0 };
	if (!is_negative(a) && !is_negative(b) && a.high < r.high)
		r.high = a.high;
	return r;
}

static wide floor_div(wide a, wide b)
{
	wide q = a / b;
	return a % b != 0 && (a < 0) != (b < 0) ? q - 1 : q;
}

static struct interval range_of_floordiv(struct interval a, struct interval b)
{
	if (b.low <= 0)
		return any_i64;
	wide q[4] = { floor_div(a.low, b.low), floor_div(a.low, b.high), floor_div(a.high, b.low),
		      floor_div(a.high, b.high) };
	struct interval r = { q[0], q[0] };
	for (int i = 1; i < 4; i++)
		r = union_of(r, (struct interval){ q[i], q[i] });
	return r;
}

static struct interval range_of_and(struct interval a, struct interval b)
{
	if (!is_negative(a) && !is_negative(b))
		return (struct interval){ 0, a.high < b.high ? a.high : b.high };
	if (!is_negative(a))
		return (struct interval){ 0, a.high };
	if (!is_negative(b))
		return (struct interval){ 0, b.high };
	return any_i64;
}

/* Of | and ^: no more bits than the operands have. */
static struct interval range_of_or(struct interval a, struct interval b)
{
	if (is_negative(a) || is_negative(b))
		return any_i64;
	wide most = 1;
	while (most <= a.high || most <= b.high)
		most *= 2;
	return (struct interval){ 0, most - 1 };
}

static struct interval range_of_shr(struct interval a, struct interval n)
{
	if (n.low < 0 || n.low > 63)
		return is_negative(a) ? any_i64 : (struct interval){ 0, a.high };
	return (struct interval){ is_negative(a) ? a.low : 0, a.high < 0 ? -1 : a.high >> (int)n.low };
}

/* One bit to the right, and the sign bit is free. */
static struct interval range_of_u64_shr(struct interval n)
{
	if (n.low < 1 || n.high > 63)
		return any_i64;
	return (struct interval){ 0, (wide)(UINT64_MAX >> (int)n.low) };
}

static struct interval range_of_shl(struct interval a, struct interval n)
{
	if (n.low < 0 || n.high > 62)
		return any_i64;
	struct interval by = { (wide)1 << (int)n.low, (wide)1 << (int)n.high };
	return checked(interval_product(a, by));
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

static bool is_int(const struct ir_instr *i)
{
	return i->type == IR_I64 || i->type == IR_I128;
}

/* Of operations on ints, by what is known of their operands. */
static struct interval of_operands(const struct ir_instr *i, const struct interval *x)
{
	struct interval a = x[0], b = x[1];
	switch (i->op) {
	case IR_I64_ADD: return checked(interval_sum(a, b));
	case IR_I64_SUB: return checked(interval_sum(a, interval_negated(b)));
	case IR_I64_MUL: return checked(interval_product(a, b));
	case IR_I64_NEG: return checked(interval_negated(a));
	case IR_I64_ABS: a = union_of(a, interval_negated(a)); return checked((struct interval){ 0, a.high });
	case IR_I64_ADD_WRAP: return interval_sum(a, b);
	case IR_I64_SUB_WRAP: return interval_sum(a, interval_negated(b));
	case IR_I64_MUL_WRAP: return interval_product(a, b);
	case IR_I64_FLOORDIV: return checked(range_of_floordiv(a, b));
	case IR_I64_MOD: return range_of_mod(a, b);
	case IR_I64_MULMOD: return range_of_mod(any_i64, x[2]);
	case IR_I64_AND: return range_of_and(a, b);
	case IR_I64_OR:
	case IR_I64_XOR: return range_of_or(a, b);
	case IR_I64_NOT: return (struct interval){ -a.high - 1, -a.low - 1 };
	case IR_I64_SHL: return range_of_shl(a, b);
	case IR_I64_SHR: return range_of_shr(a, b);
	case IR_I64_TO_U64: return intersection(a, (struct interval){ 0, INT64_MAX });
	case IR_U64_SHR: return range_of_u64_shr(b);
	case IR_U64_DIV: return is_negative(a) || is_negative(b) ? any_i64 : checked(range_of_floordiv(a, b));
	case IR_U64_MOD:
		return is_negative(b) ? any_i64 : is_negative(a) ? (struct interval){ 0, b.high } : range_of_mod(a, b);
	case IR_I64_SELECT: return union_of(x[1], x[2]);
	case IR_INDEX: return (struct interval){ 0, b.high > 0 ? b.high - 1 : 0 };
	case IR_I64_TO_I128: return a;
	case IR_I128_ADD_I64: return interval_sum(a, b);
	case IR_I128_TO_I64: return checked(a);
	case IR_RANGE_LEN: return range_of_length(a, b, x[2]);
	default: return i->type == IR_I64 ? any_i64 : unknown;
	}
}

static struct interval compute(struct ranges *r, struct ir_instr *i)
{
	enum { MOST = 3 };
	struct interval x[MOST] = { { 0, 0 }, { 0, 0 }, { 0, 0 } };
	switch (i->op) {
	case IR_PHI: return range_of_phi(r, i);
	case IR_CONST_I64: return (struct interval){ i->imm.i, i->imm.i };
	case IR_BYTES_AT:
	case IR_STR_AT:
	case IR_CHAR_CODE: return (struct interval){ 0, UINT8_MAX };
	case IR_LIST_LEN:
	case IR_TUPLE_LEN:
	case IR_BYTES_LEN:
	case IR_BUFFER_LEN:
	case IR_STR_LEN: return (struct interval){ 0, PTRDIFF_MAX / 2 };
	case IR_BOOL_TO_I64: return (struct interval){ 0, 1 };
	case IR_LOAD_INT: return i->imm.index == ITEM_U64 ? any_i64 : interval_of_item(i->imm.index);
	case IR_FIT: return intersection(range_at(r, i->args[0], i->block), interval_of_item(i->imm.index));
	default: break;
	}
	if (i->n_args > MOST || ir_op_info[i->op].imm != IMM_NONE)
		return i->type == IR_I64 ? any_i64 : unknown;
	for (uint32_t a = 0; a < i->n_args; a++) {
		if (!is_int(i->args[a]))
			continue;
		x[a] = range_at(r, i->args[a], i->block);
		if (is_empty(x[a]))
			return empty;
	}
	return of_operands(i, x);
}

/* i64: never more than 64 bits hold; what wraps around is any of them. */
static struct interval computed(struct ranges *r, struct ir_instr *i)
{
	struct interval now = compute(r, i);
	return i->type == IR_I64 && !interval_fits(now) ? any_i64 : now;
}

/* ---- the rounds ------------------------------------------------------------ */

static struct interval widened(const struct ir_instr *i, struct interval old, struct interval now, int round)
{
	struct interval all = i->type == IR_I64 ? any_i64 : unknown;
	if (round >= WIDEN_ALL_ROUND || is_empty(old))
		return round >= WIDEN_ALL_ROUND ? all : now;
	if (now.low < old.low)
		now.low = now.low >= 0 ? 0 : all.low;
	if (now.high > old.high)
		now.high = now.high < 0 ? -1 : all.high;
	return now;
}

/* One round upwards; whether anything changed. */
static bool grow(struct ranges *r, int round)
{
	bool changed = false;
	for (uint32_t o = 0; o < r->loops->n_order; o++) {
		ir_for_each_instr (r->loops->order[o], i) {
			if (!is_int(i))
				continue;
			struct interval *known = &r->known[i->id], now = union_of(*known, computed(r, i));
			if (now.low == known->low && now.high == known->high)
				continue;
			bool in_loop = i->op == IR_PHI && is_header(r, i->block);
			*known = in_loop && round >= WIDEN_ROUND ? widened(i, *known, now, round) : now;
			changed = true;
		}
	}
	return changed;
}

static void shrink(struct ranges *r)
{
	for (uint32_t o = 0; o < r->loops->n_order; o++)
		ir_for_each_instr (r->loops->order[o], i)
			if (is_int(i))
				r->known[i->id] = intersection(r->known[i->id], computed(r, i));
}

static void know_nothing(struct ranges *r)
{
	ir_for_each_block (r->f, b)
		ir_for_each_instr (b, i)
			r->known[i->id] = i->type == IR_I64 ? any_i64 : unknown;
}

struct ranges *ranges_find(struct ir_function *f)
{
	struct ranges *r = ir_alloc(f, sizeof(*r));
	r->f = f;
	r->loops = ir_loops_find(f);
	r->known = ir_alloc(f, (f->next_id + 1) * sizeof(r->known[0]));
	for (uint32_t i = 0; i < f->next_id; i++)
		r->known[i] = empty;
	int round = 0;
	while (round < MAX_ROUNDS && grow(r, round))
		round++;
	if (round == MAX_ROUNDS) {
		know_nothing(r);
		return r;
	}
	for (int i = 0; i < 2; i++)
		shrink(r);
	/* What is never reached is nothing to build on. */
	ir_for_each_block (f, b)
		ir_for_each_instr (b, i)
			if (is_empty(r->known[i->id]))
				r->known[i->id] = i->type == IR_I64 ? any_i64 : unknown;
	return r;
}

/* pass_series.c - counted loops that only add up polynomials of the iteration's number are not run: their results are
 * computed from the number of iterations.
 *
 *     before -> choose: n <= most? -> closed: the results -> after
 *                                  -> header ...          -> after
 *
 * An int of such a loop is a sum of c[j] * binomial(i, j), where i is how many iterations came before (Newton's series;
 * the chains of recurrences of Bachmann, Wang and Zima, 1994).  To add such a value to a variable in each iteration
 * moves its coefficients up by one.  No int of the loop leaves 62 bits within the first `most` iterations, so that no
 * check can fail in them; with more, the loop runs.  gcc does the rest where the number is a constant. */
#include "config.h"

#include "codecache/jit/ir_ranges.h"
#include "codecache/jit/passes_priv.h"

enum {
	DEGREE = 4,            /* sums of cubes */
	STEPS = 256,           /* looks at an instruction for one loop: what is used twice is looked at twice */
	COEFFICIENT_BITS = 48, /* products of two values at DEGREE fit into 128 bits */
	VALUE_BITS = 61,
	VARIABLES = 16,
	WORTH_IT = 64 /* iterations */
};

/* So many iterations that the products binomials() divides fit into 64 bits. */
#define MOST             (INT64_C(1) << 31)
#define MOST_OF_DEGREE_4 (INT64_C(1) << 16)

struct series {
	wide c[DEGREE + 1];
	struct ir_instr *base; /* added to it: an int known at run time, or a phi that is being looked at; NULL: none */
};

struct finder {
	const struct ir_loop *loop;
	const struct ranges *ranges;
	uint32_t n_blocks; /* those that the loop knows */
	uint32_t back;     /* predecessor of the header: the way back */
	unsigned steps;
	struct series found[VARIABLES]; /* of phis: their scratch points here */
	size_t n_found;
	double most; /* iterations */
	bool only_series_leave;
};

static bool series_of(struct finder *f, struct ir_instr *i, struct series *ret);

static bool is_block_in(const struct finder *f, const struct ir_block *b)
{
	return b->id < f->n_blocks && f->loop->contains[b->id];
}

static bool is_in(const struct finder *f, const struct ir_instr *i)
{
	return is_block_in(f, i->block);
}

/* ---- arithmetic ------------------------------------------------------------ */

static bool is_small(const struct series *s)
{
	for (int j = 0; j <= DEGREE; j++)
		if (s->c[j] >= (wide)1 << COEFFICIENT_BITS || s->c[j] <= -((wide)1 << COEFFICIENT_BITS))
			return false;
	return true;
}

static bool add(const struct series *x, const struct series *y, int sign, struct series *ret)
{
	if (y->base && (sign < 0 || x->base))
		return false;
	for (int j = 0; j <= DEGREE; j++)
		ret->c[j] = x->c[j] + sign * y->c[j];
	ret->base = x->base ? x->base : y->base;
	return is_small(ret);
}

static int degree(const struct series *s)
{
	int d = DEGREE;
	while (d > 0 && s->c[d] == 0)
		d--;
	return d;
}

static wide value_at(const struct series *s, int i)
{
	wide value = 0, binomial = 1;
	for (int j = 0; j <= DEGREE; j++) {
		value += s->c[j] * binomial;
		binomial = binomial * (i - j) / (j + 1);
	}
	return value;
}

/* The coefficients are the differences, of the differences, of the values at 0, 1, ... */
static bool multiply(const struct series *x, const struct series *y, struct series *ret)
{
	if (x->base || y->base || degree(x) + degree(y) > DEGREE)
		return false;
	*ret = (struct series){ .base = NULL };
	for (int i = 0; i <= DEGREE; i++)
		ret->c[i] = value_at(x, i) * value_at(y, i);
	for (int order = 1; order <= DEGREE; order++)
		for (int j = DEGREE; j >= order; j--)
			ret->c[j] -= ret->c[j - 1];
	return is_small(ret);
}

/* How large it can become in n iterations. */
static double bound(const struct series *s, double n)
{
	double sum = 0, binomial = 1;
	for (int j = 0; j <= DEGREE; j++) {
		sum += (s->c[j] < 0 ? -(double)s->c[j] : (double)s->c[j]) * binomial;
		binomial *= n / (j + 1);
	}
	return sum;
}

/* ---- what the loop computes ------------------------------------------------ */

/* A variable of the loop: where it starts, and then what is added to it. */
static bool series_of_phi(struct finder *f, struct ir_instr *phi, struct series *ret)
{
	struct series next, start = { .base = NULL };
	if (phi->scratch) {
		*ret = *(struct series *)phi->scratch;
		return true;
	}
	if (f->n_found == VARIABLES)
		return false;
	struct series *found = &f->found[f->n_found++];
	*found = (struct series){ .base = phi };
	phi->scratch = found;
	struct ir_instr *first = phi->args[1 - f->back];
	if (first->op == IR_CONST_I64)
		start.c[0] = first->imm.i;
	else
		start.base = first;
	if (!series_of(f, phi->args[f->back], &next) || next.base != phi || next.c[DEGREE] != 0 || !is_small(&start)) {
		phi->scratch = NULL;
		return false;
	}
	for (int j = DEGREE; j > 0; j--)
		start.c[j] = next.c[j - 1];
	*ret = *found = start;
	return true;
}

static bool series_of(struct finder *f, struct ir_instr *i, struct series *ret)
{
	struct series x, y = { .base = NULL };
	if (f->steps == 0)
		return false;
	f->steps--;
	if (i->op == IR_CONST_I64) {
		*ret = (struct series){ .c = { i->imm.i } };
		return is_small(ret);
	}
	if (!is_in(f, i))
		return false;
	if (i->op == IR_PHI)
		return i->block == f->loop->header && series_of_phi(f, i, ret);
	if (i->n_args != 2 || !series_of(f, i->args[0], &x) || !series_of(f, i->args[1], &y))
		return false;
	switch (i->op) {
	case IR_I64_ADD:
	case IR_I64_ADD_WRAP:
	case IR_I128_ADD_I64: return add(&x, &y, 1, ret);
	case IR_I64_SUB:
	case IR_I64_SUB_WRAP: return add(&x, &y, -1, ret);
	case IR_I64_MUL:
	case IR_I64_MUL_WRAP: return multiply(&x, &y, ret);
	default: return false;
	}
}

/* Fewer iterations, until it stays within VALUE_BITS. */
static void limit(struct finder *f, const struct series *s)
{
	const double highest = (double)(INT64_C(1) << VALUE_BITS);
	while (f->most >= WORTH_IT && bound(s, f->most) > highest)
		f->most *= 0.875;
}

/* Whether the loop may go unrun as far as this instruction is concerned. */
static bool is_harmless(struct finder *f, struct ir_instr *i)
{
	const wide highest = (wide)1 << VALUE_BITS;
	struct series s;
	if (i->op == IR_POLL || i->op == IR_ANCHOR || i->op == IR_JUMP || i == f->loop->header->last)
		return true;
	if (ir_op_info[i->op].flags & (IR_TERM | IR_EFFECT | IR_WRITE))
		return false;
	f->steps = STEPS;
	if ((i->type != IR_I64 && i->type != IR_I128) || !series_of(f, i, &s))
		return !i->exit;
	if (degree(&s) == 4 && f->most > MOST_OF_DEGREE_4)
		f->most = MOST_OF_DEGREE_4;
	/* What is added to an int that is known only at run time matters modulo 2**64, unless that is checked. */
	if (s.base && i->exit) {
		struct interval start = range_of(f->ranges, s.base);
		if (start.low < -highest || start.high > highest)
			return false;
	}
	if (i->exit || !s.base || i->type == IR_I128)
		limit(f, &s);
	return true;
}

static void check_leaf(struct state_value *leaf, void *data)
{
	struct finder *f = data;
	if (is_in(f, leaf->instr) && !leaf->instr->scratch)
		f->only_series_leave = false;
}

/* Of what the loop computes, only variables that we know are used behind it. */
static bool only_series_leave(struct ir_function *function, struct finder *f)
{
	bool *is_exit_of_loop = ir_alloc(function, function->n_exits);
	ir_for_each_block (function, b)
		ir_for_each_instr (b, i)
			if (i->exit && is_block_in(f, b))
				is_exit_of_loop[i->exit->number] = true;
	f->only_series_leave = true;
	ir_for_each_block (function, b) {
		if (is_block_in(f, b))
			continue;
		ir_for_each_instr (b, i) {
			for (uint32_t a = 0; a < i->n_args; a++)
				if (is_in(f, i->args[a]) && !i->args[a]->scratch)
					return false;
			if (i->exit && is_exit_of_loop[i->exit->number])
				return false;
			if (i->exit)
				ir_exit_visit(i->exit, check_leaf, f);
		}
	}
	return f->only_series_leave;
}

/* Whether the results can be computed; how many iterations at most is f->most. */
static bool find(struct ir_function *function, struct finder *f)
{
	const struct ir_loop *loop = f->loop;
	if (!loop->left || loop->header->n_preds != 2)
		return false;
	f->back = ir_is_back_edge(loop, 1) ? 1 : 0;
	if (ir_is_back_edge(loop, 1 - f->back) || range_of(f->ranges, loop->left->args[1 - f->back]).low < 0)
		return false;
	ir_for_each_block (function, b) {
		if (!is_block_in(f, b))
			continue;
		ir_for_each_instr (b, i)
			if (!is_harmless(f, i) || f->most < WORTH_IT)
				return false;
	}
	return only_series_leave(function, f);
}

/* ---- instead of it --------------------------------------------------------- */

/* binomial(n, j) for j = 1 .. 4, modulo 2**64.  What is divisible by three is divided by a multiplication with the
 * inverse of three modulo 2**64; the products that are halved fit. */
static void binomials(struct ir_function *f, struct ir_block *b, struct ir_instr *n, struct ir_instr *ret[DEGREE + 1])
{
	const int64_t inverse_of_3 = INT64_C(-6148914691236517205);
	static const int64_t shift[DEGREE + 1] = { [2] = 1, [4] = 2 };
	ret[1] = n;
	for (int j = 2; j <= DEGREE; j++) {
		struct ir_instr *factor = ir_operation(f, b, IR_I64_SUB_WRAP, n, ir_number(f, b, j - 1));
		ret[j] = ir_operation(f, b, IR_I64_MUL_WRAP, ret[j - 1], factor);
		ret[j] = shift[j] ? ir_operation(f, b, IR_I64_SHR, ret[j], ir_number(f, b, shift[j]))
				  : ir_operation(f, b, IR_I64_MUL_WRAP, ret[j], ir_number(f, b, inverse_of_3));
	}
}

static struct ir_instr *result(struct ir_function *f, struct ir_block *b, const struct series *s,
			       struct ir_instr *const binomial[DEGREE + 1])
{
	struct ir_instr *sum = ir_number(f, b, (int64_t)s->c[0]);
	for (int j = 1; j <= DEGREE; j++)
		if (s->c[j] != 0)
			sum = ir_operation(
				f, b, IR_I64_ADD_WRAP, sum,
				ir_operation(f, b, IR_I64_MUL_WRAP, binomial[j], ir_number(f, b, (int64_t)s->c[j])));
	if (!s->base)
		return sum;
	return ir_operation(f, b, s->base->type == IR_I128 ? IR_I128_ADD_I64 : IR_I64_ADD_WRAP, s->base, sum);
}

/* Uses of what has a scratch, outside of the loop and of that block, become uses of the scratch. */
static void follow_uses(struct ir_function *function, const struct finder *f, const struct ir_block *but)
{
	ir_for_each_block (function, b)
		if (!is_block_in(f, b) && b != but)
			ir_replace_uses_in(b);
}

/* An edge's place among the predecessors stays the same, so that phis need no change. */
static void put_between(struct ir_function *f, struct ir_block *from, struct ir_block *block, struct ir_block *to)
{
	ir_change_target(from, to, block);
	ir_change_pred(to, from, block);
	block->preds = ir_alloc(f, 2 * sizeof(struct ir_block *));
	block->cap_preds = 2;
	block->preds[block->n_preds++] = from;
}

static void close(struct ir_function *function, struct finder *f)
{
	struct ir_block *header = f->loop->header, *before = header->preds[1 - f->back],
			*after = header->last->targets[1], *choose = ir_block_new(function),
			*closed = ir_block_new(function), *both = ir_block_new(function);
	struct ir_instr *n = f->loop->left->args[1 - f->back], *binomial[DEGREE + 1];

	put_between(function, before, choose, header);
	put_between(function, header, both, after);
	struct ir_instr *few =
		ir_operation(function, choose, IR_I64_LE, n, ir_number(function, choose, (int64_t)f->most));
	struct ir_instr *branch = ir_append(function, choose, IR_BRANCH, 1, &few);
	branch->targets[0] = closed;
	branch->targets[1] = header;
	closed->preds = ir_alloc(function, sizeof(struct ir_block *));
	closed->preds[closed->n_preds++] = choose;
	closed->cap_preds = 1;

	binomials(function, closed, n, binomial);
	ir_for_each_instr (header, phi) {
		if (phi->op != IR_PHI)
			break;
		if (!phi->scratch)
			continue;
		struct ir_instr *merged = ir_phi_new(function, both, phi->type);
		ir_phi_add_arg(function, merged, phi);
		ir_phi_add_arg(function, merged, result(function, closed, phi->scratch, binomial));
		phi->scratch = merged;
	}
	(void)ir_jump(function, closed, both);
	struct ir_instr *jump = ir_append(function, both, IR_JUMP, 0, NULL);
	jump->targets[0] = after;
	follow_uses(function, f, both);
}

/* Whether one of the loops that were not looked at is not run any more: then blocks and ranges are others. */
static bool close_one(struct ir_function *function, bool *seen, uint32_t n_seen)
{
	const struct ranges *ranges = NULL;
	struct ir_loops *loops = ir_loops_find(function);
	bool closed = false;
	for (uint32_t l = 0; l < loops->n_loops && !closed; l++) {
		struct finder f = { .loop = &loops->loops[l], .n_blocks = function->n_blocks, .most = (double)MOST };
		struct ir_block *header = f.loop->header;
		if (!f.loop->left || header->id >= n_seen || seen[header->id])
			continue;
		seen[header->id] = true;
		if (!ranges)
			ranges = ranges_find(function);
		f.ranges = ranges;
		closed = find(function, &f);
		if (closed)
			close(function, &f);
		ir_for_each_instr (header, i)
			i->scratch = NULL;
	}
	return closed;
}

void pass_series(struct ir_function *function)
{
	uint32_t n_blocks = function->n_blocks;
	bool *seen = ir_alloc(function, n_blocks);
	while (close_one(function, seen, n_blocks))
		;
}

/* pass_products.c - products of which only the remainder is used need no more than 64 bits.
 *
 * a * b % m is an int of 64 bits, though a * b may have 128: modular exponentiation, random number generators and
 * hashes modulo a prime are made of it.  Where a product may outgrow 64 bits (pass_ranges.c has looked), and all that
 * uses it is the % behind it, both become one operation, whose exit is the product's: CPython then does both. */
#include "config.h"

#include <string.h>

#include "codecache/jit/passes_priv.h"

struct leaf_search {
	const struct ir_instr *what;
	bool found;
};

static void look_at_leaf(struct state_value *leaf, void *data)
{
	struct leaf_search *search = data;
	search->found |= leaf->instr == search->what;
}

static bool exit_has(struct ir_exit *exit, const struct ir_instr *i)
{
	struct leaf_search search = { .what = i };
	if (exit)
		ir_exit_visit(exit, look_at_leaf, &search);
	return search.found;
}

static uint32_t uses_as_operand(const struct ir_instr *i, const struct ir_instr *what)
{
	uint32_t n = 0;
	for (uint32_t a = 0; a < i->n_args; a++)
		n += i->args[a] == what;
	return n;
}

/* How often the product is used, as operands and in exits. */
static uint32_t uses_in_function(struct ir_function *f, const struct ir_instr *product)
{
	uint32_t n = 0;
	ir_for_each_block (f, b)
		ir_for_each_instr (b, i)
			n += uses_as_operand(i, product) + exit_has(i->exit, product);
	return n;
}

/* The % that is all that uses the product but for exits on the way there, from which CPython may go back to the
 * product; NULL: there is none. */
static struct ir_instr *remainder_of(struct ir_function *f, struct ir_instr *product)
{
	uint32_t on_the_way = 0;
	struct ir_instr *i = product->next;
	for (; i && uses_as_operand(i, product) == 0; i = i->next) {
		if (ir_op_info[i->op].flags & (IR_EFFECT | IR_WRITE))
			return NULL;
		on_the_way += exit_has(i->exit, product);
	}
	if (!i || i->op != IR_I64_MOD || i->args[0] != product || i->args[1] == product)
		return NULL;
	on_the_way += exit_has(i->exit, product);
	return uses_in_function(f, product) == on_the_way + 1 ? i : NULL;
}

static void merge(struct ir_function *f, struct ir_instr *product, struct ir_instr *mod)
{
	struct ir_instr *args[] = { product->args[0], product->args[1], mod->args[1] };
	for (struct ir_instr *i = product->next; i != mod; i = i->next)
		if (exit_has(i->exit, product))
			i->exit = product->exit;
	mod->op = IR_I64_MULMOD;
	mod->args = memcpy(ir_alloc(f, sizeof(args)), args, sizeof(args));
	mod->n_args = mod->cap_args = 3;
	mod->exit = product->exit;
	product->op = IR_I64_MUL_WRAP; /* nothing uses it */
	product->exit = NULL;
}

void pass_products(struct ir_function *f)
{
	ir_for_each_block (f, b) {
		ir_for_each_instr (b, i) {
			struct ir_instr *mod = i->op == IR_I64_MUL ? remainder_of(f, i) : NULL;
			if (mod)
				merge(f, i, mod);
		}
	}
}

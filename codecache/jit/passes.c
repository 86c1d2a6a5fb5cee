/* passes.c - the table of passes, and what runs them. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "codecache/jit/passes.h"
#include "codecache/jit/passes_priv.h"

const struct ir_pass ir_passes[] = {
	{ .name = "consts", .run = pass_consts }, /* first: so that equal constants are one value for the others */
	{ .name = "phis", .run = pass_phis },
	{ .name = "blocks", .run = pass_blocks },
	{ .name = "dead", .run = pass_dead },
	{ .name = "lists", .run = pass_lists, .of_family = true },
	{ .name = "bits", .run = pass_bits },
	{ .name = "ranges", .run = pass_ranges },
	{ .name = "products", .run = pass_products },
	{ .name = "series", .run = pass_series },
	{ .name = "again", .run = pass_again },
	{ .name = "hoist", .run = pass_hoist },
	{ .name = "strips", .run = pass_strips },
	{ .name = "dead", .run = pass_dead },
	{ .name = NULL },
};

#ifdef DEVELOPER
static void verify_or_die(const struct ir_function *f, const char *after)
{
	struct cause cause = CAUSE_INIT;
	if (ir_verify(f, &cause) == 0)
		return;
	ir_print(f, stderr);
	(void)fprintf(stderr, "preforge: the IR of %s is broken after %s: %s\n", f->name, after, cause.text);
	abort();
}
#else
static void verify_or_die(const struct ir_function *f, const char *after)
{
	(void)f;
	(void)after;
}
#endif

static void show(struct ir_function *f, const char *after, FILE *dump)
{
	ir_for_each_member (f, m)
		verify_or_die(m, after);
	if (!dump)
		return;
	(void)fprintf(dump, "; %s after %s\n", f->name, after);
	ir_print(f, dump);
}

void ir_run_passes(struct ir_function *f, FILE *dump)
{
	show(f, "build", dump);
	for (const struct ir_pass *pass = ir_passes; pass->name; pass++) {
		ir_for_each_member (f, m)
			if (!pass->of_family || m == f)
				pass->run(m);
		show(f, pass->name, dump);
	}
}

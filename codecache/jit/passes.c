/* passes.c - the table of passes, and what runs them. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "codecache/jit/passes.h"
#include "codecache/jit/passes_priv.h"

const struct ir_pass ir_passes[] = {
	{ "consts", pass_consts }, /* first: so that equal constants are one value for the others */
	{ "phis", pass_phis },     { "blocks", pass_blocks }, { "dead", pass_dead },         { "lists", pass_lists },
	{ "bits", pass_bits },     { "ranges", pass_ranges }, { "products", pass_products }, { "series", pass_series },
	{ "hoist", pass_hoist },   { "strips", pass_strips }, { "dead", pass_dead },         { NULL, NULL },
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

void ir_run_passes(struct ir_function *f, FILE *dump)
{
	verify_or_die(f, "build");
	if (dump) {
		(void)fprintf(dump, "; %s after build\n", f->name);
		ir_print(f, dump);
	}
	for (const struct ir_pass *pass = ir_passes; pass->name; pass++) {
		pass->run(f);
		verify_or_die(f, pass->name);
		if (dump) {
			(void)fprintf(dump, "; %s after %s\n", f->name, pass->name);
			ir_print(f, dump);
		}
	}
}

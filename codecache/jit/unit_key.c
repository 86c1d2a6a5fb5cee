/* unit_key.c - see unit_key.h */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "codecache/jit/ir.h"
#include "codecache/jit/jit.h"
#include "codecache/jit/sources-digest.h"
#include "codecache/jit/unit_key.h"

static void add_environment(struct digest *digest, const struct jit_options *options)
{
	char optimize[16];
	(void)snprintf(optimize, sizeof(optimize), "-O%d", options->optimize);
	digest_text(digest, "preforge unit 1");
	digest_text(digest, SOURCES_DIGEST);
	digest_text(digest, GCCJIT_VERSION);
	digest_text(digest, Py_GetVersion()); /* with the date of the build and its compiler */
	digest_text(digest, options->cpu ? options->cpu : "x86-64");
	digest_text(digest, optimize);
}

static void add_function(struct digest *digest, const struct ir_function *f)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	if (!out)
		abort(); /* as elsewhere in the compiler: its process has no other work */
	ir_print(f, out);
	if (fclose(out) != 0)
		abort();
	digest_text(digest, text);
	free(text);
}

/* Code with lines has those of this file. */
static void add_lines(struct digest *digest, struct ir_function *f)
{
	digest_text(digest, f->file ? f->file : "");
	ir_for_each_member (f, m)
		ir_for_each_block (m, b)
			ir_for_each_instr (b, i)
				digest_bytes(digest, &i->line, sizeof(i->line));
}

void unit_key_of_function(const struct ir_function *f, const struct jit_options *options, char ret[static DIGEST_TEXT])
{
	unit_key_of_object((struct ir_function *const[]){ (struct ir_function *)(uintptr_t)f }, 1, options, ret);
}

void unit_key_of_object(struct ir_function *const *functions, size_t n, const struct jit_options *options,
			char ret[static DIGEST_TEXT])
{
	struct digest digest;
	digest_begin(&digest);
	add_environment(&digest, options);
	for (size_t i = 0; i < n; i++)
		add_function(&digest, functions[i]);
	for (size_t i = 0; i < n && options->debug; i++)
		add_lines(&digest, functions[i]);
	digest_end(&digest, ret);
}

json_t *jit_made_by(const struct jit_options *options)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:i}", "preforge", PACKAGE_VERSION, "sources", SOURCES_DIGEST,
			 "python", Py_GetVersion(), "libgccjit", GCCJIT_VERSION, "cpu",
			 options->cpu ? options->cpu : "x86-64", "optimize", options->optimize);
}

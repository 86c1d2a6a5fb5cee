/* ir_text.c - IR as text, one function and its directs at a time:
 *
 *     function app.sum_squares symbol f0 params int
 *     const c0 builtin "sum"
 *     b0:
 *       v0 = param 0
 *       v1 = unbox_i64 v0 !e0 @3
 *       jump b1
 *     b1 loop preds b0 b2:
 *       v2 = phi i64 v1 v5
 *       ...
 *     exit e0 line 3 pc 0 "int overflow": locals [obj v0] stack []
 *
 * What begins at a loop's head has "loop 12 stack 1" behind the parameters: its pc, and entries of the stack. Functions
 * that are called directly follow, each with a line "function ... result i64 code c1 size 9".
 *
 * !e0 is the exit, @3 the line of the source; ";" begins a comment.  The predecessors' order is that of a phi's
 * operands. A suspended generator is written generator(){code c1 line 3 pc 4: locals [...] stack [...]}.  Floats are
 * the shortest decimal that reads back as the same bits; nan.HEX is a NaN that is not the usual one.  ir_parse.c reads
 * it. */
#include "config.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "codecache/jit/ir.h"
#include "codecache/jit/ir_text_priv.h"

const char *const ir_param_words[VALUE_TYPE_COUNT] = {
#define X(name, word) word,
	VALUE_TYPES(X)
#undef X
};

const char *const ir_const_words[] = {
	[UNIT_CONST_OBJECT] = "object",   [UNIT_CONST_NAME] = "name",       [UNIT_CONST_BUILTIN] = "builtin",
	[UNIT_CONST_DEFAULT] = "default", [UNIT_CONST_GLOBALS] = "globals",
};

const char *const ir_rt_words[RT_MEMBER_COUNT] = {
#define X(name, result, letters, parameters) #name,
	RT_FUNCTIONS(X)
#undef X
};

const char *const ir_type_names[RT_TYPE_COUNT] = {
#define X(name, type) #name,
	RT_TYPES(X)
#undef X
};

bool ir_is_word_char(char c)
{
	return isalnum((unsigned char)c) || (c && strchr("_.<>+-!@$", c));
}

static void print_quoted(const char *s, FILE *out)
{
	putc('"', out);
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;
		if (c == '"' || c == '\\')
			(void)fprintf(out, "\\%c", c);
		else if (c < ' ' || c == 0x7f)
			(void)fprintf(out, "\\x%02x", c);
		else
			putc(c, out);
	}
	putc('"', out);
}

/* Names of functions and symbols are bare where that reads back. */
static void print_name(const char *s, FILE *out)
{
	const char *p = s;
	while (ir_is_word_char(*p))
		p++;
	if (*s && !*p)
		(void)fputs(s, out);
	else
		print_quoted(s, out);
}

static void print_f64(double value, FILE *out)
{
	uint64_t bits;
	memcpy(&bits, &value, sizeof(bits));
	if (isnan(value)) {
		(void)fprintf(out, bits == IR_TEXT_NAN ? "nan" : "nan.%" PRIx64, bits);
		return;
	}
	char text[40];
	for (int digits = 15; digits <= 17; digits++) {
		(void)snprintf(text, sizeof(text), "%.*g", digits, value);
		if (strtod(text, NULL) == value)
			break;
	}
	(void)fprintf(out, "%s%s", text, strpbrk(text, ".ein") ? "" : ".0");
}

static void print_frame(const struct state_frame *frame, const char *why, FILE *out);

static void print_value(const struct state_value *v, FILE *out)
{
	(void)fputs(state_kind_words[v->kind], out);
	if (ir_is_leaf(v->kind))
		v->instr ? (void)fprintf(out, " v%" PRIu32, v->instr->id) : (void)fputs(" v?", out);
	else if (v->kind == STATE_CONST || v->kind == STATE_FUNCTION)
		(void)fprintf(out, " c%" PRIu32, v->index);
	else if (state_is_shared(v->kind))
		(void)fprintf(out, " %" PRIu32, v->index);
	if (v->n_children || state_kind_children[v->kind] != 0) {
		putc('(', out);
		for (uint32_t i = 0; i < v->n_children; i++) {
			(void)fputs(i ? ", " : "", out);
			print_value(v->children[i], out);
		}
		putc(')', out);
	}
	if (v->frame) {
		putc('{', out);
		print_frame(v->frame, NULL, out);
		putc('}', out);
	}
}

static void print_values(const char *title, struct state_value *const *values, uint32_t n, FILE *out)
{
	(void)fprintf(out, " %s [", title);
	for (uint32_t i = 0; i < n; i++) {
		(void)fputs(i ? ", " : "", out);
		print_value(values[i], out);
	}
	putc(']', out);
}

static void print_frame(const struct state_frame *frame, const char *why, FILE *out)
{
	if (frame->code != UINT32_MAX)
		(void)fprintf(out, "code c%" PRIu32 " ", frame->code);
	if (frame->line)
		(void)fprintf(out, "line %" PRIu32 " ", frame->line);
	(void)fprintf(out, "pc %" PRIu32, frame->pc);
	if (frame->call_arguments)
		(void)fprintf(out, " call %" PRIu32, frame->call_arguments);
	if (frame->throws)
		(void)fprintf(out, " throws %" PRIu32, frame->throws);
	if (frame->raises)
		(void)fputs(" raises", out);
	if (why) {
		putc(' ', out);
		print_quoted(why, out);
	}
	putc(':', out);
	print_values("locals", frame->locals, frame->n_locals, out);
	print_values("stack", frame->stack, frame->n_stack, out);
}

static void print_const(uint32_t index, const struct unit_const *c, FILE *out)
{
	(void)fprintf(out, "const c%" PRIu32 " %s", index, ir_const_words[c->kind]);
	if (c->kind == UNIT_CONST_OBJECT || c->kind == UNIT_CONST_DEFAULT) {
		if (c->name) {
			(void)fputs(" of ", out);
			print_quoted(c->name, out);
		}
		for (uint32_t i = 0; i < c->n_path; i++)
			(void)fprintf(out, " %" PRIu32, c->path[i]);
	} else {
		putc(' ', out);
		print_quoted(c->name, out);
	}
	putc('\n', out);
}

static void print_imm(const struct ir_instr *i, FILE *out)
{
	switch (ir_op_info[i->op].imm) {
	case IMM_NONE: break;
	case IMM_COUNT: (void)fprintf(out, " %" PRIu32, i->imm.index); break;
	case IMM_RT: (void)fprintf(out, " %s", ir_rt_words[i->imm.index]); break;
	case IMM_TYPE: (void)fprintf(out, " %s", ir_type_names[i->imm.index]); break;
	case IMM_INDEX: (void)fprintf(out, i->op == IR_PARAM ? " %" PRIu32 : " c%" PRIu32, i->imm.index); break;
	case IMM_I64: (void)fprintf(out, " %" PRId64, i->imm.i); break;
	case IMM_F64:
		putc(' ', out);
		print_f64(i->imm.f, out);
		break;
	case IMM_BOOL: (void)fputs(i->imm.i ? " true" : " false", out); break;
	}
}

static void print_instr(const struct ir_instr *i, FILE *out)
{
	(void)fputs("  ", out);
	if (i->type != IR_VOID)
		(void)fprintf(out, "v%" PRIu32 " = ", i->id);
	(void)fputs(ir_op_info[i->op].text, out);
	if (i->op == IR_PHI)
		(void)fprintf(out, " %s", ir_type_words[i->type]);
	print_imm(i, out);
	for (uint32_t a = 0; a < i->n_args; a++)
		(void)fprintf(out, " v%" PRIu32, i->args[a]->id);
	for (int t = 0; t < 2 && i->targets[t]; t++)
		(void)fprintf(out, " b%" PRIu32, i->targets[t]->id);
	if (i->exit)
		(void)fprintf(out, " !e%" PRIu32, i->exit->number);
	if (i->line)
		(void)fprintf(out, " @%" PRIu32, i->line);
	putc('\n', out);
}

static void print_block(const struct ir_block *b, FILE *out)
{
	(void)fprintf(out, "b%" PRIu32 "%s%s", b->id, b->loop_header ? " loop" : "", b->n_preds ? " preds" : "");
	for (uint32_t i = 0; i < b->n_preds; i++)
		(void)fprintf(out, " b%" PRIu32, b->preds[i]->id);
	(void)fputs(":\n", out);
	ir_for_each_instr (b, i)
		print_instr(i, out);
}

static void print_member(const struct ir_function *f, FILE *out)
{
	(void)fputs("function ", out);
	print_name(f->name, out);
	(void)fputs(" symbol ", out);
	print_name(f->symbol, out);
	(void)fputs(" params", out);
	for (uint32_t i = 0; i < f->n_params; i++)
		(void)fprintf(out, " %s", f->number_lists >> i & 1 ? "numbers" : ir_param_words[f->params[i]]);
	if (f->loop.pc)
		(void)fprintf(out, " loop %" PRIu32 " stack %" PRIu32, f->loop.pc, f->loop.n_stack);
	if (f->family) {
		(void)fprintf(out, " result %s", ir_type_words[f->result]);
		for (uint32_t i = 0; i < f->n_values; i++)
			(void)fprintf(out, "%s %s", i ? "" : " values", ir_type_words[f->values[i]]);
		if (f->record)
			(void)fprintf(out, " record c%" PRIu32 " cache %" PRIu32, f->record - 1, f->record_cache);
		(void)fprintf(out, " code c%" PRIu32 " size %" PRIu32, f->code_const, f->frame_size);
		if (f->n_own)
			(void)fprintf(out, " own %" PRIu32, f->n_own);
	}
	putc('\n', out);
	for (uint32_t i = 0; i < f->n_consts; i++)
		print_const(i, &f->consts[i], out);
	ir_for_each_block (f, b)
		print_block(b, out);
	for (uint32_t e = 0; e < f->n_exits; e++) {
		(void)fprintf(out, "exit e%" PRIu32 " ", f->exits[e]->number);
		print_frame(&f->exits[e]->frame, f->exits[e]->why, out);
		putc('\n', out);
	}
}

void ir_print(const struct ir_function *f, FILE *out)
{
	print_member(f, out);
	for (uint32_t i = 0; i < f->n_directs; i++)
		print_member(f->directs[i], out);
}

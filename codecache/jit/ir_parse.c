/* ir_parse.c - reads the text that ir_text.c describes.
 *
 * Checks the grammar only: text that breaks the rules of the IR (a wrong operand, a missing exit) parses, so that the
 * verifier can be shown every mistake.  References may come before what they refer to; they are filled in at the end.
 */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "codecache/jit/ir.h"
#include "codecache/jit/ir_text_priv.h"
#include "common/cleanup.h"

enum { MAX_ID = 1 << 22, MAX_DEPTH = 64 };

/* A use of v<id> that is waiting for its definition. */
struct use {
	struct ir_instr **where;
	uint32_t id;
	uint32_t line;
};

enum token_kind { TOKEN_END, TOKEN_WORD, TOKEN_STRING, TOKEN_MARK, TOKEN_BAD };

struct parser {
	struct ir_function *family; /* what is parsed */
	struct ir_function *f;      /* it, or the direct one that the text has come to */
	struct cause *cause;
	const char *p; /* behind the token */
	uint32_t line;
	enum token_kind kind;
	const char *token; /* in the text; a string's quotes included */
	int length;
	uint32_t n_lines;  /* also the most blocks and exits there can be */
	uint32_t n_blocks; /* defined so far */
	uint32_t n_exits;
	struct ir_block *block;
	struct ir_instr **values; /* by id */
	size_t n_values;
	struct use *uses;
	size_t n_uses, cap_uses;
};

static const char *token_text(const struct parser *p)
{
	return p->kind == TOKEN_END ? "the end of the line" : p->token;
}

static int token_length(const struct parser *p)
{
	return p->kind == TOKEN_END ? (int)strlen(token_text(p)) : p->length;
}

static int expected(const struct parser *p, const char *what)
{
	const char *quote = p->kind == TOKEN_END || p->kind == TOKEN_STRING ? "" : "\"";
	return cause_set(p->cause, -EINVAL, "line %" PRIu32 ": expected %s, not %s%.*s%s", p->line, what, quote,
			 token_length(p), token_text(p), quote);
}

/* The next token of the line. */
static void advance(struct parser *p)
{
	while (*p->p == ' ' || *p->p == '\t' || *p->p == '\r')
		p->p++;
	p->token = p->p;
	if (!*p->p || *p->p == '\n' || *p->p == ';') {
		p->kind = TOKEN_END;
	} else if (*p->p == '"') {
		p->kind = TOKEN_BAD;
		for (p->p++; *p->p && *p->p != '\n'; p->p++) {
			if (*p->p == '"') {
				p->kind = TOKEN_STRING;
				p->p++;
				break;
			}
			if (*p->p == '\\' && p->p[1] && p->p[1] != '\n')
				p->p++;
		}
	} else if (ir_is_word_char(*p->p)) {
		p->kind = TOKEN_WORD;
		while (ir_is_word_char(*p->p))
			p->p++;
	} else {
		p->kind = strchr("=:,()[]{}", *p->p) ? TOKEN_MARK : TOKEN_BAD;
		p->p++;
	}
	p->length = (int)(p->p - p->token);
}

static bool is_token(const struct parser *p, const char *text)
{
	return (p->kind == TOKEN_WORD || p->kind == TOKEN_MARK) && (size_t)p->length == strlen(text) &&
	       memcmp(p->token, text, (size_t)p->length) == 0;
}

static bool accept(struct parser *p, const char *text)
{
	if (!is_token(p, text))
		return false;
	advance(p);
	return true;
}

static int expect(struct parser *p, const char *text)
{
	char what[32];
	(void)snprintf(what, sizeof(what), "\"%s\"", text);
	return accept(p, text) ? 0 : expected(p, what);
}

/* Whether the token is prefix and a decimal number. */
static bool is_numbered(const struct parser *p, const char *prefix)
{
	size_t n = strlen(prefix);
	return p->kind == TOKEN_WORD && (size_t)p->length > n && memcmp(p->token, prefix, n) == 0 &&
	       (int)strspn(p->token + n, "0123456789") == p->length - (int)n;
}

/* v12, c3, !e4, or a number alone: prefix is what stands before the digits. */
static int parse_number(struct parser *p, const char *prefix, uint32_t max, const char *what, uint32_t *ret)
{
	if (!is_numbered(p, prefix))
		return expected(p, what);
	errno = 0;
	unsigned long long value = strtoull(p->token + strlen(prefix), NULL, 10);
	if (errno || value > max)
		return cause_set(p->cause, -EINVAL, "line %" PRIu32 ": %.*s is too large (at most %" PRIu32 ")",
				 p->line, p->length, p->token, max);
	*ret = (uint32_t)value;
	advance(p);
	return 0;
}

static int lookup_word(const struct parser *p, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (is_token(p, words[i]))
			return (int)i;
	return -1;
}

static int parse_string(struct parser *p, char **ret)
{
	if (p->kind != TOKEN_STRING)
		return expected(p, "a quoted string");
	char *s = *ret = ir_alloc(p->f, (size_t)p->length);
	for (const char *c = p->token + 1; c < p->token + p->length - 1; c++) {
		if (*c == '\\' && c[1] == 'x' && isxdigit((unsigned char)c[2]) && isxdigit((unsigned char)c[3])) {
			*s++ = (char)strtoul((char[]){ c[2], c[3], 0 }, NULL, 16);
			c += 3;
		} else {
			c += *c == '\\';
			*s++ = *c;
		}
	}
	advance(p);
	return 0;
}

static int parse_name(struct parser *p, char **ret)
{
	if (p->kind != TOKEN_WORD)
		return parse_string(p, ret);
	*ret = ir_alloc(p->f, (size_t)p->length + 1);
	memcpy(*ret, p->token, (size_t)p->length);
	advance(p);
	return 0;
}

/* More room than text has bytes left on this line: enough for a list of words there. */
static void *room(struct parser *p, size_t element)
{
	return ir_alloc(p->f, (strcspn(p->p, "\n") + 2) * element);
}

static void *grow(void *array, size_t n, size_t element)
{
	void *bigger = reallocarray(array, n, element);
	if (!bigger)
		abort();
	return bigger;
}

static int parse_use(struct parser *p, struct ir_instr **where)
{
	struct use use = { .where = where, .line = p->line };
	int r = parse_number(p, "v", MAX_ID, "a value (v<number>)", &use.id);
	if (r < 0)
		return r;
	if (p->n_uses == p->cap_uses)
		p->uses = grow(p->uses, p->cap_uses = p->cap_uses * 2 + 64, sizeof(*p->uses));
	p->uses[p->n_uses++] = use;
	return 0;
}

static int parse_block_use(struct parser *p, struct ir_block **ret)
{
	uint32_t id;
	int r = parse_number(p, "b", p->n_lines, "a block (b<number>)", &id);
	if (r < 0)
		return r;
	while (p->f->n_blocks <= id)
		(void)ir_block_new(p->f);
	*ret = p->f->blocks[id];
	return 0;
}

static int parse_exit_use(struct parser *p, const char *prefix, struct ir_exit **ret)
{
	uint32_t number;
	int r = parse_number(p, prefix, p->n_lines, "an exit (e<number>)", &number);
	if (r < 0)
		return r;
	while (p->f->n_exits <= number)
		(void)ir_exit_new(p->f);
	*ret = p->f->exits[number];
	return 0;
}

static int parse_frame(struct parser *p, struct state_frame *frame, char **ret_why, int depth);

static int parse_value(struct parser *p, struct state_value **ret, int depth);

/* Comma-separated values up to the closing mark, the opening one is read already. */
static int parse_values(struct parser *p, const char *close, struct state_value ***ret, uint32_t *ret_n, int depth)
{
	*ret = room(p, sizeof(**ret));
	*ret_n = 0;
	if (accept(p, close))
		return 0;
	do {
		int r = parse_value(p, &(*ret)[*ret_n], depth + 1);
		if (r < 0)
			return r;
		++*ret_n;
	} while (accept(p, ","));
	return expect(p, close);
}

static int parse_value(struct parser *p, struct state_value **ret, int depth)
{
	int kind = lookup_word(p, state_kind_words, STATE_KIND_COUNT);
	if (kind < 0)
		return expected(p, "a state value");
	if (depth > MAX_DEPTH)
		return cause_set(p->cause, -EINVAL, "line %" PRIu32 ": states nested too deeply at \"%.*s\"", p->line,
				 p->length, p->token);
	advance(p);
	struct state_value *v = *ret = ir_alloc(p->f, sizeof(*v));
	v->kind = (enum state_kind)kind;
	int r = 0;
	if (ir_is_leaf(v->kind))
		r = parse_use(p, &v->instr);
	else if (v->kind == STATE_CONST || v->kind == STATE_FUNCTION)
		r = parse_number(p, "c", UINT32_MAX, "a constant (c<number>)", &v->index);
	else if (state_is_shared(v->kind))
		r = parse_number(p, "", UINT32_MAX, "the cell's number", &v->index);
	if (r == 0 && accept(p, "("))
		r = parse_values(p, ")", &v->children, &v->n_children, depth);
	if (r == 0 && accept(p, "{")) {
		v->frame = ir_alloc(p->f, sizeof(*v->frame));
		r = parse_frame(p, v->frame, NULL, depth);
		if (r == 0)
			r = expect(p, "}");
	}
	return r;
}

static int parse_frame(struct parser *p, struct state_frame *frame, char **ret_why, int depth)
{
	frame->code = UINT32_MAX;
	int r = 0;
	while (r == 0 && !is_token(p, ":")) {
		if (accept(p, "code"))
			r = parse_number(p, "c", UINT32_MAX, "a constant (c<number>)", &frame->code);
		else if (accept(p, "line"))
			r = parse_number(p, "", UINT32_MAX, "a line number", &frame->line);
		else if (accept(p, "pc"))
			r = parse_number(p, "", UINT32_MAX, "an offset into the bytecode", &frame->pc);
		else if (accept(p, "call"))
			r = parse_number(p, "", UINT32_MAX, "the number of arguments", &frame->call_arguments);
		else if (accept(p, "throws"))
			r = parse_number(p, "", UINT32_MAX, "an offset into the bytecode", &frame->throws);
		else if (accept(p, "raises"))
			frame->raises = true;
		else if (ret_why && p->kind == TOKEN_STRING)
			r = parse_string(p, ret_why);
		else
			r = expected(p, "code, line, pc, call, throws, raises or \":\"");
	}
	if (r < 0 || (r = expect(p, ":")) < 0 || (r = expect(p, "locals")) < 0 || (r = expect(p, "[")) < 0 ||
	    (r = parse_values(p, "]", &frame->locals, &frame->n_locals, depth)) < 0 || (r = expect(p, "stack")) < 0 ||
	    (r = expect(p, "[")) < 0)
		return r;
	return parse_values(p, "]", &frame->stack, &frame->n_stack, depth);
}

/* values i64 f64 record c2 cache 5: of an instance; without a record, of a tuple */
static int parse_values_header(struct parser *p)
{
	if (!accept(p, "values"))
		return 0;
	for (int type; (type = lookup_word(p, ir_type_words, IR_TYPE_COUNT)) > (int)IR_VOID; advance(p)) {
		if (p->f->n_values == IR_MAX_VALUES)
			return expected(p, "no more values");
		p->f->values[p->f->n_values++] = (enum ir_type)type;
	}
	if (!accept(p, "record"))
		return 0;
	int r = parse_number(p, "c", UINT32_MAX - 1, "a constant (c<number>)", &p->f->record);
	p->f->record++;
	if (r < 0 || (r = expect(p, "cache")) < 0)
		return r;
	return parse_number(p, "", UINT32_MAX, "a cache", &p->f->record_cache);
}

/* result i64 code c1 size 9 own 2 */
static int parse_direct_header(struct parser *p)
{
	int r = expect(p, "result");
	int type = r < 0 ? -1 : lookup_word(p, ir_type_words, IR_TYPE_COUNT);
	if (r < 0 || type <= (int)IR_VOID)
		return r < 0 ? r : expected(p, "the type of the result");
	p->f->result = (enum ir_type)type;
	advance(p);
	if ((r = parse_values_header(p)) < 0 || (r = expect(p, "code")) < 0 ||
	    (r = parse_number(p, "c", UINT32_MAX, "a constant (c<number>)", &p->f->code_const)) < 0 ||
	    (r = expect(p, "size")) < 0 ||
	    (r = parse_number(p, "", UINT32_MAX, "a number of words", &p->f->frame_size)) < 0)
		return r;
	return accept(p, "own") ? parse_number(p, "", UINT32_MAX, "a number of parameters", &p->f->n_own) : 0;
}

/* loop 12 stack 1 */
static int parse_loop(struct parser *p)
{
	int r = expect(p, "loop");
	if (r < 0 || (r = parse_number(p, "", UINT32_MAX, "the pc of a loop", &p->f->loop.pc)) < 0 ||
	    (r = expect(p, "stack")) < 0)
		return r;
	return parse_number(p, "", UINT32_MAX, "a number of entries", &p->f->loop.n_stack);
}

static int parse_function(struct parser *p)
{
	int r = expect(p, "function");
	if (r < 0 || (r = parse_name(p, &p->f->name)) < 0 || (r = expect(p, "symbol")) < 0 ||
	    (r = parse_name(p, &p->f->symbol)) < 0 || (r = expect(p, "params")) < 0)
		return r;
	p->f->params = room(p, sizeof(*p->f->params));
	while (p->kind != TOKEN_END && !(p->f->family && is_token(p, "result")) && !is_token(p, "loop")) {
		bool numbers = p->f->family && is_token(p, "numbers");
		int type = numbers ? VALUE_LIST : lookup_word(p, ir_param_words, VALUE_TYPE_COUNT);
		p->f->number_lists |= (uint64_t)numbers << p->f->n_params;
		if (type < 0)
			return expected(p, "a parameter's type (object, int, float, bool)");
		p->f->params[p->f->n_params++] = (enum value_type)type;
		advance(p);
	}
	if (is_token(p, "loop"))
		return parse_loop(p);
	return p->f->family ? parse_direct_header(p) : 0;
}

static int parse_const(struct parser *p)
{
	uint32_t index;
	int r = parse_number(p, "c", UINT32_MAX, "a constant (c<number>)", &index);
	if (r < 0)
		return r;
	if (index != p->family->n_consts)
		return cause_set(p->cause, -EINVAL,
				 "line %" PRIu32 ": c%" PRIu32 " is out of order, expected c%" PRIu32, p->line, index,
				 p->family->n_consts);
	int kind = lookup_word(p, ir_const_words, UNIT_CONST_KIND_COUNT);
	if (kind < 0)
		return expected(p, "a constant's kind (object, name, builtin, default, globals)");
	advance(p);
	struct unit_const c = { .kind = (enum unit_const_kind)kind };
	bool of = (c.kind == UNIT_CONST_OBJECT || c.kind == UNIT_CONST_DEFAULT) && accept(p, "of");
	if (of || (c.kind != UNIT_CONST_OBJECT && c.kind != UNIT_CONST_DEFAULT))
		r = parse_string(p, &c.name);
	if (c.kind == UNIT_CONST_OBJECT || c.kind == UNIT_CONST_DEFAULT) {
		size_t max = sizeof(c.path) / sizeof(c.path[0]);
		while (r == 0 && c.n_path < max && p->kind != TOKEN_END)
			r = parse_number(p, "", UINT32_MAX, "an index into co_consts", &c.path[c.n_path++]);
	}
	if (r == 0 && ir_const_add(p->f, &c) != index)
		return cause_set(p->cause, -EINVAL, "line %" PRIu32 ": c%" PRIu32 " is the same as an earlier constant",
				 p->line, index);
	return r;
}

static int parse_block(struct parser *p)
{
	uint32_t number = p->n_blocks;
	int r = parse_block_use(p, &p->block);
	if (r < 0)
		return r;
	if (p->block->id != number)
		return cause_set(p->cause, -EINVAL,
				 "line %" PRIu32 ": b%" PRIu32 " is out of order, expected b%" PRIu32, p->line,
				 p->block->id, number);
	p->n_blocks++;
	p->block->loop_header = accept(p, "loop");
	if (accept(p, "preds")) {
		p->block->preds = room(p, sizeof(*p->block->preds));
		do {
			r = parse_block_use(p, &p->block->preds[p->block->n_preds++]);
			p->block->cap_preds = p->block->n_preds;
		} while (r == 0 && !is_token(p, ":"));
	}
	return r < 0 ? r : expect(p, ":");
}

static int parse_exit(struct parser *p)
{
	struct ir_exit *e;
	int r = parse_exit_use(p, "e", &e);
	if (r < 0)
		return r;
	if (e->number != p->n_exits)
		return cause_set(p->cause, -EINVAL,
				 "line %" PRIu32 ": e%" PRIu32 " is out of order, expected e%" PRIu32, p->line,
				 e->number, p->n_exits);
	p->n_exits++;
	return parse_frame(p, &e->frame, (char **)&e->why, 0);
}

static int parse_i64(struct parser *p, int64_t *ret)
{
	char *end;
	errno = 0;
	long long value = strtoll(p->token, &end, 10);
	if (p->kind != TOKEN_WORD || errno || end != p->token + p->length)
		return expected(p, "a 64-bit integer");
	*ret = value;
	advance(p);
	return 0;
}

static int parse_f64(struct parser *p, double *ret)
{
	char *end;
	uint64_t bits = IR_TEXT_NAN;
	if (p->kind == TOKEN_WORD && p->length > 4 && memcmp(p->token, "nan.", 4) == 0) {
		bits = strtoull(p->token + 4, &end, 16);
		memcpy(ret, &bits, sizeof(*ret));
		if (*ret == *ret)
			return expected(p, "the bits of a NaN");
	} else if (is_token(p, "nan")) {
		memcpy(ret, &bits, sizeof(*ret));
		end = (char *)p->p;
	} else {
		*ret = strtod(p->token, &end);
	}
	if (p->kind != TOKEN_WORD || end != p->token + p->length)
		return expected(p, "a float");
	advance(p);
	return 0;
}

static int parse_word(struct parser *p, const char *const *words, size_t n, const char *what, uint32_t *ret)
{
	int word = lookup_word(p, words, n);
	if (word < 0)
		return expected(p, what);
	*ret = (uint32_t)word;
	advance(p);
	return 0;
}

static int parse_imm(struct parser *p, struct ir_instr *i)
{
	switch (ir_op_info[i->op].imm) {
	case IMM_NONE: return 0;
	case IMM_I64: return parse_i64(p, &i->imm.i);
	case IMM_F64: return parse_f64(p, &i->imm.f);
	case IMM_BOOL:
		if (!is_token(p, "true") && !is_token(p, "false"))
			return expected(p, "true or false");
		i->imm.i = is_token(p, "true");
		advance(p);
		return 0;
	case IMM_COUNT: return parse_number(p, "", UINT32_MAX, "a number", &i->imm.index);
	case IMM_RT: return parse_word(p, ir_rt_words, RT_MEMBER_COUNT, "a function of the runtime", &i->imm.index);
	case IMM_TYPE: return parse_word(p, ir_type_names, RT_TYPE_COUNT, "a type of the runtime", &i->imm.index);
	case IMM_INDEX: break;
	}
	return i->op == IR_PARAM ? parse_number(p, "", UINT32_MAX, "a parameter's number", &i->imm.index)
				 : parse_number(p, "c", UINT32_MAX, "a constant (c<number>)", &i->imm.index);
}

/* Operands, targets, exit and line, in this order, each optional here. */
static int parse_operands(struct parser *p, struct ir_instr *i)
{
	int r = 0;
	i->args = room(p, sizeof(struct ir_instr *));
	while (r == 0 && is_numbered(p, "v")) {
		r = parse_use(p, &i->args[i->n_args++]);
		i->cap_args = i->n_args;
	}
	for (int t = 0; r == 0 && t < 2 && is_numbered(p, "b"); t++)
		r = parse_block_use(p, &i->targets[t]);
	if (r == 0 && is_numbered(p, "!e"))
		r = parse_exit_use(p, "!e", &i->exit);
	if (r == 0 && is_numbered(p, "@"))
		r = parse_number(p, "@", UINT32_MAX, "a line", &i->line);
	return r;
}

static int lookup_op(const struct parser *p)
{
	for (int op = 0; op < IR_OP_COUNT; op++)
		if (is_token(p, ir_op_info[op].text))
			return op;
	return -1;
}

static int define(struct parser *p, struct ir_instr *i)
{
	if (i->id >= p->n_values) {
		size_t n = (i->id + 64) * (size_t)2;
		p->values = grow(p->values, n, sizeof(struct ir_instr *));
		memset(p->values + p->n_values, 0, (n - p->n_values) * sizeof(struct ir_instr *));
		p->n_values = n;
	}
	if (p->values[i->id])
		return cause_set(p->cause, -EINVAL, "line %" PRIu32 ": v%" PRIu32 " is defined twice", p->line, i->id);
	p->values[i->id] = i;
	return 0;
}

static int parse_instr(struct parser *p)
{
	uint32_t id = UINT32_MAX;
	int r;
	if (!p->block)
		return expected(p, "a block (b0:)");
	if (is_numbered(p, "v") &&
	    ((r = parse_number(p, "v", MAX_ID, "a value (v<number>)", &id)) < 0 || (r = expect(p, "=")) < 0))
		return r;
	int op = lookup_op(p);
	if (op < 0)
		return expected(p, "an operation");
	int type = (int)ir_op_info[op].result;
	if (op != IR_PHI && (type == IR_VOID) != (id == UINT32_MAX))
		return cause_set(p->cause, -EINVAL, "line %" PRIu32 ": %s %s", p->line, ir_op_info[op].text,
				 type == IR_VOID ? "has no result" : "needs a result (v<number> =)");
	advance(p);
	if (op == IR_PHI) {
		type = lookup_word(p, ir_type_words, IR_TYPE_COUNT);
		if (id == UINT32_MAX || type <= (int)IR_VOID)
			return expected(p, "a result and the type of the phi (v<number> = phi i64 ...)");
		advance(p);
	}
	struct ir_instr *i = ir_append(p->f, p->block, (enum ir_op)op, 0, NULL);
	i->type = (enum ir_type)type;
	i->id = id;
	if (id != UINT32_MAX && (r = define(p, i)) < 0)
		return r;
	r = parse_imm(p, i);
	return r < 0 ? r : parse_operands(p, i);
}

static int resolve(struct parser *p)
{
	if (p->n_blocks < p->f->n_blocks)
		return cause_set(p->cause, -EINVAL, "line %" PRIu32 ": b%" PRIu32 " is not defined", p->line,
				 p->n_blocks);
	if (p->n_exits < p->f->n_exits)
		return cause_set(p->cause, -EINVAL, "line %" PRIu32 ": e%" PRIu32 " is not defined", p->line,
				 p->n_exits);
	for (struct use *use = p->uses; use < p->uses + p->n_uses; use++) {
		if (use->id >= p->n_values || !p->values[use->id])
			return cause_set(p->cause, -EINVAL, "line %" PRIu32 ": v%" PRIu32 " is not defined", use->line,
					 use->id);
		*use->where = p->values[use->id];
	}
	/* What has no result has no number in the text. */
	p->f->next_id = 0;
	for (uint32_t id = 0; id < p->n_values; id++)
		if (p->values[id])
			p->f->next_id = id + 1;
	ir_for_each_block (p->f, b)
		ir_for_each_instr (b, i)
			if (i->id == UINT32_MAX)
				i->id = p->f->next_id++;
	return 0;
}

/* The text has come to a direct one. */
static int next_function(struct parser *p)
{
	int r = resolve(p);
	if (r < 0)
		return r;
	p->f = ir_direct_new(p->family, "");
	p->block = NULL;
	p->n_blocks = p->n_exits = 0;
	p->n_values = p->n_uses = 0;
	return parse_function(p);
}

static int parse_line(struct parser *p, bool *have_function)
{
	int r;
	if (!*have_function) {
		*have_function = true;
		r = parse_function(p);
	} else if (is_token(p, "function")) {
		r = next_function(p);
	} else if (accept(p, "const")) {
		r = parse_const(p);
	} else if (accept(p, "exit")) {
		r = parse_exit(p);
	} else if (is_numbered(p, "b")) {
		r = parse_block(p);
	} else {
		r = parse_instr(p);
	}
	if (r == 0 && p->kind != TOKEN_END)
		r = expected(p, "the end of the line");
	return r;
}

static int parse(struct parser *p, const char *text)
{
	bool have_function = false;
	for (p->line = 1;; p->line++) {
		p->p = text;
		advance(p);
		if (p->kind != TOKEN_END) {
			int r = parse_line(p, &have_function);
			if (r < 0)
				return r;
		}
		text += strcspn(text, "\n");
		if (!*text)
			break;
		text++;
	}
	if (!have_function)
		return cause_set(p->cause, -EINVAL, "line %" PRIu32 ": no function", p->line);
	return resolve(p);
}

int ir_parse(const char *text, struct ir_function **ret, struct cause *cause)
{
	cleanup(ir_function_freep) struct ir_function *f = ir_function_new("", "");
	struct parser p = { .family = f, .f = f, .cause = cause, .n_lines = 1 };
	for (const char *c = text; *c; c++)
		p.n_lines += *c == '\n';
	int r = parse(&p, text);
	free(p.values);
	free(p.uses);
	if (r < 0)
		return r;
	*ret = steal_ptr(f);
	return 0;
}

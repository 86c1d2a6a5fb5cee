/* build_formats.c - numbers to text: str(), repr(), f-strings, "..." % values and "...".format(values) whose formats
 * are constants.  They are read here; the runtime gets the number and what was read in a word (rt_text.c). */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <string.h>

#include "codecache/jit/build_priv.h"

/* ---- text from numbers ---------------------------------------------------------- */

static bool replace_by_str(struct builder *b, uint32_t n, struct ir_instr *str)
{
	drop(b, n);
	push_object(b, str, OWN_OWNED, KNOWN_LATIN1);
	return true;
}

/* str() and repr() and an empty format are the same of an int, and of a float. */
bool str_of_number(struct builder *b, uint32_t n_replaced)
{
	const struct av *v = peek(b, 1);
	struct ir_instr *value = v->kind == AV_INT || v->kind == AV_WIDE ? as_int(b, v) : NULL;
	if (value)
		return replace_by_str(b, n_replaced, rt(b, IR_RT_OBJ, RT_MEMBER_str_of_i64, 1, &value));
	value = v->kind == AV_FLOAT ? v->v[0] : NULL;
	return value && replace_by_str(b, n_replaced, rt(b, IR_RT_OBJ, RT_MEMBER_str_of_f64, 1, &value));
}

/* [[fill]align][sign][0][width][,][.precision][type], as in Python/formatter_unicode.c. */
struct format {
	unsigned fill, align, sign, width, precision, type; /* precision: plus one */
	bool commas, zeros;
};

enum { MOST_WIDTH = 255, MOST_PRECISION = 200 };

static bool is_align(char c)
{
	return c == '<' || c == '>' || c == '^' || c == '=';
}

/* -1: too large. */
static int parse_number(const char **p, int most)
{
	int value = 0;
	for (; **p >= '0' && **p <= '9'; (*p)++)
		if ((value = value * 10 + (**p - '0')) > most)
			return -1;
	return value;
}

static bool parse_format(const char *p, struct format *ret)
{
	*ret = (struct format){ .fill = ' ', .align = '>', .sign = '-' };
	bool filled = *p && is_align(p[1]), aligned = filled || is_align(*p);
	if (filled)
		ret->fill = (unsigned char)*p++;
	if (aligned)
		ret->align = (unsigned char)*p++;
	if (*p == '+' || *p == '-' || *p == ' ')
		ret->sign = (unsigned char)*p++;
	if (*p == '0' && !filled) {
		ret->fill = '0';
		ret->zeros = true;
		ret->align = aligned ? ret->align : '=';
		p++;
	}
	int width = parse_number(&p, MOST_WIDTH), precision = -1;
	ret->commas = *p == ',';
	p += ret->commas;
	if (*p == '.') {
		p++;
		if (*p < '0' || *p > '9' || (precision = parse_number(&p, MOST_PRECISION)) < 0)
			return false;
	}
	ret->type = (unsigned char)*p;
	p += *p != 0;
	ret->width = (unsigned)width;
	ret->precision = (unsigned)(precision + 1);
	/* Separators go into zeros, too. */
	return width >= 0 && !*p && !(ret->commas && ret->fill == '0' && ret->align == '=');
}

static int64_t packed(const struct format *f)
{
	return (int64_t)((uint64_t)f->type << RT_FORMAT_TYPE | (uint64_t)f->width << RT_FORMAT_WIDTH |
			 (uint64_t)f->precision << RT_FORMAT_PRECISION | (uint64_t)f->fill << RT_FORMAT_FILL |
			 (uint64_t)f->align << RT_FORMAT_ALIGN | (uint64_t)f->sign << RT_FORMAT_SIGN |
			 (uint64_t)f->commas << RT_FORMAT_COMMAS);
}

static bool is_one_of(unsigned type, const char *types)
{
	return type ? strchr(types, (int)type) != NULL : types[0] == '0';
}

enum way { WAY_CPYTHON, WAY_INT, WAY_FLOAT };

/* As what a value is formatted.  '0' in a list of types: none. */
static enum way way_of(const struct av *v, const struct format *f)
{
	if (!av_is_number(v))
		return WAY_CPYTHON;
	if (is_one_of(f->type, v->kind == AV_FLOAT ? "0eEfFgG%" : "eEfFgG%"))
		return WAY_FLOAT;
	bool fits = v->kind != AV_FLOAT && !f->precision && is_one_of(f->type, f->commas ? "0d" : "0dboxX");
	return fits ? WAY_INT : WAY_CPYTHON;
}

static struct ir_instr *formatted(struct builder *b, const struct av *v, const struct format *f)
{
	bool floats = way_of(v, f) == WAY_FLOAT;
	struct ir_instr *args[] = { floats ? as_float(b, v) : as_int(b, v), emit_i64(b, packed(f)) };
	return rt(b, IR_RT_OBJ, floats ? RT_MEMBER_format_f64 : RT_MEMBER_format_i64, 2, args);
}

static const char *ascii_const(const struct builder *b, const struct av *v)
{
	PyObject *text = v->kind == AV_CONST ? const_value(b, v->index) : NULL;
	if (!text || !PyUnicode_CheckExact(text) || !PyUnicode_IS_COMPACT_ASCII(text))
		return NULL;
	const char *chars = PyUnicode_AsUTF8(text);
	return strlen(chars) == (size_t)PyUnicode_GET_LENGTH(text) ? chars : NULL;
}

/* Stack: a number, a format. */
bool format_number(struct builder *b)
{
	const char *text = ascii_const(b, peek(b, 1));
	struct format format;
	if (!text || !*text || !parse_format(text, &format) || way_of(peek(b, 2), &format) == WAY_CPYTHON)
		return false;
	return replace_by_str(b, 2, formatted(b, peek(b, 2), &format));
}

/* ---- a text with values in it ----------------------------------------------------- */

enum { MAX_PIECES = 24, MAX_LITERAL = 200 };

/* A part of the text: words of its own, or a value. */
struct piece {
	bool is_value, is_plain; /* plain: what str() gives */
	uint32_t value;
	struct format format;
	char literal[MAX_LITERAL];
};

struct pieces {
	uint32_t n, n_values;
	struct piece list[MAX_PIECES];
};

static struct piece *add_piece(struct pieces *p, bool is_value)
{
	if (p->n == MAX_PIECES)
		return NULL;
	struct piece *piece = &p->list[p->n++];
	*piece = (struct piece){ .is_value = is_value, .value = p->n_values };
	p->n_values += is_value;
	return piece;
}

static bool add_char(struct pieces *p, char c)
{
	struct piece *last = p->n > 0 ? &p->list[p->n - 1] : NULL;
	if (!last || last->is_value)
		last = add_piece(p, false);
	size_t n = last ? strlen(last->literal) : 0;
	if (!last || n + 1 == MAX_LITERAL)
		return false;
	last->literal[n] = c;
	last->literal[n + 1] = 0;
	return true;
}

/* Behind a %: flags, width, .precision, type, as unicode_format_arg_parse() in Objects/unicodeobject.c. */
static bool parse_percent(const char **p, struct piece *ret)
{
	struct format *f = &ret->format;
	*f = (struct format){ .fill = ' ', .align = '>', .sign = '-' };
	bool left = false, zeros = false;
	for (; **p && strchr("-+ 0", **p); (*p)++) {
		left |= **p == '-';
		zeros |= **p == '0';
		if (**p == '+' || (**p == ' ' && f->sign != '+'))
			f->sign = (unsigned char)**p;
	}
	if (left || zeros) {
		f->align = left ? '<' : '=';
		f->fill = left ? ' ' : '0';
	}
	const char *begin = *p;
	int width = parse_number(p, MOST_WIDTH), precision = -1;
	if (**p == '.' && (*p)[1] >= '0' && (*p)[1] <= '9') {
		(*p)++;
		precision = parse_number(p, MOST_PRECISION);
		if (precision < 0)
			return false;
	}
	char type = **p;
	bool bare = *p == begin && !left && !zeros && f->sign == '-';
	if (width < 0 || !type || !strchr("diuxXoeEfFgGs", type) || (type == 's' && !bare) ||
	    (precision >= 0 && !strchr("eEfFgG", type)))
		return false;
	(*p)++;
	ret->is_plain = type == 's';
	f->width = (unsigned)width;
	f->precision = (unsigned)(precision + 1);
	f->type = type == 'i' || type == 'u' ? 'd' : (unsigned char)type;
	return true;
}

static bool parse_percents(const char *text, struct pieces *ret)
{
	for (const char *p = text; *p;) {
		bool is_value = *p == '%' && p[1] != '%';
		p += *p == '%';
		struct piece *piece = is_value ? add_piece(ret, true) : NULL;
		if (is_value ? !piece || !parse_percent(&p, piece) : !add_char(ret, *p++))
			return false;
	}
	return true;
}

/* Behind a {: } or :format}.  Names and numbers of fields are CPython's. */
static bool parse_field(const char **p, struct piece *ret)
{
	char format[MAX_LITERAL] = "";
	size_t n = strcspn(*p, "{}");
	if ((*p)[n] != '}' || n >= sizeof(format) || (n > 0 && **p != ':'))
		return false;
	ret->is_plain = n <= 1;
	if (!ret->is_plain)
		memcpy(format, *p + 1, n - 1);
	*p += n + 1;
	return ret->is_plain || parse_format(format, &ret->format);
}

static bool parse_fields(const char *text, struct pieces *ret)
{
	for (const char *p = text; *p;) {
		bool is_double = (*p == '{' || *p == '}') && p[1] == *p, is_value = *p == '{' && !is_double;
		if (*p == '}' && !is_double)
			return false;
		p += is_double || is_value;
		struct piece *piece = is_value ? add_piece(ret, true) : NULL;
		if (is_value ? !piece || !parse_field(&p, piece) : !add_char(ret, *p++))
			return false;
	}
	return true;
}

static bool may_be_piece(const struct builder *b, const struct piece *piece, const struct av *v)
{
	if (!piece->is_plain)
		return way_of(v, &piece->format) != WAY_CPYTHON;
	return v->kind == AV_INT || v->kind == AV_WIDE || v->kind == AV_FLOAT || is_str(known_of(b, v));
}

/* A str, new unless the value is one. */
static struct ir_instr *plain(struct builder *b, struct av *v, bool *ret_is_new)
{
	struct ir_instr *value = v->kind == AV_FLOAT ? v->v[0] : as_int(b, v);
	*ret_is_new = value != NULL;
	if (!value)
		return object_of(b, v);
	return rt(b, IR_RT_OBJ, v->kind == AV_FLOAT ? RT_MEMBER_str_of_f64 : RT_MEMBER_str_of_i64, 1, &value);
}

/* The text, in the place of the n_replaced values on top. */
static bool put_together(struct builder *b, const struct pieces *p, struct av *const *values, uint32_t n_replaced)
{
	struct ir_instr *parts[MAX_PIECES];
	bool is_new[MAX_PIECES] = { false };
	for (uint32_t i = 0; i < p->n; i++)
		if (p->list[i].is_value && !may_be_piece(b, &p->list[i], values[p->list[i].value]))
			return false;
	for (uint32_t i = 0; i < p->n; i++) {
		const struct piece *piece = &p->list[i];
		is_new[i] = piece->is_value;
		parts[i] = !piece->is_value  ? const_instr(b, const_name(b, piece->literal))
			   : piece->is_plain ? plain(b, values[piece->value], &is_new[i])
					     : formatted(b, values[piece->value], &piece->format);
	}
	bool is_one = p->n == 1; /* which a str itself is, as in CPython */
	struct ir_instr *str = is_one ? parts[0] : rt(b, IR_RT_OBJ, RT_MEMBER_new_str, p->n, parts);
	if (is_one && !is_new[0])
		(void)emit1(b, IR_INCREF, str);
	for (uint32_t i = 0; i < p->n; i++)
		if (is_new[i] && !is_one)
			release(b, (struct av){ .kind = AV_OBJECT,
						.v = { parts[i] },
						.own = OWN_OWNED,
						.known = KNOWN_LATIN1 });
	drop(b, n_replaced);
	push_object(b, str, OWN_OWNED, KNOWN_STR);
	return true;
}

/* Stack: a constant text, a value or a tuple of some. */
bool format_percent(struct builder *b)
{
	const char *text = ascii_const(b, peek(b, 2));
	struct av *v = peek(b, 1), *values[MAX_TUPLE_ITEMS] = { v };
	uint32_t n = v->kind == AV_TUPLE ? v->tuple->n : 1;
	for (uint32_t i = 0; v->kind == AV_TUPLE && i < n; i++)
		values[i] = &v->tuple->items[i];
	struct pieces pieces = { 0 };
	return text && parse_percents(text, &pieces) && pieces.n_values == n && put_together(b, &pieces, values, 2);
}

/* Stack: str.format, a constant text, n values. */
bool format_fields(struct builder *b, uint32_t n)
{
	const char *text = ascii_const(b, peek(b, n + 1));
	struct av *values[MAX_PIECES];
	for (uint32_t i = 0; i < n && i < MAX_PIECES; i++)
		values[i] = peek(b, n - i);
	struct pieces pieces = { 0 };
	return text && n <= MAX_PIECES && parse_fields(text, &pieces) && pieces.n_values <= n && pieces.n_values > 0 &&
	       put_together(b, &pieces, values, n + 2);
}

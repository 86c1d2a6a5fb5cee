/* rt_text.c - numbers to text and back for emitted code, and methods of strs with numbers as arguments: what CPython's
 * types do, without the objects. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#define Py_BUILD_CORE
#include <internal/pycore_dtoa.h>
#undef Py_BUILD_CORE

#include "codecache/runtime_priv.h"

static PyObject *str_of(const char *text, size_t n)
{
	PyObject *str = PyUnicode_New((Py_ssize_t)n, 127);
	if (str)
		memcpy(PyUnicode_1BYTE_DATA(str), text, n);
	return str;
}

/* ---- numbers from text ------------------------------------------------------- */

/* The digits of an exact str of ASCII, with or without a sign, that surely fit into 64 bits. */
int64_t pf_rt_int_of_str(PyObject *object)
{
	enum { MOST = 18 };
	if (!PyUnicode_CheckExact(object) || !PyUnicode_IS_COMPACT_ASCII(object))
		return RT_NO_INT;
	const char *text = (const char *)PyUnicode_1BYTE_DATA(object);
	Py_ssize_t n = PyUnicode_GET_LENGTH(object), i = n > 0 && (*text == '-' || *text == '+');
	if (i == n || n - i > MOST)
		return RT_NO_INT;
	int64_t value = 0;
	for (Py_ssize_t k = i; k < n; k++) {
		unsigned next = (unsigned char)text[k] - (unsigned)'0';
		if (next > 9)
			return RT_NO_INT;
		value = value * 10 + next;
	}
	return *text == '-' ? -value : value;
}

/* PyLong_FromString() in Objects/longobject.c: blanks around it, a sign, digits, with single underscores between. */
int pf_rt_int_fails(PyObject *str)
{
	enum { MOST = 4000 }; /* what is longer may be too long */
	if (!PyUnicode_CheckExact(str) || !PyUnicode_IS_COMPACT_ASCII(str) || PyUnicode_GET_LENGTH(str) > MOST)
		return 0;
	const char *text = (const char *)PyUnicode_1BYTE_DATA(str), *end = text + PyUnicode_GET_LENGTH(str);
	while (text < end && Py_ISSPACE(*text))
		text++;
	while (text < end && Py_ISSPACE(end[-1]))
		end--;
	if (text < end && (*text == '+' || *text == '-'))
		text++;
	bool was_digit = false;
	for (; text < end; text++) {
		if (!Py_ISDIGIT(*text) && !(*text == '_' && was_digit))
			return 1;
		was_digit = *text != '_';
	}
	return !was_digit;
}

/* By a letter that no number has: digits, "inf", "nan", "infinity", an exponent. */
int pf_rt_float_fails(PyObject *str)
{
	if (!PyUnicode_CheckExact(str) || !PyUnicode_IS_COMPACT_ASCII(str))
		return 0;
	const char *text = (const char *)PyUnicode_1BYTE_DATA(str), *end = text + PyUnicode_GET_LENGTH(str);
	for (; text < end; text++)
		if (Py_ISALPHA(*text) && !strchr("aefintyAEFINTY", *text))
			return 1;
	return text == (const char *)PyUnicode_1BYTE_DATA(str);
}

int64_t pf_rt_ord_of(PyObject *object)
{
	if (!PyUnicode_CheckExact(object) || !PyUnicode_IS_READY(object) || PyUnicode_GET_LENGTH(object) != 1)
		return -1;
	return PyUnicode_READ_CHAR(object, 0);
}

PyObject *pf_rt_float_of_str(PyObject *str)
{
	return PyFloat_FromString(str);
}

/* ---- numbers and bytes -------------------------------------------------------- */

int64_t pf_rt_int_of_bytes(PyObject *object, int64_t little)
{
	if (!PyBytes_CheckExact(object) && !PyByteArray_CheckExact(object))
		return RT_NO_INT;
	const char *bytes = PyBytes_CheckExact(object) ? PyBytes_AS_STRING(object) : PyByteArray_AS_STRING(object);
	Py_ssize_t n = Py_SIZE(object);
	uint64_t value = 0;
	if (n > (Py_ssize_t)sizeof(value))
		return RT_NO_INT;
	for (Py_ssize_t i = 0; i < n; i++)
		value = value << 8 | (unsigned char)bytes[little ? n - 1 - i : i];
	return value <= INT64_MAX ? (int64_t)value : RT_NO_INT;
}

/* What does not fit, CPython raises for. */
static PyObject *bytes_of_object(int64_t value, int64_t length, int64_t little)
{
	PyObject *object = PyLong_FromLongLong(value);
	PyObject *bytes =
		object ? PyObject_CallMethod(object, "to_bytes", "Ls", (long long)length, little ? "little" : "big")
		       : NULL;
	Py_XDECREF(object);
	return bytes;
}

PyObject *pf_rt_bytes_of_byte(int64_t byte)
{
	char c = (char)byte;
	return PyBytes_FromStringAndSize(&c, 1);
}

PyObject *pf_rt_bytes_of_int(int64_t value, int64_t length, int64_t little)
{
	enum { MOST = 8, BITS = 8 };
	if (value < 0 || length < 1 || length > MOST || (length < MOST && (uint64_t)value >> (BITS * length)))
		return bytes_of_object(value, length, little);
	PyObject *bytes = PyBytes_FromStringAndSize(NULL, length);
	for (int64_t i = 0; bytes && i < length; i++)
		PyBytes_AS_STRING(bytes)[little ? i : length - 1 - i] = (char)((uint64_t)value >> (BITS * i));
	return bytes;
}

static uint64_t magnitude(int64_t value)
{
	return value < 0 ? -(uint64_t)value : (uint64_t)value;
}

int64_t pf_rt_bit_length(int64_t value)
{
	return value ? 64 - __builtin_clzll(magnitude(value)) : 0;
}

int64_t pf_rt_bit_count(int64_t value)
{
	return __builtin_popcountll(magnitude(value));
}

int pf_rt_is_whole(double value)
{
	return isfinite(value) && floor(value) == value;
}

/* ---- text from numbers ------------------------------------------------------- */

/* As float_repr() in Objects/floatobject.c. */
PyObject *pf_rt_str_of_f64(double value)
{
	char *text = PyOS_double_to_string(value, 'r', 0, Py_DTSF_ADD_DOT_0, NULL);
	PyObject *str = text ? str_of(text, strlen(text)) : PyErr_NoMemory();
	PyMem_Free(text);
	return str;
}

static unsigned part(int64_t format, unsigned shift)
{
	return (unsigned)((uint64_t)format >> shift) & UINT8_MAX;
}

struct digits {
	const char *text; /* without the sign */
	size_t n;
	size_t whole; /* of them before the point, for separators */
	bool negative;
};

/* What stands between two digits of the whole part: a comma after each three from the right. */
static char *put_whole(char *to, const struct digits *d, bool commas)
{
	for (size_t i = 0; i < d->whole; i++) {
		if (commas && i > 0 && (d->whole - i) % 3 == 0)
			*to++ = ',';
		*to++ = d->text[i];
	}
	return to;
}

/* Sign, padding and separators as in Python/formatter_unicode.c, calc_number_widths() and fill_number(). */
static PyObject *padded(const struct digits *d, int64_t format)
{
	size_t width = part(format, RT_FORMAT_WIDTH), n = d->n;
	char fill = (char)part(format, RT_FORMAT_FILL), align = (char)part(format, RT_FORMAT_ALIGN);
	char plus = (char)part(format, RT_FORMAT_SIGN), sign = d->negative ? '-' : plus == '-' ? 0 : plus;
	bool commas = part(format, RT_FORMAT_COMMAS);
	n += (sign != 0) + (commas && d->whole > 0 ? (d->whole - 1) / 3 : 0);
	size_t pad = width > n ? width - n : 0;
	size_t left = align == '<' || align == '=' ? 0 : align == '^' ? pad / 2 : pad, inside = align == '=' ? pad : 0;
	PyObject *str = PyUnicode_New((Py_ssize_t)(n + pad), 127);
	if (!str)
		return NULL;
	char *to = (char *)PyUnicode_1BYTE_DATA(str), *end = to + n + pad;
	memset(to, fill, left);
	to += left;
	if (sign)
		*to++ = sign;
	memset(to, fill, inside);
	to = put_whole(to + inside, d, commas);
	memcpy(to, d->text + d->whole, d->n - d->whole);
	to += d->n - d->whole;
	memset(to, fill, (size_t)(end - to));
	return str;
}

PyObject *pf_rt_format_i64(int64_t value, int64_t format)
{
	static const char lower[] = "0123456789abcdef", upper[] = "0123456789ABCDEF";
	unsigned type = part(format, RT_FORMAT_TYPE);
	unsigned base = type == 'x' || type == 'X' ? 16 : type == 'o' ? 8 : type == 'b' ? 2 : 10;
	char text[64], *end = text + sizeof(text), *p = end;
	uint64_t rest = magnitude(value);
	do {
		*--p = (type == 'X' ? upper : lower)[rest % base];
		rest /= base;
	} while (rest);
	size_t n = (size_t)(end - p);
	return padded(&(struct digits){ p, n, n, value < 0 }, format);
}

/* As format_float_internal() in Python/formatter_unicode.c. */
PyObject *pf_rt_format_f64(double value, int64_t format)
{
	char type = (char)part(format, RT_FORMAT_TYPE);
	int precision = (int)part(format, RT_FORMAT_PRECISION) - 1, flags = 0; /* -1: not given */
	bool percent = type == '%';
	if (!type) {
		flags = Py_DTSF_ADD_DOT_0;
		type = precision < 0 ? 'r' : 'g';
		precision = precision < 0 ? 0 : precision;
	}
	precision = precision < 0 ? 6 : precision;
	char *text = PyOS_double_to_string(percent ? value * 100 : value, percent ? 'f' : type, precision, flags, NULL);
	if (!text)
		return PyErr_NoMemory();
	size_t n = strlen(text);
	if (percent)
		text[n++] = '%'; /* in the place of the 0 */
	bool negative = *text == '-';
	struct digits d = { text + negative, n - negative, 0, negative };
	d.whole = strspn(d.text, "0123456789");
	PyObject *str = padded(&d, format);
	PyMem_Free(text);
	return str;
}

/* ---- rounding ---------------------------------------------------------------- */

/* As double_round() in Objects/floatobject.c: by way of the decimal digits. */
static double round_by_digits(double x, int n)
{
	enum { ROOM = 512 };
	char text[ROOM], *end;
	int point, sign;
	char *digits = _Py_dg_dtoa(x, 3, n, &point, &sign, &end);
	if (!digits)
		return NAN; /* CPython raises */
	int written = snprintf(text, sizeof(text), "%s0%se%d", sign ? "-" : "", digits, point - (int)(end - digits));
	_Py_dg_freedtoa(digits);
	return written < ROOM ? _Py_dg_strtod(text, NULL) : NAN;
}

/* Most numbers are so far from the middle between two results that their product tells which one it is; that result is
 * a quotient of two numbers without errors, so it is correctly rounded as well. */
double pf_rt_f64_round(double x, double n)
{
	enum { MOST_EXACT = 22, MOST = 323, LEAST = -308 };
	static const double powers[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
					 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };
	if (n > MOST || !isfinite(x))
		return x;
	if (n < LEAST)
		return 0.0 * x;
	if (n >= 0 && n <= MOST_EXACT) {
		double scaled = x * powers[(int)n], off = fabs(scaled - floor(scaled) - 0.5);
		if (fabs(scaled) < 0x1p30 && off > 0x1p-20)
			return rint(scaled) / powers[(int)n];
	}
	return round_by_digits(x, (int)n);
}

/* ---- strs -------------------------------------------------------------------- */

/* str.find() and its like, plus one. */
int64_t pf_rt_str_find(PyObject *str, PyObject *part, int64_t start, int64_t end, int64_t direction)
{
	Py_ssize_t at = PyUnicode_Find(str, part, start, end, (int)direction);
	return at < -1 ? -1 : at + 1;
}

int64_t pf_rt_str_index(PyObject *str, PyObject *part, int64_t start, int64_t end, int64_t direction)
{
	Py_ssize_t at = PyUnicode_Find(str, part, start, end, (int)direction);
	if (at == -1)
		PyErr_SetString(PyExc_ValueError, "substring not found");
	return at < 0 ? -1 : at;
}

int64_t pf_rt_str_count(PyObject *str, PyObject *part, int64_t start, int64_t end)
{
	return PyUnicode_Count(str, part, start, end);
}

int pf_rt_str_matches(PyObject *str, PyObject *part, int64_t start, int64_t end, int64_t direction)
{
	return (int)PyUnicode_Tailmatch(str, part, start, end, (int)direction);
}

/* rt.c - the functions of emitted code's runtime interface: what jit/rt.h says, exactly as CPython computes it.
 * None of them runs Python code; only the boxing ones raise. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdbool.h>
#include <string.h>

#include "codecache/buffers.h"
#include "codecache/deques.h"
#include "codecache/jit/cpython311_switch.h"
#include "codecache/jit/rt.h"
#include "codecache/rt_numbers.h"
#include "codecache/runtime.h"
#include "codecache/runtime_priv.h"

PyObject *pf_rt_box_i64(int64_t value)
{
	return PyLong_FromLongLong(value);
}

PyObject *pf_rt_box_u64(int64_t bits)
{
	return PyLong_FromUnsignedLongLong((uint64_t)bits);
}

PyObject *pf_rt_box_complex(double real, double imag)
{
	return PyComplex_FromDoubles(real, imag);
}

PyObject *pf_rt_box_bool(int64_t value)
{
	return PyBool_FromLong(value != 0);
}

PyObject *pf_rt_box_i128(int64_t low, int64_t high)
{
	if (high == low >> 63)
		return PyLong_FromLongLong(low);
	int64_t words[2] = { low, high };
	return _PyLong_FromByteArray((const unsigned char *)words, sizeof(words), true, true);
}

PyObject *pf_rt_new_ref(PyObject *object)
{
	return Py_NewRef(object);
}

/* PyLong_AsLongLongAndOverflow() with a short way for the ints of one digit. */
int pf_rt_unbox_i64(PyObject *object, int64_t *ret)
{
	int overflow;
	if (!PyLong_CheckExact(object))
		return 0;
	Py_ssize_t size = Py_SIZE(object);
	if (size >= -1 && size <= 1) {
		*ret = size * (int64_t)((PyLongObject *)object)->ob_digit[0];
		return 1;
	}
	*ret = PyLong_AsLongLongAndOverflow(object, &overflow);
	return !overflow;
}

/* IntFlag has its own and, or, xor and invert. */
static bool computes_as_int(const PyTypeObject *type)
{
	const PyNumberMethods *of_int = PyLong_Type.tp_as_number;
	PyNumberMethods methods = *type->tp_as_number;
	methods.nb_and = of_int->nb_and;
	methods.nb_or = of_int->nb_or;
	methods.nb_xor = of_int->nb_xor;
	methods.nb_invert = of_int->nb_invert;
	methods.nb_bool = of_int->nb_bool;
	methods.nb_int = of_int->nb_int;
	methods.nb_float = of_int->nb_float;
	methods.nb_index = of_int->nb_index;
	return type->tp_richcompare == PyLong_Type.tp_richcompare && memcmp(&methods, of_int, sizeof(methods)) == 0;
}

bool runtime_is_subint(PyObject *object)
{
	static unsigned found[8]; /* versions of such types, which change with their methods */
	const PyTypeObject *type = Py_TYPE(object);
	unsigned *known = &found[type->tp_version_tag % Py_ARRAY_LENGTH(found)];
	if (!PyLong_Check(object))
		return false;
	if (type->tp_version_tag != 0 && type->tp_version_tag == *known)
		return true;
	bool is = computes_as_int(type);
	if (is)
		*known = type->tp_version_tag;
	return is;
}

int pf_rt_unbox_subint(PyObject *object, int64_t *ret)
{
	int overflow;
	if (!runtime_is_subint(object))
		return 0;
	Py_ssize_t size = Py_SIZE(object);
	if (size >= -1 && size <= 1) { /* as members of enums are */
		*ret = size == 0 ? 0 : size * (int64_t)((PyLongObject *)object)->ob_digit[0];
		return 1;
	}
	*ret = PyLong_AsLongLongAndOverflow(object, &overflow);
	return !overflow;
}

int pf_rt_unbox_u64(PyObject *object, int64_t *ret)
{
	enum { DIGITS = 3, HIGHEST = 64 - 2 * PyLong_SHIFT }; /* bits of the third one */
	const digit *digits = ((PyLongObject *)object)->ob_digit;
	uint64_t bits = 0;
	if (!PyLong_CheckExact(object) || Py_SIZE(object) < 0 || Py_SIZE(object) > DIGITS ||
	    (Py_SIZE(object) == DIGITS && digits[DIGITS - 1] >> HIGHEST))
		return 0;
	for (Py_ssize_t i = Py_SIZE(object); i-- > 0;)
		bits = bits << PyLong_SHIFT | digits[i];
	*ret = (int64_t)bits;
	return 1;
}

int pf_rt_unbox_f64(PyObject *object, double *ret)
{
	if (!PyFloat_CheckExact(object))
		return 0;
	*ret = PyFloat_AS_DOUBLE(object);
	return 1;
}

int pf_rt_unbox_bool(PyObject *object, int64_t *ret)
{
	if (!PyBool_Check(object))
		return 0;
	*ret = object == Py_True;
	return 1;
}

PyObject *runtime_find_global(PyObject *globals, PyObject *builtins, PyObject *name)
{
	PyObject *const dicts[] = { globals, builtins };
	for (int i = 0; i < 2; i++) {
		PyObject *value = PyDict_GetItemWithError(dicts[i], name);
		if (value)
			return value;
		if (PyErr_Occurred())
			PyErr_Clear();
	}
	return NULL;
}

/* Which versions of the two dicts the cache is about: emitted code looks itself whether they are the same still
 * (Include/cpython/dictobject.h, ma_version_tag). */
static void global_keep(PyObject *const *consts, PyObject *globals, PyObject *value, int64_t at)
{
	uint64_t *cache = (uint64_t *)&consts[at];
	if (!PyDict_CheckExact(globals) || !PyDict_CheckExact(consts[1]))
		return;
	cache[0] = ((PyDictObject *)globals)->ma_version_tag;
	cache[1] = ((PyDictObject *)consts[1])->ma_version_tag;
	cache[2] = (uint64_t)(uintptr_t)value;
}

PyObject *runtime_global(PyObject *const *consts, PyObject *globals, PyObject *name, int64_t at)
{
	PyObject *value = runtime_find_global(globals, consts[1], name);
	if (value)
		global_keep(consts, globals, value, at);
	return value;
}

PyObject *pf_rt_load_global(PyObject *const *consts, int64_t globals, int64_t index, int64_t at)
{
	return runtime_global(consts, consts[globals], consts[index], at);
}

int pf_rt_global_is(PyObject *const *consts, int64_t globals, int64_t index, int64_t at)
{
	PyObject *value = runtime_find_global(consts[globals], consts[1], consts[index]);
	if (value != consts[index + 1])
		return 0;
	global_keep(consts, consts[globals], value, at);
	return 1;
}

int pf_rt_i64_pow(int64_t base, int64_t exponent, int64_t *ret)
{
	int64_t result = 1;
	if (exponent < 0)
		return 0;
	while (exponent > 0) {
		if (exponent & 1 && __builtin_mul_overflow(result, base, &result))
			return 0;
		exponent >>= 1;
		if (exponent > 0 && __builtin_mul_overflow(base, base, &base))
			return 0;
	}
	*ret = result;
	return 1;
}

/* pow() of three, for an exponent that is not negative and a positive modulus. */
static uint64_t powmod(uint64_t power, uint64_t exponent, uint64_t modulus)
{
	uint64_t result = 1;
	for (; exponent > 0; exponent >>= 1) {
		if (exponent & 1)
			result = (uint64_t)((unsigned __int128)result * power % modulus);
		power = (uint64_t)((unsigned __int128)power * power % modulus);
	}
	return result;
}

/* The same of a modulus below 2**32, whose square has 64 bits. */
static uint64_t small_powmod(uint64_t power, uint64_t exponent, uint64_t modulus)
{
	uint64_t result = 1 % modulus;
	for (; exponent > 0; exponent >>= 1) {
		if (exponent & 1)
			result = result * power % modulus;
		power = power * power % modulus;
	}
	return result;
}

int64_t pf_rt_i64_mulmod(int64_t a, int64_t b, int64_t modulus)
{
	int64_t remainder = (int64_t)((__int128)a * b % modulus);
	return remainder != 0 && (remainder ^ modulus) < 0 ? remainder + modulus : remainder;
}

int pf_rt_i64_powmod(int64_t base, int64_t exponent, int64_t modulus, int64_t *ret)
{
	if (exponent < 0 || modulus <= 0)
		return 0;
	uint64_t power = (uint64_t)(base % modulus + (base % modulus < 0 ? modulus : 0)), m = (uint64_t)modulus;
	*ret = (int64_t)(m >> 32 ? powmod(power, (uint64_t)exponent, m) : small_powmod(power, (uint64_t)exponent, m));
	return 1;
}

static bool is_odd_integer(double x)
{
	return fmod(fabs(x), 2.0) == 1.0;
}

/* float_pow() in Objects/floatobject.c for a base or an exponent that is not finite, or a base of 0. */
static int pow_special(double base, double exponent, double *ret)
{
	if (isnan(base)) {
		*ret = base;
	} else if (isnan(exponent)) {
		*ret = base == 1.0 ? 1.0 : exponent;
	} else if (isinf(exponent)) {
		base = fabs(base);
		*ret = base == 1.0 ? 1.0 : (exponent > 0.0) == (base > 1.0) ? fabs(exponent) : 0.0;
	} else if (isinf(base)) {
		bool odd = is_odd_integer(exponent);
		*ret = exponent > 0.0 ? (odd ? base : fabs(base)) : odd ? copysign(0.0, base) : 0.0;
	} else {
		if (exponent < 0.0)
			return 0;
		*ret = is_odd_integer(exponent) ? base : 0.0;
	}
	return 1;
}

/* float_pow() in Objects/floatobject.c. */
int pf_rt_f64_pow(double base, double exponent, double *ret)
{
	bool negate = false;
	if (exponent == 0.0) {
		*ret = 1.0;
		return 1;
	}
	if (!isfinite(base) || !isfinite(exponent) || base == 0.0)
		return pow_special(base, exponent, ret);
	if (base < 0.0) {
		if (exponent != floor(exponent))
			return 0; /* a complex number */
		base = -base;
		negate = is_odd_integer(exponent);
	}
	if (base == 1.0) {
		*ret = negate ? -1.0 : 1.0;
		return 1;
	}
	int saved = errno;
	errno = 0;
	double result = pow(base, exponent);
	bool failed = isinf(result) || (errno != 0 && !(errno == ERANGE && result == 0.0)); /* _Py_ADJUST_ERANGE1() */
	errno = saved;
	*ret = negate ? -result : result;
	return !failed;
}

/* float_rem() in Objects/floatobject.c. */
double pf_rt_f64_mod(double a, double b)
{
	double mod = fmod(a, b);
	if (mod == 0.0)
		return copysign(0.0, b);
	return (b < 0.0) != (mod < 0.0) ? mod + b : mod;
}

/* _float_div_mod() in Objects/floatobject.c. */
double pf_rt_f64_floordiv(double a, double b)
{
	double mod = fmod(a, b);
	double div = (a - mod) / b;
	if (mod != 0.0 && (b < 0.0) != (mod < 0.0))
		div -= 1.0;
	if (div == 0.0)
		return copysign(0.0, a / b);
	double floored = floor(div);
	return div - floored > 0.5 ? floored + 1.0 : floored;
}

PyObject *runtime_range(PyObject *start, PyObject *stop, PyObject *step)
{
	return PyObject_CallFunctionObjArgs((PyObject *)&PyRange_Type, start, stop, step, NULL);
}

/* next, left, step -> iter(range(next, stop, step)), in Python's ints: the value after the last may not fit.  stop lies
 * one behind the last value, so that it fits whenever the values do and the iterator is of the usual type. */
PyObject *runtime_range_iter(PyObject *next, PyObject *left, PyObject *step)
{
	PyObject *one = PyLong_FromLong(1), *zero = PyLong_FromLong(0);
	PyObject *range = NULL, *more = NULL, *way = NULL, *last = NULL, *stop = NULL, *iter = NULL;
	int empty = one && zero ? PyObject_RichCompareBool(left, zero, Py_LE) : -1;
	int down = empty == 0 ? PyObject_RichCompareBool(step, zero, Py_LT) : 0;
	if (empty < 0 || down < 0)
		goto done;
	if (empty) {
		range = runtime_range(next, next, step);
	} else if ((more = PyNumber_Subtract(left, one)) && (way = PyNumber_Multiply(more, step)) &&
		   (last = PyNumber_Add(next, way))) {
		stop = down ? PyNumber_Subtract(last, one) : PyNumber_Add(last, one);
		range = stop ? runtime_range(next, stop, step) : NULL;
	}
	iter = range ? PyObject_GetIter(range) : NULL;
done:
	Py_XDECREF(one);
	Py_XDECREF(zero);
	Py_XDECREF(range);
	Py_XDECREF(more);
	Py_XDECREF(way);
	Py_XDECREF(last);
	Py_XDECREF(stop);
	return iter;
}

PyObject *runtime_seq_iter(PyObject *sequence, PyObject *index)
{
	if (PyMemoryView_Check(sequence))
		return buffer_view_iter(sequence, index);
	PyObject *iter = PyObject_GetIter(sequence);
	PyObject *none = iter ? PyObject_CallMethod(iter, "__setstate__", "O", index) : NULL;
	if (!none)
		Py_CLEAR(iter);
	Py_XDECREF(none);
	return iter;
}

/* listreviterobject in Objects/listobject.c, reversedobject in Objects/enumobject.c: __setstate__() would cut the index
 * to what the sequence has now. */
struct reversed {
	PyObject_HEAD;
	Py_ssize_t index;
};

PyObject *runtime_rev_iter(PyObject *sequence, PyObject *index)
{
	Py_ssize_t at = PyLong_AsSsize_t(index);
	PyObject *iter =
		at == -1 && PyErr_Occurred() ? NULL : PyObject_CallOneArg((PyObject *)&PyReversed_Type, sequence);
	if (iter)
		((struct reversed *)iter)->index = at;
	return iter;
}

PyObject *runtime_enumerate(PyObject *iterator, PyObject *count)
{
	return PyObject_CallFunctionObjArgs((PyObject *)&PyEnum_Type, iterator, count, NULL);
}

PyObject *runtime_zip(PyObject *sequences, PyObject *index)
{
	Py_ssize_t n = PyTuple_GET_SIZE(sequences), i = 0;
	PyObject *iterators = PyTuple_New(n), *iterator = NULL, *zip = NULL;
	for (; iterators && i < n; i++) {
		if (!(iterator = runtime_seq_iter(PyTuple_GET_ITEM(sequences, i), index)))
			break;
		PyTuple_SET_ITEM(iterators, i, iterator);
	}
	if (iterators && i == n)
		zip = PyObject_CallObject((PyObject *)&PyZip_Type, iterators);
	Py_XDECREF(iterators);
	return zip;
}

static PyObject *chain, *compress, *negative; /* owned: itertools.chain, itertools.compress, operator.neg */

static bool find_iterators(void)
{
	const struct {
		const char *module, *name;
		PyObject **to;
	} wanted[] = { { "itertools", "chain", &chain },
		       { "itertools", "compress", &compress },
		       { "_operator", "neg", &negative } };
	for (size_t i = 0; i < Py_ARRAY_LENGTH(wanted); i++) {
		PyObject *module = *wanted[i].to ? NULL : PyImport_ImportModule(wanted[i].module);
		if (module)
			*wanted[i].to = PyObject_GetAttrString(module, wanted[i].name);
		Py_XDECREF(module);
	}
	if (!chain || !compress || !negative)
		PyErr_Clear(); /* who needs them tries again */
	return chain && compress && negative;
}

/* An iterator that goes on as another one does whose __iter__ was called already, and is not to be called again. */
struct begun {
	PyObject_HEAD
	PyObject *iterator;
};

static PyObject *begun_next(PyObject *self)
{
	PyObject *iterator = ((struct begun *)self)->iterator;
	return Py_TYPE(iterator)->tp_iternext(iterator);
}

static void begun_dealloc(PyObject *self)
{
	Py_XDECREF(((struct begun *)self)->iterator);
	PyObject_Free(self);
}

static PyTypeObject begun_type = {
	PyVarObject_HEAD_INIT(NULL, 0).tp_name = "preforge.begun",
	.tp_basicsize = sizeof(struct begun),
	.tp_dealloc = begun_dealloc,
	.tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
	.tp_iter = PyObject_SelfIter,
	.tp_iternext = begun_next,
};

/* What gives the iterator's items to who asks for an iterator of it; a new reference.  Of what is no iterator, itself.
 */
static PyObject *begun(PyObject *iterator)
{
	if (!PyIter_Check(iterator) || Py_TYPE(iterator)->tp_iter == PyObject_SelfIter)
		return Py_NewRef(iterator);
	struct begun *b = PyType_Ready(&begun_type) == 0 ? PyObject_New(struct begun, &begun_type) : NULL;
	if (b)
		b->iterator = Py_NewRef(iterator);
	return (PyObject *)b;
}

/* type(x, y), where y is an iterator. */
static PyObject *iterator_over(PyObject *type, PyObject *x, PyObject *y)
{
	PyObject *rest = begun(y);
	PyObject *iterator = rest ? PyObject_CallFunctionObjArgs(type, x, rest, NULL) : NULL;
	Py_XDECREF(rest);
	return iterator;
}

static PyObject *iterator_of(PyObject *const *type, PyObject *x, PyObject *y)
{
	if (!*type && !find_iterators())
		return PyErr_Format(PyExc_SystemError, "preforge: there is no itertools.chain");
	return iterator_over(*type, x, y);
}

PyObject *runtime_chain(PyObject *list, PyObject *rest)
{
	return iterator_of(&chain, list, rest);
}

PyObject *runtime_compress(PyObject *items, PyObject *selectors)
{
	return iterator_of(&compress, items, selectors);
}

PyObject *runtime_map(PyObject *function, PyObject *iterator)
{
	return iterator_over((PyObject *)&PyMap_Type, function, iterator);
}

PyObject *runtime_filter(PyObject *function, PyObject *iterator)
{
	return iterator_over((PyObject *)&PyFilter_Type, function, iterator);
}

PyObject *runtime_raises(PyObject *raiser)
{
	if (!negative && !find_iterators())
		return PyErr_Format(PyExc_SystemError, "preforge: there is no operator.neg");
	PyObject *one = PyTuple_Pack(1, raiser), *iterator = one ? runtime_map(negative, one) : NULL;
	Py_XDECREF(one);
	return iterator;
}

/* What make() gives for three ints, ... */
static PyObject *of_ints(PyObject *(*make)(PyObject *, PyObject *, PyObject *), int64_t x, int64_t y, int64_t z)
{
	PyObject *a = PyLong_FromLongLong(x), *b = PyLong_FromLongLong(y), *c = PyLong_FromLongLong(z);
	PyObject *made = a && b && c ? make(a, b, c) : NULL;
	Py_XDECREF(a);
	Py_XDECREF(b);
	Py_XDECREF(c);
	return made;
}

/* ... and for an object and an int. */
static PyObject *with_int(PyObject *(*make)(PyObject *, PyObject *), PyObject *object, int64_t value)
{
	PyObject *number = PyLong_FromLongLong(value);
	PyObject *made = number ? make(object, number) : NULL;
	Py_XDECREF(number);
	return made;
}

PyObject *pf_rt_new_range(int64_t start, int64_t stop, int64_t step)
{
	return of_ints(runtime_range, start, stop, step);
}

PyObject *pf_rt_new_range_iter(int64_t next, int64_t left, int64_t step)
{
	return of_ints(runtime_range_iter, next, left, step);
}

PyObject *pf_rt_new_seq_iter(PyObject *sequence, int64_t index)
{
	return with_int(runtime_seq_iter, sequence, index);
}

PyObject *pf_rt_new_rev_iter(PyObject *sequence, int64_t index)
{
	return with_int(runtime_rev_iter, sequence, index);
}

PyObject *pf_rt_new_enumerate(PyObject *sequence, int64_t index, int64_t count)
{
	PyObject *iterator = with_int(runtime_seq_iter, sequence, index);
	PyObject *made = iterator ? with_int(runtime_enumerate, iterator, count) : NULL;
	Py_XDECREF(iterator);
	return made;
}

PyObject *pf_rt_new_zip(PyObject *sequences, int64_t index)
{
	return with_int(runtime_zip, sequences, index);
}

/* Whether the end of the object runs no Python code. */
static bool dies_quietly(const PyObject *object)
{
	return Py_REFCNT(object) > 1 || PyLong_CheckExact(object) || PyFloat_CheckExact(object) ||
	       PyUnicode_CheckExact(object) || PyBytes_CheckExact(object);
}

/* Takes number over; NULL: there was no memory for it. */
static int put_number(PyObject *list, int64_t index, PyObject *number)
{
	PyObject *old = PyList_GET_ITEM(list, index);
	if (!number || (old && !dies_quietly(old))) {
		Py_XDECREF(number);
		PyErr_Clear();
		return -1;
	}
	PyList_SET_ITEM(list, index, number);
	Py_XDECREF(old);
	return 0;
}

int pf_rt_set_list_f64(PyObject *list, int64_t index, double value)
{
	return put_number(list, index, PyFloat_FromDouble(value));
}

int pf_rt_set_list_i64(PyObject *list, int64_t index, int64_t value)
{
	return put_number(list, index, PyLong_FromLongLong(value));
}

int pf_rt_poll(void)
{
	return switch_poll();
}

_Static_assert(offsetof(PyASCIIObject, state) == RT_STR_STATE && sizeof(PyASCIIObject) == RT_STR_ASCII_DATA &&
		       sizeof(PyCompactUnicodeObject) == RT_STR_DATA,
	       "emitted code reads strs");

/* One that lives as long as the process, however often it is let go of. */
static PyObject *static_object(PyObject *object)
{
	Py_DECREF(object);
	return object;
}

const struct rt *runtime_table(void)
{
	static struct rt table = {
#define X(name, result, letters, parameters) .name = pf_rt_##name,
		RT_FUNCTIONS(X)
#undef X
	};
	table.eval_breaker = switch_eval_breaker();
	table.thread = switch_thread_place();
	table.deep = calls_deep();
	(void)find_iterators();
	for (int i = 0; i < RT_CHARS && !table.chars[i]; i++)
		table.chars[i] = static_object(PyUnicode_FromOrdinal(i));
	for (int i = 0; i < RT_SMALL_INTS && !table.small_ints[i]; i++)
		table.small_ints[i] = static_object(PyLong_FromLong(RT_SMALLEST_INT + i));
#define X(name, type) table.types[RT_TYPE_ID_##name] = &type;
	RT_TYPES(X)
#undef X
	return &table;
}

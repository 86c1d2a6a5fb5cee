/* rt_number_methods.c - what lists do, for lists of numbers (rt_numbers.c): slices, methods, builtins that take a list.
 */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "codecache/rt_numbers.h"
#include "codecache/rt_slices.h"
#include "codecache/runtime.h"
#include "codecache/runtime_priv.h"

static struct numbers *of(PyObject *object)
{
	return (struct numbers *)object;
}

static void set_size(PyObject *a, Py_ssize_t size)
{
	Py_SET_SIZE((PyVarObject *)a, size);
}

static PyObject *sized_new(enum rt_numbers kind, Py_ssize_t size)
{
	PyObject *a = pf_rt_numbers_new(kind, size);
	if (a)
		set_size(a, size);
	return a;
}

/* Items are moved as words, whatever they are. */
static void words_copy(int64_t *to, const int64_t *from, Py_ssize_t n)
{
	if (n > 0)
		memmove(to, from, (size_t)n * sizeof(to[0]));
}

/* ---- new ones ---------------------------------------------------------------- */

PyObject *pf_rt_numbers_of_range(int64_t start, int64_t stop, int64_t step)
{
	uint64_t n = step > 0 && start < stop   ? ((uint64_t)stop - (uint64_t)start - 1) / (uint64_t)step + 1
		     : step < 0 && start > stop ? ((uint64_t)start - (uint64_t)stop - 1) / -(uint64_t)step + 1
						: 0;
	if (n > PY_SSIZE_T_MAX)
		return PyErr_NoMemory();
	PyObject *a = sized_new(RT_NUMBERS_I64, (Py_ssize_t)n);
	for (uint64_t i = 0; a && i < n; i++)
		numbers_ints(of(a))[i] = (int64_t)((uint64_t)start + i * (uint64_t)step);
	return a;
}

PyObject *pf_rt_numbers_concat(PyObject *a, PyObject *b)
{
	Py_ssize_t n = Py_SIZE(a), m = Py_SIZE(b);
	PyObject *result = sized_new(of(a)->kind, n + m);
	if (result) {
		words_copy(numbers_ints(of(result)), numbers_ints(of(a)), n);
		words_copy(numbers_ints(of(result)) + n, numbers_ints(of(b)), m);
	}
	return result;
}

/* ---- slices ------------------------------------------------------------------ */

PyObject *pf_rt_numbers_get_slice(PyObject *a, int64_t start, int64_t stop, int64_t step, int64_t given)
{
	struct slice_bounds at;
	if (!slice_bounds(&(struct slice){ start, stop, step, given }, Py_SIZE(a), &at))
		return NULL;
	PyObject *result = sized_new(of(a)->kind, at.n);
	if (!result)
		return NULL;
	int64_t *to = numbers_ints(of(result));
	const int64_t *from = numbers_ints(of(a)) + at.start;
	if (at.step == 1)
		words_copy(to, from, at.n);
	for (Py_ssize_t i = 0; at.step != 1 && i < at.n; i++)
		to[i] = from[i * at.step];
	return result;
}

/* The n items from start on become m items, whose values do not matter yet. */
static int splice(PyObject *a, Py_ssize_t start, Py_ssize_t n, Py_ssize_t m)
{
	Py_ssize_t size = Py_SIZE(a);
	if (n == m)
		return 0;
	if (numbers_reserve(a, size + m - n) < 0)
		return -1;
	int64_t *items = numbers_ints(of(a));
	words_copy(items + start + m, items + start + n, size - start - n);
	set_size(a, size + m - n);
	return 0;
}

static int set_simple(PyObject *a, PyObject *value, const struct slice_bounds *at)
{
	Py_ssize_t m = Py_SIZE(value);
	const int64_t *from = numbers_ints(of(value));
	int64_t *copy = NULL;
	if (a == value) {
		copy = PyMem_Malloc((size_t)m * sizeof(copy[0]));
		if (!copy) {
			PyErr_NoMemory();
			return -1;
		}
		words_copy(copy, from, m);
		from = copy;
	}
	int done = splice(a, at->start, at->n, m);
	if (done == 0)
		words_copy(numbers_ints(of(a)) + at->start, from, m);
	PyMem_Free(copy);
	return done;
}

/* As list_ass_subscript() in Objects/listobject.c. */
static int set_extended(PyObject *a, PyObject *value, const struct slice_bounds *at)
{
	if (Py_SIZE(value) != at->n) {
		PyErr_Format(PyExc_ValueError, "attempt to assign sequence of size %zd to extended slice of size %zd",
			     Py_SIZE(value), at->n);
		return -1;
	}
	PyObject *copy = a == value ? pf_rt_numbers_get_slice(a, 0, 0, 0, 0) : Py_NewRef(value);
	if (!copy)
		return -1;
	for (Py_ssize_t i = 0; i < at->n; i++)
		numbers_ints(of(a))[at->start + i * at->step] = numbers_ints(of(copy))[i];
	Py_DECREF(copy);
	return 0;
}

int pf_rt_numbers_set_slice(PyObject *a, PyObject *value, int64_t start, int64_t stop, int64_t step, int64_t given)
{
	struct slice_bounds at;
	if (!slice_bounds(&(struct slice){ start, stop, step, given }, Py_SIZE(a), &at))
		return -1;
	return at.step == 1 ? set_simple(a, value, &at) : set_extended(a, value, &at);
}

int pf_rt_numbers_del_slice(PyObject *a, int64_t start, int64_t stop, int64_t step, int64_t given)
{
	struct slice_bounds at;
	if (!slice_bounds(&(struct slice){ start, stop, step, given }, Py_SIZE(a), &at))
		return -1;
	if (at.step == 1)
		return splice(a, at.start, at.n, 0);
	int64_t *items = numbers_ints(of(a));
	Py_ssize_t first = at.step > 0 ? at.start : at.start + (at.n - 1) * at.step;
	Py_ssize_t distance = at.step > 0 ? at.step : -at.step, kept = first;
	for (Py_ssize_t i = first; at.n > 0 && i < Py_SIZE(a); i++)
		if ((i - first) % distance != 0 || (i - first) / distance >= at.n)
			items[kept++] = items[i];
	if (at.n > 0)
		set_size(a, kept);
	return 0;
}

/* ---- methods ----------------------------------------------------------------- */

int pf_rt_numbers_extend(PyObject *a, PyObject *b)
{
	Py_ssize_t n = Py_SIZE(a), m = Py_SIZE(b);
	if (splice(a, n, 0, m) < 0)
		return -1;
	words_copy(numbers_ints(of(a)) + n, numbers_ints(of(b)), m);
	return 0;
}

int pf_rt_numbers_extend_const(PyObject *a, PyObject *tuple)
{
	Py_ssize_t n = Py_SIZE(a), m = PyTuple_GET_SIZE(tuple);
	if (splice(a, n, 0, m) < 0)
		return -1;
	for (Py_ssize_t i = 0; i < m; i++)
		if (of(a)->kind == RT_NUMBERS_I64)
			numbers_ints(of(a))[n + i] = PyLong_AsLongLong(PyTuple_GET_ITEM(tuple, i));
		else
			numbers_floats(of(a))[n + i] = PyFloat_AS_DOUBLE(PyTuple_GET_ITEM(tuple, i));
	return 0;
}

static int insert(PyObject *a, int64_t index, int64_t bits)
{
	Py_ssize_t n = Py_SIZE(a);
	if (index < 0)
		index = index + n < 0 ? 0 : index + n;
	if (index > n)
		index = n;
	if (splice(a, index, 0, 1) < 0)
		return -1;
	numbers_ints(of(a))[index] = bits;
	return 0;
}

int pf_rt_numbers_insert_i64(PyObject *a, int64_t index, int64_t value)
{
	return insert(a, index, value);
}

int pf_rt_numbers_insert_f64(PyObject *a, int64_t index, double value)
{
	int64_t bits;
	memcpy(&bits, &value, sizeof(bits));
	return insert(a, index, bits);
}

int pf_rt_numbers_remove(PyObject *a, int64_t index)
{
	return splice(a, index < 0 ? index + Py_SIZE(a) : index, 1, 0);
}

int pf_rt_numbers_reverse(PyObject *a)
{
	int64_t *items = numbers_ints(of(a));
	for (Py_ssize_t i = 0, j = Py_SIZE(a) - 1; i < j; i++, j--) {
		int64_t item = items[i];
		items[i] = items[j];
		items[j] = item;
	}
	return 0;
}

static bool is_sorted(const struct numbers *n)
{
	for (Py_ssize_t i = 1; i < Py_SIZE(n); i++)
		if (n->kind == RT_NUMBERS_I64 ? numbers_ints(n)[i] < numbers_ints(n)[i - 1]
					      : !(numbers_floats(n)[i] >= numbers_floats(n)[i - 1]))
			return false;
	return true;
}

enum { SHORT_RUN = 12 };

/* sort_TYPE(): so that equal ones stay in their order, as 0.0 and -0.0 do; -1 with MemoryError.  By runs that are
 * merged, which takes no time where they are in order. */
#define DEFINE_SORT(TYPE)                                                                                   \
	static void sort_run_##TYPE(TYPE *items, Py_ssize_t n)                                              \
	{                                                                                                   \
		for (Py_ssize_t i = 1; i < n; i++) {                                                        \
			TYPE item = items[i];                                                               \
			Py_ssize_t j = i;                                                                   \
			for (; j > 0 && item < items[j - 1]; j--)                                           \
				items[j] = items[j - 1];                                                    \
			items[j] = item;                                                                    \
		}                                                                                           \
	}                                                                                                   \
	/* The first m of the n items, and the others; room: for these m. */                                \
	static void merge_##TYPE(TYPE *items, Py_ssize_t m, Py_ssize_t n, TYPE *room)                       \
	{                                                                                                   \
		if (!(items[m] < items[m - 1]))                                                             \
			return;                                                                             \
		memcpy(room, items, (size_t)m * sizeof(TYPE));                                              \
		for (Py_ssize_t left = 0, right = m, to = 0; left < m; to++)                                \
			items[to] = right < n && items[right] < room[left] ? items[right++] : room[left++]; \
	}                                                                                                   \
	static int sort_##TYPE(TYPE *items, Py_ssize_t n)                                                   \
	{                                                                                                   \
		for (Py_ssize_t i = 0; i < n; i += SHORT_RUN)                                               \
			sort_run_##TYPE(items + i, n - i < SHORT_RUN ? n - i : SHORT_RUN);                  \
		TYPE *room = n > SHORT_RUN ? PyMem_Malloc((size_t)n * sizeof(TYPE)) : NULL;                 \
		if (n > SHORT_RUN && !room) {                                                               \
			PyErr_NoMemory();                                                                   \
			return -1;                                                                          \
		}                                                                                           \
		for (Py_ssize_t run = SHORT_RUN; run < n; run *= 2)                                         \
			for (Py_ssize_t i = 0; run < n - i; i += 2 * run)                                   \
				merge_##TYPE(items + i, run, n - i < 2 * run ? n - i : 2 * run, room);      \
		PyMem_Free(room);                                                                           \
		return 0;                                                                                   \
	}
DEFINE_SORT(int64_t)
DEFINE_SORT(double)
#undef DEFINE_SORT

static bool has_nan(const double *items, Py_ssize_t n)
{
	Py_ssize_t i = 0;
	while (i < n && items[i] == items[i])
		i++;
	return i < n;
}

/* Where NaNs come to be is for list.sort() to say. */
static int sort_as_list(PyObject *a)
{
	double *items = numbers_floats(of(a));
	Py_ssize_t n = Py_SIZE(a);
	PyObject *list = PyList_New(n);
	for (Py_ssize_t i = 0; list && i < n; i++) {
		PyObject *item = PyFloat_FromDouble(items[i]);
		if (!item)
			Py_CLEAR(list);
		else
			PyList_SET_ITEM(list, i, item);
	}
	int done = list ? PyList_Sort(list) : -1;
	for (Py_ssize_t i = 0; done == 0 && i < n; i++)
		items[i] = PyFloat_AS_DOUBLE(PyList_GET_ITEM(list, i));
	Py_XDECREF(list);
	return done;
}

int pf_rt_numbers_sort(PyObject *a)
{
	if (is_sorted(of(a)))
		return 0;
	if (of(a)->kind == RT_NUMBERS_I64)
		return sort_int64_t(numbers_ints(of(a)), Py_SIZE(a));
	double *items = numbers_floats(of(a));
	return has_nan(items, Py_SIZE(a)) ? sort_as_list(a) : sort_double(items, Py_SIZE(a));
}

/* ---- builtins ---------------------------------------------------------------- */

int pf_rt_numbers_contain_i64(PyObject *a, int64_t value)
{
	const int64_t *items = numbers_ints(of(a));
	Py_ssize_t i = 0;
	while (i < Py_SIZE(a) && items[i] != value)
		i++;
	return i < Py_SIZE(a);
}

/* What the builtin does with a list like that. */
static PyObject *by_builtin(PyObject *builtin, PyObject *a)
{
	PyObject *list = numbers_list(of(a));
	PyObject *result = list ? PyObject_CallOneArg(builtin, list) : NULL;
	Py_XDECREF(list);
	return result;
}

PyObject *pf_rt_numbers_sum(PyObject *builtin, PyObject *a)
{
	int64_t ints = 0;
	double floats = 0.0; /* 0 + the first one: not -0.0 */
	for (Py_ssize_t i = 0; i < Py_SIZE(a); i++)
		if (of(a)->kind == RT_NUMBERS_F64)
			floats += numbers_floats(of(a))[i];
		else if (__builtin_add_overflow(ints, numbers_ints(of(a))[i], &ints))
			return by_builtin(builtin, a);
	bool is_float = of(a)->kind == RT_NUMBERS_F64 && Py_SIZE(a) > 0;
	return is_float ? PyFloat_FromDouble(floats) : PyLong_FromLongLong(ints);
}

static PyObject *best(PyObject *builtin, PyObject *a, bool is_max)
{
	Py_ssize_t best = 0;
	if (Py_SIZE(a) == 0)
		return by_builtin(builtin, a);
	for (Py_ssize_t i = 1; i < Py_SIZE(a); i++) {
		const int64_t *ints = numbers_ints(of(a));
		const double *floats = numbers_floats(of(a));
		if (of(a)->kind == RT_NUMBERS_I64 ? (is_max ? ints[i] > ints[best] : ints[i] < ints[best])
						  : (is_max ? floats[i] > floats[best] : floats[i] < floats[best]))
			best = i;
	}
	return numbers_item(of(a), best);
}

PyObject *pf_rt_numbers_min(PyObject *builtin, PyObject *a)
{
	return best(builtin, a, false);
}

PyObject *pf_rt_numbers_max(PyObject *builtin, PyObject *a)
{
	return best(builtin, a, true);
}

PyObject *pf_rt_numbers_to_tuple(PyObject *a)
{
	PyObject *list = numbers_list(of(a));
	PyObject *tuple = list ? PyList_AsTuple(list) : NULL;
	Py_XDECREF(list);
	return tuple;
}

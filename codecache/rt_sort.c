/* rt_sort.c - sorted() and list.sort() where no Python code runs in between: of ints, floats and strs, of tuples and
 * lists of these, of instances whose __lt__() compares such attributes (cpython311_shape.h); and by keys that are read
 * by itemgetter(), attrgetter() and some functions of builtin types, or computed by native code (jit/build_sort.c).
 *
 * What is compared is taken apart first, into columns of machine words.  A stable sort has only one result, however it
 * comes about, so it is CPython's.  Where something is met that is not known to compare so (NaNs, other types, two
 * types in one column), nothing has been changed yet, and list.sort() does all of it. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <string.h>

#include "codecache/jit/cpython311_dict.h"
#include "codecache/jit/cpython311_shape.h"
#include "codecache/jit/interned.h"
#include "codecache/runtime_priv.h"

enum { MAX_COLUMNS = 4, SHORT_RUN = 12, KEPT_ROWS = 1 << 16, MAX_DICT_KEYS = 4 /* for each item */ };

/* ---- keys ------------------------------------------------------------------ */

enum column_kind { COLUMN_EMPTY, COLUMN_INTS, COLUMN_FLOATS, COLUMN_STRS };

union word {
	int64_t i;
	double f;
	PyObject *o; /* borrowed */
};

struct column {
	enum column_kind kind;
	Py_ssize_t n;
	union word *words;
};

struct keys {
	const PyObject *list; /* that is sorted in place, and is empty while keys are asked for; NULL: a new one is */
	Py_ssize_t room;      /* for so many rows */
	uint32_t n_columns;
	struct column columns[MAX_COLUMNS];
	Py_ssize_t n_objects; /* that live as long as these keys */
	PyObject **objects;
};

static void keys_free(struct keys *keys)
{
	for (int c = 0; c < MAX_COLUMNS; c++)
		PyMem_Free(keys->columns[c].words);
	for (Py_ssize_t i = 0; i < keys->n_objects; i++)
		Py_DECREF(keys->objects[i]);
	PyMem_Free(keys->objects);
	*keys = (struct keys){ .room = 0 };
}

/* Of so many columns from now on, for at most so many rows. */
static void keys_begin(struct keys *keys, uint32_t n_columns, Py_ssize_t n_rows)
{
	for (int c = 0; n_rows > keys->room && c < MAX_COLUMNS; c++) {
		PyMem_Free(keys->columns[c].words);
		keys->columns[c].words = NULL;
	}
	keys->room = n_rows > keys->room ? n_rows : keys->room;
	keys->n_columns = n_columns;
	for (int c = 0; c < MAX_COLUMNS; c++) {
		keys->columns[c].kind = COLUMN_EMPTY;
		keys->columns[c].n = 0;
	}
}

static bool is_exact(int64_t value)
{
	return value >= -(INT64_C(1) << 53) && value <= INT64_C(1) << 53;
}

static bool make_floats(struct column *c)
{
	for (Py_ssize_t i = 0; i < c->n; i++)
		if (!is_exact(c->words[i].i))
			return false;
	for (Py_ssize_t i = 0; i < c->n; i++)
		c->words[i].f = (double)c->words[i].i;
	c->kind = COLUMN_FLOATS;
	return true;
}

/* The next row; false: it cannot be one. */
static bool add_word(struct keys *keys, struct column *c, enum column_kind kind, union word word)
{
	if (c->n >= keys->room)
		return false;
	if (!c->words && !(c->words = PyMem_New(union word, (size_t)keys->room)))
		return false;
	if (c->kind == COLUMN_EMPTY)
		c->kind = kind;
	if (c->kind == COLUMN_FLOATS && kind == COLUMN_INTS) {
		if (!is_exact(word.i))
			return false;
		word.f = (double)word.i;
	} else if (c->kind != kind && !(c->kind == COLUMN_INTS && kind == COLUMN_FLOATS && make_floats(c))) {
		return false;
	}
	c->words[c->n++] = word;
	return true;
}

static bool add_int(struct keys *keys, struct column *c, int64_t value)
{
	return add_word(keys, c, COLUMN_INTS, (union word){ .i = value });
}

static bool add_float(struct keys *keys, struct column *c, double value)
{
	return value == value && add_word(keys, c, COLUMN_FLOATS, (union word){ .f = value });
}

static bool add_object(struct keys *keys, struct column *c, PyObject *o)
{
	int overflow = 0;
	if (PyFloat_CheckExact(o))
		return add_float(keys, c, PyFloat_AS_DOUBLE(o));
	if (PyUnicode_CheckExact(o))
		return PyUnicode_IS_READY(o) && add_word(keys, c, COLUMN_STRS, (union word){ .o = o });
	if (!PyLong_CheckExact(o) && !PyBool_Check(o))
		return false;
	int64_t value = PyLong_AsLongLongAndOverflow(o, &overflow);
	return !overflow && add_int(keys, c, value);
}

static bool add_parts(struct keys *keys, PyObject *const *parts, Py_ssize_t n)
{
	bool all = n == keys->n_columns;
	for (Py_ssize_t i = 0; all && i < n; i++)
		all = parts[i] && add_object(keys, &keys->columns[i], parts[i]);
	return all;
}

/* ---- what an object is compared by ------------------------------------------- */

/* How the first one is; all others must be like that. */
enum key_kind { KEY_PLAIN, KEY_TUPLE, KEY_LIST, KEY_INSTANCE };

static enum key_kind key_kind(PyObject *o)
{
	return PyTuple_CheckExact(o)                                                 ? KEY_TUPLE
	       : PyList_CheckExact(o)                                                ? KEY_LIST
	       : PyFloat_CheckExact(o) || PyLong_Check(o) || PyUnicode_CheckExact(o) ? KEY_PLAIN
										     : KEY_INSTANCE;
}

/* Its parts, borrowed; 0: it is not known. */
static Py_ssize_t parts_of(const struct keys *keys, PyObject **o, enum key_kind kind, PyTypeObject *type,
			   PyObject **room, PyObject *const **ret)
{
	*ret = room;
	switch (kind) {
	case KEY_PLAIN: *ret = o; return 1;
	case KEY_TUPLE:
	case KEY_LIST:
		*ret = PySequence_Fast_ITEMS(*o);
		return Py_SIZE(*o) <= MAX_COLUMNS && *o != keys->list ? Py_SIZE(*o) : 0;
	case KEY_INSTANCE: break;
	}
	return Py_IS_TYPE(*o, type) ? instance_parts(*o, Py_LT, room, MAX_COLUMNS) : 0;
}

/* All of them; false: not all are known. */
static bool add_all(struct keys *keys, PyObject **objects, Py_ssize_t n)
{
	PyObject *room[MAX_COLUMNS], *const *parts;
	enum key_kind kind = key_kind(objects[0]);
	PyTypeObject *type = Py_TYPE(objects[0]);
	Py_ssize_t n_parts = parts_of(keys, &objects[0], kind, type, room, &parts);
	keys_begin(keys, (uint32_t)n_parts, n);
	bool all = n_parts > 0;
	for (Py_ssize_t i = 0; all && i < n; i++)
		all = key_kind(objects[i]) == kind &&
		      add_parts(keys, parts, parts_of(keys, &objects[i], kind, type, room, &parts));
	return all;
}

/* ---- sorting ----------------------------------------------------------------- */

/* A row: numbers in the order of its first column, as far as these tell, and which one it is. */
struct record {
	uint64_t rank;
	Py_ssize_t row;
};

struct sort_order {
	const struct keys *keys;
	uint32_t first; /* column that ranks do not tell */
	bool reverse;
};

static uint64_t rank_of_float(double value)
{
	uint64_t bits;
	value += 0.0; /* 0.0 and -0.0 are equal */
	memcpy(&bits, &value, sizeof(bits));
	return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

/* Its first eight characters. */
static uint64_t rank_of_bytes(PyObject *str)
{
	uint64_t rank = 0;
	Py_ssize_t n = PyUnicode_GET_LENGTH(str);
	memcpy(&rank, PyUnicode_1BYTE_DATA(str), (size_t)(n < 8 ? n : 8));
	return __builtin_bswap64(rank);
}

static uint64_t rank_of_str(PyObject *str)
{
	Py_ssize_t n = PyUnicode_GET_LENGTH(str);
	uint64_t first = n > 0 ? PyUnicode_READ_CHAR(str, 0) : 0, second = n > 1 ? PyUnicode_READ_CHAR(str, 1) : 0;
	return first << 32 | second;
}

static bool are_bytes(const struct column *c)
{
	for (Py_ssize_t i = 0; i < c->n; i++)
		if (PyUnicode_KIND(c->words[i].o) != PyUnicode_1BYTE_KIND)
			return false;
	return true;
}

static void rank_rows(const struct column *c, bool reverse, struct record *ret)
{
	bool bytes = c->kind == COLUMN_STRS && are_bytes(c);
	for (Py_ssize_t i = 0; i < c->n; i++) {
		union word word = c->words[i];
		uint64_t rank = c->kind == COLUMN_INTS     ? (uint64_t)word.i ^ UINT64_C(1) << 63
				: c->kind == COLUMN_FLOATS ? rank_of_float(word.f)
				: bytes                    ? rank_of_bytes(word.o)
							   : rank_of_str(word.o);
		ret[i] = (struct record){ reverse ? ~rank : rank, i };
	}
}

static int compare_words(enum column_kind kind, union word x, union word y)
{
	switch (kind) {
	case COLUMN_INTS: return (x.i > y.i) - (x.i < y.i);
	case COLUMN_FLOATS: return (x.f > y.f) - (x.f < y.f);
	default: return PyUnicode_Compare(x.o, y.o);
	}
}

/* Of the same rank. */
static bool is_less_further(const struct sort_order *order, Py_ssize_t x, Py_ssize_t y)
{
	for (uint32_t i = order->first; i < order->keys->n_columns; i++) {
		const struct column *c = &order->keys->columns[i];
		int compared = compare_words(c->kind, c->words[x], c->words[y]);
		if (compared != 0)
			return order->reverse ? compared > 0 : compared < 0;
	}
	return false;
}

/* order: NULL, where ranks tell all. */
static inline __attribute__((always_inline)) bool is_less(const struct sort_order *order, const struct record *x,
							  const struct record *y)
{
	return x->rank < y->rank || (order && x->rank == y->rank && is_less_further(order, x->row, y->row));
}

static inline __attribute__((always_inline)) void sort_run(const struct sort_order *order, struct record *records,
							   Py_ssize_t n)
{
	for (Py_ssize_t i = 1; i < n; i++) {
		struct record record = records[i];
		Py_ssize_t j = i;
		for (; j > 0 && is_less(order, &record, &records[j - 1]); j--)
			records[j] = records[j - 1];
		records[j] = record;
	}
}

/* The first m of the n records, and the others; room: for these m. */
static inline __attribute__((always_inline)) void merge(const struct sort_order *order, struct record *records,
							Py_ssize_t m, Py_ssize_t n, struct record *room)
{
	if (!is_less(order, &records[m], &records[m - 1]))
		return;
	memcpy(room, records, (size_t)m * sizeof(*room));
	Py_ssize_t left = 0, right = m;
	for (struct record *to = records; left < m && right < n; to++) {
		bool less = is_less(order, &records[right], &room[left]);
		*to = *(less ? &records[right] : &room[left]);
		right += less;
		left += !less;
	}
	memcpy(&records[left + right - m], &room[left], (size_t)(m - left) * sizeof(*room));
}

static inline __attribute__((always_inline)) void sort_by(const struct sort_order *order, struct record *records,
							  Py_ssize_t n, struct record *room)
{
	for (Py_ssize_t i = 0; i < n; i += SHORT_RUN)
		sort_run(order, records + i, n - i < SHORT_RUN ? n - i : SHORT_RUN);
	for (Py_ssize_t run = SHORT_RUN; run < n; run *= 2)
		for (Py_ssize_t i = 0; run < n - i; i += 2 * run)
			merge(order, records + i, run, n - i < 2 * run ? n - i : 2 * run, room);
}

static void sort_records(const struct keys *keys, bool reverse, struct record *records, Py_ssize_t n)
{
	const struct column *first = &keys->columns[0];
	struct sort_order order = { keys, first->kind == COLUMN_STRS ? 0 : 1, reverse };
	rank_rows(first, reverse, records);
	if (order.first < keys->n_columns)
		sort_by(&order, records, n, records + n);
	else
		sort_by(NULL, records, n, records + n);
}

/* The items, so many, in the order of their keys; false: there is no memory, and nothing was changed. */
static bool sort_items(const struct keys *keys, bool reverse, PyObject **items, Py_ssize_t n)
{
	if (n < 2)
		return true;
	struct record *records = PyMem_New(struct record, 2 * (size_t)n);
	PyObject **old = PyMem_New(PyObject *, (size_t)n);
	bool ready = records && old;
	if (ready) {
		memcpy(old, items, (size_t)n * sizeof(*old));
		sort_records(keys, reverse, records, n);
		for (Py_ssize_t i = 0; i < n; i++)
			items[i] = old[records[i].row];
	}
	PyMem_Free(old);
	PyMem_Free(records);
	return ready;
}

/* ---- functions that give keys -------------------------------------------------- */

enum getter_kind { GETTER_UNKNOWN, GETTER_ITEMS, GETTER_ATTRIBUTES, GETTER_CALL };

struct getter {
	enum getter_kind kind;
	PyObject *function;
	PyObject *names; /* a tuple: of the items or attributes */
};

/* A class of module operator, which has no subclasses, and says what it was made of when it is to be copied. */
static enum getter_kind kind_of_operator(PyObject *function)
{
	const PyTypeObject *type = Py_TYPE(function);
	if (!PyType_HasFeature(Py_TYPE(function), Py_TPFLAGS_IMMUTABLETYPE) ||
	    PyType_HasFeature(Py_TYPE(function), Py_TPFLAGS_BASETYPE))
		return GETTER_UNKNOWN;
	return strcmp(type->tp_name, "operator.itemgetter") == 0   ? GETTER_ITEMS
	       : strcmp(type->tp_name, "operator.attrgetter") == 0 ? GETTER_ATTRIBUTES
								   : GETTER_UNKNOWN;
}

/* No exception is set. */
static PyObject *names_of_operator(PyObject *function)
{
	PyObject *reduced = PyObject_CallMethod(function, "__reduce__", NULL), *names = NULL;
	if (reduced && PyTuple_CheckExact(reduced) && PyTuple_GET_SIZE(reduced) == 2)
		names = Py_NewRef(PyTuple_GET_ITEM(reduced, 1));
	PyErr_Clear();
	Py_XDECREF(reduced);
	if (names && (!PyTuple_CheckExact(names) || PyTuple_GET_SIZE(names) > MAX_COLUMNS))
		Py_CLEAR(names);
	return names;
}

static bool is_one_of(const char *name, const char *const *names)
{
	while (*names && strcmp(name, *names) != 0)
		names++;
	return *names != NULL;
}

/* Whether it looks only at an argument that is a value of a builtin type. */
static bool is_plain_function(PyObject *function)
{
	static const char *const functions[] = { "len", "abs", "ord", NULL },
				 *const of_lists[] = { "__getitem__", NULL },
				 *const of_dicts[] = { "__getitem__", "get", NULL },
				 *const of_strs[] = { "lower",  "upper", "casefold", "strip",      "lstrip",
						      "rstrip", "title", "swapcase", "capitalize", NULL };
	if (function == (PyObject *)&PyLong_Type || function == (PyObject *)&PyFloat_Type ||
	    function == (PyObject *)&PyUnicode_Type)
		return true;
	if (Py_IS_TYPE(function, &PyMethodDescr_Type))
		return ((PyDescrObject *)function)->d_type == &PyUnicode_Type &&
		       is_one_of(((PyMethodDescrObject *)function)->d_method->ml_name, of_strs);
	if (!PyCFunction_CheckExact(function))
		return false;
	const char *name = ((PyCFunctionObject *)function)->m_ml->ml_name;
	PyObject *self = PyCFunction_GET_SELF(function), *module = ((PyCFunctionObject *)function)->m_module;
	if (self && PyList_CheckExact(self))
		return is_one_of(name, of_lists);
	if (self && PyDict_CheckExact(self))
		return is_one_of(name, of_dicts);
	return module && PyUnicode_Check(module) && PyUnicode_CompareWithASCIIString(module, "builtins") == 0 &&
	       is_one_of(name, functions);
}

static bool is_plain_value(PyObject *o)
{
	return PyUnicode_CheckExact(o) || PyLong_CheckExact(o) || PyFloat_CheckExact(o);
}

/* Whether looking a plain value up runs no Python code: there is nothing else that it could be compared with. */
static bool has_plain_keys(PyObject *dict, Py_ssize_t n_items)
{
	Py_ssize_t at = 0;
	PyObject *key, *value;
	if (PyDict_GET_SIZE(dict) / MAX_DICT_KEYS > n_items)
		return false;
	while (PyDict_Next(dict, &at, &key, &value))
		if (!is_plain_value(key))
			return false;
	return true;
}

static struct getter getter_of(PyObject *function, Py_ssize_t n_items)
{
	struct getter g = { kind_of_operator(function), function, NULL };
	if (g.kind != GETTER_UNKNOWN) {
		g.names = names_of_operator(function);
		if (!g.names)
			g.kind = GETTER_UNKNOWN;
	} else if (is_plain_function(function)) {
		PyObject *self = PyCFunction_CheckExact(function) ? PyCFunction_GET_SELF(function) : NULL;
		bool looks_up = self && PyDict_CheckExact(self);
		g.kind = looks_up && !has_plain_keys(self, n_items) ? GETTER_UNKNOWN : GETTER_CALL;
	}
	return g;
}

/* Borrowed; NULL, without an exception: it is not known, or there is none. */
static PyObject *item_of(PyObject *o, PyObject *name)
{
	if (PyDict_CheckExact(o))
		return PyUnicode_CheckExact(name) && dict_has_str_keys(o) ? PyDict_GetItemWithError(o, name) : NULL;
	if ((!PyTuple_CheckExact(o) && !PyList_CheckExact(o)) || !PyLong_CheckExact(name))
		return NULL;
	int overflow = 0;
	Py_ssize_t n = Py_SIZE(o), index = (Py_ssize_t)PyLong_AsLongLongAndOverflow(name, &overflow);
	index += index < 0 ? n : 0;
	return overflow || index < 0 || index >= n ? NULL : PySequence_Fast_ITEMS(o)[index];
}

/* By one name: what the key is; by several: its parts. */
static bool add_got(struct keys *keys, const struct getter *g, PyObject **items, Py_ssize_t n)
{
	Py_ssize_t n_names = PyTuple_GET_SIZE(g->names);
	PyObject *parts[MAX_COLUMNS];
	bool all = true;
	keys_begin(keys, (uint32_t)n_names, n);
	for (Py_ssize_t i = 0; all && i < n; i++) {
		for (Py_ssize_t k = 0; k < n_names; k++) {
			PyObject *name = PyTuple_GET_ITEM(g->names, k);
			parts[k] =
				g->kind == GETTER_ITEMS ? item_of(items[i], name) : instance_attribute(items[i], name);
		}
		all = add_parts(keys, parts, n_names);
	}
	return all;
}

/* Whether the function may be asked for that item's key. */
static bool may_call(const struct getter *g, PyObject *item)
{
	if (is_plain_value(item))
		return true;
	PyObject *self = PyCFunction_CheckExact(g->function) ? PyCFunction_GET_SELF(g->function) : NULL;
	bool is_of_module = self && !PyList_CheckExact(self) && !PyDict_CheckExact(self);
	return is_of_module && (PyList_CheckExact(item) || PyTuple_CheckExact(item) || PyDict_CheckExact(item));
}

/* The keys are objects of their own. */
static bool add_called(struct keys *keys, const struct getter *g, PyObject **items, Py_ssize_t n)
{
	keys->objects = PyMem_New(PyObject *, (size_t)n);
	for (Py_ssize_t i = 0; keys->objects && i < n; i++) {
		PyObject *key = may_call(g, items[i]) ? PyObject_CallOneArg(g->function, items[i]) : NULL;
		if (!key) {
			PyErr_Clear(); /* list.sort() meets it, too */
			return false;
		}
		keys->objects[keys->n_objects++] = key;
	}
	return keys->objects && add_all(keys, keys->objects, n);
}

/* Whether something about a list that is sorted in place could be asked. */
static bool sees_list(const struct keys *keys, const struct getter *g, PyObject *const *items, Py_ssize_t n)
{
	if (!keys->list)
		return false;
	for (Py_ssize_t i = 0; i < n; i++)
		if (items[i] == keys->list)
			return true;
	return PyCFunction_CheckExact(g->function) && PyCFunction_GET_SELF(g->function) == keys->list;
}

static bool add_keys(struct keys *keys, const struct getter *g, PyObject **items, Py_ssize_t n)
{
	if (sees_list(keys, g, items, n))
		return false;
	return g->kind == GETTER_CALL ? add_called(keys, g, items, n) : add_got(keys, g, items, n);
}

/* ---- lists ------------------------------------------------------------------- */

/* list.sort(), as sorted() calls it. */
static int sort_as_list(PyObject *list, PyObject *function, bool reverse)
{
	static PyObject *name, *names;
	if (!function && !reverse)
		return PyList_Sort(list);
	if (!interned_or_null(&name, "sort") || (!names && !(names = Py_BuildValue("(ss)", "key", "reverse"))))
		return -1;
	PyObject *args[] = { list, function ? function : Py_None, reverse ? Py_True : Py_False };
	PyObject *none = PyObject_VectorcallMethod(name, args, 1 | PY_VECTORCALL_ARGUMENTS_OFFSET, names);
	Py_XDECREF(none);
	return none ? 0 : -1;
}

static int sort_list(PyObject *list, PyObject *function, bool reverse, bool in_place)
{
	struct keys keys = { .list = in_place ? list : NULL };
	struct getter g = { 0 };
	if (function)
		g = getter_of(function, PyList_GET_SIZE(list)); /* which may change the list: garbage is collected */
	Py_ssize_t n = PyList_GET_SIZE(list);
	PyObject **items = ((PyListObject *)list)->ob_item;
	bool known = n > 1 && (!function || g.kind != GETTER_UNKNOWN);
	bool sorted = known && (function ? add_keys(&keys, &g, items, n) : add_all(&keys, items, n)) &&
		      sort_items(&keys, reverse, items, n);
	keys_free(&keys);
	Py_XDECREF(g.names);
	return sorted ? 0 : sort_as_list(list, function, reverse);
}

int pf_rt_list_sort(PyObject *list)
{
	return sort_list(list, NULL, false, true);
}

int pf_rt_list_sort_by(PyObject *list, PyObject *function, int64_t reverse)
{
	return sort_list(list, Py_IsNone(function) ? NULL : function, reverse != 0, true);
}

PyObject *pf_rt_sorted(PyObject *iterable, PyObject *function, int64_t reverse)
{
	PyObject *list = PySequence_List(iterable);
	if (list && sort_list(list, Py_IsNone(function) ? NULL : function, reverse != 0, false) < 0)
		Py_CLEAR(list);
	return list;
}

/* ---- keys from native code ----------------------------------------------------- */

/* While native code computes keys nothing else runs.  Where it leaves before it has sorted, they stay for the next. */
static struct keys native_keys;

static int64_t native_shape; /* of the rows: 0, or how many items their tuples have; -1: there are none yet */
static bool native_failed;   /* one cannot be sorted so */

enum { PLACES = 8 /* see jit/build_sort.c */ };

int64_t pf_rt_keys_begin(PyObject *list)
{
	keys_begin(&native_keys, 1, PyList_GET_SIZE(list));
	native_shape = -1;
	native_failed = false;
	return 0;
}

/* The column of a part; NULL: the rows differ. */
static struct column *column_of(int64_t place)
{
	int64_t column = place % PLACES, shape = place / PLACES;
	if (native_shape < 0) {
		native_shape = shape;
		native_keys.n_columns = shape > 0 ? (uint32_t)shape : 1;
	}
	return native_shape == shape && column < MAX_COLUMNS ? &native_keys.columns[column] : NULL;
}

int64_t pf_rt_key_i64(int64_t place, int64_t value)
{
	struct column *c = column_of(place);
	native_failed |= !c || !add_int(&native_keys, c, value);
	return 0;
}

int64_t pf_rt_key_f64(int64_t place, double value)
{
	struct column *c = column_of(place);
	native_failed |= !c || !add_float(&native_keys, c, value);
	return 0;
}

/* A tuple that is all of a key has its parts. */
int64_t pf_rt_key_object(int64_t place, PyObject *value)
{
	Py_ssize_t n = place == 0 && PyTuple_CheckExact(value) ? PyTuple_GET_SIZE(value) : 0;
	if (native_failed)
		return 0;
	struct column *c = n <= MAX_COLUMNS ? column_of(n > 0 ? n * PLACES : place) : NULL;
	if (n > 0)
		native_failed = !c || !add_parts(&native_keys, ((PyTupleObject *)value)->ob_item, n);
	else
		native_failed = !c || !add_object(&native_keys, c, value);
	return 0;
}

/* Whether they can be sorted. */
int64_t pf_rt_keys_end(void)
{
	return !native_failed;
}

PyObject *pf_rt_listed(PyObject *object)
{
	bool is_container = PyTuple_CheckExact(object) || PyDict_CheckExact(object) || PyAnySet_CheckExact(object) ||
			    PyRange_Check(object) || Py_IS_TYPE(object, &PyDictItems_Type) ||
			    Py_IS_TYPE(object, &PyDictKeys_Type) || Py_IS_TYPE(object, &PyDictValues_Type);
	return is_container ? PySequence_List(object) : Py_NewRef(object);
}

/* So many rows were as many as one can see: the memory of more is not kept. */
static void native_keys_end(void)
{
	if (native_keys.room > KEPT_ROWS)
		keys_free(&native_keys);
}

int pf_rt_keys_sort(PyObject *list, int64_t reverse)
{
	bool sorted = sort_items(&native_keys, reverse != 0, ((PyListObject *)list)->ob_item, PyList_GET_SIZE(list));
	native_keys_end();
	if (!sorted)
		PyErr_NoMemory();
	return sorted ? 0 : -1;
}

PyObject *pf_rt_keys_sorted(PyObject *list, int64_t reverse)
{
	int collects = PyGC_Disable(); /* or finalizers could change the list, and sort something else */
	PyObject *copy = PyList_GetSlice(list, 0, PyList_GET_SIZE(list));
	if (collects)
		(void)PyGC_Enable();
	if (copy && pf_rt_keys_sort(copy, reverse) < 0)
		Py_CLEAR(copy);
	return copy;
}

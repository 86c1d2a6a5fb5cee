/* rt.h - the runtime interface of emitted code.
 *
 * Emitted code contains no address of any process: it is called with a pointer to struct rt and reaches through it.
 * One X-macro list, from which the struct, the emitter's view of it and the hash that guards stored code are made.
 *
 * A native function is
 *     PyObject *symbol(const struct rt *rt, PyObject *const *consts, PyObject *const *args, struct side_exit *exit)
 * rt, consts (see struct unit_const) and args (borrowed, one for each param) are never NULL.  It returns a new
 * reference; or NULL with exit->number >= 0 after storing that exit's slots (a side exit: nothing is owned by the
 * slots); it never returns NULL with exit->number < 0 unless an exception is set. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct _object PyObject;

enum { SIDE_EXIT_MAX_SLOTS = 1024 }; /* a function that needs more is refused as too big */

struct side_exit {
	int64_t number; /* which exit of struct unit_function; the dispatcher sets -1 before the call */
	union side_exit_slot {
		int64_t i;
		double f;
		PyObject *o;
	} slot[SIDE_EXIT_MAX_SLOTS];
};

/* F(NAME, X): functions of module math that are the function of C of that name, but for what they raise where its
 * result is not finite (Modules/mathmodule.c, FUNC1()); those of two operands for operands that are finite, too. */
/* clang-format off */
#define RT_MATH_FUNCTIONS(F, X)                                                                                        \
	F(acos, X) F(acosh, X) F(asin, X) F(asinh, X) F(atan, X) F(atanh, X) F(cbrt, X) F(cos, X) F(cosh, X) F(exp, X)  \
	F(exp2, X) F(expm1, X) F(log, X) F(log10, X) F(log1p, X) F(log2, X) F(sin, X) F(sinh, X) F(tan, X) F(tanh, X)
/* clang-format on */
#define RT_MATH_FUNCTIONS_OF_TWO(F, X) F(atan2, X) F(copysign, X) F(fmod, X) F(pow, X)
#define RT_MATH_MEMBER(name, X)        X(math_##name, d, "d", (double x))
#define RT_MATH_MEMBER_OF_TWO(name, X) X(math_##name, d, "dd", (double x, double y))

/* Functions of C modules that emitted code does itself. */
enum rt_c_function {
#define F(name, unused) RT_C_math_##name,
	RT_MATH_FUNCTIONS(F, ) RT_MATH_FUNCTIONS_OF_TWO(F, )
#undef F
		RT_C_math_sqrt,
	RT_C_math_fabs,
	RT_C_math_floor,
	RT_C_math_ceil,
	RT_C_math_trunc,
	RT_C_math_degrees,
	RT_C_math_radians,
	RT_C_math_isnan,
	RT_C_cmath_exp,
	RT_C_cmath_rect,
	RT_C_cmath_phase,
	RT_C_operator_index,
	RT_C_heapq_heappush,
	RT_C_heapq_heappop,
	RT_C_heapq_heapreplace,
	RT_C_heapq_heappushpop,
	RT_C_bisect_bisect_left,
	RT_C_bisect_bisect_right,
	RT_C_bisect_insort_left,
	RT_C_bisect_insort_right,
	RT_C_FUNCTION_COUNT
};

/* X(NAME, CLASS, "text"): exceptions of operations that emitted code does by itself. */
#define RT_FAILURES(X)                                                           \
	X(LIST_INDEX, IndexError, "list index out of range")                     \
	X(LIST_STORE, IndexError, "list assignment index out of range")          \
	X(LIST_POP, IndexError, "pop from empty list")                           \
	X(TUPLE_INDEX, IndexError, "tuple index out of range")                   \
	X(STR_INDEX, IndexError, "string index out of range")                    \
	X(INT_DIV, ZeroDivisionError, "division by zero")                        \
	X(INT_FLOORDIV, ZeroDivisionError, "integer division or modulo by zero") \
	X(INT_MOD, ZeroDivisionError, "integer modulo by zero")                  \
	X(FLOAT_DIV, ZeroDivisionError, "float division by zero")                \
	X(FLOAT_FLOORDIV, ZeroDivisionError, "float floor division by zero")     \
	X(FLOAT_MOD, ZeroDivisionError, "float modulo")                          \
	X(NO_MORE, StopIteration, NULL)

enum rt_failure {
#define X(name, class, text) RT_FAILURE_##name,
	RT_FAILURES(X)
#undef X
		RT_FAILURE_COUNT
};

/* X(NAME, RESULT, "parameters", (PARAMETERS)).  The letters are for the emitter: i = int64_t, d = double,
 * o = PyObject *, v = PyObject *const *, I = int64_t *, D = double *, C = int64_t, a
 * constant: where a cache is in consts. Results: o, d, b = int (0 or 1). */
#define RT_FUNCTIONS(X)                                                                                                \
	/* New references; NULL with MemoryError. */                                                                   \
	X(box_i64, o, "i", (int64_t value))                                                                            \
	X(box_f64, o, "d", (double value))                                                                             \
	X(box_u64, o, "i", (int64_t bits)) /* of an int without a sign */                                              \
	X(box_complex, o, "dd", (double real, double imag))                                                            \
	X(box_bool, o, "i", (int64_t value))                                                                           \
	X(box_i128, o, "ii", (int64_t low, int64_t high))                                                              \
	X(new_ref, o, "o", (PyObject * object))                                                                        \
	/* 1 and *ret if the object is exactly of the type (and fits), else 0.  Never raise. */                        \
	X(unbox_i64, b, "oI", (PyObject * object, int64_t * ret))                                                      \
	X(unbox_f64, b, "oD", (PyObject * object, double *ret))                                                        \
	X(to_f64, b, "oD", (PyObject * object, double *ret)) /* float, bool, or int that fits, as a double */          \
	X(unbox_bool, b, "oI", (PyObject * object, int64_t * ret))                                                     \
	X(unbox_u64, b, "oI", (PyObject * object, int64_t * ret))    /* of an int without a sign */                    \
	X(unbox_subint, b, "oI", (PyObject * object, int64_t * ret)) /* of a subclass that calculates as int does */   \
	/* Whether the global named consts[index] is the object consts[index + 1].  Never raises. */                   \
	X(global_is, b, "viii", (PyObject *const *consts, int64_t globals, int64_t index, int64_t at))                 \
	/* CPython's results to the last bit; 0 where CPython raises or leaves the type: the caller exits. */          \
	X(i64_pow, b, "iiI", (int64_t base, int64_t exponent, int64_t * ret))                                          \
	X(i64_mulmod, i, "iii", (int64_t a, int64_t b, int64_t modulus)) /* which is not 0 */                          \
	X(i64_powmod, b, "iiiI", (int64_t base, int64_t exponent, int64_t modulus, int64_t * ret))                     \
	X(f64_pow, b, "ddD", (double base, double exponent, double *ret))                                              \
	X(f64_floordiv, d, "dd", (double a, double b)) /* divisor not 0 */                                             \
	X(f64_mod, d, "dd", (double a, double b))      /* divisor not 0 */                                             \
	/* The functions of C that those of module math are, and rounding to even. */                                  \
	RT_MATH_FUNCTIONS(RT_MATH_MEMBER, X)                                                                           \
	RT_MATH_FUNCTIONS_OF_TWO(RT_MATH_MEMBER_OF_TWO, X)                                                             \
	X(f64_hypot, d, "dd", (double x, double y))                                                                    \
	X(f64_rint, d, "d", (double x))                                                                                \
	/* What the module has under that name, borrowed, with a cache of two words, which emitted code looks at: the  \
	 * version of the module's dict, and that; NULL, without an exception, if it is no module, or has none. */     \
	X(module_attr, o, "vooC", (PyObject *const *consts, PyObject *module, PyObject *name, int64_t at))             \
	/* The same of a class: a value that is no descriptor; with a cache of RT_CLASS_ATTR_CACHE words. */           \
	X(class_attr, o, "vooC", (PyObject *const *consts, PyObject *class, PyObject *name, int64_t at))               \
	/* Whether object is that function, of enum rt_c_function; a cache of one word: the definition that it had. */ \
	X(c_function_is, b, "voCi", (PyObject *const *consts, PyObject *object, int64_t at, int64_t which))            \
	/* Python's operations on objects, as Python/ceval.c does them: may run any Python code.  New references;      \
	 * NULL, or -1, with an exception. V: a vector of objects and their number. */                                 \
	X(binary, o, "ooi", (PyObject * a, PyObject * b, int64_t op)) /* op: NB_* of opcode.h */                       \
	X(append_str, o, "oo", (PyObject * a, PyObject * b))          /* a + b; takes a over */                        \
	/* The same of ints of any size: objects that are exactly ints, and ints of 64 bits. */                        \
	X(int_binary, o, "ooi", (PyObject * a, PyObject * b, int64_t op))                                              \
	X(int_binary_i64, o, "oii", (PyObject * a, int64_t b, int64_t op))                                             \
	X(i64_binary_int, o, "ioi", (int64_t a, PyObject * b, int64_t op))                                             \
	X(i64_binary, o, "iii", (int64_t a, int64_t b, int64_t op))                                                    \
	X(int_divmod, o, "ooO", (PyObject * a, PyObject * b, PyObject * *ret_rest))                                    \
	X(int_divmod_i64, i, "oiO", (PyObject * a, int64_t b, PyObject * *ret_quotient)) /* b is positive */           \
	X(int_powmod, o, "ooo", (PyObject * a, PyObject * b, PyObject * modulus))                                      \
	X(int_power, o, "oo", (PyObject * a, PyObject * b))                                                            \
	X(int_absolute, o, "o", (PyObject * a))                                                                        \
	X(int_bit_length, i, "o", (PyObject * a)) /* never raises, as the next ones */                                 \
	X(int_bit_count, i, "o", (PyObject * a))                                                                       \
	X(int_mod_i64, i, "oi", (PyObject * a, int64_t modulus))           /* which is positive */                     \
	X(int_low_bits, i, "o", (PyObject * a))                            /* of its two's complement; never raises */ \
	X(int_compare, b, "ooi", (PyObject * a, PyObject * b, int64_t op)) /* op: Py_LT to Py_GE; never raise */       \
	X(int_compare_i64, b, "oii", (PyObject * a, int64_t b, int64_t op))                                            \
	X(negative, o, "o", (PyObject * a))                                                                            \
	X(positive, o, "o", (PyObject * a))                                                                            \
	X(invert, o, "o", (PyObject * a))                                                                              \
	X(compare, o, "ooi", (PyObject * a, PyObject * b, int64_t op)) /* op: Py_LT to Py_GE */                        \
	/* 1, 0; or 2 and *ret: no bool. */                                                                            \
	X(compare_quick, i, "ooiO", (PyObject * a, PyObject * b, int64_t op, PyObject * *ret))                         \
	/* The builtin of that name, called with a; what is a list or tuple of numbers, or of bytes, is done here. */  \
	X(sum, o, "oo", (PyObject * builtin, PyObject * a))                                                            \
	X(min, o, "oo", (PyObject * builtin, PyObject * a))                                                            \
	X(max, o, "oo", (PyObject * builtin, PyObject * a))                                                            \
	X(str_equal, b, "oo", (PyObject * a, PyObject * b)) /* of strs */                                              \
	X(truth, b, "o", (PyObject * a))                                                                               \
	X(contains, b, "oo", (PyObject * item, PyObject * container))                                                  \
	/* isinstance(); quick runs no Python code: -1 if it cannot tell without. */                                   \
	X(instance_quick, b, "oo", (PyObject * object, PyObject * class))                                              \
	X(length_quick, i, "o", (PyObject * a)) /* likewise */                                                         \
	X(truth_quick, b, "o", (PyObject * a))                                                                         \
	X(is_instance, b, "oo", (PyObject * object, PyObject * class))                                                 \
	/* Patterns of match: whether the object's type has that Py_TPFLAGS_*; 1 and a new tuple of what was found, 0  \
	 * and NULL, or -1. */                                                                                         \
	X(has_type_flag, i, "oi", (PyObject * object, int64_t flag))                                                   \
	X(match_class, i, "oooiO",                                                                                     \
	  (PyObject * subject, PyObject * class, PyObject * names, int64_t n, PyObject * *ret))                        \
	X(match_keys, i, "ooO", (PyObject * subject, PyObject * keys, PyObject * *ret))                                \
	X(get_item, o, "oo", (PyObject * container, PyObject * key))                                                   \
	X(set_item, b, "ooo", (PyObject * container, PyObject * key, PyObject * value))                                \
	X(del_item, b, "oo", (PyObject * container, PyObject * key))                                                   \
	/* The same for a slice, given by its numbers; given: a bit for each of them that is not None; RT_SLICE_LAST   \
	 */                                                                                                            \
	X(get_slice, o, "oiiii", (PyObject * a, int64_t start, int64_t stop, int64_t step, int64_t given))             \
	X(set_slice, b, "ooiiii",                                                                                      \
	  (PyObject * a, PyObject * value, int64_t start, int64_t stop, int64_t step, int64_t given))                  \
	X(del_slice, b, "oiiii", (PyObject * a, int64_t start, int64_t stop, int64_t step, int64_t given))             \
	X(dict_item, o, "oo", (PyObject * dict, PyObject * key)) /* an exact dict; borrowed */                         \
	/* Keys that are a tuple of n ints, or an int: n is 0. */                                                      \
	X(dict_item_ints, o, "oiiii", (PyObject * dict, int64_t n, int64_t a, int64_t b, int64_t c))                   \
	/* The same; NULL, maybe without an exception. */                                                              \
	X(dict_find, o, "oo", (PyObject * dict, PyObject * key))                                                       \
	X(dict_find_ints, o, "oiiii", (PyObject * dict, int64_t n, int64_t a, int64_t b, int64_t c))                   \
	X(get_item_ints, o, "oiiii", (PyObject * container, int64_t n, int64_t a, int64_t b, int64_t c))               \
	X(contains_ints, b, "oiiii", (PyObject * container, int64_t n, int64_t a, int64_t b, int64_t c))               \
	X(set_item_ints, b, "ooiiii",                                                                                  \
	  (PyObject * container, PyObject * value, int64_t n, int64_t a, int64_t b, int64_t c))                        \
	X(set_item_ints_i64, b, "oiiiii",                                                                              \
	  (PyObject * container, int64_t value, int64_t n, int64_t a, int64_t b, int64_t c))                           \
	X(set_item_ints_f64, b, "odiiii",                                                                              \
	  (PyObject * container, double value, int64_t n, int64_t a, int64_t b, int64_t c))                            \
	X(set_item_i64, b, "ooi", (PyObject * container, PyObject * key, int64_t value))                               \
	X(set_item_f64, b, "ood", (PyObject * container, PyObject * key, double value))                                \
	X(set_add_ints, b, "oiiii", (PyObject * set, int64_t n, int64_t a, int64_t b, int64_t c))                      \
	/* set.remove() if must, else discard(). */                                                                    \
	X(set_discard, b, "ooi", (PyObject * set, PyObject * item, int64_t must))                                      \
	X(set_discard_ints, b, "oiiiii", (PyObject * set, int64_t must, int64_t n, int64_t a, int64_t b, int64_t c))   \
	X(dict_pop, o, "ooo", (PyObject * dict, PyObject * key, PyObject * otherwise)) /* NULL: raises KeyError */     \
	X(dict_setdefault, o, "ooo", (PyObject * dict, PyObject * key, PyObject * otherwise))                          \
	X(length, i, "o", (PyObject * a))                                                                              \
	/* at: where in consts the cache of this place is, RT_ATTR_CACHE words; kind: what emitted code looks for by   \
	 * itself in the first entry, enum rt_attr_kind */                                                             \
	X(get_attr, o, "vooCi", (PyObject *const *consts, PyObject *a, PyObject *name, int64_t at, int64_t kind))      \
	/* Borrowed from the object or its class, and no Python code runs; NULL, without an exception: there is none,  \
	 * or it is not known without. */                                                                              \
	X(attr_value, o, "vooCi", (PyObject *const *consts, PyObject *a, PyObject *name, int64_t at, int64_t kind))    \
	/* The same of a method of its class. */                                                                       \
	X(attr_function, o, "vooCi", (PyObject *const *consts, PyObject *a, PyObject *name, int64_t at, int64_t kind)) \
	X(set_attr, b, "voooCi",                                                                                       \
	  (PyObject *const *consts, PyObject *a, PyObject *name, PyObject *value, int64_t at, int64_t kind))           \
	/* The same of a number where a has a number, or of a bool where it has a bool, whose place it takes; takes    \
	 * the value over.  -1, without an exception, if not. */                                                       \
	X(put_attr, b, "voooCi",                                                                                       \
	  (PyObject *const *consts, PyObject *a, PyObject *name, PyObject *value, int64_t at, int64_t kind))           \
	/* The instance, borrowed, that a has under that name, if it is one of the record of that class and code that  \
	 * nobody else refers to, and has numbers only: it may become another.  NULL, without an exception, if not. */ \
	X(old_record, o, "vooCoo",                                                                                     \
	  (PyObject *const *consts, PyObject *a, PyObject *name, int64_t at, PyObject *class, PyObject *code))         \
	/* The function, borrowed, that the class of a has under that name for a use, enum rt_use; NULL, without an    \
	 * exception, if anything else is to be done.  The cache remembers the class's version plus one, and that. */  \
	X(type_method, o, "vooCi", (PyObject *const *consts, PyObject *a, PyObject *name, int64_t at, int64_t use))    \
	/* The same where b, the other operand of an operator, has a say unless its class is that of a, or none that   \
	 * would be asked.  The cache has a third word: the version, plus one, of the last such class. */              \
	X(type_method_of_two, o, "voooCi",                                                                             \
	  (PyObject *const *consts, PyObject *a, PyObject *b, PyObject *name, int64_t at, int64_t use))                \
	/* The same of a class whose instances have nothing that hides it. */                                          \
	X(class_method, o, "vooCi",                                                                                    \
	  (PyObject *const *consts, PyObject *class, PyObject *name, int64_t at, int64_t use))                         \
	/* The operator's result: if it is NotImplemented, takes it over and raises what CPython does then. */         \
	X(implemented, b, "oooi", (PyObject * result, PyObject * a, PyObject * b, int64_t op))                         \
	/* The same of a comparison: what the other operand says then. */                                              \
	X(compare_rest, o, "oooi", (PyObject * result, PyObject * a, PyObject * b, int64_t op))                        \
	X(del_attr, b, "oo", (PyObject * a, PyObject * name))                                                          \
	/* Two results: *ret and what is returned are what CALL finds on the stack: NULL and a bound thing, or a       \
	 * method and self. */                                                                                         \
	X(load_method, o, "vooCiO",                                                                                    \
	  (PyObject *const *consts, PyObject *a, PyObject *name, int64_t at, int64_t kind, PyObject **ret))            \
	/* The same for super().name in a method whose class the cell has, by a cache of three words; NULL, without an \
	 * exception, if it is no method: the caller exits. */                                                         \
	X(load_super, o, "voooCO",                                                                                     \
	  (PyObject *const *consts, PyObject *cell, PyObject *self, PyObject *name, int64_t at, PyObject **ret))       \
	/* The same for super(class, self).name. */                                                                    \
	X(load_super_of, o, "voooCO",                                                                                  \
	  (PyObject *const *consts, PyObject *class, PyObject *self, PyObject *name, int64_t at, PyObject **ret))      \
	/* The global named consts[index], borrowed, with a cache of three words; NULL, without an exception, if there \
	 * is none. */                                                                                                 \
	X(load_global, o, "viii", (PyObject *const *consts, int64_t globals, int64_t index, int64_t at))               \
	X(store_global, b, "ooo", (PyObject * globals, PyObject * name, PyObject * value))                             \
	X(get_iter, o, "o", (PyObject * a))                                                                            \
	X(next, o, "o", (PyObject * iterator)) /* NULL at the end, with or without StopIteration */                    \
	/* The key, and *ret: the value, of what iterates over the items of a dict; NULL as next. */                   \
	X(next_item, o, "oO", (PyObject * iterator, PyObject * *ret))                                                  \
	/* What `yield from` asks of an object, and what that has for it: 0, a value; 1, what it returned; in *ret. */ \
	X(yield_from, o, "o", (PyObject * a))                                                                          \
	X(send, i, "oO", (PyObject * iterator, PyObject * *ret))                                                       \
	X(next_ended, b, "", (void))                  /* after NULL: clears StopIteration */                           \
	X(unpack, o, "oi", (PyObject * a, int64_t n)) /* a tuple of just n */                                          \
	X(unpack_ex, o, "oii", (PyObject * a, int64_t before, int64_t after))                                          \
	X(format, o, "ooi",                                                                                            \
	  (PyObject * value, PyObject * spec, int64_t conversion)) /* FORMAT_VALUE's; spec or NULL */                  \
	X(str_of_i64, o, "i", (int64_t value))                     /* str() of an int */                               \
	X(str_of_f64, o, "d", (double value))                                                                          \
	/* format() with a format of RT_FORMAT_*. */                                                                   \
	X(format_i64, o, "ii", (int64_t value, int64_t format))                                                        \
	X(format_f64, o, "di", (double value, int64_t format))                                                         \
	/* The int that int() makes of an exact str; RT_NO_INT: it is another object, or CPython is to say.  The code  \
	 * point of an exact str of one character, else -1.  float() of a str. */                                      \
	X(int_of_str, i, "o", (PyObject * object))                                                                     \
	X(ord_of, i, "o", (PyObject * object))                                                                         \
	X(int_of_bytes, i, "oi", (PyObject * object, int64_t little))              /* int.from_bytes(), likewise */    \
	X(bytes_of_int, o, "iii", (int64_t value, int64_t length, int64_t little)) /* int.to_bytes() */                \
	X(bytes_of_byte, o, "i", (int64_t byte)) /* bytes([byte]): CPython keeps one of each */                        \
	X(bit_length, i, "i", (int64_t value))                                                                         \
	X(bit_count, i, "i", (int64_t value))                                                                          \
	X(is_whole, b, "d", (double value)) /* float.is_integer() */                                                   \
	X(float_of_str, o, "o", (PyObject * str))                                                                      \
	X(f64_round, d, "dd", (double x, double n)) /* round() to so many digits; not finite: CPython is to say */     \
	/* Methods of strs: of the part between start and end; direction: 1, or -1 from the end.  find: plus 1. */     \
	X(str_find, i, "ooiii", (PyObject * str, PyObject * part, int64_t start, int64_t end, int64_t direction))      \
	X(str_index, i, "ooiii", (PyObject * str, PyObject * part, int64_t start, int64_t end, int64_t direction))     \
	X(str_count, i, "ooii", (PyObject * str, PyObject * part, int64_t start, int64_t end))                         \
	X(str_matches, b, "ooiii", (PyObject * str, PyObject * part, int64_t start, int64_t end, int64_t direction))   \
	/* Whether a[start:stop] is the constant: of a str and a str, of a bytes or bytearray and a bytes. */          \
	X(part_equal, b, "ooiii", (PyObject * a, PyObject * constant, int64_t start, int64_t stop, int64_t given))     \
	X(dict_get, o, "ooo", (PyObject * dict, PyObject * key, PyObject * otherwise)) /* dict.get() of a dict */      \
	X(dict_get_i64, o, "ooi", (PyObject * dict, PyObject * key, int64_t otherwise))                                \
	X(dict_get_ints, o, "ooiiii",                                                                                  \
	  (PyObject * dict, PyObject * otherwise, int64_t n, int64_t a, int64_t b, int64_t c))                         \
	X(dict_get_ints_i64, o, "oiiiii",                                                                              \
	  (PyObject * dict, int64_t otherwise, int64_t n, int64_t a, int64_t b, int64_t c))                            \
	X(call, o, "V", (PyObject *const *stack, int64_t n))       /* NULL or method, callable or self, arguments */   \
	X(call_taken, o, "V", (PyObject *const *stack, int64_t n)) /* the same; taken, as for new_list */              \
	X(call_given, o, "iV", (int64_t given, PyObject *const *stack, int64_t n)) /* taken, also on failure: bits */  \
	/* The last ones are the names of as many before them. */                                                      \
	X(call_named, o, "iV", (int64_t n_names, PyObject *const *stack, int64_t n))                                   \
	X(call_kw, o, "oV", (PyObject * names, PyObject *const *stack, int64_t n))                                     \
	X(call_ex, o, "ooo", (PyObject * callable, PyObject * arguments, PyObject * keywords)) /* keywords or NULL */  \
	X(raise, b, "oo", (PyObject * exception, PyObject * cause)) /* cause or NULL; always -1 */                     \
	/* Handlers.  catch: the exception that is set, which is caught in the frame that runs; never NULL.  push_exc: \
	 * it is being handled; what was before it.  pop_exc: that is being handled again (taken).  match_exc: ...of   \
	 * class. */                                                                                                   \
	X(catch, o, "", (void))                                                                                        \
	X(handled_now, o, "", (void)) /* what is being handled */                                                      \
	X(push_exc, o, "o", (PyObject * exception))                                                                    \
	X(pop_exc, b, "o", (PyObject * previous))                                                                      \
	/* with_except: what __exit__, of self or NULL, says to an exception.  drop_at: a reference, may be NULL; the  \
	 * frame that runs is at that instruction if nobody has another. */                                            \
	X(with_except, o, "ooo", (PyObject * exit, PyObject * self, PyObject * exception))                             \
	X(drop_at, b, "oi", (PyObject * object, int64_t at))                                                           \
	X(match_exc, b, "oo", (PyObject * exception, PyObject * class))                                                \
	/* Whether a clause for what has that name takes exceptions of the class, by a cache of three words; -1:       \
	 * CPython is to say.  See exceptions.h. */                                                                    \
	X(is_handled, i, "voooC",                                                                                      \
	  (PyObject *const *consts, PyObject *globals, PyObject *class, PyObject *name, int64_t at))                   \
	/* Raise what enum rt_failure has; KeyError; -1 if an exception is set. */                                     \
	X(fail, b, "i", (int64_t failure))                                                                             \
	X(fail_key, b, "o", (PyObject * key))                                                                          \
	X(fail_key_ints, b, "iiii", (int64_t n, int64_t a, int64_t b, int64_t c))                                      \
	/* The next value of an iterator; NULL at its end, or with an exception, which may be a StopIteration that     \
	 * says something. */                                                                                          \
	/* Whether it is an instance of a class that is written in Python, of which list() does not ask the length. */ \
	X(gives_items, i, "o", (PyObject * object))                                                                    \
	X(next_or, o, "oo", (PyObject * iterator, PyObject * otherwise)) /* next(); otherwise may be NULL */           \
	X(next_value, o, "o", (PyObject * iterator))                                                                   \
	X(makes_manager, b, "o", (PyObject * function)) /* see managers.h */                                           \
	X(raised, b, "", (void))                                                                                       \
	/* Whether int() or float() of an exact str raises for sure. */                                                \
	X(int_fails, b, "o", (PyObject * str))                                                                         \
	X(float_fails, b, "o", (PyObject * str))                                                                       \
	X(is_plain_exception, b, "o", (PyObject * class))                                                              \
	X(before_with, o, "oO", (PyObject * manager, PyObject * *ret)) /* *ret: the bound __exit__ */                  \
	X(import, o, "voooo",                                                                                          \
	  (PyObject *const *consts, PyObject *globals, PyObject *name, PyObject *from, PyObject *level))               \
	X(import_from, o, "oo", (PyObject * module, PyObject * name))                                                  \
	/* New objects.  "taken": the references go over, if it succeeds. */                                           \
	X(new_list, o, "V", (PyObject *const *items, int64_t n))  /* taken */                                          \
	X(new_tuple, o, "V", (PyObject *const *items, int64_t n)) /* taken */                                          \
	X(new_set, o, "V", (PyObject *const *items, int64_t n))                                                        \
	X(new_dict, o, "V", (PyObject *const *items, int64_t n)) /* key, value, key, value... */                       \
	X(new_dict_of, o, "oV", (PyObject * keys, PyObject *const *values, int64_t n))                                 \
	X(new_str, o, "V", (PyObject *const *parts, int64_t n))                                                        \
	X(new_bound, o, "oo", (PyObject * function, PyObject * self))                /* taken; self or NULL */         \
	X(new_slice, o, "ooo", (PyObject * start, PyObject * stop, PyObject * step)) /* step or NULL */                \
	X(new_range, o, "iii", (int64_t start, int64_t stop, int64_t step))                                            \
	X(new_range_iter, o, "iii", (int64_t next, int64_t left, int64_t step))                                        \
	X(new_rev_iter, o, "oi", (PyObject * sequence, int64_t index))                                                 \
	X(new_seq_iter, o, "oi", (PyObject * sequence, int64_t index))                                                 \
	X(new_enumerate, o, "oii", (PyObject * sequence, int64_t index, int64_t count))                                \
	X(new_zip, o, "oi", (PyObject * sequences, int64_t index))                                                     \
	/* A bound method's function, NULL, without an exception, if it is none of a Python function; and its self. */ \
	X(bound_function, o, "o", (PyObject * method))                                                                 \
	X(bound_self, o, "o", (PyObject * method))                                                                     \
	X(new_cell, o, "o", (PyObject * value)) /* value or NULL */                                                    \
	X(new_function, o, "oooooo",                                                                                   \
	  (PyObject * globals, PyObject * code, PyObject * defaults, PyObject * kwdefaults, PyObject * annotations,    \
	   PyObject * closure))                                                                                        \
	X(list_append, b, "oo", (PyObject * list, PyObject * item)) /* item taken */                                   \
	/* The ints of a list or tuple, to memory that is number which of a few: where; NULL, without an exception:    \
	 * not all are ints of 64 bits, or they are too many. */                                                       \
	X(table_of, o, "oi", (PyObject * sequence, int64_t which))                                                     \
	X(new_bytearray, o, "", (void))                                                                                \
	X(bytearray_append, b, "oi", (PyObject * bytearray, int64_t byte))                                             \
	X(list_pop, o, "oi", (PyObject * list, int64_t index))                                                         \
	/* heapq of exact lists. */                                                                                    \
	X(heap_push, b, "oo", (PyObject * heap, PyObject * item))                                                      \
	X(heap_pop, o, "o", (PyObject * heap))                                                                         \
	X(heap_replace, o, "oo", (PyObject * heap, PyObject * item))                                                   \
	X(heap_pushpop, o, "oo", (PyObject * heap, PyObject * item))                                                   \
	/* bisect of exact lists: to the right of equal items, or else to their left. */                               \
	X(bisect, i, "ooi", (PyObject * list, PyObject * item, int64_t right))                                         \
	X(bisect_i64, i, "oii", (PyObject * list, int64_t value, int64_t right))                                       \
	X(bisect_f64, i, "odi", (PyObject * list, double value, int64_t right))                                        \
	X(insort, b, "ooi", (PyObject * list, PyObject * item, int64_t right))                                         \
	X(list_insert, b, "oio", (PyObject * list, int64_t index, PyObject * item)) /* item taken */                   \
	X(list_reverse, b, "o", (PyObject * list))                                                                     \
	X(list_sort, b, "o", (PyObject * list))                                                                        \
	/* The same by a function, or None; and sorted(). */                                                           \
	X(list_sort_by, b, "ooi", (PyObject * list, PyObject * function, int64_t reverse))                             \
	X(sorted, o, "ooi", (PyObject * iterable, PyObject * function, int64_t reverse))                               \
	X(listed, o, "o", (PyObject * object)) /* a list of what a container has; another object is its own */         \
	/* The same by keys that native code computes, for the items of a list: a part of the next one, with its place \
	 * (build_sort.c).  Then, whether they can be sorted so; and a list is sorted, or a sorted copy made. */       \
	X(keys_begin, i, "o", (PyObject * list))                                                                       \
	X(key_i64, i, "ii", (int64_t place, int64_t value))                                                            \
	X(key_f64, i, "id", (int64_t place, double value))                                                             \
	X(key_object, i, "io", (int64_t place, PyObject * value))                                                      \
	X(keys_end, i, "", (void))                                                                                     \
	X(keys_sort, b, "oi", (PyObject * list, int64_t reverse))                                                      \
	X(keys_sorted, o, "oi", (PyObject * list, int64_t reverse))                                                    \
	/* What deques do, of exactly that type; the item is taken. */                                                 \
	X(deque_append, b, "oo", (PyObject * deque, PyObject * item))                                                  \
	X(deque_appendleft, b, "oo", (PyObject * deque, PyObject * item))                                              \
	X(deque_pop, o, "o", (PyObject * deque))                                                                       \
	X(deque_popleft, o, "o", (PyObject * deque))                                                                   \
	X(deque_item, o, "oi", (PyObject * deque, int64_t index))                                                      \
	X(list_of_range, o, "iii", (int64_t start, int64_t stop, int64_t step))                                        \
	X(list_extend, b, "oo", (PyObject * list, PyObject * iterable))                                                \
	X(list_extend_ints, b, "oo",                                                                                   \
	  (PyObject * list, PyObject * tuple)) /* a constant of ints of 64 bits; of floats */                          \
	X(list_extend_floats, b, "oo", (PyObject * list, PyObject * tuple))                                            \
	X(list_to_tuple, o, "o", (PyObject * list))                                                                    \
	X(set_add, b, "oo", (PyObject * set, PyObject * item))                                                         \
	X(set_update, b, "oo", (PyObject * set, PyObject * iterable))                                                  \
	X(dict_set, b, "ooo", (PyObject * dict, PyObject * key, PyObject * value))                                     \
	X(dict_update, b, "oo", (PyObject * dict, PyObject * mapping))                                                 \
	X(dict_merge, b, "ooo", (PyObject * dict, PyObject * mapping, PyObject * callable))                            \
	/* An object whose last reference is gone, in the frame with these locals, which is at that instruction. */    \
	X(dealloc_at, b, "ooi", (PyObject * locals, PyObject * object, int64_t at))                                    \
	X(dealloc, b, "o", (PyObject * object)) /* its last reference is gone */                                       \
	X(drop, b, "o", (PyObject * object))    /* a reference */                                                      \
	/* list[index] = value, where that runs no Python code; else -1 and nothing is done: the caller exits. */      \
	/* Lists of numbers that no Python code sees, see rt_numbers.c: empty, with room for so many; one number n     \
	 * times; room for one more; the list that it is for Python code, which it keeps alive, or which takes its     \
	 * reference over; the end of a reference. */                                                                  \
	X(numbers_new, o, "ii", (int64_t kind, int64_t room))                                                          \
	X(numbers_repeat_i64, o, "ii", (int64_t value, int64_t n))                                                     \
	X(numbers_repeat_f64, o, "di", (double value, int64_t n))                                                      \
	X(numbers_grow, b, "o", (PyObject * numbers))                                                                  \
	X(numbers_to_list, o, "o", (PyObject * numbers))                                                               \
	X(numbers_drop, b, "o", (PyObject * numbers))                                                                  \
	/* What lists do, see rt_number_methods.c; a list of ints or floats of such a range, or of a constant tuple.   \
	 */                                                                                                            \
	X(numbers_of_range, o, "iii", (int64_t start, int64_t stop, int64_t step))                                     \
	X(numbers_get_slice, o, "oiiii", (PyObject * a, int64_t start, int64_t stop, int64_t step, int64_t given))     \
	X(numbers_set_slice, b, "ooiiii",                                                                              \
	  (PyObject * a, PyObject * value, int64_t start, int64_t stop, int64_t step, int64_t given))                  \
	X(numbers_del_slice, b, "oiiii", (PyObject * a, int64_t start, int64_t stop, int64_t step, int64_t given))     \
	X(numbers_append_row, b, "oo", (PyObject * a, PyObject * row)) /* taken */                                     \
	X(numbers_concat, o, "oo", (PyObject * a, PyObject * b))                                                       \
	X(numbers_extend, b, "oo", (PyObject * a, PyObject * b))                                                       \
	X(numbers_extend_const, b, "oo", (PyObject * a, PyObject * tuple))                                             \
	X(numbers_insert_i64, b, "oii", (PyObject * a, int64_t index, int64_t value))                                  \
	X(numbers_insert_f64, b, "oid", (PyObject * a, int64_t index, double value))                                   \
	X(numbers_remove, b, "oi", (PyObject * a, int64_t index)) /* which is in it, or negative from the end */       \
	X(numbers_reverse, b, "o", (PyObject * a))                                                                     \
	X(numbers_sort, b, "o", (PyObject * a))                                                                        \
	X(numbers_contain_i64, b, "oi", (PyObject * a, int64_t value))                                                 \
	X(numbers_sum, o, "oo", (PyObject * builtin, PyObject * a))                                                    \
	X(numbers_min, o, "oo", (PyObject * builtin, PyObject * a))                                                    \
	X(numbers_max, o, "oo", (PyObject * builtin, PyObject * a))                                                    \
	X(numbers_to_tuple, o, "o", (PyObject * a)) /* leaves it as it is */                                           \
	X(numbers_seen, o, "o", (PyObject * numbers))                                                                  \
	/* Whether it is a buffer of that kind, enum value_type: buffer_type().  Never raises. */                      \
	X(buffer_is, b, "oi", (PyObject * object, int64_t type))                                                       \
	X(array_append_i64, b, "oi", (PyObject * array, int64_t item))                                                 \
	X(array_append_f64, b, "od", (PyObject * array, double item))                                                  \
	X(set_list_i64, b, "oii", (PyObject * list, int64_t index, int64_t value))                                     \
	X(set_list_f64, b, "oid", (PyObject * list, int64_t index, double value))                                      \
	/* Direct calls.  Whether function has as its last defaults the n constants behind consts[index]; the cache    \
	 * remembers them. */                                                                                          \
	X(defaults_are, b, "voiii",                                                                                    \
	  (PyObject *const *consts, PyObject *function, int64_t index, int64_t n, int64_t at))                         \
	/* The locals of a new frame of function, which runs the code consts[index]; NULL, without an exception, if    \
	 * CPython must run the call. */                                                                               \
	X(call_enter, o, "voii", (PyObject *const *consts, PyObject *function, int64_t index, int64_t size))           \
	/* The __init__, borrowed, that calling this class calls, on an instance that object makes; NULL, without an   \
	 * exception: anything else.  The cache remembers the class, its version plus one, and that. */                \
	X(class_init, o, "voC", (PyObject *const *consts, PyObject *class, int64_t at))                                \
	X(exception_init, o, "voC", (PyObject *const *consts, PyObject *class, int64_t at)) /* of exceptions */        \
	/* The same if it has that code, which only stores its arguments as attributes, and the class lets it.  The    \
	 * first class that does is kept alive; any other is none. */                                                  \
	X(class_record, o, "voCi", (PyObject *const *consts, PyObject *class, int64_t at, int64_t index))              \
	/* Such an instance, with these attributes, which are taken, in the order of the code's names. */              \
	X(new_record, o, "ooV", (PyObject * class, PyObject * code, PyObject *const *values, int64_t n))               \
	/* The same where all of them are floats; RT_MAX_FLOATS at most, others are 0. */                              \
	X(new_record_f64, o, "ooidddd",                                                                                \
	  (PyObject * class, PyObject * code, int64_t n, double a, double b, double c, double d))                      \
	/* The same as call_enter for such an __init__, and *ret: the instance, a new reference. */                    \
	/* What an exception that was made of nothing was called with. */                                              \
	X(exception_args, b, "oV", (PyObject * exception, PyObject *const *args, int64_t n))                           \
	X(call_new, o, "vooiiO",                                                                                       \
	  (PyObject *const *consts, PyObject *class, PyObject *init, int64_t index, int64_t size, PyObject **ret))     \
	X(init_returned, b, "o", (PyObject * result)) /* takes it over; -1: it is not None */                          \
	/* A function that was called has left by an exit, so CPython finishes it in its frame, or has raised.  Its    \
	 * result; NULL with an exception.  The frame, if there is one (locals), is left; it counts as more calls more \
	 * than one.  NULL without one: the function was about to raise what the names (rt_names(), 0: none) stand     \
	 * for, and nobody can tell; globals: where those of the caller are. */                                        \
	X(call_odd, o, "voIiii",                                                                                       \
	  (PyObject *const *consts, PyObject *locals, int64_t *exit, int64_t more, int64_t globals, int64_t names))    \
	/* The items of a tuple that nobody else has, if their types are those that types says, four bits each, the    \
	 * first one lowest (enum rt_value), to values; it is dropped then.  Else 0. */                                \
	X(take_values, b, "oiI", (PyObject * object, int64_t types, int64_t * values))                                 \
	/* The same of an instance of that class, which has the attributes that such code stores, in its order, and no \
	 * others. */                                                                                                  \
	X(take_record, b, "oooiI",                                                                                     \
	  (PyObject * object, PyObject * class, PyObject * code, int64_t types, int64_t * values))                     \
	/* Frames that are made late (emit_frame.c): whether there is room for one; how many calls may be made in each \
	 * other, of functions that call others, before it must be asked again (0: CPython must make this one), if     \
	 * each takes so many words of the data stack, and bytes of the C stack, at most; the locals of the frame of a \
	 * call, which counts as more calls more than one, and was made with that record (enum rt_call): those above   \
	 * it are made first; the same of the function whose record it is. */                                          \
	X(call_room, b, "", (void))                                                                                    \
	X(call_levels, i, "iii", (int64_t words, int64_t bytes, int64_t deeper))                                       \
	X(call_late, o, "voiiiI",                                                                                      \
	  (PyObject *const *consts, PyObject *function, int64_t index, int64_t size, int64_t more, int64_t *record))   \
	X(call_frame, o, "vI", (PyObject *const *consts, int64_t *record))                                             \
	X(call_above, b, "vI", (PyObject *const *consts, int64_t *record)) /* only those of the callers */             \
	X(new_instance, o, "o",                                                                                        \
	  (PyObject * class)) /* of a class of class_init; NULL, without an exception: no memory */                    \
	X(call_leave, b, "o", (PyObject * locals))                                                                     \
	X(call_left, b, "o", (PyObject * locals)) /* the same for call_new */                                          \
	/* Called when *eval_breaker is not 0: 0 after giving other threads their turn, 1 if CPython's own loop must   \
	 * see to it (signals, pending calls, asynchronous exceptions): the caller exits. */                           \
	X(poll, b, "", (void))

#define RT_TYPE_o PyObject *
#define RT_TYPE_d double
#define RT_TYPE_b int
#define RT_TYPE_i int64_t

/* X(NAME, OBJECT): types that emitted code compares with. */
#define RT_TYPES(X)                               \
	X(int, PyLong_Type)                       \
	X(float, PyFloat_Type)                    \
	X(complex, PyComplex_Type)                \
	X(bool, PyBool_Type)                      \
	X(list, PyList_Type)                      \
	X(tuple, PyTuple_Type)                    \
	X(dict, PyDict_Type)                      \
	X(str, PyUnicode_Type)                    \
	X(set, PySet_Type)                        \
	X(range, PyRange_Type)                    \
	X(bytes, PyBytes_Type)                    \
	X(bytearray, PyByteArray_Type)            \
	X(module, PyModule_Type)                  \
	X(c_function, PyCFunction_Type)           \
	X(function, PyFunction_Type)              \
	X(dict_itemiterator, PyDictIterItem_Type) \
	X(deque, *deque_type())                   \
	X(numbers, *numbers_type())

enum { RT_NB_ADD = 0, RT_NB_MULTIPLY = 5, RT_NB_INPLACE_ADD = 13 }; /* NB_* of opcode.h */

/* What the items of a list of numbers are (numbers_new). */
enum rt_numbers { RT_NUMBERS_I64, RT_NUMBERS_F64, RT_NUMBERS_ROWS /* such lists */ };

enum rt_type {
#define X(name, type) RT_TYPE_ID_##name,
	RT_TYPES(X)
#undef X
		RT_TYPE_COUNT
};

/* The members of struct rt, in its order. */
enum rt_member {
#define X(name, result, letters, parameters) RT_MEMBER_##name,
	RT_FUNCTIONS(X)
#undef X
		RT_MEMBER_COUNT
};

/* A frame of CPython as emitted code sees it: words before its locals, which args points to.  Before anything that may
 * run Python code, the frame is told where it is, as CPython's own loop does.  cpython311_switch.c checks them. */
enum {
	RT_FRAME_FUNCTION = -9,
	RT_FRAME_GLOBALS,
	RT_FRAME_BUILTINS,
	RT_FRAME_LOCALS,
	RT_FRAME_CODE,
	RT_FRAME_OBJECT,
	RT_FRAME_PREVIOUS,
	RT_FRAME_INSTR,
	RT_FRAME_STACK_TOP /* an int; the rest of the word is 0 */
};                         /* in words */
/* A thread: Include/cpython/pystate.h.  In words, but for the recursion limit, in ints. */
enum {
	RT_THREAD_CFRAME = 7,
	RT_THREAD_RECURSION = 8,
	RT_THREAD_CHUNK = 37,
	RT_THREAD_STACK_TOP,
	RT_THREAD_STACK_LIMIT
};
enum { RT_CFRAME_FRAME = 1, RT_CHUNK_DATA = 3 }; /* in words; behind the data stack's link, size and top */
/* The record that a function has on the C stack of what it calls directly, in words.  The first two are all that there
 * is where it has a frame in any case: */
enum rt_call {
	RT_CALL_MADE,     /* the locals of the callee's frame; NULL: it has none */
	RT_CALL_ABOVE,    /* the caller's record, which says where this function's own frame is; NULL: it has one */
	RT_CALL_FUNCTION, /* borrowed */
	RT_CALL_WHAT,     /* see rt_call_what() */
	RT_CALL_AT,       /* which instruction calls */
	RT_CALL_HELD,     /* its locals that are objects, as long as it has no frame; only if there are any: a bit each,
			   * then a word each */
};
enum { RT_CALL_SIZE_SHIFT = 32, RT_CALL_FREE_SHIFT = 48, RT_CALL_HOLDS_SHIFT = 56 };
/* A function's code (an index of the constants), its frame's size, the number of its free variables, and whether it
 * holds locals. */
static inline int64_t rt_call_what(int64_t code, int64_t size, int64_t n_free, bool holds)
{
	return code | size << RT_CALL_SIZE_SHIFT | n_free << RT_CALL_FREE_SHIFT | (int64_t)holds << RT_CALL_HOLDS_SHIFT;
}
/* So many calls are made in each other before it is asked whether there may be more, and so many words their frames
 * take at most: there is room for them in a chunk of the data stack. */
enum { RT_CALL_LEVELS = 64, RT_CALL_WORDS = 1800 };
/* So many bytes of the C stack native code may use below the last loop of CPython's without asking whether there are
 * more: call_stack_is_short() says that so many are left in any case. */
enum { RT_STACK_NEAR = 64 << 10 };
/* C calls that CPython may be deep in without calling Python code, when it does what native code does by itself. */
enum { RT_NEAR_RECURSION_LIMIT = 16 };
enum { RT_CODE_FIRST_INSTR = 184 }; /* in bytes */
/* Of a code object: in words, and in 32 bits.  A stub has a flag of ours, and its first constant is an object of which
 * a word is the original code. */
enum { RT_CODE_CONSTS = 3, RT_CODE_FLAGS = 12, RT_CODE_IS_STUB = 1 << 30, RT_TUPLE_ITEMS = 3, RT_NATIVE_ORIGINAL = 2 };
enum {
	RT_FUNCTION_GLOBALS = 2,
	RT_FUNCTION_BUILTINS,
	RT_FUNCTION_CODE = 6,
	RT_FUNCTION_DEFAULTS = 7,
	RT_FUNCTION_CLOSURE = 9
}; /* in words */

/* Modules: Include/internal/pycore_moduleobject.h; functions of C: Include/cpython/methodobject.h. */
enum { RT_MODULE_DICT = 2, RT_C_FUNCTION_DEFINITION = 2 }; /* in words */

/* Types and instances: Include/cpython/object.h, Include/internal/pycore_dict.h.  cpython311_attr.c checks them. */
enum { RT_TYPE_VERSION = 384, RT_TYPE_KEYS = 872, RT_KEYS_COUNT = 24 }; /* in bytes */
/* The caches of class_attr: the versions of the class and of its own class, plus one; the value. */
enum { RT_CLASS_ATTR_VERSION, RT_CLASS_ATTR_META, RT_CLASS_ATTR_VALUE, RT_CLASS_ATTR_CACHE };
/* Those of type_method: the version of the class, plus one, its function, and the version of the other operand's. */
enum { RT_TYPE_METHOD = 1, RT_TYPE_METHOD_CACHE, RT_TYPE_METHOD_OTHER = 2, RT_TYPE_METHOD_OF_TWO_CACHE };
enum { RT_OBJECT_VALUES = -4, RT_OBJECT_DICT = -3 }; /* in words */
enum { RT_VALUES_SIZE = -2 }; /* in bytes; in front of it the order in which the values came, backwards */

/* A cache of attributes: entries of these words, zero at first.  The version is the type's, plus one; the count is that
 * of the keys that its instances share.  The first entry is for whichever type comes first, the others for those that
 * come then, each where the last bits of its version say, if that one is not another's. */
enum { RT_ATTR_VERSION, RT_ATTR_WHERE, RT_ATTR_COUNT, RT_ATTR_KIND, RT_ATTR_WORDS };
enum { RT_ATTR_OTHERS = 8, RT_ATTR_MISSES = (1 + RT_ATTR_OTHERS) * RT_ATTR_WORDS, RT_ATTR_CACHE };
/* Which word of the cache the entry of such a type begins at, by the version plus one. */
static inline uint64_t rt_attr_other(uint64_t version)
{
	return RT_ATTR_WORDS * (1 + version % RT_ATTR_OTHERS);
}

enum { RT_TABLES = 4, RT_TABLE_SIZE = 1024 };
enum { RT_MAX_VALUES = 8, RT_MAX_FLOATS = 4 };
enum rt_value { RT_VALUE_END, RT_VALUE_I64, RT_VALUE_F64, RT_VALUE_BOOL, RT_VALUE_OBJ, RT_VALUE_BITS = 4 };

/* What a method of a class is looked for: the value of a property, a[b], or an operator, of NB_* of opcode.h; the same
 * of the right operand, where the left one is a number. */
enum rt_use { RT_USE_GETTER, RT_USE_SETTER, RT_USE_METHOD, RT_USE_ITEM, RT_USE_COMPARE, RT_USE_BINARY };
enum { RT_USE_RIGHT = RT_USE_BINARY + 32 };

enum rt_attr_kind {
	RT_ATTR_NONE,
	RT_ATTR_VALUE,  /* where: index in the instance's values */
	RT_ATTR_SLOT,   /* where: offset in the instance */
	RT_ATTR_METHOD, /* where: a method of the type, which no attribute of instances with values can hide */
	RT_ATTR_PLAIN,  /* the same of instances without a dict */
	RT_ATTR_STATIC, /* as RT_ATTR_METHOD, but it does not take self; not looked for by emitted code */
	RT_ATTR_STATIC_PLAIN,
	RT_ATTR_BOUND, /* as RT_ATTR_STATIC: the function of a class method, which takes the class as self */
	RT_ATTR_BOUND_PLAIN,
	RT_ATTR_CLASS, /* an attribute of the class, as RT_ATTR_METHOD */
	RT_ATTR_CLASS_PLAIN,
	RT_ATTR_MEMBER, /* as RT_ATTR_VALUE, if the descriptor in count still gives that */
	/* The value of entry where of the dict that a function, an exception and the like point to, or an instance has
	 * instead of values, if the key there is count. */
	RT_ATTR_DICT,
	RT_ATTR_ITEM, /* where: index in the instance, a tuple whose class has a name for that item; only read */
};

/* A format of numbers: eight bits each, from that one on. The precision is one more, 0: none; sign: '-', '+' or ' '. */
enum {
	RT_FORMAT_TYPE = 0,
	RT_FORMAT_WIDTH = 8,
	RT_FORMAT_PRECISION = 16,
	RT_FORMAT_FILL = 24,
	RT_FORMAT_ALIGN = 32,
	RT_FORMAT_SIGN = 40,
	RT_FORMAT_COMMAS = 48
};
#define RT_NO_INT INT64_MIN

/* n constants from that index on, names of classes, as an operand; 0 is none such. */
enum { RT_NAMES_BITS = 8, RT_NAMES_STOP = -1 /* StopIteration, of which no name tells */ };
static inline int64_t rt_names(int64_t index, int64_t n)
{
	return index << RT_NAMES_BITS | n;
}

enum { RT_SLICE_LAST = 8 }; /* the value that is stored is the caller's, who drops it then */
enum { RT_CHARS = 256, RT_SMALLEST_INT = -5, RT_SMALL_INTS = 262 };

/* Strs: Include/cpython/unicodeobject.h. */
enum { RT_STR_HASH = 24, RT_STR_STATE = 32, RT_STR_ASCII_DATA = 48, RT_STR_DATA = 72 }; /* in bytes */
enum {
	RT_STR_ONE_BYTE = 0xa4,
	RT_STR_MASK = 0xbc,
	RT_STR_ASCII = 0x40
}; /* of the state: kind, compact, ready; ascii */

struct rt {
	const volatile int32_t *eval_breaker; /* CPython's, of this interpreter */
	const void *thread;                   /* where CPython has the thread that runs */
	const int64_t *deep;                  /* not 0: calls go deeper than RT_CALL_LEVELS; see pf_rt_call_levels() */
	const void *types[RT_TYPE_COUNT];     /* by enum rt_type */
	PyObject *chars[RT_CHARS];            /* CPython's only strs of these characters */
	PyObject *small_ints[RT_SMALL_INTS];  /* CPython's only ints of these values, from RT_SMALLEST_INT on */
#define X(name, result, letters, parameters) RT_TYPE_##result(*name) parameters;
	RT_FUNCTIONS(X)
#undef X
};

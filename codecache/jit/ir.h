/* ir.h - the intermediate representation: SSA over basic blocks, typed by machine representation.
 *
 *     bytecode --build.c--> IR --passes--> IR --emit.c--> libgccjit
 *
 * The builder makes one version of a bytecode position for each set of types that reaches it (basic block versioning),
 * so every value has one representation and nothing is "maybe int, maybe float".  What the builder cannot translate is
 * a side_exit there.  Operations that can find themselves out of their depth carry a state to leave with (IR_EXIT). IR
 * is printed and parsed as text (ir_text.c), and verified after each pass in developer builds (ir_verify.c). */
#pragma once

#include <obstack.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "codecache/jit/state.h"
#include "codecache/unit.h"
#include "common/cause.h"

enum ir_type { IR_VOID, IR_I64, IR_F64, IR_BOOL, IR_I128, IR_OBJ, IR_TYPE_COUNT };

enum ir_flags {
	IR_EXIT = 1,    /* has an exit: may leave for CPython instead of giving a result */
	IR_TERM = 2,    /* ends its block */
	IR_EFFECT = 4,  /* kept even if its result is not used and it cannot exit */
	IR_COMMUTE = 8, /* operands may be swapped */
	IR_IDLE = 16,   /* IR_EXIT, but only for the result's sake: not needed where that is not used */
	IR_WRITE = 32,  /* changes memory or makes an object: what comes after cannot leave to before it */
	IR_SURE = 64,   /* IR_EXIT, but has none where it was proved never to leave */
};

enum ir_imm {
	IMM_NONE,
	IMM_INDEX, /* of a constant or a parameter */
	IMM_COUNT, /* a number, the operation's own */
	IMM_RT,    /* a function of struct rt: enum rt_member */
	IMM_TYPE,  /* a type of struct rt: enum rt_type */
	IMM_I64,
	IMM_F64,
	IMM_BOOL,
};

/* X(NAME, "text", result, "operands", immediate, flags).  Operands: i i64, f f64, b bool, x i128, o obj, * any type,
 * one letter each; ~ any number, all of the result's type; + any number of any type.  i64 operations are Python's on
 * ints that fit, and exit where the result does not fit; the _wrap forms are two's complement, for where that was
 * proved not to happen or not to matter. */
#define IR_OPS(X)                                                                                                      \
	X(PARAM, "param", OBJ, "", IMM_INDEX, 0)                                                                       \
	X(CONST_I64, "const_i64", I64, "", IMM_I64, 0)                                                                 \
	X(CONST_F64, "const_f64", F64, "", IMM_F64, 0)                                                                 \
	X(CONST_BOOL, "const_bool", BOOL, "", IMM_BOOL, 0)                                                             \
	X(CONST_OBJ, "const_obj", OBJ, "", IMM_INDEX, 0) /* index into unit_function.consts */                         \
	X(PHI, "phi", VOID, "~", IMM_NONE, 0)            /* operand i comes from predecessor i; type is its own */     \
	/* arithmetic on int */                                                                                        \
	X(I64_ADD, "i64.add", I64, "ii", IMM_NONE, IR_EXIT | IR_IDLE | IR_COMMUTE)                                     \
	X(I64_SUB, "i64.sub", I64, "ii", IMM_NONE, IR_EXIT | IR_IDLE)                                                  \
	X(I64_MUL, "i64.mul", I64, "ii", IMM_NONE, IR_EXIT | IR_IDLE | IR_COMMUTE)                                     \
	X(I64_NEG, "i64.neg", I64, "i", IMM_NONE, IR_EXIT | IR_IDLE | IR_SURE)                                         \
	X(I64_ABS, "i64.abs", I64, "i", IMM_NONE, IR_EXIT | IR_IDLE | IR_SURE)                                         \
	X(I64_ADD_WRAP, "i64.add_wrap", I64, "ii", IMM_NONE, IR_COMMUTE)                                               \
	X(I64_SUB_WRAP, "i64.sub_wrap", I64, "ii", IMM_NONE, 0)                                                        \
	X(I64_MUL_WRAP, "i64.mul_wrap", I64, "ii", IMM_NONE, IR_COMMUTE)                                               \
	X(I64_FLOORDIV, "i64.floordiv", I64, "ii", IMM_NONE, IR_EXIT | IR_SURE) /* exits on 0 and INT64_MIN // -1 */   \
	X(I64_MOD, "i64.mod", I64, "ii", IMM_NONE, IR_EXIT | IR_SURE) /* exits on 0; the sign is the divisor's */      \
	X(I64_TRUEDIV, "i64.truediv", F64, "ii", IMM_NONE,                                                             \
	  IR_EXIT | IR_SURE)                                       /* exits on 0 and if either is beyond 2**53 */      \
	X(I64_POW, "i64.pow", I64, "ii", IMM_NONE, IR_EXIT)        /* exits on negative exponents */                   \
	X(I64_POWMOD, "i64.powmod", I64, "iii", IMM_NONE, IR_EXIT) /* pow(); the last two: not negative, positive */   \
	X(I64_MULMOD, "i64.mulmod", I64, "iii", IMM_NONE, IR_EXIT) /* the product, which has 128 bits, % the third */  \
	X(I64_SHL, "i64.shl", I64, "ii", IMM_NONE, IR_EXIT | IR_SURE) /* exits on negative counts */                   \
	X(I64_SHR, "i64.shr", I64, "ii", IMM_NONE, IR_EXIT | IR_SURE) /* exits on negative counts */                   \
	X(I64_AND, "i64.and", I64, "ii", IMM_NONE, IR_COMMUTE)                                                         \
	X(I64_OR, "i64.or", I64, "ii", IMM_NONE, IR_COMMUTE)                                                           \
	X(I64_XOR, "i64.xor", I64, "ii", IMM_NONE, IR_COMMUTE)                                                         \
	X(I64_NOT, "i64.not", I64, "i", IMM_NONE, 0)                                                                   \
	/* the same on ints without a sign, in the bits of an i64; they exit where the result is none */               \
	X(I64_TO_U64, "i64.to_u64", I64, "i", IMM_NONE, IR_EXIT | IR_IDLE | IR_SURE) /* exits below 0 */               \
	X(U64_ADD, "u64.add", I64, "ii", IMM_NONE, IR_EXIT | IR_IDLE | IR_COMMUTE)                                     \
	X(U64_SUB, "u64.sub", I64, "ii", IMM_NONE, IR_EXIT | IR_IDLE)                                                  \
	X(U64_MUL, "u64.mul", I64, "ii", IMM_NONE, IR_EXIT | IR_IDLE | IR_COMMUTE)                                     \
	X(U64_SHL, "u64.shl", I64, "ii", IMM_NONE, IR_EXIT | IR_IDLE) /* by 0 to 63, as the next */                    \
	X(U64_SHR, "u64.shr", I64, "ii", IMM_NONE, 0)                                                                  \
	X(U64_DIV, "u64.div", I64, "ii", IMM_NONE, IR_EXIT | IR_SURE) /* exits on 0, as the next */                    \
	X(U64_MOD, "u64.mod", I64, "ii", IMM_NONE, IR_EXIT | IR_SURE)                                                  \
	X(U64_AND, "u64.and", I64, "ii", IMM_NONE, IR_COMMUTE) /* with a constant that has no sign */                  \
	/* arithmetic on float; CPython's, so never contracted or reassociated */                                      \
	X(F64_ADD, "f64.add", F64, "ff", IMM_NONE, 0)                                                                  \
	X(F64_SUB, "f64.sub", F64, "ff", IMM_NONE, 0)                                                                  \
	X(F64_MUL, "f64.mul", F64, "ff", IMM_NONE, 0)                                                                  \
	X(F64_DIV, "f64.div", F64, "ff", IMM_NONE, IR_EXIT | IR_SURE) /* exits on 0.0, as do the next two */           \
	X(F64_FLOORDIV, "f64.floordiv", F64, "ff", IMM_NONE, IR_EXIT | IR_SURE)                                        \
	X(F64_MOD, "f64.mod", F64, "ff", IMM_NONE, IR_EXIT | IR_SURE)                                                  \
	X(F64_POW, "f64.pow", F64, "ff", IMM_NONE, IR_EXIT)  /* exits where CPython raises or gives a complex */       \
	X(F64_SQRT, "f64.sqrt", F64, "f", IMM_NONE, IR_EXIT) /* exits below 0 and on NaN */                            \
	X(F64_CALL, "f64.call", F64, "+", IMM_RT, IR_EXIT)   /* of floats; exits if the result is not finite */        \
	X(F64_NEG, "f64.neg", F64, "f", IMM_NONE, 0)                                                                   \
	X(F64_ABS, "f64.abs", F64, "f", IMM_NONE, 0)                                                                   \
	/* conversions */                                                                                              \
	X(I64_TO_F64, "i64.to_f64", F64, "i", IMM_NONE, 0) /* rounded to nearest, as PyLong_AsDouble() does */         \
	X(I64_TO_F64_EXACT, "i64.to_f64_exact", F64, "i", IMM_NONE,                                                    \
	  IR_EXIT | IR_IDLE | IR_SURE)                           /* exits beyond 2**53 */                              \
	X(F64_TO_I64, "f64.to_i64", I64, "f", IMM_NONE, IR_EXIT) /* towards 0; exits on NaN and beyond 63 bits */      \
	X(BOOL_TO_I64, "bool.to_i64", I64, "b", IMM_NONE, 0)                                                           \
	X(I64_TO_I128, "i64.to_i128", I128, "i", IMM_NONE, 0)                                                          \
	X(I128_ADD_I64, "i128.add_i64", I128, "xi", IMM_NONE, 0) /* 2**64 additions cannot overflow it */              \
	X(I128_TO_I64, "i128.to_i64", I64, "x", IMM_NONE, IR_EXIT | IR_IDLE)                                           \
	/* comparison and truth */                                                                                     \
	X(I64_LT, "i64.lt", BOOL, "ii", IMM_NONE, 0)                                                                   \
	X(I64_LE, "i64.le", BOOL, "ii", IMM_NONE, 0)                                                                   \
	X(I64_EQ, "i64.eq", BOOL, "ii", IMM_NONE, IR_COMMUTE)                                                          \
	X(I64_NE, "i64.ne", BOOL, "ii", IMM_NONE, IR_COMMUTE)                                                          \
	X(I64_GT, "i64.gt", BOOL, "ii", IMM_NONE, 0)                                                                   \
	X(I64_GE, "i64.ge", BOOL, "ii", IMM_NONE, 0)                                                                   \
	X(F64_LT, "f64.lt", BOOL, "ff", IMM_NONE, 0)                                                                   \
	X(F64_LE, "f64.le", BOOL, "ff", IMM_NONE, 0)                                                                   \
	X(F64_EQ, "f64.eq", BOOL, "ff", IMM_NONE, IR_COMMUTE)                                                          \
	X(F64_NE, "f64.ne", BOOL, "ff", IMM_NONE, IR_COMMUTE)                                                          \
	X(F64_GT, "f64.gt", BOOL, "ff", IMM_NONE, 0)                                                                   \
	X(F64_GE, "f64.ge", BOOL, "ff", IMM_NONE, 0)                                                                   \
	X(I64_SELECT, "i64.select", I64, "bii", IMM_NONE,                                                              \
	  0) /* the second operand if the first is true, else the third */                                             \
	X(F64_SELECT, "f64.select", F64, "bff", IMM_NONE, 0)                                                           \
	X(BOOL_NOT, "bool.not", BOOL, "b", IMM_NONE, 0)                                                                \
	X(BOOL_AND, "bool.and", BOOL, "bb", IMM_NONE, IR_COMMUTE)                                                      \
	X(BOOL_OR, "bool.or", BOOL, "bb", IMM_NONE, IR_COMMUTE)                                                        \
	X(BOOL_XOR, "bool.xor", BOOL, "bb", IMM_NONE, IR_COMMUTE)                                                      \
	/* objects and names */                                                                                        \
	X(UNBOX_I64, "unbox_i64", I64, "o", IMM_NONE, IR_EXIT)                                                         \
	X(UNBOX_SUBINT, "unbox_subint", I64, "o", IMM_NONE, IR_EXIT)                                                   \
	X(UNBOX_U64, "unbox_u64", I64, "o", IMM_NONE, IR_EXIT)   /* its 64 bits; exits if it has more, or a sign */    \
	X(OBJ_TO_F64, "obj.to_f64", F64, "o", IMM_NONE, IR_EXIT) /* of a float, bool, or int that fits */              \
	/* of a complex, float, bool, or int that fits; the second is asked for behind the first */                    \
	X(OBJ_REAL, "obj.real", F64, "o", IMM_NONE, IR_EXIT)                                                           \
	X(OBJ_IMAG, "obj.imag", F64, "o", IMM_NONE, 0)                                                                 \
	X(UNBOX_F64, "unbox_f64", F64, "o", IMM_NONE, IR_EXIT)                                                         \
	X(UNBOX_BOOL, "unbox_bool", BOOL, "o", IMM_NONE, IR_EXIT)                                                      \
	X(FLOAT_VALUE, "float.value", F64, "o", IMM_NONE, 0)  /* of an object that is exactly a float */               \
	X(OBJ_IS, "obj.is", BOOL, "oo", IMM_NONE, IR_COMMUTE) /* identity */                                           \
	/* consts: a name; the operand is a constant: which of the cache's words are its */                            \
	X(GLOBAL_OBJ, "global_obj", OBJ, "i", IMM_INDEX, IR_EXIT)      /* borrowed from the dict */                    \
	X(GUARD_GLOBAL, "guard_global", VOID, "i", IMM_INDEX, IR_EXIT) /* the next constant: what it must be */        \
	/* module, name, cache: what the module has under that name, borrowed from its dict; exits if it is none */    \
	X(MODULE_ATTR, "module_attr", OBJ, "ooi", IMM_NONE, IR_EXIT)                                                   \
	X(CLASS_ATTR, "class_attr", OBJ, "ooi", IMM_NONE, IR_EXIT)                                                     \
	X(GUARD_C, "guard_c", VOID, "oi", IMM_COUNT,                                                                   \
	  IR_EXIT)                                      /* object, cache: that function, of enum rt_c_function */      \
	X(GUARD, "guard", VOID, "b", IMM_NONE, IR_EXIT) /* exits if false */                                           \
	X(CONST_NULL, "const_null", OBJ, "", IMM_NONE, 0)                                                              \
	X(OBJ_IS_NULL, "obj.is_null", BOOL, "o", IMM_NONE, 0)                                                          \
	X(TYPE_IS, "type_is", BOOL, "o", IMM_TYPE, 0)           /* exactly that type */                                \
	X(GUARD_SET, "guard_set", VOID, "o", IMM_NONE, IR_EXIT) /* exits if NULL */                                    \
	X(GUARD_TYPE, "guard_type", VOID, "o", IMM_TYPE, IR_EXIT)                                                      \
	/* references: who owns what is the builder's to know */                                                       \
	X(FRAME_AT, "frame_at", VOID, "", IMM_COUNT,                                                                   \
	  IR_EFFECT | IR_WRITE) /* the frame is at that pc: Python code may run */                                     \
	X(FRAME_ENDS, "frame_ends", VOID, "", IMM_COUNT,                                                               \
	  IR_EFFECT | IR_WRITE)                                /* the same where it returns, if there is a frame */    \
	X(CLOSURE_CELL, "closure_cell", OBJ, "", IMM_COUNT, 0) /* of the function that runs; borrowed */               \
	X(COPY_CLOSURE, "copy_closure", VOID, "", IMM_COUNT,                                                           \
	  IR_EFFECT | IR_WRITE) /* all of them, so many, into the frame */                                             \
	/* The same of a function that was asked whether it has such code; it has an exit so that it stays behind      \
	 * that. */                                                                                                    \
	X(FUNCTION_CELL, "function_cell", OBJ, "o", IMM_COUNT, IR_EXIT)                                                \
	X(CELL_VALUE, "cell.value", OBJ, "o", IMM_NONE, 0)                /* borrowed; NULL: it is empty */            \
	X(CELL_SET, "cell.set", VOID, "oo", IMM_NONE, IR_EXIT | IR_WRITE) /* takes the value over */                   \
	X(CELL_SET_I64, "cell.set_i64", VOID, "oi", IMM_NONE,                                                          \
	  IR_EXIT | IR_WRITE) /* in place where nobody can see it */                                                   \
	X(CELL_SET_F64, "cell.set_f64", VOID, "of", IMM_NONE, IR_EXIT | IR_WRITE)                                      \
	X(INCREF, "incref", VOID, "o", IMM_NONE, IR_EFFECT | IR_WRITE)                                                 \
	X(DECREF, "decref", VOID, "o", IMM_COUNT,                                                                      \
	  IR_EFFECT | IR_WRITE) /* may run Python code at that pc; NULL is fine */                                     \
	X(TAKE_ARG, "take_arg", OBJ, "", IMM_COUNT,                                                                    \
	  IR_EFFECT | IR_WRITE) /* the reference in that local of the frame */                                         \
	X(GIVE_ARG, "give_arg", VOID, "o", IMM_COUNT,                                                                  \
	  IR_EFFECT | IR_WRITE) /* the frame's local takes the reference over */                                       \
	/* Of a generator: the pc at which its frame waits.  And: the frame waits at that pc, with so many locals and  \
	 * entries of its stack; what is returned is yielded then. */                                                  \
	X(WAITS_AT, "waits_at", I64, "", IMM_NONE, IR_EFFECT)                                                          \
	X(WAITS, "waits", VOID, "i", IMM_COUNT, IR_EFFECT | IR_WRITE)                                                  \
	/* Functions of the runtime: they may run Python code.  An exception (NULL, or less than 0) leaves by the      \
	 * exit, which raises it.  Operands of type obj behind those that the function names go to it as a vector. */  \
	X(RT_OBJ, "rt.obj", OBJ, "+", IMM_RT, IR_EXIT | IR_WRITE)                                                      \
	X(RT_BOOL, "rt.bool", BOOL, "+", IMM_RT, IR_EXIT | IR_WRITE)                                                   \
	X(RT_I64, "rt.i64", I64, "+", IMM_RT, IR_EXIT | IR_WRITE)                                                      \
	X(RT_DO, "rt.do", VOID, "+", IMM_RT, IR_EXIT | IR_WRITE)                                                       \
	X(RT_TRY, "rt.try", OBJ, "+", IMM_RT, IR_EFFECT | IR_WRITE)       /* the result may be NULL */                 \
	X(RT_STATUS, "rt.status", I64, "+", IMM_RT, IR_EFFECT | IR_WRITE) /* less than 0: an exception */              \
	/* One that changes nothing and runs no Python code; less than 0, it cannot tell: exits. */                    \
	X(ASK, "ask", I64, "+", IMM_RT, IR_EXIT)                                                                       \
	/* The same of one that changes what only the runtime sees. */                                                 \
	X(TELL, "tell", I64, "+", IMM_RT, IR_EFFECT)                                                                   \
	X(RT_SECOND, "rt.second", OBJ, "", IMM_NONE,                                                                   \
	  IR_EFFECT | IR_WRITE) /* the second result of the function before it */                                      \
	/* Attributes of instances: object, name, (value,) which of the cache's words are its; the immediate is the    \
	 * enum rt_attr_kind that is looked for without a call.  Any Python code may run; an exception leaves by the   \
	 * exit. */                                                                                                    \
	X(ATTR, "attr", OBJ, "ooi", IMM_COUNT, IR_EXIT | IR_WRITE)                                                     \
	/* The same of an attribute that the instance or its class has, borrowed: no Python code runs; exits if what   \
	 * the name means is anything else. */                                                                         \
	X(ATTR_VALUE, "attr.value", OBJ, "ooi", IMM_COUNT, IR_EXIT)                                                    \
	X(ATTR_SET, "attr.set", VOID, "oooi", IMM_COUNT, IR_EXIT | IR_WRITE) /* takes the value over */                \
	X(ATTR_SET_F64, "attr.set_f64", VOID, "oofi", IMM_COUNT,                                                       \
	  IR_EXIT | IR_WRITE) /* in place where nobody can see it */                                                   \
	X(ATTR_SET_I64, "attr.set_i64", VOID, "ooii", IMM_COUNT, IR_EXIT | IR_WRITE) /* so does this */                \
	/* The same where the instance has a number under that name: no Python code runs; exits if not. */             \
	X(ATTR_PUT_I64, "attr.put_i64", VOID, "ooii", IMM_COUNT, IR_EXIT | IR_WRITE)                                   \
	X(ATTR_PUT_F64, "attr.put_f64", VOID, "oofi", IMM_COUNT, IR_EXIT | IR_WRITE)                                   \
	/* Of True or False, of which it takes a reference, where there is one of them. */                             \
	X(ATTR_PUT_BOOL, "attr.put_bool", VOID, "oooi", IMM_COUNT, IR_EXIT | IR_WRITE)                                 \
	X(ATTR_METHOD, "attr.method", OBJ, "ooi", IMM_COUNT, IR_EXIT | IR_WRITE) /* rt.load_method's; see rt.second */ \
	/* A method of the class, borrowed, that no attribute of the instance hides: no Python code runs; exits if the \
	 * name means anything else. */                                                                                \
	X(ATTR_FUNCTION, "attr.function", OBJ, "ooi", IMM_COUNT, IR_EXIT)                                              \
	/* Direct calls (build_direct.c): of functions that are compiled along, whose number is the immediate.  The    \
	 * first operand of a call is what call.enter gave; the others are one for each parameter.  An exception       \
	 * leaves by the exit.  call.rest is the result of the call before it if that is of another type than          \
	 * expected, else NULL. */                                                                                     \
	X(ARG_I64, "arg_i64", I64, "", IMM_COUNT, 0)                                                                   \
	X(ARG_F64, "arg_f64", F64, "", IMM_COUNT, 0)                                                                   \
	X(ARG_BOOL, "arg_bool", BOOL, "", IMM_COUNT, 0)                                                                \
	/* consts: a code object and then as many defaults as the last operand says; the second one is the cache */    \
	X(GUARD_FUNCTION, "guard_function", VOID, "oii", IMM_INDEX, IR_EXIT)                                           \
	X(FUNCTION_IS, "function_is", BOOL, "oii", IMM_INDEX, IR_EFFECT) /* the same as a question; NULL is none */    \
	/* The function, borrowed, that the object's class has for what the immediate says (enum rt_use): operand,     \
	 * name, cache of two words; NULL: something else.  For operators that both operands' classes have a say in,   \
	 * the second one must be of the same class. */                                                                \
	X(TYPE_METHOD, "type_method", OBJ, "ooi", IMM_COUNT, IR_EFFECT)                                                \
	X(TYPE_METHOD_OF_TWO, "type_method_of_two", OBJ, "oooi", IMM_COUNT, IR_EFFECT)                                 \
	X(TYPE_FUNCTION, "type_function", OBJ, "ooi", IMM_COUNT, IR_EXIT) /* as type_method; exits if NULL */          \
	/* The same of a class itself. */                                                                              \
	X(CLASS_METHOD, "class_method", OBJ, "ooi", IMM_COUNT, IR_EFFECT)                                              \
	X(OBJ_TYPE_IS, "obj.type_is", BOOL, "oo", IMM_NONE, IR_EFFECT) /* of exactly that class */                     \
	/* Classes: the __init__ that a call of this class calls, borrowed, by a cache of three words; NULL: it does   \
	 * more than that.  call.new makes the instance, enters that __init__ and gives what call.enter does; the      \
	 * instance is rt.second. */                                                                                   \
	X(CLASS_INIT, "class_init", OBJ, "oi", IMM_NONE, IR_EFFECT)                                                    \
	/* the same of a class of exceptions */                                                                        \
	X(EXCEPTION_INIT, "exception_init", OBJ, "oi", IMM_NONE, IR_EFFECT)                                            \
	/* A record: a class whose __init__ stores what it computes (build_records.c).  The immediate: the code of     \
	 * such an __init__.  That __init__, borrowed, if the class is one, by the cache of class.init; else NULL. */  \
	X(CLASS_RECORD, "class_record", OBJ, "oi", IMM_INDEX, IR_EFFECT)                                               \
	X(RECORD_CLASS, "record_class", OBJ, "i", IMM_NONE, IR_EFFECT) /* borrowed: the class in that cache */         \
	X(GUARD_CALLS, "guard_calls", VOID, "", IMM_NONE, IR_EXIT)     /* exits if calls must be CPython's */          \
	X(CALL_NEW, "call.new", OBJ, "oo", IMM_COUNT, IR_EXIT | IR_WRITE)                                              \
	X(CALL_ENTER, "call.enter", OBJ, "o", IMM_COUNT, IR_EXIT | IR_WRITE)                                           \
	X(CALL_I64, "call.i64", I64, "+", IMM_COUNT, IR_EXIT | IR_WRITE)                                               \
	X(CALL_F64, "call.f64", F64, "+", IMM_COUNT, IR_EXIT | IR_WRITE)                                               \
	X(CALL_BOOL, "call.bool", BOOL, "+", IMM_COUNT, IR_EXIT | IR_WRITE)                                            \
	X(CALL_OBJ, "call.obj", OBJ, "+", IMM_COUNT, IR_EXIT | IR_WRITE)                                               \
	/* The same as call.obj, with the pc behind the arguments, and the classes that a handler takes without        \
	 * looking at an exception (rt_names(); 0: none); NULL where an exception is set, which a handler is for, or   \
	 * was not made                                                                                                \
	 */                                                                                                            \
	X(CALL_TRY, "call.try", OBJ, "+", IMM_COUNT, IR_EFFECT | IR_WRITE)                                             \
	/* The same of functions with other results; call.failed, right behind, is whether an exception is set. */     \
	X(CALL_TRY_I64, "call.try_i64", I64, "+", IMM_COUNT, IR_EFFECT | IR_WRITE)                                     \
	X(CALL_TRY_F64, "call.try_f64", F64, "+", IMM_COUNT, IR_EFFECT | IR_WRITE)                                     \
	X(CALL_TRY_BOOL, "call.try_bool", BOOL, "+", IMM_COUNT, IR_EFFECT | IR_WRITE)                                  \
	X(CALL_TRY_VALUES, "call.try_values", OBJ, "+", IMM_COUNT, IR_EFFECT | IR_WRITE)                               \
	X(CALL_FAILED, "call.failed", BOOL, "", IMM_NONE, IR_EFFECT | IR_WRITE)                                        \
	/* The same of a function whose result is a tuple that is not made: value.* are its items, by the immediate,   \
	 * right behind the call and where call.rest is NULL. */                                                       \
	X(CALL_VALUES, "call.values", OBJ, "+", IMM_COUNT, IR_EXIT | IR_WRITE)                                         \
	/* Whether the object is a tuple of such items that nobody else has: then it is dropped, and value.* are they; \
	 * the immediate: ir_value_types(). */                                                                         \
	X(TAKE_VALUES, "take_values", BOOL, "o", IMM_COUNT, IR_EFFECT | IR_WRITE)                                      \
	/* The same of an instance of a record: object, class, the code of its __init__. */                            \
	X(TAKE_RECORD, "take_record", BOOL, "ooo", IMM_COUNT, IR_EFFECT | IR_WRITE)                                    \
	X(VALUE_I64, "value.i64", I64, "", IMM_COUNT, IR_EFFECT | IR_WRITE)                                            \
	X(VALUE_F64, "value.f64", F64, "", IMM_COUNT, IR_EFFECT | IR_WRITE)                                            \
	X(VALUE_BOOL, "value.bool", BOOL, "", IMM_COUNT, IR_EFFECT | IR_WRITE)                                         \
	X(VALUE_OBJ, "value.obj", OBJ, "", IMM_COUNT, IR_EFFECT | IR_WRITE) /* a reference */                          \
	X(CALL_REST, "call.rest", OBJ, "", IMM_NONE, IR_EFFECT | IR_WRITE)                                             \
	/* Exits if CPython has finished the call before it, which may have changed lists: those that came there as    \
	 * lists of numbers (pass_lists.c) are others by now. */                                                       \
	X(CALL_KEPT, "call.kept", VOID, "", IMM_NONE, IR_EXIT | IR_EFFECT)                                             \
	/* lists and tuples, of exactly that type; borrowed results */                                                 \
	X(PART_I64, "part.i64", I64, "o", IMM_COUNT, 0) /* that word of an object */                                   \
	X(PART_OBJ, "part.obj", OBJ, "o", IMM_COUNT, 0) /* the same, borrowed */                                       \
	X(LIST_LEN, "list.len", I64, "o", IMM_NONE, 0)                                                                 \
	X(LIST_ITEM, "list.item", OBJ, "oi", IMM_NONE, IR_EXIT) /* exits beyond the ends; negative from the end */     \
	X(LIST_AT, "list.at", OBJ, "oi", IMM_NONE, 0)           /* the index is in the list */                         \
	X(LIST_SET, "list.set", VOID, "oio", IMM_COUNT,                                                                \
	  IR_EXIT | IR_WRITE) /* takes the value over; exits as list.item */                                           \
	X(LIST_SET_I64, "list.set_i64", VOID, "oii", IMM_NONE,                                                         \
	  IR_EXIT | IR_WRITE) /* in place where nobody can see it */                                                   \
	X(LIST_SET_F64, "list.set_f64", VOID, "oif", IMM_NONE, IR_EXIT | IR_WRITE)                                     \
	X(LIST_APPEND, "list.append", VOID, "oo", IMM_NONE, IR_EXIT | IR_WRITE) /* takes the item over; may raise */   \
	X(LIST_APPEND_I64, "list.append_i64", VOID, "oi", IMM_NONE, IR_EXIT | IR_WRITE)                                \
	X(LIST_APPEND_F64, "list.append_f64", VOID, "of", IMM_NONE, IR_EXIT | IR_WRITE)                                \
	X(LIST_DATA, "list.data", OBJ, "o", IMM_NONE, 0)  /* no object: where its items are */                         \
	X(DATA_ITEM, "data.item", OBJ, "oi", IMM_NONE, 0) /* of such data */                                           \
	/* Small lists and tuples of ints that do not change while a loop looks numbers up in them: the numbers, if    \
	 * there are as many rounds that this pays, until the next thing that may run Python code; the immediate tells \
	 * them apart (pass_hoist.c).  The item, these numbers, its index: what it is unboxed. */                      \
	X(TABLE_OF, "table.of", OBJ, "oi", IMM_COUNT, IR_EFFECT) /* no object; NULL: none */                           \
	X(TABLE_INT, "table.int", I64, "ooi", IMM_NONE, IR_EXIT)                                                       \
	/* Lists of ints, or of floats, that no Python code sees: their items are numbers, not objects (rt_numbers.c); \
	 * list.len and list.data are theirs, too. */                                                                  \
	X(INTS_ITEM, "ints.item", I64, "oi", IMM_NONE, IR_EXIT) /* exits as list.item */                               \
	X(INTS_AT, "ints.at", I64, "oi", IMM_NONE, 0)                                                                  \
	X(INTS_SET, "ints.set", VOID, "oii", IMM_NONE, IR_EXIT | IR_WRITE)                                             \
	X(INTS_APPEND, "ints.append", VOID, "oi", IMM_NONE, IR_EXIT | IR_WRITE) /* may raise */                        \
	X(FLOATS_ITEM, "floats.item", F64, "oi", IMM_NONE, IR_EXIT)                                                    \
	X(FLOATS_AT, "floats.at", F64, "oi", IMM_NONE, 0)                                                              \
	X(FLOATS_SET, "floats.set", VOID, "oif", IMM_NONE, IR_EXIT | IR_WRITE)                                         \
	X(FLOATS_APPEND, "floats.append", VOID, "of", IMM_NONE, IR_EXIT | IR_WRITE)                                    \
	X(DATA_INT, "data.int", I64, "oi", IMM_NONE, 0) /* of such data; the index is in it */                         \
	X(DATA_FLOAT, "data.float", F64, "oi", IMM_NONE, 0)                                                            \
	X(DATA_SET_INT, "data.set_int", VOID, "oii", IMM_NONE, IR_WRITE)                                               \
	X(DATA_SET_FLOAT, "data.set_float", VOID, "oif", IMM_NONE, IR_WRITE)                                           \
	X(TUPLE_LEN, "tuple.len", I64, "o", IMM_NONE, 0)                                                               \
	X(TUPLE_ITEM, "tuple.item", OBJ, "oi", IMM_NONE, IR_EXIT)                                                      \
	X(TUPLE_AT, "tuple.at", OBJ, "oi", IMM_NONE, 0)                                                                \
	/* bytes, bytearrays and strs, of exactly that type; indices are from the start and in the object */           \
	X(INDEX, "index", I64, "ii", IMM_NONE,                                                                         \
	  IR_EXIT | IR_SURE) /* index, length: from the start; exits beyond the ends */                                \
	X(BYTES_LEN, "bytes.len", I64, "o", IMM_NONE, 0)                                                               \
	X(BYTES_AT, "bytes.at", I64, "oi", IMM_NONE, 0)                                                                \
	/* bytearrays, arrays and memoryviews (buffers.h).  The immediate says where an object has its length and its  \
	 * items, enum layout; or what the items are, enum item. */                                                    \
	X(BUFFER_IS, "buffer.is", BOOL, "o", IMM_COUNT, 0) /* of that enum value_type */                               \
	X(VIEW_OPEN, "view.open", VOID, "o", IMM_COUNT,                                                                \
	  IR_EXIT) /* a memoryview: exits if it is released; immediate 1: or read-only */                              \
	X(BUFFER_LEN, "buffer.len", I64, "o", IMM_COUNT, 0)                                                            \
	X(BUFFER_DATA, "buffer.data", OBJ, "o", IMM_COUNT, 0) /* no object: where its items are */                     \
	X(LOAD_INT, "load.int", I64, "oi", IMM_COUNT, 0)      /* of such data, an item; the index is in it */          \
	X(LOAD_FLOAT, "load.float", F64, "oi", IMM_COUNT, 0)                                                           \
	X(FIT, "fit", I64, "i", IMM_COUNT,                                                                             \
	  IR_EXIT | IR_IDLE | IR_SURE) /* the same int; exits if it is no such item */                                 \
	X(STORE_INT, "store.int", VOID, "oii", IMM_COUNT, IR_WRITE)                                                    \
	X(STORE_FLOAT, "store.float", VOID, "oif", IMM_COUNT, IR_WRITE)                                                \
	X(ARRAY_APPEND_INT, "array.append_int", VOID, "oi", IMM_COUNT, IR_EXIT | IR_WRITE) /* that fits; may raise */  \
	X(ARRAY_APPEND_FLOAT, "array.append_float", VOID, "of", IMM_COUNT, IR_EXIT | IR_WRITE)                         \
	X(BYTEARRAY_APPEND, "bytearray.append", VOID, "oi", IMM_NONE, IR_EXIT | IR_WRITE) /* a byte; may raise */      \
	X(STR_LEN, "str.len", I64, "o", IMM_NONE, 0)                                                                   \
	X(STR_IS_LATIN1, "str.is_latin1", BOOL, "o", IMM_NONE, 0) /* one byte a character, and ready to be read */     \
	X(STR_EQUAL, "str.equal", BOOL, "oo", IMM_NONE, 0)                                                             \
	X(STR_AT, "str.at", I64, "oi", IMM_NONE, 0)      /* of such a str: the code point */                           \
	X(CHAR, "char", OBJ, "i", IMM_NONE, 0)           /* the one str of that code point below 256; lives forever */ \
	X(CHAR_CODE, "char.code", I64, "o", IMM_NONE, 0) /* of such a str */                                           \
	/* loops */                                                                                                    \
	X(RANGE_LEN, "range_len", I64, "iii", IMM_NONE,                                                                \
	  IR_EXIT | IR_SURE)                              /* start, stop, step -> how many values; exits on            \
							   * step 0 and if the count does not fit */                   \
	X(POLL, "poll", VOID, "", IMM_NONE, IR_EXIT)      /* on back edges: looks at CPython's eval breaker */         \
	X(ANCHOR, "anchor", VOID, "", IMM_NONE, IR_EXIT)  /* in a loop's header: its state; only passes use it */      \
	X(PLANT, "plant", VOID, "", IMM_COUNT, IR_EFFECT) /* enum of plant.h */                                        \
	/* ends of blocks */                                                                                           \
	X(JUMP, "jump", VOID, "", IMM_NONE, IR_TERM)                                                                   \
	X(BRANCH, "branch", VOID, "b", IMM_NONE, IR_TERM)             /* to target 0 if true, else to target 1 */      \
	X(RETURN, "return", VOID, "*", IMM_NONE, IR_TERM)             /* boxes its operand */                          \
	X(RETURN_OWNED, "return_owned", VOID, "o", IMM_NONE, IR_TERM) /* the reference too */                          \
	X(RETURN_VALUES, "return_values", VOID, "+", IMM_COUNT,                                                        \
	  IR_TERM) /* of a direct function: the items of a tuple, references too; at that pc */                        \
	/* The same of an instance of a record: its class, the code of its __init__, and its attributes. */            \
	X(RETURN_RECORD, "return_record", VOID, "+", IMM_COUNT, IR_TERM)                                               \
	X(SIDE_EXIT, "side_exit", VOID, "", IMM_NONE, IR_TERM | IR_EXIT)

enum ir_op {
#define X(name, text, result, operands, imm, flags) IR_##name,
	IR_OPS(X)
#undef X
		IR_OP_COUNT
};

struct ir_op_info {
	const char *text;
	enum ir_type result;
	const char *operands;
	enum ir_imm imm;
	unsigned flags; /* enum ir_flags */
};

extern const struct ir_op_info ir_op_info[IR_OP_COUNT];
extern const char *const ir_type_words[IR_TYPE_COUNT]; /* "void", "i64", "f64", "bool", "i128", "obj" */

/* Direct calls that a handler is for; those with values as results; all of them. */
static inline bool ir_is_call_try(enum ir_op op)
{
	return op == IR_CALL_TRY || op == IR_CALL_TRY_I64 || op == IR_CALL_TRY_F64 || op == IR_CALL_TRY_BOOL ||
	       op == IR_CALL_TRY_VALUES;
}

enum { IR_TRY_OPERANDS = 2 }; /* behind the arguments of these */

static inline bool ir_is_call_values(enum ir_op op)
{
	return op == IR_CALL_VALUES || op == IR_CALL_TRY_VALUES;
}

static inline bool ir_is_call(enum ir_op op)
{
	return op == IR_CALL_I64 || op == IR_CALL_F64 || op == IR_CALL_BOOL || op == IR_CALL_OBJ ||
	       op == IR_CALL_VALUES || ir_is_call_try(op);
}

enum { IR_MAX_VALUES = 8 }; /* as RT_MAX_VALUES and MAX_TUPLE_ITEMS */

struct ir_block;

/* Where an operation leaves to.  Several operations at one point share one. */
struct ir_exit {
	uint32_t number;          /* position in ir_function.exits */
	struct state_frame frame; /* the function's own frame; leaves of its values are IR instructions */
	const char *why;          /* for people; NULL: each operation says it by itself */
	uint32_t at;              /* offset of the opcode that runs here in the function's own code, in code units */
	uint32_t n_slots;         /* after ir_assign_slots() */
};

struct ir_instr {
	enum ir_op op;
	enum ir_type type; /* of the result; IR_VOID: none */
	uint32_t id;       /* v<id> in text; unique in the function */
	uint32_t n_args;
	uint32_t cap_args; /* of a phi */
	struct ir_instr **args;
	union {
		int64_t i;      /* IMM_I64, IMM_BOOL (0, 1) */
		double f;       /* IMM_F64 */
		uint32_t index; /* IMM_INDEX, IMM_COUNT, IMM_RT, IMM_TYPE */
	} imm;
	struct ir_exit *exit;        /* IR_EXIT */
	struct ir_block *targets[2]; /* JUMP: [0]; BRANCH: both */
	uint32_t line;               /* of the source; 0: none */
	struct ir_block *block;
	struct ir_instr *prev, *next;
	void *scratch;            /* a pass's own; NULL between passes */
	struct list_items *items; /* the builder's own: of a new list, what was seen of its items, see build_lists.c */
};

struct ir_block {
	uint32_t id; /* b<id> in text; position in ir_function.blocks */
	struct ir_instr *first, *last;
	uint32_t n_preds, cap_preds;
	struct ir_block **preds; /* a branch with both targets here counts twice */
	bool loop_header;        /* the target of a back edge; text: "loop" */
	void *scratch;
};

/* What the builder says of what it decided; for people. */
struct ir_note {
	struct ir_note *next;
	uint32_t line;
	const char *text;
};

/* One specialization of one function. Owns all that hangs on it. */
struct ir_function {
	struct obstack memory;
	char *name;            /* module.qualname */
	char *symbol;          /* in the object file */
	const char *file;      /* that its lines are of; NULL: nobody asks for it */
	struct unit_loop loop; /* pc 0: none */
	uint32_t n_params;
	enum value_type *params;
	uint32_t n_blocks, cap_blocks;
	struct ir_block **blocks; /* [0] is the entry, without predecessors */
	uint32_t n_exits, cap_exits;
	struct ir_exit **exits; /* [0] is the entry's: pc 0, or that of loop */
	uint32_t n_consts, cap_consts;
	struct unit_const *consts;
	uint32_t n_cache; /* words of caches, behind the constants */
	uint32_t next_id;
	/* Functions that it calls directly, they or their callees: all of them share the constants and the caches of
	 * this one, and are emitted along with it.  They have no entry for the dispatcher and none of their own. */
	uint32_t n_directs, cap_directs;
	struct ir_function **directs;
	struct ir_function *family; /* of a direct one: whose directs it is among; else NULL */
	enum ir_type result;        /* of a direct one */
	uint32_t n_values;          /* of a direct one: its result is a tuple of these, and not made; 0: it is not */
	enum ir_type values[IR_MAX_VALUES];
	uint32_t record;       /* of a direct one: 1 + the constant that is the __init__ of a record: the values are an
				* instance's attributes; 0: they are a tuple's items */
	uint32_t record_cache; /* which has its class */
	uint32_t code_const;   /* of a direct one: its code object */
	uint32_t frame_size;   /* of a direct one: words of its frame's locals and stack */
	bool is_init;          /* of a direct one: a class calls it, which counts as another call */
	bool calls, is_late;   /* of a direct one that is about to be emitted: see emit_plan_frames() */
	uint32_t n_own;        /* of a direct one whose own parameters are not all that it gets: how many of them its
				* frame has; the others are parts of what its frame has not.  0: all are its own */
	uint64_t number_lists; /* of a direct one: parameters that are lists of numbers (pass_lists.c), a bit each; they
				* stay the caller's, and no frame has them */
	uint32_t exit_base;    /* its exits are numbered from here on in the unit */
	struct ir_note *notes; /* the last one first; NULL unless they were asked for */
};

/* The function that has the constants and caches of f. */
static inline struct ir_function *ir_family(struct ir_function *f)
{
	return f->family ? f->family : f;
}

static inline const struct ir_function *ir_family_const(const struct ir_function *f)
{
	return f->family ? f->family : f;
}

/* Whether parameter i of a direct one is a part of something that its frame does not have, or that itself. */
static inline bool ir_is_part_param(const struct ir_function *f, uint32_t i)
{
	return f->params[i] == VALUE_UNBOUND || (f->n_own && i >= f->n_own);
}

/* Whether parameter i of a direct one is an object in its frame. */
static inline bool ir_is_object_param(const struct ir_function *f, uint32_t i)
{
	return !value_type_is_number(f->params[i]) && !(f->number_lists >> i & 1) && !ir_is_part_param(f, i);
}

/* f, and those that it calls directly. */
#define ir_for_each_member(f, m)                                   \
	for (uint32_t m##_i = 0; m##_i <= (f)->n_directs; m##_i++) \
		for (struct ir_function *m = m##_i ? (f)->directs[m##_i - 1] : (f); m; m = NULL)

#define ir_for_each_block(f, b)                                  \
	for (uint32_t b##_i = 0; b##_i < (f)->n_blocks; b##_i++) \
		for (struct ir_block *b = (f)->blocks[b##_i]; b; b = NULL)
#define ir_for_each_instr(b, i) \
	for (struct ir_instr *i = (b)->first, *i##_next; i && (i##_next = i->next, 1); i = i##_next)

struct ir_function *ir_function_new(const char *name, const char *symbol);
void ir_function_free(struct ir_function *f); /* NULL is fine; its directs too */
/* A function that family calls directly; it belongs to family. */
struct ir_function *ir_direct_new(struct ir_function *family, const char *name);
static inline void ir_function_freep(struct ir_function **f)
{
	ir_function_free(*f);
}

/* Whether f is the body of a generator. */
bool ir_is_body(const struct ir_function *f);

/* The types of the values that f returns, as rt.take_values() has them. */
uint32_t ir_value_types(const struct ir_function *f);

/* Memory that lives as long as f; aborts when there is none (compilations run in a child of their own). */
void *ir_alloc(struct ir_function *f, size_t size); /* zeroed */
char *ir_strdup(struct ir_function *f, const char *s);

struct ir_block *ir_block_new(struct ir_function *f);
/* A new instruction at the end of b.  Its type is the table's; a PHI's is set by the caller. n_args may be more than
 * args for a phi: ir_phi_add_arg(). */
struct ir_instr *ir_append(struct ir_function *f, struct ir_block *b, enum ir_op op, uint32_t n_args,
			   struct ir_instr *const *args);
struct ir_instr *ir_insert_before(struct ir_function *f, struct ir_instr *before, enum ir_op op, uint32_t n_args,
				  struct ir_instr *const *args);
struct ir_instr *ir_phi_new(struct ir_function *f, struct ir_block *b, enum ir_type type); /* after b's other phis */
void ir_phi_add_arg(struct ir_function *f, struct ir_instr *phi, struct ir_instr *arg);
void ir_remove(struct ir_instr *i);
struct ir_instr *ir_number_before(struct ir_function *f, struct ir_instr *before, int64_t value);
/* At the end of b: a constant; an operation with one operand (y NULL) or two. */
struct ir_instr *ir_number(struct ir_function *f, struct ir_block *b, int64_t value);
struct ir_instr *ir_operation(struct ir_function *f, struct ir_block *b, enum ir_op op, struct ir_instr *x,
			      struct ir_instr *y);
/* Ends b with a jump or a branch: adds b to the predecessors of the targets. */
struct ir_instr *ir_jump(struct ir_function *f, struct ir_block *b, struct ir_block *target);
struct ir_instr *ir_branch(struct ir_function *f, struct ir_block *b, struct ir_instr *condition, struct ir_block *yes,
			   struct ir_block *no);
/* What goes from b to one block goes to another; what comes to b from one block comes from another.  The other block
 * knows nothing of it. */
void ir_change_target(struct ir_block *b, const struct ir_block *from, struct ir_block *to);
void ir_change_pred(struct ir_block *b, const struct ir_block *from, struct ir_block *to);
/* What takes the place of i, as long as uses are not replaced: its scratch, followed to the end. */
static inline struct ir_instr *ir_resolved(struct ir_instr *i)
{
	while (i->scratch)
		i = i->scratch;
	return i;
}

/* In b, uses of what has a scratch become uses of the (struct ir_instr *)scratch, also in exits' states. */
void ir_replace_uses_in(struct ir_block *b);
/* Replace every use of each instruction whose scratch is not NULL by (struct ir_instr *)scratch, followed to the end,
 * also in exits' states; clears scratch. */
void ir_replace_uses(struct ir_function *f);
struct ir_exit *ir_exit_new(struct ir_function *f); /* zeroed but for its number */
/* A copy; leaves with a scratch are (struct ir_instr *)scratch there. */
struct state_frame ir_frame_copy(struct ir_function *f, const struct state_frame *from);
/* Leaves a note, once for each line and text: a position is built once for each set of types. */
void ir_note(struct ir_function *f, uint32_t line, const char *text);
void ir_drop_exits(
	struct ir_function *f); /* those that no instruction takes, but for the entry's; the rest is renumbered */
/* Constants: the index in f->consts (which becomes entry 2 + index of the constant vector, see struct unit_const).
 * ir_const_add() finds an equal one again, ir_const_append() always makes a new one. */
uint32_t ir_const_add(struct ir_function *f, const struct unit_const *c);
uint32_t ir_const_append(struct ir_function *f, const struct unit_const *c);
/* How long "@MODULE:" is in front of a function's name, as constants have it; 0: it has none, or is NULL. */
size_t ir_module_length(const char *name);
/* Where in the constant vector the globals are that a function of the family has whose code is that constant,
 * UINT32_MAX: the one that the dispatcher calls. */
uint32_t ir_globals_of(const struct ir_function *family, uint32_t code_const);
bool ir_is_leaf(enum state_kind kind); /* I64, F64, BOOL, I128, OBJ */
/* Call visit for every leaf of the exit's state, in order: locals then stack, children in order. */
void ir_exit_visit(struct ir_exit *e, void (*visit)(struct state_value *leaf, void *data), void *data);
/* Number the leaves of every exit: state_value.slot, ir_exit.n_slots.  Leaves of one instruction share a slot. */
void ir_assign_slots(struct ir_function *f);

/* ir_text.c.  The text is stable: printing what was parsed from printed text gives the same bytes. */
void ir_print(const struct ir_function *f, FILE *out);
int ir_parse(const char *text, struct ir_function **ret, struct cause *cause) /* -EINVAL: "line 3: ..." */
	__attribute__((warn_unused_result));

/* ir_verify.c.  0, or -EINVAL and the cause names block, instruction and rule. */
int ir_verify(const struct ir_function *f, struct cause *cause) __attribute__((warn_unused_result));

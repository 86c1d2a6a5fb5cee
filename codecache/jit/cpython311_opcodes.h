/* cpython311_opcodes.h - every opcode of CPython 3.11, and what becomes of it; for cpython311.c only.
 *
 * t/unit/opcodes.c compares this with Lib/opcode.py.  Specialised opcodes are decoded as the ones that they came from.
 */
#pragma once

/* TO(opcode, what it is in bytecode.h, fixed argument, how the argument is read): translated.
 * LEAVE(opcode, reason): CPython goes on there, for this reason. */
#define CPYTHON311_OPCODES(TO, LEAVE)                                                                  \
	TO(NOP, NOP, 0, ARG_NONE)                                                                      \
	TO(RESUME, NOP, 0, ARG_NONE)                                                                   \
	TO(LOAD_FAST, LOAD_LOCAL, 0, ARG_OPARG)                                                        \
	TO(STORE_FAST, STORE_LOCAL, 0, ARG_OPARG)                                                      \
	TO(DELETE_FAST, DELETE_LOCAL, 0, ARG_OPARG)                                                    \
	TO(MAKE_CELL, MAKE_CELL, 0, ARG_OPARG)                                                         \
	TO(LOAD_CLOSURE, LOAD_CELL, 0, ARG_OPARG)                                                      \
	TO(LOAD_DEREF, LOAD_DEREF, 0, ARG_OPARG)                                                       \
	TO(STORE_DEREF, STORE_DEREF, 0, ARG_OPARG)                                                     \
	TO(COPY_FREE_VARS, COPY_FREE_VARS, 0, ARG_OPARG)                                               \
	TO(LOAD_CONST, LOAD_CONST, 0, ARG_OPARG)                                                       \
	TO(LOAD_GLOBAL, LOAD_GLOBAL, 0, ARG_GLOBAL)                                                    \
	TO(PUSH_NULL, PUSH_NULL, 0, ARG_NONE)                                                          \
	TO(POP_TOP, POP, 0, ARG_NONE)                                                                  \
	TO(COPY, COPY, 0, ARG_OPARG)                                                                   \
	TO(SWAP, SWAP, 0, ARG_OPARG)                                                                   \
	TO(BINARY_OP, BINARY, 0, ARG_BINARY)                                                           \
	TO(UNARY_NEGATIVE, NEGATIVE, 0, ARG_NONE)                                                      \
	TO(UNARY_POSITIVE, POSITIVE, 0, ARG_NONE)                                                      \
	TO(UNARY_INVERT, INVERT, 0, ARG_NONE)                                                          \
	TO(UNARY_NOT, NOT, 0, ARG_NONE)                                                                \
	TO(COMPARE_OP, COMPARE, 0, ARG_OPARG) /* Py_LT .. Py_GE are in the order of enum bc_compare */ \
	TO(IS_OP, IS, 0, ARG_OPARG)                                                                    \
	TO(JUMP_FORWARD, JUMP, 0, ARG_FORWARD)                                                         \
	TO(JUMP_BACKWARD, JUMP, 0, ARG_BACKWARD)                                                       \
	TO(JUMP_BACKWARD_NO_INTERRUPT, JUMP, 0, ARG_BACKWARD)                                          \
	TO(POP_JUMP_FORWARD_IF_FALSE, BRANCH, IF_FALSE, ARG_FORWARD)                                   \
	TO(POP_JUMP_FORWARD_IF_TRUE, BRANCH, IF_TRUE, ARG_FORWARD)                                     \
	TO(POP_JUMP_FORWARD_IF_NONE, BRANCH, IF_NONE, ARG_FORWARD)                                     \
	TO(POP_JUMP_FORWARD_IF_NOT_NONE, BRANCH, IF_NOT_NONE, ARG_FORWARD)                             \
	TO(POP_JUMP_BACKWARD_IF_FALSE, BRANCH, IF_FALSE, ARG_BACKWARD)                                 \
	TO(POP_JUMP_BACKWARD_IF_TRUE, BRANCH, IF_TRUE, ARG_BACKWARD)                                   \
	TO(POP_JUMP_BACKWARD_IF_NONE, BRANCH, IF_NONE, ARG_BACKWARD)                                   \
	TO(POP_JUMP_BACKWARD_IF_NOT_NONE, BRANCH, IF_NOT_NONE, ARG_BACKWARD)                           \
	TO(JUMP_IF_FALSE_OR_POP, BRANCH_OR_POP, IF_FALSE, ARG_FORWARD)                                 \
	TO(JUMP_IF_TRUE_OR_POP, BRANCH_OR_POP, IF_TRUE, ARG_FORWARD)                                   \
	TO(GET_ITER, GET_ITER, 0, ARG_NONE)                                                            \
	TO(FOR_ITER, FOR_ITER, 0, ARG_FORWARD)                                                         \
	TO(BUILD_TUPLE, BUILD_TUPLE, 0, ARG_OPARG)                                                     \
	TO(MAKE_FUNCTION, MAKE_FUNCTION, 0, ARG_OPARG)                                                 \
	TO(BINARY_SUBSCR, GET_ITEM, 0, ARG_NONE)                                                       \
	TO(STORE_SUBSCR, SET_ITEM, 0, ARG_NONE)                                                        \
	TO(DELETE_SUBSCR, DELETE_ITEM, 0, ARG_NONE)                                                    \
	TO(CONTAINS_OP, CONTAINS, 0, ARG_OPARG)                                                        \
	TO(LOAD_ATTR, LOAD_ATTR, 0, ARG_NAME)                                                          \
	TO(STORE_ATTR, STORE_ATTR, 0, ARG_NAME)                                                        \
	TO(DELETE_ATTR, DELETE_ATTR, 0, ARG_NAME)                                                      \
	TO(LOAD_METHOD, LOAD_METHOD, 0, ARG_NAME)                                                      \
	TO(STORE_GLOBAL, STORE_GLOBAL, 0, ARG_NAME)                                                    \
	TO(LOAD_ASSERTION_ERROR, LOAD_BUILTIN, 0, ARG_NONE)                                            \
	TO(BUILD_LIST, BUILD_LIST, 0, ARG_OPARG)                                                       \
	TO(BUILD_SET, BUILD_SET, 0, ARG_OPARG)                                                         \
	TO(BUILD_MAP, BUILD_MAP, 0, ARG_OPARG)                                                         \
	TO(BUILD_CONST_KEY_MAP, BUILD_CONST_KEY_MAP, 0, ARG_OPARG)                                     \
	TO(BUILD_STRING, BUILD_STRING, 0, ARG_OPARG)                                                   \
	TO(BUILD_SLICE, BUILD_SLICE, 0, ARG_OPARG)                                                     \
	TO(LIST_APPEND, LIST_APPEND, 0, ARG_OPARG)                                                     \
	TO(LIST_EXTEND, LIST_EXTEND, 0, ARG_OPARG)                                                     \
	TO(SET_ADD, SET_ADD, 0, ARG_OPARG)                                                             \
	TO(SET_UPDATE, SET_UPDATE, 0, ARG_OPARG)                                                       \
	TO(MAP_ADD, MAP_ADD, 0, ARG_OPARG)                                                             \
	TO(DICT_UPDATE, DICT_UPDATE, 0, ARG_OPARG)                                                     \
	TO(DICT_MERGE, DICT_MERGE, 0, ARG_OPARG)                                                       \
	TO(LIST_TO_TUPLE, LIST_TO_TUPLE, 0, ARG_NONE)                                                  \
	TO(UNPACK_SEQUENCE, UNPACK, 0, ARG_OPARG)                                                      \
	TO(UNPACK_EX, UNPACK_EX, 0, ARG_OPARG)                                                         \
	TO(FORMAT_VALUE, FORMAT, 0, ARG_OPARG)                                                         \
	TO(CALL_FUNCTION_EX, CALL_EX, 0, ARG_OPARG)                                                    \
	TO(IMPORT_NAME, IMPORT, 0, ARG_NAME)                                                           \
	TO(IMPORT_FROM, IMPORT_FROM, 0, ARG_NAME)                                                      \
	TO(GET_LEN, GET_LEN, 0, ARG_NONE)                                                              \
	TO(MATCH_SEQUENCE, MATCH_SEQUENCE, 0, ARG_NONE)                                                \
	TO(MATCH_MAPPING, MATCH_MAPPING, 0, ARG_NONE)                                                  \
	TO(MATCH_CLASS, MATCH_CLASS, 0, ARG_OPARG)                                                     \
	TO(MATCH_KEYS, MATCH_KEYS, 0, ARG_NONE)                                                        \
	TO(BEFORE_WITH, BEFORE_WITH, 0, ARG_NONE)                                                      \
	TO(PRECALL, CALL, 0, ARG_OPARG) /* with the CALL behind it: one instruction here */            \
	TO(RAISE_VARARGS, RAISE, 0, ARG_OPARG)                                                         \
	TO(PUSH_EXC_INFO, PUSH_EXC, 0, ARG_NONE)                                                       \
	TO(CHECK_EXC_MATCH, MATCH_EXC, 0, ARG_NONE)                                                    \
	TO(POP_EXCEPT, POP_EXC, 0, ARG_NONE)                                                           \
	TO(RERAISE, RERAISE, 0, ARG_OPARG)                                                             \
	TO(WITH_EXCEPT_START, WITH_EXCEPT, 0, ARG_NONE)                                                \
	TO(RETURN_VALUE, RETURN, 0, ARG_NONE)                                                          \
	TO(RETURN_GENERATOR, RETURN_GENERATOR, 0, ARG_NONE)                                            \
	TO(YIELD_VALUE, YIELD, 0, ARG_NONE)                                                            \
	TO(GET_YIELD_FROM_ITER, YIELD_FROM, 0, ARG_NONE)                                               \
	TO(SEND, SEND, 0, ARG_FORWARD)                                                                 \
	LEAVE(CACHE, "part of the instruction before it")                                              \
	LEAVE(CHECK_EG_MATCH, "exception groups are split by CPython")                                 \
	LEAVE(GET_AITER, "coroutines run in CPython")                                                  \
	LEAVE(GET_ANEXT, "coroutines run in CPython")                                                  \
	LEAVE(BEFORE_ASYNC_WITH, "coroutines run in CPython")                                          \
	LEAVE(END_ASYNC_FOR, "coroutines run in CPython")                                              \
	LEAVE(PRINT_EXPR, "code of modules and classes runs in CPython")                               \
	LEAVE(LOAD_BUILD_CLASS, "a class is made, which is done seldom")                               \
	LEAVE(IMPORT_STAR, "code of modules and classes runs in CPython")                              \
	LEAVE(SETUP_ANNOTATIONS, "code of modules and classes runs in CPython")                        \
	LEAVE(ASYNC_GEN_WRAP, "coroutines run in CPython")                                             \
	LEAVE(PREP_RERAISE_STAR, "exception groups are split by CPython")                              \
	LEAVE(STORE_NAME, "code of modules and classes runs in CPython")                               \
	LEAVE(DELETE_NAME, "code of modules and classes runs in CPython")                              \
	LEAVE(DELETE_GLOBAL, "globals are seldom deleted")                                             \
	LEAVE(LOAD_NAME, "code of modules and classes runs in CPython")                                \
	LEAVE(GET_AWAITABLE, "coroutines run in CPython")                                              \
	LEAVE(DELETE_DEREF, "variables of closures are seldom deleted")                                \
	LEAVE(EXTENDED_ARG, "part of the instruction behind it")                                       \
	LEAVE(LOAD_CLASSDEREF, "code of modules and classes runs in CPython")                          \
	LEAVE(CALL, "part of the PRECALL before it")                                                   \
	LEAVE(KW_NAMES, "part of the call behind it")

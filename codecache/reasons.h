/* reasons.h - why a function is not native.  "Not compiled" is a value from this table, not an error.
 *
 * X(NAME, "word", "text"): the word is what JSON and the tools show, the text is for people; a detail (an opcode, a
 * line) may follow it. */
#pragma once

#define REASONS(X)                                                                          \
	X(NONE, "native", "native")                                                         \
	X(JIT_OFF, "jit-off", "compilation is off ([jit] mode)")                            \
	X(NOT_HOT, "not-hot", "neither warm-up nor workers spent enough time in it")        \
	X(NOT_CALLED, "not-called", "no warm-up called it, and it is not hot")              \
	X(NOT_STORED, "not-stored", "the store has no code of it")                          \
	X(LOOPS, "loops", "only its loops are native: its calls began in CPython")          \
	X(GENERATOR, "generator", "a generator runs in CPython")                            \
	X(COROUTINE, "coroutine", "a coroutine runs in CPython")                            \
	X(FRAME_ACCESS, "frame-access", "it looks at its frame or names")                   \
	X(NO_GAIN, "no-gain", "native code would not be faster, or was not")                \
	X(UNSUPPORTED, "unsupported", "its hot part begins with what is not compiled yet")  \
	X(TOO_BIG, "too-big", "too much bytecode")                                          \
	X(TOO_MANY, "too-many", "too many functions")                                       \
	X(CACHE_FULL, "cache-full", "the code cache is full ([cache] size)")                \
	X(NO_CACHE, "no-cache", "there is no memory for a code cache")                      \
	X(NO_MEMORY, "no-memory", "the machine had no memory for it")                       \
	X(NO_COMPILER, "no-compiler", "libgccjit or as is missing")                         \
	X(COMPILER_FAILED, "compiler-failed", "the compiler failed")                        \
	X(COMPILER_TIMEOUT, "compiler-timeout", "the compiler took too long")               \
	X(BAD_OBJECT, "bad-object", "the loader refused the object file")                   \
	X(WRONG_RESULT, "wrong-result", "its native code gave something else than CPython") \
	X(QUARANTINED, "quarantined", "its native code crashed")

enum reason {
#define X(name, word, text) REASON_##name,
	REASONS(X)
#undef X
		REASON_COUNT
};

const char *reason_word(enum reason reason); /* "no-gain"; "unknown" for what is not in the table */
const char *reason_text(enum reason reason);
enum reason reason_from_word(const char *word); /* REASON_COUNT for what is not in the table */

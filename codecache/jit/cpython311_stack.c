/* cpython311_stack.c - see cpython311_stack.h.  The same walk as _Py_DumpTraceback() in CPython's traceback.c, which
 * faulthandler uses; that one leaves out the frames of native functions, and writes to a descriptor only.
 *
 * A signal may come where _PyEval_EvalFrameDefault() (ceval.c) has set thread->cframe, but not current_frame in it:
 * that is then whatever its place on the C stack held before.  Nothing tells, so nothing is read that was not asked
 * for. */
#include "config.h"

#include <Python.h>
#define Py_BUILD_CORE
#include <internal/pycore_code.h>
#include <internal/pycore_frame.h>
#include <errno.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "codecache/jit/cpython311_stack.h"

_Thread_local uintptr_t stack_entry;

#define READS_GARBAGE __attribute__((no_sanitize("address")))

enum { FRAMES_MAX = 64, CALLS_MAX = 64 << 10, PAGE = 4096 };

/* The kernel reads a set of signals before it looks at what is to be done with it (rt_sigprocmask(2): EFAULT, EINVAL).
 */
static bool is_word_readable(uintptr_t at)
{
	int saved = errno;
	bool readable = syscall(SYS_rt_sigprocmask, -1, at, NULL, sizeof(uint64_t)) == 0 || errno != EFAULT;
	errno = saved;
	return readable;
}

/* Of a word at least, a page at most. */
static bool is_readable(const void *at, size_t size)
{
	uintptr_t first = (uintptr_t)at, last = first + size - sizeof(uint64_t);
	return first % sizeof(void *) == 0 && is_word_readable(first) &&
	       (first / PAGE == last / PAGE || is_word_readable(last));
}

struct text {
	char *at, *end; /* one byte before the end is kept for the NUL */
};

static void put(struct text *text, const char *bytes, size_t n)
{
	size_t room = (size_t)(text->end - text->at);
	if (n > room)
		n = room;
	memcpy(text->at, bytes, n);
	text->at += n;
}

/* Beyond ASCII: "?". */
static void put_str(struct text *text, PyObject *str)
{
	if (!is_readable(str, sizeof(PyASCIIObject)) || !PyUnicode_CheckExact(str) || !PyUnicode_IS_READY(str)) {
		put(text, "?", 1);
		return;
	}
	for (Py_ssize_t i = 0; i < PyUnicode_GET_LENGTH(str); i++) {
		Py_UCS4 c = PyUnicode_READ(PyUnicode_KIND(str), PyUnicode_DATA(str), i);
		char byte = c >= 0x20 && c < 0x7f ? (char)c : '?';
		put(text, &byte, 1);
	}
}

static void put_number(struct text *text, int number)
{
	char digits[16], *p = digits + sizeof(digits);
	unsigned rest = number > 0 ? (unsigned)number : 0;
	do
		*--p = (char)('0' + rest % 10);
	while ((rest /= 10) > 0);
	put(text, p, (size_t)(digits + sizeof(digits) - p));
}

/* A frame that is none has any number here. */
READS_GARBAGE static int line_of(const struct _PyInterpreterFrame *frame, PyCodeObject *code)
{
	ptrdiff_t at = frame->prev_instr - _PyCode_CODE(code);
	return at < 0 || at >= Py_SIZE(code) ? code->co_firstlineno
					     : PyCode_Addr2Line(code, (int)at * (int)sizeof(_Py_CODEUNIT));
}

READS_GARBAGE static void put_frame(struct text *text, const struct _PyInterpreterFrame *frame, PyCodeObject *code)
{
	/* A stub never gets to its first instruction that can be traced. */
	bool native = _PyFrame_IsIncomplete((struct _PyInterpreterFrame *)frame);
	int line = native ? code->co_firstlineno : line_of(frame, code);
	put(text, "  File \"", 8);
	put_str(text, code->co_filename);
	put(text, "\", line ", 8);
	put_number(text, line);
	put(text, ", in ", 5);
	put_str(text, code->co_qualname);
	if (native)
		put(text, " (native)", 9);
	put(text, "\n", 1);
}

static const struct _PyInterpreterFrame *if_readable(const struct _PyInterpreterFrame *frame)
{
	return frame && is_readable(frame, sizeof(*frame)) ? frame : NULL;
}

static const struct _PyInterpreterFrame *top_frame(PyThreadState *thread)
{
	return thread->cframe ? if_readable(thread->cframe->current_frame) : NULL;
}

READS_GARBAGE size_t stack_write(PyThreadState *thread, char *to, size_t size)
{
	struct text text = { .at = to, .end = to + size - 1 };
	const struct _PyInterpreterFrame *frame = top_frame(thread);
	for (int i = 0; frame && i < FRAMES_MAX; i++, frame = if_readable(frame->previous)) {
		PyCodeObject *code = frame->f_code;
		if (code && is_readable(code, sizeof(*code)) && PyCode_Check(code))
			put_frame(&text, frame, code);
	}
	if (frame)
		put(&text, "  ...\n", 6);
	*text.at = '\0';
	return (size_t)(text.at - to);
}

READS_GARBAGE const void *stack_top_code(PyThreadState *thread)
{
	const struct _PyInterpreterFrame *frame = top_frame(thread);
	return frame ? frame->f_code : NULL;
}

/* The innermost run of CPython's loop has its _PyCFrame on the C stack (ceval.c): what it has called lies below.  The
 * one of a thread that runs no loop is elsewhere. */
static uintptr_t caller_of(PyThreadState *thread, uintptr_t sp)
{
	uintptr_t loop = (uintptr_t)thread->cframe;
	if (thread->cframe == &thread->root_cframe || loop <= sp)
		return stack_entry;
	return stack_entry > sp && stack_entry < loop ? stack_entry : loop;
}

READS_GARBAGE static bool top_runs(PyThreadState *thread, uintptr_t sp, uintptr_t code, uintptr_t code_end)
{
	uintptr_t caller = caller_of(thread, sp);
	if (caller <= sp || caller - sp > CALLS_MAX)
		return false;
	for (const uintptr_t *word = (const uintptr_t *)sp; (uintptr_t)word < caller; word++)
		if (*word >= code && *word < code_end)
			return true;
	return false;
}

bool stack_is_native(PyThreadState *thread, const void *context, uintptr_t code, uintptr_t code_end)
{
	const greg_t *registers = ((const ucontext_t *)context)->uc_mcontext.gregs;
	uintptr_t at = (uintptr_t)registers[REG_RIP], sp = (uintptr_t)registers[REG_RSP];
	return (at >= code && at < code_end) || top_runs(thread, sp, code, code_end);
}

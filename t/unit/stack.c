/* Tests of codecache/jit/cpython311_stack.c: a signal handler may come at any instruction. */
#include "config.h"

#include "t/unit/embed.h"

#define Py_BUILD_CORE
#include <internal/pycore_frame.h>

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <cmocka.h>

#include "codecache/jit/cpython311_stack.h"

enum { TRAP_FLAG = 0x100 };

static struct {
	PyThreadState *thread;
	unsigned steps, found;
	char text[256];
} seen;

static char handler_stack[64 << 10];

static void look(int signal, siginfo_t *info, void *context)
{
	(void)signal, (void)info, (void)context;
	seen.steps++;
	if (stack_top_code(seen.thread))
		seen.found++;
	(void)stack_write(seen.thread, seen.text, sizeof(seen.text));
}

/* What CPython's loop finds where its variables will be. */
__attribute__((noinline)) static void dirty_stack(uintptr_t with)
{
	volatile uintptr_t words[4096];
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		words[i] = with;
}

/* One instruction by one. */
static void set_trap(bool on)
{
	if (on)
		__asm__ volatile("pushfq\n\torq %0, (%%rsp)\n\tpopfq" : : "i"(TRAP_FLAG) : "memory", "cc");
	else
		__asm__ volatile("pushfq\n\tandq %0, (%%rsp)\n\tpopfq" : : "i"(~TRAP_FLAG) : "memory", "cc");
}

static void every_instruction(void **state)
{
	(void)state;
	PyObject *f = PyDict_GetItemString(embed_module("app", "def f():\n    return [1]\n"), "f");
	/* The handler's own frames would cover what is there. */
	stack_t stack = { .ss_sp = handler_stack, .ss_size = sizeof(handler_stack) };
	struct sigaction action = { .sa_sigaction = look, .sa_flags = SA_SIGINFO | SA_ONSTACK }, old;
	assert_int_equal(sigaltstack(&stack, NULL), 0);
	assert_int_equal(sigaction(SIGTRAP, &action, &old), 0);
	seen.thread = PyThreadState_Get();
	dirty_stack(0x1b0);
	set_trap(true);
	PyObject *list = PyObject_CallNoArgs(f);
	set_trap(false);
	assert_int_equal(sigaction(SIGTRAP, &old, NULL), 0);
	assert_true(list && PyList_CheckExact(list));
	Py_DECREF(list);
	if (seen.steps < 100)
		skip(); /* by valgrind, for one */
	assert_true(seen.found > 10);
}

static void expect_nothing(struct _PyInterpreterFrame *frame)
{
	_PyCFrame cframe = { .current_frame = frame };
	PyThreadState thread = { .cframe = &cframe };
	char text[64];
	assert_null(stack_top_code(&thread));
	assert_int_equal(stack_write(&thread, text, sizeof(text)), 0);
}

static void what_is_no_frame(void **state)
{
	(void)state;
	char *pages = mmap(NULL, 2 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(pages, MAP_FAILED);
	assert_int_equal(mprotect(pages + 4096, 4096, PROT_NONE), 0);
	expect_nothing(NULL);
	expect_nothing((struct _PyInterpreterFrame *)(uintptr_t)1);
	expect_nothing((struct _PyInterpreterFrame *)(uintptr_t)0x1b0);
	expect_nothing((struct _PyInterpreterFrame *)(uintptr_t)0xfffffffffffffff8);
	expect_nothing((struct _PyInterpreterFrame *)(uintptr_t)0x8000000000000000);
	expect_nothing((struct _PyInterpreterFrame *)(pages + 4096));
	expect_nothing((struct _PyInterpreterFrame *)(pages + 4096 - 16));
	(void)munmap(pages, 2 * 4096);
}

static void a_frame_of_garbage(void **state)
{
	(void)state;
	struct _PyInterpreterFrame frame;
	memset(&frame, 1, sizeof(frame));
	_PyCFrame cframe = { .current_frame = &frame };
	PyThreadState thread = { .cframe = &cframe };
	char text[64];
	assert_ptr_equal(stack_top_code(&thread), frame.f_code); /* nobody's */
	assert_int_equal(stack_write(&thread, text, sizeof(text)), 0);
}

static void instructions_of_others(void **state)
{
	(void)state;
	PyObject *f = PyDict_GetItemString(embed_module("other", "\n\ndef f():\n    pass\n"), "f");
	struct _PyInterpreterFrame frame = { .f_code = (PyCodeObject *)PyFunction_GetCode(f) };
	_PyCFrame cframe = { .current_frame = &frame };
	PyThreadState thread = { .cframe = &cframe };
	frame.prev_instr = _PyCode_CODE(frame.f_code) + 100000;
	char text[64];
	(void)stack_write(&thread, text, sizeof(text));
	assert_string_equal(text, "  File \"other\", line 3, in f\n");
}

int main(void)
{
	embed_start();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_instruction),
		cmocka_unit_test(what_is_no_frame),
		cmocka_unit_test(a_frame_of_garbage),
		cmocka_unit_test(instructions_of_others),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("stack", tests, NULL, NULL);
}

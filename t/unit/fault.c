/* fault.c - faults in a piece of code that is watched, and elsewhere: each in a child, which tells by its end. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "codecache/arena.h"
#include "codecache/fault.h"

enum { OURS = 40, OTHERS = 50 };

static const unsigned char trap[] = { 0x0f, 0x0b };                                 /* ud2 */
static const unsigned char store[] = { 0x31, 0xc0, 0x89, 0x00, 0xc3 };              /* *NULL = 0 */
static const unsigned char divide[] = { 0x31, 0xc9, 0x31, 0xc0, 0x99, 0xf7, 0xf9 }; /* 0 / 0 */
static const unsigned char wild[] = { 0x31, 0xc0, 0x50, 0xff, 0xd0, 0xc3 };         /* call NULL */

static int wanted_signal;
static size_t wanted_offset;
static const char *code;
static void (*before)(int) = SIG_DFL;

static void on_fault(const struct fault *fault, void *userdata)
{
	assert_ptr_equal(userdata, &wanted_signal);
	bool right =
		fault->signal == wanted_signal && fault->offset >= wanted_offset && fault->offset < wanted_offset + 8;
	_exit(right ? OURS : OURS + 1);
}

static void return_from_fault(const struct fault *fault, void *userdata)
{
	(void)fault;
	(void)userdata;
}

static void fault_in_handler(const struct fault *fault, void *userdata)
{
	(void)fault;
	(void)userdata;
	(void)raise(SIGSEGV);
	_exit(1);
}

static void others(int number)
{
	(void)number;
	_exit(OTHERS);
}

/* wait(2) status of a child that runs what at offset 64 of watched code; NULL: a crash elsewhere, of that signal. */
static int run(const unsigned char *what, size_t size, int number, void (*handler)(const struct fault *, void *))
{
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		static const int signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE };
		for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
			(void)signal(signals[i], before); /* cmocka has its own */
		struct arena *arena;
		void *p;
		if (arena_new(ARENA_CODE, 4096, &arena, NULL) < 0 || arena_alloc(arena, 4096, 16, &p, NULL) < 0)
			_exit(2);
		code = p;
		wanted_offset = 64;
		wanted_signal = number;
		if (what && arena_write(arena, (char *)p + 64, what, size, NULL) < 0)
			_exit(3);
		if (fault_catch(p, 4096, handler, &wanted_signal, NULL) < 0)
			_exit(4);
		if (!what)
			(void)raise(number);
		void (*function)(void);
		const char *entry = code + 64;
		memcpy(&function, &entry, sizeof(function));
		function();
		_exit(5);
	}
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void faults_in_code(void **state)
{
	(void)state;
	assert_int_equal(WEXITSTATUS(run(trap, sizeof(trap), SIGILL, on_fault)), OURS);
	assert_int_equal(WEXITSTATUS(run(store, sizeof(store), SIGSEGV, on_fault)), OURS);
	assert_int_equal(WEXITSTATUS(run(divide, sizeof(divide), SIGFPE, on_fault)), OURS);
}

static void jumps_to_nowhere(void **state)
{
	(void)state;
	assert_int_equal(WEXITSTATUS(run(wild, sizeof(wild), SIGSEGV, on_fault)), OURS);
}

static void signals_that_are_sent(void **state)
{
	(void)state;
	int status = run(NULL, 0, SIGSEGV, on_fault);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGSEGV);
}

static void handlers_from_before(void **state)
{
	(void)state;
	before = others;
	assert_int_equal(WEXITSTATUS(run(trap, sizeof(trap), SIGILL, return_from_fault)), OTHERS);
	assert_int_equal(WEXITSTATUS(run(NULL, 0, SIGSEGV, on_fault)), OTHERS);
	before = SIG_DFL;
	int status = run(trap, sizeof(trap), SIGILL, return_from_fault);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGILL);
}

static void fault_while_told(void **state)
{
	(void)state;
	before = others;
	int status = run(trap, sizeof(trap), SIGILL, fault_in_handler);
	before = SIG_DFL;
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGSEGV);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(faults_in_code),        cmocka_unit_test(jumps_to_nowhere),
		cmocka_unit_test(signals_that_are_sent), cmocka_unit_test(handlers_from_before),
		cmocka_unit_test(fault_while_told),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* fault.c - see fault.h
 *
 * What is called in the handler is async-signal-safe.  in_code() may do more: the thread was in compiled code, so it
 * holds no lock of malloc() or of anything else. */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "codecache/fault.h"

enum {
	STACK_SIZE = 256 << 10,
	GUARD = 4096,
	PATIENCE_S = 5, /* how long in_code() may take: memory may be in any state */
};

static const int signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE };
enum { N_SIGNALS = sizeof(signals) / sizeof(signals[0]) };

static struct {
	const char *begin;
	size_t size;
	void (*in_code)(const struct fault *, void *);
	void *userdata;
	bool caught;
	struct sigaction before[N_SIGNALS];
} watch;

static void to_default(int number)
{
	struct sigaction action = { .sa_handler = SIG_DFL };
	(void)sigaction(number, &action, NULL);
}

/* Let it go on as if we were not there: an instruction that faults does it again, and a signal that somebody sent is
 * sent again. */
static void pass_on(int number, const siginfo_t *info)
{
	for (size_t i = 0; i < N_SIGNALS; i++)
		(void)sigaction(signals[i], &watch.before[i], NULL);
	if (info->si_code <= 0)
		(void)raise(number);
}

static bool is_in_code(uintptr_t p)
{
	return p - (uintptr_t)watch.begin < watch.size;
}

/* Where the thread was.  Code that jumps to nowhere has left its address on the stack: the fault is then at the
 * instruction pointer itself. */
static bool find_instruction(const ucontext_t *context, const siginfo_t *info, uintptr_t *ret)
{
	uintptr_t at = (uintptr_t)context->uc_mcontext.gregs[REG_RIP];
	if (info->si_signo == SIGSEGV && (uintptr_t)info->si_addr == at && !is_in_code(at)) {
		uintptr_t caller = *(const uintptr_t *)context->uc_mcontext.gregs[REG_RSP];
		at = is_in_code(caller) ? caller - 1 : at;
	}
	*ret = at;
	return is_in_code(at);
}

static void on_fault(int number, siginfo_t *info, void *context)
{
	int saved = errno;
	uintptr_t at = 0;
	if (info->si_code > 0 && find_instruction(context, info, &at)) {
		for (size_t i = 0; i < N_SIGNALS; i++)
			to_default(signals[i]);
		to_default(SIGALRM);
		(void)alarm(PATIENCE_S);
		const struct fault fault = { .signal = number,
					     .offset = at - (uintptr_t)watch.begin,
					     .address = (uint64_t)(uintptr_t)info->si_addr };
		watch.in_code(&fault, watch.userdata);
		(void)alarm(0);
	}
	pass_on(number, info);
	errno = saved;
}

/* With a page below it that nothing can be written to; kept for good. */
static int make_stack(void)
{
	char *memory =
		mmap(NULL, STACK_SIZE + GUARD, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	if (memory == MAP_FAILED)
		return -errno;
	stack_t stack = { .ss_sp = memory + GUARD, .ss_size = STACK_SIZE };
	if (mprotect(memory, GUARD, PROT_NONE) < 0 || sigaltstack(&stack, NULL) < 0) {
		int r = -errno;
		(void)munmap(memory, STACK_SIZE + GUARD);
		return r;
	}
	return 0;
}

int fault_catch(const void *begin, size_t size, void (*in_code)(const struct fault *fault, void *userdata),
		void *userdata, struct cause *cause)
{
	stack_t stack;
	int r = sigaltstack(NULL, &stack) < 0 ? -errno : 0;
	if (r == 0 && (stack.ss_flags & SS_DISABLE || stack.ss_size < STACK_SIZE))
		r = make_stack();
	if (r < 0)
		return cause_set_errno(cause, r, "cannot make a stack for faults");
	watch.begin = begin;
	watch.size = size;
	watch.in_code = in_code;
	watch.userdata = userdata;
	struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER };
	for (size_t i = 0; i < N_SIGNALS && !watch.caught; i++)
		if (sigaction(signals[i], &action, &watch.before[i]) < 0)
			return cause_set_errno(cause, -errno, "cannot catch faults");
	watch.caught = true;
	return 0;
}

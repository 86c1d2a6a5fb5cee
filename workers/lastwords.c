/* lastwords.c - see lastwords.h */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "workers/lastwords.h"

enum { STACK_SIZE = 64 << 10, PATIENCE_S = 5 };

static const int fatal[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };
enum { N_FATAL = sizeof(fatal) / sizeof(fatal[0]) };

static struct {
	void (*say)(void *);
	void *userdata;
	struct sigaction before[N_FATAL];
	void *stack;
} words;

static void restore(void)
{
	for (size_t i = 0; i < N_FATAL; i++)
		(void)sigaction(fatal[i], &words.before[i], NULL);
}

static void limit_time(void)
{
	sigset_t alarm_only;
	(void)signal(SIGALRM, SIG_DFL);
	(void)sigemptyset(&alarm_only);
	(void)sigaddset(&alarm_only, SIGALRM);
	(void)pthread_sigmask(SIG_UNBLOCK, &alarm_only, NULL);
	(void)alarm(PATIENCE_S);
}

/* A crash in here meets the handlers of before. */
static void on_crash(int number, siginfo_t *info, void *context)
{
	(void)context;
	int saved = errno;
	restore();
	limit_time();
	words.say(words.userdata);
	/* An instruction that crashed does so again when this returns; what somebody has sent is sent again. */
	if (info->si_code <= 0)
		(void)raise(number);
	errno = saved;
}

int lastwords_set(void (*say)(void *userdata), void *userdata, struct cause *cause)
{
	words.say = say;
	words.userdata = userdata;
	/* The usual stack may be what has run out. */
	words.stack = malloc(STACK_SIZE);
	if (!words.stack)
		return cause_set(cause, -ENOMEM, "no memory for the worker");
	stack_t stack = { .ss_sp = words.stack, .ss_size = STACK_SIZE };
	if (sigaltstack(&stack, NULL) < 0)
		return cause_set_errno(cause, -errno, "cannot set the stack for crashes");
	struct sigaction action = { .sa_sigaction = on_crash, .sa_flags = SA_SIGINFO | SA_ONSTACK };
	(void)sigfillset(&action.sa_mask);
	(void)sigdelset(&action.sa_mask, SIGALRM);
	for (size_t i = 0; i < N_FATAL; i++)
		if (sigaction(fatal[i], &action, &words.before[i]) < 0)
			return cause_set_errno(cause, -errno, "cannot set the handler of crashes");
	return 0;
}

void lastwords_clear(void)
{
	if (!words.stack)
		return;
	restore();
	(void)sigaltstack(&(stack_t){ .ss_flags = SS_DISABLE }, NULL);
	free(words.stack);
	words.stack = NULL;
}

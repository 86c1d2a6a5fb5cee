/* emit.c - IR to machine code: what a compiler child takes for it, without CPython and without the way there and back.
 *
 *     cd build && bench/emit [-n ROUNDS] [-O LEVEL] [-t] FILE.ir... [-- GCC_OPTION...]
 *
 * Each file has one function with those that it calls directly, as PREFORGE_JIT_DUMP=1 prints them last
 * (bench/emitting.py collects them).  Each round is a child of its own, as in the service, so that it pays for loading
 * libgccjit; a line has the least CPU time of the rounds, that of the assembler in it, and the size of the code.  -t
 * prints gcc's own report on its passes. */
#include "config.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "codecache/elf_object.h"
#include "codecache/jit/emit.h"
#include "codecache/jit/gcc_memory.h"
#include "codecache/jit/ir.h"
#include "common/cleanup.h"

struct times {
	double all_ms, assembler_ms;
};

static char object_path[64];

static _Noreturn void die(const char *what, const char *why)
{
	(void)fprintf(stderr, "emit: %s: %s\n", what, why);
	exit(EXIT_FAILURE);
}

static char *file_text(const char *path)
{
	char *text = NULL;
	size_t size = 0;
	cleanup_fclose FILE *file = fopen(path, "re");
	if (!file || getdelim(&text, &size, '\0', file) < 0)
		die(path, "cannot read it");
	return text;
}

static struct ir_function *function_of(const char *path)
{
	struct ir_function *f = NULL;
	struct cause cause = CAUSE_INIT;
	cleanup_free char *text = file_text(path);
	if (ir_parse(text, &f, &cause) < 0)
		die(path, cause.text);
	uint32_t n = 0;
	ir_for_each_member (f, m) {
		ir_assign_slots(m);
		m->exit_base = n;
		n += m->n_exits;
	}
	return f;
}

static double used_ms(int who)
{
	struct rusage usage;
	(void)getrusage(who, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3;
}

/* In the child. */
static void work(struct ir_function *f, const struct emit_options *options, int pipe)
{
	const char *module = "bin/preforge-gccjit.so";
	double begin = used_ms(RUSAGE_SELF);
	void *library = dlopen(module, RTLD_LAZY | GCC_MEMORY_DLOPEN);
	if (!library)
		die(module, dlerror());
	__typeof__(pf_emit_object) *emit = (__typeof__(pf_emit_object) *)dlsym(library, "pf_emit_object");
	struct cause cause = CAUSE_INIT;
	if (!emit || emit(&f, 1, options, &cause) < 0)
		die(f->name, cause.text);
	struct times times = { .assembler_ms = used_ms(RUSAGE_CHILDREN) };
	times.all_ms = used_ms(RUSAGE_SELF) - begin + times.assembler_ms;
	(void)!write(pipe, &times, sizeof(times));
	(void)fflush(stdout); /* gcc's report */
	_exit(EXIT_SUCCESS);
}

static struct times round_of(struct ir_function *f, const struct emit_options *options)
{
	int fds[2];
	struct times times = {};
	if (pipe(fds) < 0)
		die("pipe", "cannot make one");
	(void)fflush(NULL);
	pid_t pid = fork();
	if (pid == 0)
		work(f, options, fds[1]);
	(void)close(fds[1]);
	if (read(fds[0], &times, sizeof(times)) != sizeof(times))
		die(f->name, "no result");
	(void)close(fds[0]);
	(void)waitpid(pid, NULL, 0);
	return times;
}

/* Bytes of machine code in the object file. */
static uint64_t code_size(void)
{
	struct elf_object elf;
	struct cause cause = CAUSE_INIT;
	struct stat st;
	cleanup_fd int fd = open(object_path, O_RDONLY | O_CLOEXEC);
	cleanup_free char *bytes = fd >= 0 && fstat(fd, &st) == 0 ? malloc((size_t)st.st_size) : NULL;
	if (!bytes || read(fd, bytes, (size_t)st.st_size) != st.st_size ||
	    elf_open(bytes, (size_t)st.st_size, &elf, &cause) < 0)
		die(object_path, "not an object file");
	uint64_t size = 0;
	for (uint32_t i = 0; i < elf.n_sections; i++)
		if (elf_section(&elf, i).sh_flags & SHF_EXECINSTR)
			size += elf_section(&elf, i).sh_size;
	return size;
}

static void measure(const char *path, const struct emit_options *options, int rounds)
{
	struct ir_function *f = function_of(path);
	struct times least = {};
	for (int i = 0; i < rounds; i++) {
		struct times times = round_of(f, options);
		if (i == 0 || times.all_ms < least.all_ms)
			least = times;
	}
	(void)printf("%8.1f ms %6.1f ms as %8" PRIu64 " bytes  %s\n", least.all_ms, least.assembler_ms, code_size(),
		     path);
	ir_function_free(f);
}

int main(int argc, char **argv)
{
	int rounds = 3;
	struct emit_options options = { .optimize = 1, .cpu = "x86-64-v3", .object_path = object_path };
	for (int c; (c = getopt(argc, argv, "+n:O:t")) != -1;) {
		switch (c) {
		case 'n': rounds = atoi(optarg); break;
		case 'O': options.optimize = atoi(optarg); break;
		case 't': options.report = true; break;
		default: return EXIT_FAILURE;
		}
	}
	int end = optind;
	while (end < argc && strcmp(argv[end], "--") != 0)
		end++;
	options.more = argv + end + (end < argc);
	(void)snprintf(object_path, sizeof(object_path), "/tmp/preforge-bench-emit-%d.o", (int)getpid());
	for (int i = optind; i < end; i++)
		measure(argv[i], &options, rounds);
	(void)unlink(object_path);
	return EXIT_SUCCESS;
}

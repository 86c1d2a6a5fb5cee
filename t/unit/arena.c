/* arena.c - the arena's protections, tried from children that do their worst. */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "codecache/arena.h"
#include "common/cleanup.h"

#ifndef PR_SET_MDWE
#define PR_SET_MDWE              65
#define PR_MDWE_REFUSE_EXEC_GAIN 1
#endif

enum { SIZE = 1 << 20, NOBODY = 65534 };

/* What a forked child found: exit status and a text. */
enum verdict { VERDICT_GOOD, VERDICT_BAD, VERDICT_SKIP };

#define bad(...)                                         \
	({                                               \
		(void)fprintf(stderr, "# " __VA_ARGS__); \
		(void)fputc('\n', stderr);               \
		VERDICT_BAD;                             \
	})

static enum verdict in_child(enum verdict (*run)(void *data), void *data)
{
	(void)fflush(NULL);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		enum verdict verdict = run(data);
		(void)fflush(NULL);
		_exit(verdict);
	}
	int status = 0;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* int f(void) { return value; } */
static void code_returning(unsigned char code[6], unsigned char value)
{
	memcpy(code, (unsigned char[]){ 0xb8, value, 0, 0, 0, 0xc3 }, 6);
}

static int call(void *address)
{
	int (*function)(void);
	memcpy(&function, &address, sizeof(function));
	return function();
}

static void *publish(struct arena *arena, unsigned char value)
{
	struct cause cause = CAUSE_INIT;
	unsigned char code[6];
	void *p = NULL;
	code_returning(code, value);
	assert_int_equal(arena_alloc(arena, sizeof(code), 16, &p, &cause), 0);
	assert_int_equal(arena_write(arena, p, code, sizeof(code), &cause), 0);
	return p;
}

static struct arena *arena_make(enum arena_kind kind)
{
	struct cause cause = CAUSE_INIT;
	struct arena *arena = NULL;
	int rc = arena_new(kind, SIZE, &arena, &cause);
	if (rc < 0)
		print_message("# %s\n", cause.text);
	assert_int_equal(rc, 0);
	return arena;
}

static void test_allocation(void **state)
{
	(void)state;
	struct cause cause = CAUSE_INIT;
	cleanup(arena_freep) struct arena *arena = arena_make(ARENA_DATA);
	void *a = NULL, *b = NULL, *c = NULL;

	assert_int_equal(arena_size(arena), SIZE);
	assert_int_equal(arena_alloc(arena, 3, 1, &a, &cause), 0);
	assert_int_equal(arena_alloc(arena, 5, 64, &b, &cause), 0);
	assert_int_equal((uintptr_t)b % 64, 0);
	assert_int_equal(arena_used(arena), 69);
	assert_int_equal(arena_write(arena, b, "abcd", 5, &cause), 0);
	assert_string_equal((char *)b, "abcd");

	assert_null(arena_writable(arena, b, 6));
	assert_null(arena_writable(arena, (char *)a - 1, 1));
	assert_int_equal(arena_write(arena, b, "abcde", 6, &cause), -EFAULT);
	assert_int_equal(arena_write(arena, (char *)a + SIZE, "", 1, &cause), -EFAULT);
	assert_true(arena_contains(arena, a) && !arena_contains(arena, (char *)a + SIZE) && !arena_contains(arena, &a));

	arena_unalloc(arena, b);
	assert_int_equal(arena_used(arena), 64);
	assert_int_equal(arena_alloc(arena, SIZE, 1, &c, &cause), -ENOSPC);
	assert_string_equal(cause.text,
			    "the code cache is full: 64 of its 1048576 bytes are used, 1048576 more do not fit");
	assert_int_equal(arena_alloc(arena, SIZE - 64, 1, &c, &cause), 0);
	assert_int_equal(arena_alloc(arena, 1, 1, &c, &cause), -ENOSPC);
	assert_int_equal(arena_alloc(arena, 1, 3, &c, &cause), -EINVAL);
}

static void test_bad_sizes(void **state)
{
	(void)state;
	struct cause cause = CAUSE_INIT;
	struct arena *arena = NULL;
	assert_int_equal(arena_new(ARENA_CODE, 0, &arena, &cause), -EINVAL);
	assert_int_equal(arena_new(ARENA_CODE, ((size_t)1 << 30) + 1, &arena, &cause), -EINVAL);
	assert_string_equal(cause.text, "a code cache of 1073741825 bytes: 1 to 1073741824 are possible");
	assert_null(arena);
}

static void test_runs(void **state)
{
	(void)state;
	cleanup(arena_freep) struct arena *arena = arena_make(ARENA_CODE);
	assert_int_equal(call(publish(arena, 42)), 42);
	assert_int_equal(call(publish(arena, 43)), 43);
}

/* Valgrind has memory of its own for what it translates, which is both. */
static bool on_valgrind(void)
{
	const char *preload = getenv("LD_PRELOAD");
	return preload && strstr(preload, "vgpreload");
}

/* No mapping of this process is writable and executable; at most `writable` ones of the arena are writable. */
static enum verdict maps_are_clean(int most_writable)
{
	cleanup_fclose FILE *maps = fopen("/proc/self/maps", "re");
	if (!maps)
		return bad("cannot read /proc/self/maps: %m");
	char line[512], permissions[5];
	int writable = 0, views = 0;
	while (fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%*s %4s", permissions) != 1)
			return bad("odd line: %s", line);
		bool is_ours = strstr(line, "memfd:preforge-");
		if (permissions[1] == 'w' && permissions[2] == 'x' && (is_ours || !on_valgrind()))
			return bad("writable and executable: %s", line);
		if (!is_ours)
			continue;
		views++;
		writable += permissions[1] == 'w';
	}
	if (views == 0 || writable > most_writable)
		return bad("%d views of the arena, %d writable", views, writable);
	return VERDICT_GOOD;
}

static enum verdict child_maps(void *data)
{
	(void)data;
	return maps_are_clean(0);
}

static void test_mappings(void **state)
{
	(void)state;
	cleanup(arena_freep) struct arena *arena = arena_make(ARENA_CODE);
	assert_int_equal(maps_are_clean(1), VERDICT_GOOD);
	assert_int_equal(in_child(child_maps, NULL), VERDICT_GOOD);
}

struct late {
	int pipe[2];
	void *address;
};

static enum verdict child_waits_and_calls(void *data)
{
	struct late *late = data;
	char go;
	if (read(late->pipe[0], &go, 1) != 1)
		return bad("the parent said nothing");
	int got = call(late->address);
	return got == 77 ? VERDICT_GOOD : bad("got %d", got);
}

static void test_published_after_fork(void **state)
{
	(void)state;
	cleanup(arena_freep) struct arena *arena = arena_make(ARENA_CODE);
	struct late late = { .address = publish(arena, 1) };
	assert_int_equal(pipe2(late.pipe, O_CLOEXEC), 0);
	assert_int_equal(call(late.address), 1);
	arena_unalloc(arena, late.address);

	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit((int)child_waits_and_calls(&late));
	assert_ptr_equal(publish(arena, 77), late.address);
	assert_int_equal(write(late.pipe[1], "x", 1), 1);
	int status = -1;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	(void)close(late.pipe[0]);
	(void)close(late.pipe[1]);
}

/* What a child knows: where its view is and where its parent's writable view is. */
struct target {
	struct arena *arena;
	char *view, *writable;
	pid_t parent;
};

static enum verdict attack_memory(struct target *t)
{
	if (mprotect(t->view, 4096, PROT_READ | PROT_WRITE) == 0)
		return bad("mprotect(write) worked");
	if (mprotect(t->view, 4096, PROT_READ | PROT_WRITE | PROT_EXEC) == 0)
		return bad("mprotect(write, exec) worked");
	if (madvise(t->view, 4096, MADV_REMOVE) == 0)
		return bad("madvise(MADV_REMOVE) worked");
	void *moved = mremap(t->view, 0, 4096, MREMAP_MAYMOVE); /* length 0: a second mapping of shared memory */
	if (moved != MAP_FAILED && mprotect(moved, 4096, PROT_READ | PROT_WRITE) == 0)
		return bad("a second mapping became writable");
	struct cause cause = CAUSE_INIT;
	void *p;
	if (arena_write(t->arena, t->view, "x", 1, &cause) != -EPERM || arena_writable(t->arena, t->view, 1) ||
	    arena_alloc(t->arena, 1, 1, &p, &cause) != -EPERM)
		return bad("the arena lets a child write");
	return VERDICT_GOOD;
}

/* Whether fd is writable memory of the arena by any of the ways that take a descriptor. */
static enum verdict attack_descriptor(int fd, const char *what)
{
	if (mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) != MAP_FAILED)
		return bad("%s could be mapped writable", what);
	if (write(fd, "x", 1) == 1)
		return bad("%s could be written", what);
	if (pwrite(fd, "x", 1, 0) == 1)
		return bad("%s could be pwritten", what);
	if (ftruncate(fd, 0) == 0 || ftruncate(fd, 2 * SIZE) == 0)
		return bad("%s could be truncated", what);
	if (fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096) == 0)
		return bad("a hole could be punched into %s", what);
	if (fallocate(fd, 0, SIZE, 4096) == 0)
		return bad("%s could grow", what);
	void *view = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	if (view != MAP_FAILED && mprotect(view, 4096, PROT_READ | PROT_WRITE) == 0)
		return bad("%s could be mapped, then made writable", what);
	return VERDICT_GOOD;
}

static bool leads_to_arena(const char *path)
{
	char target[256];
	ssize_t n = readlink(path, target, sizeof(target) - 1);
	target[n < 0 ? 0 : n] = '\0';
	return strstr(target, "memfd:preforge-") != NULL;
}

/* Open each entry of a directory of links to files that leads to the arena, in every mode, and attack it. */
static enum verdict attack_links(const char *directory, bool must_be_empty)
{
	DIR *dir = opendir(directory);
	if (!dir)
		return VERDICT_GOOD; /* refused: that is what we are after */
	enum verdict verdict = VERDICT_GOOD;
	for (struct dirent *entry; verdict == VERDICT_GOOD && (entry = readdir(dir));) {
		char path[512];
		(void)snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
		if (!leads_to_arena(path))
			continue;
		if (must_be_empty)
			verdict = bad("%s is a descriptor of the arena", path);
		const int modes[] = { O_RDWR, O_WRONLY, O_RDONLY };
		for (size_t i = 0; verdict == VERDICT_GOOD && i < 3; i++) {
			cleanup_fd int fd = open(path, modes[i] | O_CLOEXEC);
			if (fd >= 0)
				verdict = attack_descriptor(fd, path);
		}
	}
	(void)closedir(dir);
	return verdict;
}

static enum verdict attack_mem_file(const char *path, char *address)
{
	cleanup_fd int fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return VERDICT_GOOD;
	if (pwrite(fd, "\xcc", 1, (off_t)(uintptr_t)address) == 1)
		return bad("%s could be written at %p", path, (void *)address);
	return VERDICT_GOOD;
}

static enum verdict attack_by_ourselves(void *data)
{
	struct target *t = data;
	char before = *t->view;
	enum verdict verdict = attack_memory(t);
	if (verdict == VERDICT_GOOD)
		verdict = attack_links("/proc/self/fd", true);
	if (verdict == VERDICT_GOOD)
		verdict = attack_links("/proc/self/map_files", false);
	if (verdict == VERDICT_GOOD)
		verdict = attack_mem_file("/proc/self/mem", t->view);
	if (verdict == VERDICT_GOOD && *t->view != before)
		return bad("the memory changed");
	return verdict;
}

/* Only for a process without capabilities: root may write into any process by CAP_SYS_PTRACE. */
static enum verdict attack_the_parent(void *data)
{
	struct target *t = data;
	char path[64];
	for (int i = 0; i < 2; i++) {
		char *address = i == 0 ? t->writable : t->view;
		(void)snprintf(path, sizeof(path), "/proc/%d/mem", (int)t->parent);
		if (attack_mem_file(path, address) != VERDICT_GOOD)
			return VERDICT_BAD;
		char poke = 'x';
		struct iovec from = { &poke, 1 }, to = { address, 1 };
		if (process_vm_writev(t->parent, &from, 1, &to, 1, 0) == 1)
			return bad("process_vm_writev to the parent worked");
	}
	if (ptrace(PTRACE_SEIZE, t->parent, NULL, NULL) == 0)
		return bad("ptrace of the parent worked");
	(void)snprintf(path, sizeof(path), "/proc/%d/map_files", (int)t->parent);
	if (attack_links(path, false) != VERDICT_GOOD)
		return VERDICT_BAD;
	(void)snprintf(path, sizeof(path), "/proc/%d/fd", (int)t->parent);
	return attack_links(path, false);
}

static struct target target_of(struct arena *arena)
{
	struct target t = { .arena = arena, .view = publish(arena, 5), .parent = getpid() };
	t.writable = arena_writable(arena, t.view, 1);
	assert_non_null(t.writable);
	return t;
}

static void test_attacks(void **state)
{
	(void)state;
	for (enum arena_kind kind = ARENA_CODE; kind <= ARENA_DATA; kind++) {
		cleanup(arena_freep) struct arena *arena = arena_make(kind);
		struct target t = target_of(arena);
		assert_int_equal(in_child(attack_by_ourselves, &t), VERDICT_GOOD);
		assert_int_equal((unsigned char)*t.view, 0xb8);
	}
}

static enum verdict drop_to_nobody(void)
{
	if (getuid() == 0 &&
	    (setgroups(0, NULL) < 0 || setresgid(NOBODY, NOBODY, NOBODY) < 0 || setresuid(NOBODY, NOBODY, NOBODY) < 0))
		return bad("cannot become nobody: %m");
	return VERDICT_GOOD;
}

/* A writer without privileges, as under DynamicUser=; its children are of the same user. */
static enum verdict unprivileged_writer(void *data)
{
	(void)data;
	if (drop_to_nobody() != VERDICT_GOOD)
		return VERDICT_BAD;
	/* Back to what a process has after its exec: changing the user took it away. */
	(void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	struct cause cause = CAUSE_INIT;
	cleanup(arena_freep) struct arena *data_arena = NULL, *arena = NULL;
	if (arena_new(ARENA_DATA, SIZE, &data_arena, &cause) < 0 || arena_new(ARENA_CODE, SIZE, &arena, &cause) < 0)
		return bad("%s", cause.text); /* the second one is made by a process that is not dumpable already */
	if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
		return bad("the writer is dumpable");
	struct target t = target_of(arena);
	if (in_child(attack_by_ourselves, &t) != VERDICT_GOOD || in_child(attack_the_parent, &t) != VERDICT_GOOD)
		return VERDICT_BAD;
	return call(t.view) == 5 ? VERDICT_GOOD : bad("the code changed");
}

static void test_attacks_unprivileged(void **state)
{
	(void)state;
	assert_int_equal(in_child(unprivileged_writer, NULL), VERDICT_GOOD);
}

static enum verdict child_calls(void *data)
{
	return call(data) == 9 ? VERDICT_GOOD : bad("wrong result");
}

static enum verdict under_mdwe(void *data)
{
	(void)data;
	if (prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0) < 0)
		return VERDICT_SKIP;
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p != MAP_FAILED)
		return bad("memory could be mapped writable and executable: the prctl does not work");
	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED || mprotect(p, 4096, PROT_READ | PROT_EXEC) == 0)
		return bad("memory could become executable: the prctl does not work");
	cleanup(arena_freep) struct arena *arena = arena_make(ARENA_CODE);
	void *code = publish(arena, 9);
	if (call(code) != 9)
		return bad("wrong result");
	return in_child(child_calls, code);
}

static void test_mdwe(void **state)
{
	(void)state;
	enum verdict verdict = in_child(under_mdwe, NULL);
	if (verdict == VERDICT_SKIP) {
		print_message("# PR_SET_MDWE needs Linux 6.3\n");
		skip();
	}
	assert_int_equal(verdict, VERDICT_GOOD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_allocation),
		cmocka_unit_test(test_bad_sizes),
		cmocka_unit_test(test_runs),
		cmocka_unit_test(test_mappings),
		cmocka_unit_test(test_published_after_fork),
		cmocka_unit_test(test_attacks),
		cmocka_unit_test(test_attacks_unprivileged),
		cmocka_unit_test(test_mdwe),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* symbols.c - see symbols.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "codecache/roster.h"
#include "codecache/symbols.h"
#include "common/cleanup.h"
#include "common/clock.h"

int symbols_from_word(const char *word, struct cause *cause)
{
	static const char *const words[] = {
		[SYMBOLS_NONE] = "none", [SYMBOLS_PERF] = "perf", [SYMBOLS_GDB] = "gdb", [SYMBOLS_ALL] = "all"
	};
	for (int i = 0; word && i <= SYMBOLS_ALL; i++)
		if (strcmp(words[i], word) == 0)
			return i;
	return word ? cause_set(cause, -EINVAL, "symbols are none, perf, gdb or all, not \"%s\"", word) : SYMBOLS_NONE;
}

/* ---- perf --------------------------------------------------------------------- */

/* The jitdump format, version 1. */
enum { DUMP_MAGIC = 0x4a695444, DUMP_VERSION = 1, DUMP_X86_64 = 62, DUMP_CODE_LOAD = 0 };

struct dump_header {
	uint32_t magic, version, size, machine, reserved, pid;
	uint64_t time, flags;
};

struct dump_code {
	uint32_t id, size;
	uint64_t time;
	uint32_t pid, tid;
	uint64_t address, code_address, code_size, number;
};

/* Nobody else's file, and no link, is written to.  The mapping, which stays, is what perf records of it. */
static int dump_open(void)
{
	char path[64];
	(void)snprintf(path, sizeof(path), "/tmp/jit-%d.dump", (int)getpid());
	(void)unlink(path); /* of an earlier process of this number */
	cleanup_fd int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
	struct dump_header header = { .magic = DUMP_MAGIC,
				      .version = DUMP_VERSION,
				      .size = sizeof(header),
				      .machine = DUMP_X86_64,
				      .pid = (uint32_t)getpid(),
				      .time = monotonic_ns() }; /* perf record -k mono */
	if (fd < 0 || write(fd, &header, sizeof(header)) != (ssize_t)sizeof(header) ||
	    mmap(NULL, (size_t)sysconf(_SC_PAGESIZE), PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0) == MAP_FAILED)
		return -1;
	return steal_fd(&fd);
}

/* A forked process has another one: its parent's goes on. */
static int dump_fd(void)
{
	static pid_t owner;
	static int fd = -1;
	if (owner != getpid()) {
		owner = getpid();
		fd = close_fd(fd);
		fd = dump_open();
	}
	return fd;
}

void symbols_dump(const char *name, const void *begin, size_t size)
{
	static uint64_t number;
	int fd = size > 0 ? dump_fd() : -1;
	if (fd < 0)
		return;
	size_t n = strlen(name) + 1;
	struct dump_code record = { .id = DUMP_CODE_LOAD,
				    .size = (uint32_t)(sizeof(record) + n + size),
				    .time = monotonic_ns(),
				    .pid = (uint32_t)getpid(),
				    .tid = (uint32_t)gettid(),
				    .address = (uint64_t)(uintptr_t)begin,
				    .code_address = (uint64_t)(uintptr_t)begin,
				    .code_size = size,
				    .number = number++ };
	struct iovec parts[] = { { &record, sizeof(record) },
				 { (void *)(uintptr_t)name, n },
				 { (void *)(uintptr_t)begin, size } };
	(void)!writev(fd, parts, 3);
}

/* app.f(int), or the symbol of what is only called by others; the caller's, NULL: no memory */
static char *part_name(struct roster *roster, size_t image, const struct image_part *part)
{
	size_t n;
	const struct roster_entry *entries = roster_entries(roster, &n), *owner = NULL;
	char *name = NULL;
	for (size_t i = 0; i < n; i++) {
		if (entries[i].image != image)
			continue;
		if (part->is_entry && strcmp(entries[i].symbol, part->name) == 0)
			return asprintf(&name, "%s(%s)", entries[i].name, entries[i].types) < 0 ? NULL : name;
		owner = &entries[i];
	}
	return asprintf(&name, "%s%s%s", part->name, owner ? " in the unit of " : "", owner ? owner->name : "") < 0
		       ? NULL
		       : name;
}

void symbols_dump_images(struct roster *roster, size_t first)
{
	const struct image *image;
	struct image_part part;
	for (size_t i = first; (image = roster_image(roster, i)); i++) {
		for (size_t k = 0; image_part(image, k, &part); k++) {
			cleanup_free char *name = part_name(roster, i, &part);
			if (!name)
				continue;
			symbols_dump(name, part.begin, part.size);
			symbols_dump(name, part.cold, part.cold_size);
		}
	}
}

/* ---- gdb ---------------------------------------------------------------------- */

/* As gdb's manual has them: names and layout are the interface. */
struct jit_code_entry {
	struct jit_code_entry *next_entry, *prev_entry;
	const char *symfile_addr;
	uint64_t symfile_size;
};

enum { JIT_NOACTION, JIT_REGISTER_FN, JIT_UNREGISTER_FN };

struct jit_descriptor {
	uint32_t version, action_flag;
	struct jit_code_entry *relevant_entry, *first_entry;
};

void __jit_debug_register_code(void) __attribute__((noinline, used));
extern struct jit_descriptor __jit_debug_descriptor;

struct jit_descriptor __jit_debug_descriptor __attribute__((used)) = { .version = 1 };

/* gdb has a breakpoint here. */
void __jit_debug_register_code(void)
{
	__asm__ volatile("" ::: "memory");
}

void symbols_register(const void *symfile, size_t size)
{
	struct jit_code_entry *entry = calloc(1, sizeof(*entry));
	if (!entry)
		return;
	entry->symfile_addr = symfile;
	entry->symfile_size = size;
	entry->next_entry = __jit_debug_descriptor.first_entry;
	if (entry->next_entry)
		entry->next_entry->prev_entry = entry;
	__jit_debug_descriptor.first_entry = __jit_debug_descriptor.relevant_entry = entry;
	__jit_debug_descriptor.action_flag = JIT_REGISTER_FN;
	__jit_debug_register_code();
}

/* compiler_priv.h - what compiler.c (the parent) and compiler_child.c (the child) agree on. */
#pragma once

#include "codecache/compiler.h"

/* What precedes the result in the pipe; the JSON text and the object file's bytes follow it. */
struct compiler_header {
	char magic[8];
	uint64_t json_size, object_size;
};

#define COMPILER_MAGIC "PFUNIT1"

enum {
	COMPILER_MAX_JSON = 64 << 20, /* bytes */
	COMPILER_MAX_STDERR = 8192,   /* bytes that are kept of what a child says, its last */
};

/* What a child needs. */
struct compiler_child {
	const struct compiler_job *job;
	const char *directory; /* its own, for temporary files */
	int result_fd, stderr_fd;
	unsigned timeout_ms;
	bool urgent;
	bool unseen;
};

/* The life of the child, from right after the fork. */
_Noreturn void compiler_child_run(const struct compiler_child *child);

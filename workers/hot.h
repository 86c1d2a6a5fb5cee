/* hot.h - what a worker tells its zygote about a function that it found hot: one datagram.
 *
 * It is written by a process that runs user code, so the reader believes nothing of it; see live_request(). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codecache/unit.h"
#include "common/cause.h"

enum {
	HOT_MAX_PARAMS = 64,
	HOT_MAX_FEEDBACK = 60000, /* bytes, without the null byte */
	HOT_MAX_CALLS = 32768,    /* bytes */
	HOT_MAX_BYTES = 28 + HOT_MAX_PARAMS + HOT_MAX_FEEDBACK + 1 + HOT_MAX_CALLS,
};

struct hot {
	uint32_t function; /* number in the catalogue */
	uint32_t n_params;
	uint8_t params[HOT_MAX_PARAMS]; /* enum value_type */
	const char *feedback;           /* as feedback_take() has it; parsed: in the datagram */
	const void *calls;              /* some calls, as shadow_pack() has them; parsed: in the datagram */
	size_t calls_size;              /* 0: none */
	struct unit_loop loop;          /* its code is to begin there, and params are of that; pc 0: with a call */
	bool is_proof; /* it is native, and these are calls to try its code with, see codecache/proof.h */
};

/* Write it to bytes (HOT_MAX_BYTES of room).  The size; 0 if it is too large. */
size_t hot_pack(const struct hot *hot, void *bytes);

/* -EBADMSG with cause for what hot_pack() does not write.  Whether the function and the types exist is not known here.
 */
int hot_parse(const void *bytes, size_t size, struct hot *ret, struct cause *cause) __attribute__((warn_unused_result));

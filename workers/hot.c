/* hot.c - see hot.h */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "workers/hot.h"

#define HOT_MAGIC   UINT32_C(0x32746f68) /* "hot2" */
#define PROOF_MAGIC UINT32_C(0x31667270) /* "prf1" */
#define LOOP_MAGIC  UINT32_C(0x31706f6c) /* "lop1"; behind the header: struct unit_loop */

struct header {
	uint32_t magic, function, n_params, feedback_size /* with the null byte */, calls_size;
};
_Static_assert(sizeof(struct header) + sizeof(struct unit_loop) == 28, "HOT_MAX_BYTES counts them");

size_t hot_pack(const struct hot *hot, void *bytes)
{
	size_t size = strlen(hot->feedback);
	if (hot->n_params > HOT_MAX_PARAMS || size > HOT_MAX_FEEDBACK || hot->calls_size > HOT_MAX_CALLS)
		return 0;
	bool is_loop = hot->loop.pc > 0;
	struct header header = { hot->is_proof ? PROOF_MAGIC
				 : is_loop     ? LOOP_MAGIC
					       : HOT_MAGIC,
				 hot->function, hot->n_params, (uint32_t)size + 1, (uint32_t)hot->calls_size };
	char *p = bytes;
	memcpy(p, &header, sizeof(header));
	p += sizeof(header);
	if (is_loop)
		memcpy(p, &hot->loop, sizeof(hot->loop));
	p += is_loop ? sizeof(hot->loop) : 0;
	memcpy(p, hot->params, hot->n_params);
	p += hot->n_params;
	memcpy(p, hot->feedback, size + 1);
	p += size + 1;
	if (hot->calls_size > 0)
		memcpy(p, hot->calls, hot->calls_size);
	return (size_t)(p - (char *)bytes) + hot->calls_size;
}

int hot_parse(const void *bytes, size_t size, struct hot *ret, struct cause *cause)
{
	struct header header;
	const char *p = bytes;
	if (size < sizeof(header))
		return cause_set(cause, -EBADMSG, "%zu bytes are too few", size);
	memcpy(&header, p, sizeof(header));
	if (header.magic != HOT_MAGIC && header.magic != PROOF_MAGIC && header.magic != LOOP_MAGIC)
		return cause_set(cause, -EBADMSG, "it does not begin as it should");
	p += sizeof(header);
	size -= sizeof(header);
	struct unit_loop loop = { .pc = 0 };
	if (header.magic == LOOP_MAGIC) {
		if (size < sizeof(loop))
			return cause_set(cause, -EBADMSG, "%zu bytes are too few for a loop", size);
		memcpy(&loop, p, sizeof(loop));
		p += sizeof(loop);
		size -= sizeof(loop);
		if (loop.pc == 0)
			return cause_set(cause, -EBADMSG, "no loop begins at offset 0");
	}
	if (header.n_params > HOT_MAX_PARAMS || header.feedback_size > HOT_MAX_FEEDBACK + 1 ||
	    header.calls_size > HOT_MAX_CALLS ||
	    size != (size_t)header.n_params + header.feedback_size + header.calls_size)
		return cause_set(cause, -EBADMSG, "%zu bytes, with %u parameters, %u bytes of feedback and %u of calls",
				 size, header.n_params, header.feedback_size, header.calls_size);
	*ret = (struct hot){ .function = header.function,
			     .n_params = header.n_params,
			     .loop = loop,
			     .is_proof = header.magic == PROOF_MAGIC };
	memcpy(ret->params, p, header.n_params);
	ret->feedback = p + header.n_params;
	ret->calls = ret->feedback + header.feedback_size;
	ret->calls_size = header.calls_size;
	if (header.feedback_size == 0 ||
	    memchr(ret->feedback, 0, header.feedback_size) != ret->feedback + header.feedback_size - 1)
		return cause_set(cause, -EBADMSG, "its feedback does not end where it should");
	return 0;
}

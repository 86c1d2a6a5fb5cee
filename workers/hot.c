/* hot.c - see hot.h */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "workers/hot.h"

#define HOT_MAGIC UINT32_C(0x31746f68) /* "hot1" */

struct header {
	uint32_t magic, function, n_params, feedback_size; /* with the null byte */
};
_Static_assert(sizeof(struct header) == 16, "HOT_MAX_BYTES counts it");

size_t hot_pack(const struct hot *hot, void *bytes)
{
	size_t size = strlen(hot->feedback);
	if (hot->n_params > HOT_MAX_PARAMS || size > HOT_MAX_FEEDBACK)
		return 0;
	struct header header = { HOT_MAGIC, hot->function, hot->n_params, (uint32_t)size + 1 };
	char *p = bytes;
	memcpy(p, &header, sizeof(header));
	p += sizeof(header);
	memcpy(p, hot->params, hot->n_params);
	p += hot->n_params;
	memcpy(p, hot->feedback, size + 1);
	return sizeof(header) + hot->n_params + size + 1;
}

int hot_parse(const void *bytes, size_t size, struct hot *ret, struct cause *cause)
{
	struct header header;
	const char *p = bytes;
	if (size < sizeof(header))
		return cause_set(cause, -EBADMSG, "%zu bytes are too few", size);
	memcpy(&header, p, sizeof(header));
	if (header.magic != HOT_MAGIC)
		return cause_set(cause, -EBADMSG, "it does not begin as it should");
	if (header.n_params > HOT_MAX_PARAMS || header.feedback_size > HOT_MAX_FEEDBACK + 1 ||
	    size != sizeof(header) + header.n_params + header.feedback_size)
		return cause_set(cause, -EBADMSG, "%zu bytes, with %u parameters and %u bytes of feedback", size,
				 header.n_params, header.feedback_size);
	*ret = (struct hot){ .function = header.function, .n_params = header.n_params };
	memcpy(ret->params, p + sizeof(header), header.n_params);
	ret->feedback = p + sizeof(header) + header.n_params;
	if (header.feedback_size == 0 ||
	    memchr(ret->feedback, 0, header.feedback_size) != ret->feedback + header.feedback_size - 1)
		return cause_set(cause, -EBADMSG, "its feedback does not end where it should");
	return 0;
}

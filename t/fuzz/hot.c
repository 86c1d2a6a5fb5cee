/* hot.c - any bytes as what a worker tells of a hot function */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "t/fuzz/fuzz.h"
#include "workers/hot.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static char again[HOT_MAX_BYTES];
	struct hot hot;
	struct cause cause = CAUSE_INIT;
	if (hot_parse(bytes, size, &hot, &cause) < 0) {
		if (!cause.text[0])
			abort();
		return 0;
	}
	if (hot_pack(&hot, again) != size || memcmp(again, bytes, size) != 0) /* something was overlooked */
		abort();
	return 0;
}

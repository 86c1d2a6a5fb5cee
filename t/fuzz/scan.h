/* scan.h - what the scanner of JSON texts says of one, for the targets that compare it with others. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "workers/json_scan.h"

/* Is it one JSON text from its first byte on?  *ret_used: where it ends; *ret_deep: it would be one but for its depth.
 */
static inline bool scan_finds_text(const char *text, size_t n, uint32_t depth, size_t *ret_used, bool *ret_deep)
{
	struct json_scan scan;
	*ret_used = 0;
	json_scan_begin(&scan, depth);
	enum json_scan_result result = json_scan_feed(&scan, text, n, ret_used);
	if (result == JSON_SCAN_MORE)
		result = json_scan_end(&scan);
	*ret_deep = scan.too_deep;
	return result == JSON_SCAN_DONE;
}

/* unit.c - any text as the description of a unit */
#include "config.h"

#include <jansson.h>
#include <stdlib.h>

#include "codecache/unit.h"
#include "t/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	json_error_t error;
	json_t *json = json_loadb((const char *)bytes, size, JSON_REJECT_DUPLICATES, &error), *again = NULL;
	struct unit *unit = NULL;
	struct cause cause = CAUSE_INIT;
	char object[14] = { 0 };
	if (json && unit_from_json(json, object, sizeof(object), &unit, &cause) < 0 && !cause.text[0])
		abort();
	if (unit && unit_to_json(unit, &again, &cause) < 0)
		abort();
	json_decref(again);
	json_decref(json);
	unit_free(unit);
	return 0;
}

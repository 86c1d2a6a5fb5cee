/* retire.h - what makes room in the next generation's code cache, when this one's is full.
 *
 * Nothing is ever taken out of a cache that workers use.  The next generation has one of its own and fills it in the
 * order of the profile: so what is of most use stands first there, and what nobody has called is left out. */
#pragma once

#include <jansson.h>
#include <stdint.h>

/* How often it was called natively; UINT64_MAX: it is not native. */
typedef uint64_t (*retire_calls)(const char *module, const char *qualname, void *userdata);

/* The functions of a profile (see history.h), by their usefulness: first those that are not native and were asked for
 * since (wanted: such entries), then what was called most often, then what was not native from the start.  A new array,
 * NULL if there is no memory.  *ret_retired: how many are left out. */
json_t *retire(const json_t *history, const json_t *wanted, retire_calls calls, void *userdata, unsigned *ret_retired);

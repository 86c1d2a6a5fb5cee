/* proof.c - see proof.h */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdlib.h>

#include "codecache/proof.h"
#include "codecache/shadow.h"

enum {
	MAX_TRIES = 16, /* calls; those with arguments that cannot be copied count, too */
	PATIENCE = 8,   /* requests */
};

struct proof {
	const struct native_function *native;
	const struct unit_function *meta;
	struct shadow_room room;
	unsigned n_seen; /* calls; MAX_TRIES: no more are looked at */
	unsigned age;    /* requests since the first call that was kept */
	PyObject *calls; /* NULL: none */
	struct proof *next;
};

static bool recording;
static struct proof *open_proofs; /* those with calls */

struct proof *proof_new(struct native_function *native, const struct unit_function *meta)
{
	struct proof *proof = calloc(1, sizeof(*proof));
	if (proof)
		*proof = (struct proof){ .native = native, .meta = meta, .room = SHADOW_ROOM };
	return proof;
}

void proof_record(bool wanted)
{
	recording = wanted;
}

void proof_note_call(struct proof *proof, PyObject *const *args)
{
	if (!recording || proof->n_seen == MAX_TRIES)
		return;
	proof->n_seen++;
	bool is_first = !proof->calls;
	shadow_record(&proof->calls, args, proof->meta->n_params, &proof->room);
	if (!proof->calls)
		return;
	if (PyList_GET_SIZE(proof->calls) == SHADOW_CALLS)
		proof->n_seen = MAX_TRIES;
	if (is_first) {
		proof->next = open_proofs;
		open_proofs = proof;
	}
}

bool proof_is_open(void)
{
	return open_proofs;
}

void proof_tell(bool (*tell)(const struct proof_calls *calls, void *userdata), void *userdata)
{
	for (struct proof **link = &open_proofs, *proof; (proof = *link);) {
		if (proof->n_seen < MAX_TRIES && ++proof->age < PATIENCE) {
			link = &proof->next;
			continue;
		}
		proof->n_seen = MAX_TRIES;
		if (!tell(&(struct proof_calls){ proof->native, proof->meta, proof->calls }, userdata)) {
			link = &proof->next;
			continue;
		}
		*link = proof->next;
		Py_CLEAR(proof->calls);
	}
}

/* profile.h - what functions are called, with which argument types, and how long they take.
 *
 * A PEP 523 hook that is there only while somebody measures: the zygote during the warm-up, preforge-python all the
 * time. Whoever compiles at the first calls (preforge-python, [jit] mode=eager) does it from the hook's question,
 * on_call. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "codecache/unit.h"
#include "common/cause.h"

typedef struct _object PyObject;

enum { PROFILE_MAX_VECTORS = 4 };

/* Argument types that calls had. */
struct profile_vector {
	uint64_t calls;
	enum value_type *params; /* n_params of them */
};

/* One function: a code object with all function objects that share it. */
struct profile_function {
	PyObject *code;        /* borrowed: the record goes when the code object goes */
	PyObject *function;    /* weak reference to the function object called first of those that live */
	uint64_t calls;        /* started, generators not counted again when they go on */
	uint64_t inclusive_ns; /* CPU time of the thread, nanoseconds; a recursion counts once */
	uint64_t self_ns;      /* without the functions it calls, but with its comprehensions and generator expressions;
				* without on_call, also with the functions that are nested in it: their objects come and
				* go, and it calls them directly when it is native */
	uint32_t n_params;     /* locals bound at entry */
	uint32_t n_vectors;
	struct profile_vector vectors[PROFILE_MAX_VECTORS]; /* most frequent first after profile_stop() */
	uint64_t other_calls;                               /* with further types */
	PyObject *recorded; /* a list of copies of the first calls' arguments; NULL: none */
	bool settled;       /* on_call needs not be asked any more; on_call sets it */
	bool native;        /* on_call said so */
	bool noted;         /* for on_call's own use */
	/* private */
	struct profile_function *outer; /* that it is nested in, NULL: none is known */
	unsigned active;
	unsigned links;
	TAILQ_ENTRY(profile_function) entry;
	uint64_t seen[]; /* types of each parameter, VALUE_BIT()s */
};

struct profile_options {
	/* Asked before a call of a function that is not settled; params are the call's types.  True: the function
	 * object has other code now, and the call is to be made anew through it.  Not asked again while it runs.  It
	 * must leave no exception set.  May be NULL. */
	bool (*on_call)(struct profile_function *profiled, PyObject *function, const enum value_type *params,
			void *userdata);
	/* Asked before a call of a function whose code is another function's that on_call has made native.  True: it is
	 * native now, too, and the call is to be made anew.  May be NULL. */
	bool (*on_another)(PyObject *function);
	/* The body of a module, or what else runs as one, has ended well.  May be NULL. */
	void (*on_module)(PyObject *globals, PyObject *code, void *userdata);
	void *userdata;
	/* Measure a part of the time only, and let it stand for all: times are estimates then, and of a function's
	 * calls only the first and some of the others are counted. */
	bool sparse;
	/* Besides that, run without the hook most of the time once nothing new has come by for a while, where it is
	 * asked often enough to matter.  Wants sparse. */
	bool retreats;
	/* A copy of a call's arguments (locals), a new reference; NULL without an exception if there cannot be one.
	 * May be NULL. */
	PyObject *(*record)(PyObject *const *args, Py_ssize_t n);
};

struct profile;

/* Measure from now on, in all threads; one at a time.  The GIL must be held.  -EBUSY, -ENOMEM with cause. */
int profile_start(const struct profile_options *options, struct profile **ret, struct cause *cause)
	__attribute__((warn_unused_result));

/* Calls cost nothing from now on; what was measured stays readable.  May be called from on_call and more than once. */
void profile_stop(struct profile *profile);

/* For native_set_measured(). */
bool profile_measures(void);

/* The function, whose own code is this, runs a stub now without on_call having been asked: it is settled. */
void profile_settle(PyObject *function, PyObject *code);

/* NULL is fine.  Stops first. */
void profile_free(struct profile *profile);
static inline void profile_freep(struct profile **profile)
{
	profile_free(*profile);
}

/* All functions, in the order of their first calls: profile_first(), then profile_next() until NULL. */
struct profile_function *profile_first(struct profile *profile);
struct profile_function *profile_next(struct profile_function *function);

/* The record of a code object, NULL if it was not called. */
struct profile_function *profile_find(struct profile *profile, PyObject *code);

/* The function object, a new reference; NULL if none lives any more. */
PyObject *profile_function_object(const struct profile_function *function);

/* state.c - the table of state.h */
#include "config.h"

#include "codecache/jit/state.h"

const char *const state_kind_words[STATE_KIND_COUNT] = {
#define X(name, word, slots, children) [STATE_##name] = word,
	STATE_KINDS(X)
#undef X
};

const int8_t state_kind_slots[STATE_KIND_COUNT] = {
#define X(name, word, slots, children) [STATE_##name] = slots,
	STATE_KINDS(X)
#undef X
};

const int8_t state_kind_children[STATE_KIND_COUNT] = {
#define X(name, word, slots, children) [STATE_##name] = children,
	STATE_KINDS(X)
#undef X
};

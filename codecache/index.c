/* index.c - see index.h */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "codecache/arena.h"
#include "codecache/index.h"
#include "common/cleanup.h"

/* In shared memory. */
struct row {
	uint64_t key;
	_Atomic uint64_t word; /* state, reason << 8, offset << 32 */
	_Atomic uint32_t size, compile_us;
};

struct table {
	_Atomic uint32_t n_rows; /* stored after the row's key */
	_Atomic uint32_t n_bans; /* stored after the row's word */
	struct row rows[];
};

struct index {
	struct arena *arena;
	const struct table *table; /* in the view that all processes have */
	uint32_t max_rows;
};

int index_new(uint32_t rows, struct index **ret, struct cause *cause)
{
	if (rows < 1 || rows > INDEX_MAX_ROWS)
		return cause_set(cause, -EINVAL, "an index of %u rows: 1 to %d are possible", rows, INDEX_MAX_ROWS);
	cleanup(index_freep) struct index *index = calloc(1, sizeof(*index));
	if (!index)
		return cause_set_errno(cause, -ENOMEM, "the code cache's index");
	size_t size = sizeof(struct table) + rows * sizeof(struct row);
	void *table = NULL;
	int rc = arena_new(ARENA_DATA, size, &index->arena, cause);
	if (rc == 0)
		rc = arena_alloc(index->arena, size, _Alignof(struct table), &table, cause);
	if (rc < 0)
		return rc;
	index->table = table;
	index->max_rows = rows;
	*ret = steal_ptr(index);
	return 0;
}

void index_free(struct index *index)
{
	if (!index)
		return;
	arena_free(index->arena);
	free(index);
}

/* The table to write to, NULL if this process may not. */
static struct table *writable(struct index *index)
{
	void *table = (void *)(uintptr_t)index->table;
	return arena_writable(index->arena, table, sizeof(struct table) + index->max_rows * sizeof(struct row));
}

uint32_t index_count(const struct index *index)
{
	return atomic_load_explicit(&index->table->n_rows, memory_order_acquire);
}

/* FNV-1a over the code's hash and the types; never 0. */
static uint64_t key_of(uint64_t code, const enum value_type *params, uint32_t n_params)
{
	uint64_t key = 0xcbf29ce484222325 ^ code;
	for (uint32_t i = 0; i < n_params; i++)
		key = (key ^ ((uint64_t)params[i] + 1)) * 0x100000001b3;
	key = (key ^ n_params) * 0x100000001b3;
	return key ? key : 1;
}

static int key_find(const struct index *index, uint64_t key, uint32_t *ret_row)
{
	uint32_t n = index_count(index);
	for (uint32_t i = 0; i < n; i++) {
		if (index->table->rows[i].key == key) {
			*ret_row = i;
			return 0;
		}
	}
	return -ENOENT;
}

int index_find(const struct index *index, uint64_t code, const enum value_type *params, uint32_t n_params,
	       uint32_t *ret_row)
{
	return key_find(index, key_of(code, params, n_params), ret_row);
}

int index_add(struct index *index, uint64_t code, const enum value_type *params, uint32_t n_params, uint32_t *ret_row,
	      struct cause *cause)
{
	struct table *table = writable(index);
	if (!table)
		return cause_set(cause, -EPERM, "only the process that made the code cache writes to it");
	uint64_t key = key_of(code, params, n_params);
	if (key_find(index, key, ret_row) == 0)
		return 0;
	uint32_t n = index_count(index);
	if (n >= index->max_rows)
		return cause_set(cause, -ENOSPC, "the code cache's index is full: %u specializations", n);
	table->rows[n].key = key;
	atomic_store_explicit(&table->rows[n].word, INDEX_QUEUED, memory_order_relaxed);
	atomic_store_explicit(&table->n_rows, n + 1, memory_order_release);
	*ret_row = n;
	return 0;
}

void index_publish(struct index *index, uint32_t row, const struct index_view *view)
{
	struct table *table = writable(index);
	assert(table && row < index_count(index));
	struct row *to = &table->rows[row];
	uint64_t word = (uint64_t)view->offset << 32 | (uint64_t)view->reason << 8 | view->state;
	/* Of a row that was ready these do not change: its word alone does. */
	atomic_store_explicit(&to->size, view->size, memory_order_relaxed);
	atomic_store_explicit(&to->compile_us, view->compile_us, memory_order_relaxed);
	atomic_store_explicit(&to->word, word, memory_order_release);
	if (view->state == INDEX_BANNED)
		atomic_fetch_add_explicit(&table->n_bans, 1, memory_order_release);
}

uint32_t index_bans(const struct index *index)
{
	return atomic_load_explicit(&index->table->n_bans, memory_order_acquire);
}

struct index_view index_read(const struct index *index, uint32_t row)
{
	if (row >= index_count(index))
		return (struct index_view){ .state = INDEX_NONE };
	const struct row *from = &index->table->rows[row];
	uint64_t word = atomic_load_explicit(&from->word, memory_order_acquire);
	return (struct index_view){
		.state = (enum index_state)(word & 0xff),
		.reason = (enum reason)(word >> 8 & 0xff),
		.offset = (uint32_t)(word >> 32),
		.size = atomic_load_explicit(&from->size, memory_order_relaxed),
		.compile_us = atomic_load_explicit(&from->compile_us, memory_order_relaxed),
	};
}

/* rows.c - results of compilations, and the rows of the index that tell of them.  See codecache_priv.h. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdlib.h>
#include <string.h>

#include "codecache/codecache_priv.h"

void codecache_results_free(struct codecache_result *results, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(results[i].detail);
		results[i].detail = NULL;
	}
}

void codecache_refuse(struct codecache_result *result, enum reason reason, const char *detail)
{
	free(result->detail);
	result->native = NULL;
	result->reason = reason;
	result->detail = detail && *detail ? strdup(detail) : NULL;
}

static uint64_t bytes_hash(uint64_t hash, const void *bytes, size_t n)
{
	const unsigned char *p = bytes;
	for (size_t i = 0; i < n; i++)
		hash = (hash ^ p[i]) * 0x100000001b3;
	return hash;
}

/* FNV-1a over where the code is from and how large it is: what tells code objects of one process apart; and where in
 * it native code begins. */
static uint64_t code_hash(const struct codecache_request *request)
{
	PyObject *function = request->function;
	const struct native_function *native = native_of(function);
	const PyCodeObject *code =
		(const PyCodeObject *)(native ? native_original_code(native) : PyFunction_GET_CODE(function));
	PyObject *const texts[] = { code->co_filename, code->co_qualname };
	uint64_t hash = 0xcbf29ce484222325;
	for (size_t i = 0; i < 2; i++)
		hash = bytes_hash(hash, PyUnicode_DATA(texts[i]),
				  (size_t)PyUnicode_GET_LENGTH(texts[i]) * PyUnicode_KIND(texts[i]));
	const uint32_t numbers[] = { (uint32_t)code->co_firstlineno, (uint32_t)Py_SIZE(code),
				     (uint32_t)code->co_nlocalsplus, (uint32_t)PyTuple_GET_SIZE(code->co_consts),
				     request->loop.pc };
	return bytes_hash(hash, numbers, sizeof(numbers));
}

uint32_t codecache_row(struct codecache *cache, const struct codecache_request *request)
{
	uint32_t row;
	int rc = index_add(cache->index, code_hash(request), request->params, request->n_params, &row, NULL);
	return rc < 0 ? UINT32_MAX : row;
}

void codecache_publish(struct codecache *cache, const struct codecache_request *request, const struct index_view *view)
{
	uint32_t row = codecache_row(cache, request);
	if (row != UINT32_MAX && index_read(cache->index, row).state != INDEX_BANNED)
		index_publish(cache->index, row, view);
}

struct index_view codecache_published(const struct codecache *cache, const struct codecache_request *request)
{
	uint32_t row;
	int rc = index_find(cache->index, code_hash(request), request->params, request->n_params, &row);
	return rc < 0 ? (struct index_view){ .state = INDEX_NONE } : index_read(cache->index, row);
}

void codecache_announce(const struct batch *batch, enum index_state state)
{
	for (size_t i = 0; i < batch->n; i++)
		codecache_publish(batch->cache, &batch->requests[batch->numbers[i]],
				  &(struct index_view){ .state = state });
}

void codecache_refuse_batch(struct batch *batch, enum reason reason, const char *detail)
{
	for (size_t i = 0; i < batch->n; i++)
		codecache_refuse(&batch->results[batch->numbers[i]], reason, detail);
}

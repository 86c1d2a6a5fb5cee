/* callsites.c - see callsites.h.  A code object carries its places (PEP 523's extra data).  Callees are only compared,
 * never looked into once they were noted: they may be gone. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "codecache/jit/callee.h"
#include "codecache/jit/callsites.h"
#include "codecache/jit/code_data.h"

enum { MAX_SITES = 64 }; /* of one code object */

struct site {
	uint32_t at;
	uint32_t n; /* CALLSITE_CALLEES + 1: too many */
	const void *seen[CALLSITE_CALLEES];
	uint64_t digests[CALLSITE_CALLEES];
};

struct sites {
	uint32_t n;
	struct site sites[MAX_SITES];
};

static Py_ssize_t extra = -1;

static struct sites *sites_of(PyObject *code)
{
	return code_data(code, extra);
}

static struct site *site_find(struct sites *sites, uint32_t at)
{
	for (uint32_t i = 0; sites && i < sites->n; i++)
		if (sites->sites[i].at == at)
			return &sites->sites[i];
	return NULL;
}

static struct site *site_at(PyObject *code, uint32_t at)
{
	struct sites *sites = sites_of(code);
	struct site *site = site_find(sites, at);
	if (!sites)
		sites = code_data_make(code, &extra, sizeof(*sites));
	if (site || !sites || sites->n == MAX_SITES)
		return site;
	sites->sites[sites->n] = (struct site){ .at = at };
	return &sites->sites[sites->n++];
}

static void add(struct site *site, const void *seen, uint64_t digest)
{
	for (uint32_t i = 0; i < site->n && i < CALLSITE_CALLEES; i++) {
		if (site->digests[i] != digest)
			continue;
		site->seen[i] = seen; /* the same code, made again */
		return;
	}
	if (site->n < CALLSITE_CALLEES) {
		site->seen[site->n] = seen;
		site->digests[site->n] = digest;
	}
	if (site->n <= CALLSITE_CALLEES)
		site->n++;
}

void callsites_note(PyObject *code, uint32_t at, PyObject *callee)
{
	struct site *site = site_at(code, at);
	if (!site || site->n > CALLSITE_CALLEES)
		return;
	for (uint32_t i = 0; i < site->n; i++)
		if (site->seen[i] == callee)
			return;
	add(site, callee, callee_digest(callee));
}

void callsites_add(PyObject *code, uint32_t at, uint64_t digest)
{
	struct site *site = site_at(code, at);
	if (site)
		add(site, NULL, digest);
}

uint32_t callsites_at(PyObject *code, uint32_t at, uint64_t ret[CALLSITE_CALLEES])
{
	const struct site *site = site_find(sites_of(code), at);
	if (!site || site->n > CALLSITE_CALLEES)
		return 0;
	memcpy(ret, site->digests, sizeof(site->digests));
	return site->n;
}

void callsites_forget(PyObject *code)
{
	struct sites *sites = sites_of(code);
	if (sites)
		sites->n = 0;
}

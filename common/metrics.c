/* metrics.c - see metrics.h; metrics_render.c writes them */
#include "config.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

#include "common/cleanup.h"
#include "common/metrics.h"
#include "common/metrics_priv.h"
#include "common/worker_signals.h"

const uint64_t metrics_bounds_us[METRICS_BUCKETS] = { METRICS_SHORTEST_US,
						      250,
						      500,
						      1000,
						      2500,
						      5000,
						      10000,
						      25000,
						      50000,
						      100000,
						      250000,
						      500000,
						      1000000,
						      2500000,
						      5000000,
						      10000000 };

const int metrics_codes[METRICS_CODES - 1] = { -32700, -32600, -32601, -32602, -32603, -32000,
					       -32001, -32002, -32003, -32004, -32005 };

int metrics_create(int *ret_fd, struct cause *cause)
{
	cleanup_fd int fd = memfd_create("preforge-metrics", MFD_CLOEXEC);
	if (fd < 0 || ftruncate(fd, sizeof(struct metrics)) < 0)
		return cause_set_errno(cause, -errno, "cannot make the metrics' memory");
	*ret_fd = steal_fd(&fd);
	return 0;
}

int metrics_map(int fd, struct metrics **ret, struct cause *cause)
{
	void *p = mmap(NULL, sizeof(struct metrics), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return cause_set_errno(cause, -errno, "cannot map the metrics' memory (descriptor %d)", fd);
	*ret = p;
	return 0;
}

void metrics_unmap(struct metrics *metrics)
{
	if (metrics)
		(void)munmap(metrics, sizeof(*metrics));
}

uint32_t metrics_names(const struct metrics *metrics)
{
	uint32_t n = atomic_load_explicit(&metrics->n_names, memory_order_acquire);
	return n < METRICS_METHODS ? n : METRICS_METHODS;
}

static bool is_named(const struct metrics *metrics, unsigned i, const char *name)
{
	return atomic_load_explicit(&metrics->name[i].is_set, memory_order_acquire) &&
	       strncmp(metrics->name[i].name, name, METRICS_NAME_MAX - 1) == 0;
}

struct metrics_row *metrics_row(struct metrics *metrics, unsigned slot)
{
	uint32_t before = atomic_load(&metrics->n_rows);
	while (before <= slot && !atomic_compare_exchange_weak(&metrics->n_rows, &before, slot + 1))
		;
	return &metrics->row[slot];
}

/* Two generations may add at the same time; then one name may have two entries, which are shown as one. */
unsigned metrics_method(struct metrics *metrics, const char *name)
{
	uint32_t n = metrics_names(metrics);
	for (unsigned i = 0; i < n; i++)
		if (is_named(metrics, i, name))
			return i;
	if (n == METRICS_METHODS)
		return METRICS_METHODS;
	uint32_t i = atomic_fetch_add(&metrics->n_names, 1);
	if (i >= METRICS_METHODS)
		return METRICS_METHODS;
	(void)strncpy(metrics->name[i].name, name, METRICS_NAME_MAX - 1);
	atomic_store_explicit(&metrics->name[i].is_set, 1, memory_order_release);
	return i;
}

void metrics_call(struct metrics_row *row, unsigned method, uint64_t duration_us)
{
	struct metrics_method *m = &row->method[method < METRICS_METHODS ? method : METRICS_METHODS];
	unsigned bucket = 0;
	while (bucket < METRICS_BUCKETS && duration_us > metrics_bounds_us[bucket])
		bucket++;
	metrics_add(&m->total_us, duration_us);
	metrics_add(&m->bucket[bucket], 1);
}

unsigned metrics_code(int code)
{
	unsigned i = 0;
	while (i < METRICS_CODES - 1 && metrics_codes[i] != code)
		i++;
	return i;
}

static enum metric end_metric(const siginfo_t *info)
{
	if (info->si_code != CLD_EXITED)
		return METRIC_RESTARTS_CRASH;
	switch (info->si_status) {
	case WORKER_EXIT_DEADLINE: return METRIC_RESTARTS_DEADLINE;
	case WORKER_EXIT_FAULT: return METRIC_RESTARTS_FAULT;
	default: return METRIC_RESTARTS_EXIT;
	}
}

void metrics_replaced(struct metrics *metrics, const siginfo_t *info, enum worker_leave reason)
{
	if (reason != LEAVE_IDLE)
		metrics_add(&metrics->scalar[reason == LEAVE_NONE ? end_metric(info) : METRIC_RESTARTS_LIMIT], 1);
}

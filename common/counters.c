/* counters.c - see counters.h */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "common/cleanup.h"
#include "common/counters.h"

int counters_create(int *ret_fd, struct cause *cause)
{
	cleanup_fd int fd = memfd_create("preforge-counters", MFD_CLOEXEC);
	if (fd < 0)
		return cause_set_errno(cause, -errno, "cannot make the counters' memory");
	if (ftruncate(fd, sizeof(struct counters)) < 0)
		return cause_set_errno(cause, -errno, "cannot size the counters' memory");
	*ret_fd = steal_fd(&fd);
	return 0;
}

int counters_map(int fd, struct counters **ret, struct cause *cause)
{
	void *p = mmap(NULL, sizeof(struct counters), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return cause_set_errno(cause, -errno, "cannot map the counters' memory (descriptor %d)", fd);
	*ret = p;
	return 0;
}

void counters_start(struct counters *counters, unsigned slot, uint64_t now_us)
{
	struct worker_counters *c = &counters->worker[slot];
	atomic_store_explicit(&c->state, WORKER_STARTING, memory_order_relaxed);
	atomic_store_explicit(&c->started_us, now_us, memory_order_relaxed);
}

void counters_retire(struct counters *counters, unsigned slot)
{
	struct worker_counters *c = &counters->worker[slot];
	atomic_fetch_add(&counters->retired_requests, atomic_exchange(&c->requests, 0));
	atomic_fetch_add(&counters->retired_errors, atomic_exchange(&c->errors, 0));
	atomic_store(&c->connections, 0);
	atomic_store(&c->open, 0);
	atomic_store(&c->private_bytes, 0);
	memset(counters->peer[slot], 0, sizeof(counters->peer[0]));
	atomic_store(&counters->gauges[slot].queued, 0);
	atomic_store(&c->wait_ns, 0);
	atomic_store(&c->aside_since_us, 0);
	atomic_store(&c->busy_since_us, 0);
	atomic_store(&c->kill_at_us, 0);
	atomic_store(&c->state, WORKER_NONE);
	atomic_store(&c->pid, 0);
}

void counters_unmap(struct counters *counters)
{
	if (counters)
		(void)munmap(counters, sizeof(*counters));
}

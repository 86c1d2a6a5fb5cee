/* budget.c - see budget.h */
#include "config.h"

#include "workers/budget.h"

uint64_t budget_threshold(const struct budget *budget, uint64_t threshold_ns, uint64_t now_ns)
{
	uint64_t start_ns = (uint64_t)BUDGET_START_MS * 1000 * 1000;
	uint64_t share_ns = (now_ns - budget->begin_ns) / BUDGET_SHARE;
	return budget->spent_ns <= start_ns + share_ns ? threshold_ns : threshold_ns * BUDGET_RAISE;
}

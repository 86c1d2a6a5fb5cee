/* heat.c - see heat.h */
#include "config.h"

#include "workers/heat.h"

enum { MAX_RAISE = 10 };

bool heat_add(struct heat *heat, uint32_t limit, uint32_t n)
{
	uint32_t room = UINT16_MAX - heat->samples;
	heat->samples = (uint16_t)(heat->samples + (n < room ? n : room));
	if (heat->samples < (uint64_t)limit << heat->raised)
		return false;
	heat->samples = 0;
	heat->raised += heat->raised < MAX_RAISE;
	return true;
}

void heat_halve(struct heat *heat)
{
	heat->samples /= 2;
	heat->raised -= heat->raised > 0;
}

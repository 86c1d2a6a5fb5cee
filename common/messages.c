/* messages.c - see messages.h */
#include "config.h"

#include "common/messages.h"

const char *message_id(enum message message)
{
#define ID(name, id) [MESSAGE_##name] = id,
	static const char *const ids[] = { MESSAGES(ID) };
#undef ID
	return ids[message];
}

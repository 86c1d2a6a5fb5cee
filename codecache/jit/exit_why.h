/* exit_why.h - what exits say of themselves that more than people read: outgrown.h asks at each exit that is taken. */
#pragma once

#include <stddef.h>
#include <string.h>

#define WHY_ANOTHER_TYPE  "another type, or an int beyond 64 bits"
#define WHY_ANOTHER_GUESS "something else than was guessed"
#define WHY_OVERFLOW      "int overflow"
#define WHY_OTHER_OBJECT  "an object of another type"
#define WHY_NO_ITEM       "an index out of range"
#define WHY_BEYOND        "what only CPython does"
#define WHY_OTHER_RESULT  "a result of another kind than expected"
#define WHY_NOT_OWN       "an attribute that is not simply the object's own or its class's"
#define WHY_NO_METHOD     "a method that is not simply the class's"

enum exit_why {
	IS_ANOTHER_TYPE = 1,
	IS_ANOTHER_GUESS = 2,
	IS_BEYOND = 4, /* what an operation is for: int overflow, say */
	IS_OTHER_RESULT = 8,
	IS_NOT_OWN = 16,
};

/* All that the text says; NULL says nothing. */
static inline unsigned exit_whys(const char *text)
{
	if (!text)
		return 0;
	return (strstr(text, WHY_ANOTHER_TYPE) ? IS_ANOTHER_TYPE : 0) |
	       (strstr(text, WHY_ANOTHER_GUESS) ? IS_ANOTHER_GUESS : 0) |
	       (strstr(text, WHY_OVERFLOW) || strstr(text, WHY_OTHER_OBJECT) || strstr(text, WHY_NO_ITEM) ||
				strstr(text, WHY_BEYOND)
			? IS_BEYOND
			: 0) |
	       (strstr(text, WHY_OTHER_RESULT) ? IS_OTHER_RESULT : 0) |
	       (strstr(text, WHY_NOT_OWN) || strstr(text, WHY_NO_METHOD) ? IS_NOT_OWN : 0);
}

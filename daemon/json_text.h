/* json_text.h - a member of a JSON object as the text that stands there.
 *
 * Numbers of Python have any size; a parser that turns them into C numbers would change them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Find the member name (plain ASCII) of the object that starts text.  true: it is the *ret_length bytes at *ret.  The
 * text is taken to be JSON; in what is not, something may be found or not, but nothing outside of it is read. */
bool json_text_member(const char *text, const char *name, const char **ret, size_t *ret_length);

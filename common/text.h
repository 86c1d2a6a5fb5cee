/* text.h - text that others have written. */
#pragma once

/* Make it UTF-8: each byte that belongs to no character becomes "?".  Characters that were cut off at the end, too. */
void text_make_utf8(char *text);

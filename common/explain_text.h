/* explain_text.h - what was found out of a function (see workers/explain.h) as text: its source, line by line. */
#pragma once

#include <jansson.h>
#include <stdio.h>

enum explain_text { EXPLAIN_TEXT_LINES, EXPLAIN_TEXT_IR, EXPLAIN_TEXT_ASM };

/* Print {"name":, "reports": [...]} to out, the source as its files are now. */
void explain_print(const json_t *result, enum explain_text what, FILE *out);

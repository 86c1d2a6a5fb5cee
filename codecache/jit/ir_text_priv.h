/* ir_text_priv.h - what printing (ir_text.c) and parsing (ir_parse.c) share. */
#pragma once

#include <stdbool.h>

#include "codecache/jit/rt.h"
#include "codecache/unit.h"

#define IR_TEXT_NAN 0x7ff8000000000000 /* what the text "nan" means */

extern const char *const ir_param_words[VALUE_TYPE_COUNT];
extern const char *const ir_const_words[UNIT_CONST_KIND_COUNT]; /* by enum unit_const_kind */

extern const char *const ir_rt_words[RT_MEMBER_COUNT];
extern const char *const ir_type_names[RT_TYPE_COUNT];

/* Whether c can stand in a bare word. */
bool ir_is_word_char(char c);

/* interpreter.h - CPython, embedded: its start, and what it says when something fails. */
#pragma once

#include "common/cause.h"

/* Start CPython as python3 would: its environment variables, its site-packages (of $VIRTUAL_ENV, if that is for this
 * version), UTF-8 mode by the locale, sys.executable the real python3.  Standard input becomes /dev/null, standard
 * output is not buffered.  -errno with cause. */
int interpreter_start(struct cause *cause) __attribute__((warn_unused_result));

/* The python3 that sys.executable names: of $VIRTUAL_ENV if that is for this version, else the one of the system. */
const char *interpreter_executable(void);

/* The exception that is set, as Python prints it ("Traceback ..."): to be freed, NULL when memory is short.  The
 * exception is cleared. */
char *interpreter_take_traceback(void);

/* "CONTEXT: TYPE: message" of the exception that is set, which stays set.  -EINVAL. */
int interpreter_cause(struct cause *cause, const char *context);

/* exit_why.h - what exits say of themselves that more than people read (outgrown.h). */
#pragma once

#define WHY_ANOTHER_TYPE  "another type, or an int beyond 64 bits"
#define WHY_ANOTHER_GUESS "something else than was guessed"
#define WHY_OVERFLOW      "int overflow"
#define WHY_OTHER_RESULT  "a result of another kind than expected"

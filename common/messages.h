/* messages.h - the names of messages that the journal explains (systemd/preforge.catalog).
 *
 * A message with such a name is found by it whatever its text is: journalctl MESSAGE_ID=...  Log with
 * LOG_FIELDS(LOG_ID(WORKER_DIED), "WORKER", number).  X(name, id): an id is 128 random bits, given away once and never
 * changed. */
#pragma once

#define MESSAGES(X)                                            \
	X(READY, "6eb393b89d3b4b1a9a8793380174508f")           \
	X(START_FAILED, "5498204892e346448d179eb987eeea34")    \
	X(ZYGOTE_DIED, "4905bebc13ac4ede86bd19bb738d6a1c")     \
	X(WORKER_DIED, "c255ce10b30941a7aa0be334d8316210")     \
	X(CALL_ENDED, "ee12dac6424645c3931bbec52524dccf")      \
	X(CALL_SLOW, "bd5236a69a3740169e43c6c2d79acce6")       \
	X(NOT_COMPILED, "e6c0f9e658b5441887adf83433eebdb5")    \
	X(STORE_UNUSABLE, "ac77b39f5ae64a768e1bf521e4af6242")  \
	X(STOP_FORCED, "438821772cc24b23b8e759495bf86997")     \
	X(ACCESS, "aea86e056fa04020b1ea883e9c8442a8")          \
	X(CONTROL_REFUSED, "8310d4b34d9946d7b3f4642dbcd6a166") \
	X(NO_PROGRESS, "9e037963242343d9bea75d7bc53de9d1")

#define MESSAGES_NAME(name, id) MESSAGE_##name,
enum message { MESSAGES(MESSAGES_NAME) MESSAGES_COUNT };
#undef MESSAGES_NAME

/* A pair of LOG_FIELDS(). */
#define LOG_ID(name) "MESSAGE_ID", message_id(MESSAGE_##name)

/* 32 hexadecimal digits. */
const char *message_id(enum message message);

/* conf_keys.h - the table of everything that can be configured.
 *
 * X(section, key, type, default, min, max, words, doc): default as it would stand in a file; NULL: it depends on the
 * environment, and the doc says how.  min and max: bytes, microseconds, or a plain number.  words: of type word, their
 * order is that of an enum.  doc: for people who configure, lines that become comments of the shipped file. */
#pragma once

#define CONF_KEYS(X)                                                                                                   \
	X(server, listen, addresses, NULL, 0, 0, NULL,                                                                 \
	  "Where requests are answered. May stand several times, for several sockets.\n"                               \
	  "Socket files may have mode=, owner= and group=; all Unix sockets may have users=\n"                         \
	  "and groups=, who alone may send requests. tcp:PORT is at 127.0.0.1, tcp:*:PORT at\n"                        \
	  "all addresses. systemd:NAME is the socket that systemd hands over by that name.\n"                          \
	  "Default: unix:preforge.sock in $RUNTIME_DIRECTORY, else in $XDG_RUNTIME_DIR/preforge,\n"                    \
	  "else in /run/preforge. If systemd hands over sockets and none is named here, they\n"                        \
	  "are used instead.")                                                                                         \
	X(server, workers, int, NULL, 1, 256, NULL,                                                                    \
	  "How many processes answer requests, each one at a time.\n"                                                  \
	  "Default: one for each CPU that the daemon may use.")                                                        \
	X(server, user, text, NULL, 0, 0, NULL,                                                                        \
	  "The user as whom the application runs, by name or number, when the daemon is started\n"                     \
	  "by root, and to whom socket files belong if nothing else is said. Default: who\n"                           \
	  "starts it.")                                                                                                \
	X(server, group, text, NULL, 0, 0, NULL, "The same for the group. Default: that of the user.")                 \
	X(server, handover, time, "1ms", 0, 60000000, NULL,                                                            \
	  "When a worker is busy with one request for longer than this, the connections that\n"                        \
	  "it also has are served by other workers. 0us: they wait.")                                                  \
	X(server, stop_timeout, time, "30s", 0, 3600000000, NULL,                                                      \
	  "How long requests in flight may take to finish when the daemon is stopped.\n"                               \
	  "What is still running then is killed.")                                                                     \
	X(server, start_timeout, time, "10min", 0, 86400000000, NULL,                                                  \
	  "How long a start or a reload may take, from the import of the application to workers\n"                     \
	  "that serve; then it has failed. 0us: as long as it wants.")                                                 \
	X(server, drain_timeout, time, "30s", 0, 3600000000, NULL,                                                     \
	  "How long workers that a reload replaces may take to finish what they have begun.\n"                         \
	  "Calls that still run then are answered with an error.")                                                     \
	X(workers, min, int, NULL, 1, 256, NULL,                                                                       \
	  "How few workers there may be when there is little to do. When all are busy further\n"                       \
	  "ones are started, up to [server] workers.\n"                                                                \
	  "Default: as many as [server] workers, so that their number stays the same.")                                \
	X(workers, idle, time, "30s", 100000, 86400000000, NULL,                                                       \
	  "Workers beyond min that were not needed for so long end.")                                                  \
	X(workers, requests, int, "0", 0, 1000000000000, NULL,                                                         \
	  "A worker that has served about so many requests is replaced by a new one, after the\n"                      \
	  "request that it is serving. 0: never.")                                                                     \
	X(workers, age, time, "0us", 0, 31536000000000, NULL, "So is a worker that is older than this. 0us: never.")   \
	X(workers, memory, size, "0", 0, 1LL << 40, NULL,                                                              \
	  "So is a worker that has more memory than this that it does not share with others.\n"                        \
	  "0: it may have any.")                                                                                       \
	X(workers, memory_max, size, "0", 0, 1LL << 40, NULL,                                                          \
	  "A worker cannot allocate more than this beyond what it had at its start: its code gets\n"                   \
	  "a MemoryError. 0: there is no limit.")                                                                      \
	X(app, path, path, NULL, 0, 0, NULL,                                                                           \
	  "The Python module to serve: its public functions, or what its __all__ names, are\n"                         \
	  "the methods. No default; the argument APP.py of the command line sets it too.\n"                            \
	  "Further applications have sections of their own, [app NAME], with the same keys.")                          \
	X(app, methods, patterns, NULL, 0, 0, NULL,                                                                    \
	  "Which of its methods are offered: patterns as the shell's, with spaces between,\n"                          \
	  "for instance: area.* sum_* !sum_debug. One that begins with ! takes methods away;\n"                        \
	  "the last that fits decides. Names have no prefix here. Default: all of them.")                              \
	X(app, prefix, prefix, NULL, 0, 0, NULL,                                                                       \
	  "What stands before the names of its methods. Default: nothing in [app], NAME and a\n"                       \
	  "dot in [app NAME].")                                                                                        \
	X(jit, mode, word, "on", 0, 0, ((const char *const[]){ "off", "on", "eager", NULL }),                          \
	  "off: CPython runs everything. on: functions that are found hot are compiled.\n"                             \
	  "eager: every function is compiled when it is called first (for tests).")                                    \
	X(jit, threshold, time, "20us", 0, 3600000000, NULL,                                                           \
	  "A function is hot when the warm-up spent at least this much time in it.")                                   \
	X(jit, sample, time, "10ms", 0, 1000000, NULL,                                                                 \
	  "After every so much CPU time, each worker looks which function is running, to find\n"                       \
	  "out what else is hot. That is compiled while requests are served. 0us: nothing is\n"                        \
	  "compiled after the start.")                                                                                 \
	X(jit, hot, time, "100ms", 1000, 3600000000, NULL,                                                             \
	  "A function is hot when a worker has spent at least this much CPU time in it.")                              \
	X(jit, optimize, int, "1", 0, 3, NULL,                                                                         \
	  "The optimization level of the machine code, as gcc's -O; 1 has some passes of 2\n"                          \
	  "and 3 added, those that gain something here.")                                                              \
	X(jit, cpu, word, "native", 0, 0,                                                                              \
	  ((const char *const[]){ "native", "x86-64", "x86-64-v2", "x86-64-v3", "x86-64-v4", NULL }),                  \
	  "For which CPUs code is made. native: for what this machine has, up to x86-64-v3. A\n"                       \
	  "store that is made on one machine for others needs the level that all of them have;\n"                      \
	  "one that this machine does not have is refused.")                                                           \
	X(jit, compile_timeout, time, "30s", 1000000, 3600000000, NULL,                                                \
	  "A compiler process that takes longer is killed; its functions stay with CPython.")                          \
	X(jit, retry, time, "1min", 10000, 3600000000, NULL,                                                           \
	  "What could not be compiled while requests are served, for the compiler's fault or want\n"                   \
	  "of one, is tried again after so long if it is still hot; then after twice as long, then\n"                  \
	  "not any more.")                                                                                             \
	X(jit, verify, bool, "yes", 0, 0, NULL,                                                                        \
	  "Whether native code is verified: calls of the warm-up, or of a worker, are run natively beside\n"           \
	  "CPython before workers have it, and what gives something else stays with CPython; and\n"                    \
	  "some of the first calls of each native function run in CPython, and what is not at\n"                       \
	  "least 1.05 times as fast natively goes back there. Of code for which no calls are known\n"                  \
	  "when it is made, the first ones that workers get are tried.")                                               \
	X(jit, symbols, word, "none", 0, 0, ((const char *const[]){ "none", "perf", "gdb", "all", NULL }),             \
	  "What profilers and debuggers are told of native code. perf: each process writes\n"                          \
	  "/tmp/jit-PID.dump, for perf inject --jit. gdb: code has lines, and gdb finds them.\n"                       \
	  "all: both. preforged(8) says how.")                                                                         \
	X(jit, plant, text, NULL, 0, 0, NULL,                                                                          \
	  "For tests of Preforge itself: a fault of the compiler. fault:NAME, constant:NAME,\n"                        \
	  "loop:NAME or slow:NAME plants an instruction that crashes, a wrong constant, an endless\n"                  \
	  "loop or a waste of time in the native code of the function of that name\n"                                  \
	  "(module.function). No default: none is.")                                                                   \
	X(cache, size, size, "64M", 64 << 10, 1 << 30, NULL,                                                           \
	  "Room for machine code in memory, shared by all workers. Only what is used is\n"                             \
	  "allocated. When it is full, further functions stay with CPython; the next start or\n"                       \
	  "reload leaves out what was not called.")                                                                    \
	X(cache, directory, path, NULL, 0, 0, NULL,                                                                    \
	  "Where compiled code, and what was hot, is kept between starts. Several daemons and\n"                       \
	  "preforge-python may share it. It must belong to the daemon's user or to root, and\n"                        \
	  "nobody else may be able to write there.\n"                                                                  \
	  "Default: $CACHE_DIRECTORY, else preforge in $XDG_CACHE_HOME, else ~/.cache/preforge;\n"                     \
	  "for root with [server] user, /var/cache/preforge.")                                                         \
	X(cache, store_size, size, "256M", 0, 1LL << 40, NULL,                                                         \
	  "The most that is kept in the directory; what was not used for longest goes first.\n"                        \
	  "0: nothing is read or written there.")                                                                      \
	X(warmup, requests, path, NULL, 0, 0, NULL,                                                                    \
	  "A file of JSON-RPC requests, one a line. They are run before the first worker is\n"                         \
	  "started, to find out what is hot. No default: nothing is run.")                                             \
	X(warmup, deadline, time, "60s", 1000, 86400000000, NULL,                                                      \
	  "The warm-up ends after this time, finished or not, and so does compiling before the\n"                      \
	  "first worker is started: the rest is compiled while requests are served (unless\n"                          \
	  "[jit] sample is 0).")                                                                                       \
	X(control, socket, socket, NULL, 0, 0, NULL,                                                                   \
	  "Where preforgectl talks to the daemon; open to root, to the daemon's own user and to\n"                     \
	  "that of [server] user.\n"                                                                                   \
	  "Default: preforge.control beside the first socket of [server] listen.")                                     \
	X(log, level, word, "info", 0, 0,                                                                              \
	  ((const char *const[]){ "error", "warning", "notice", "info", "debug", NULL }),                              \
	  "The least important messages that are still logged.")                                                       \
	X(log, format, word, "auto", 0, 0, ((const char *const[]){ "auto", "text", "json", NULL }),                    \
	  "text: lines on standard error. json: the same, an object a line. auto: the journal,\n"                      \
	  "with its fields, if standard error is connected to it, else text.")                                         \
	X(log, access, bool, "no", 0, 0, NULL,                                                                         \
	  "Whether each request is logged, with method, duration, outcome and caller.")                                \
	X(log, access_file, path, NULL, 0, 0, NULL,                                                                    \
	  "A file to which a line is added for each request, whatever access says. After it was\n"                     \
	  "renamed, a reload begins a new one. No default: there is none.")                                            \
	X(log, access_format, word, "common", 0, 0, ((const char *const[]){ "common", "json", NULL }),                 \
	  "common: the lines of that file are as those of web servers, with duration and code of\n"                    \
	  "the error behind. json: they are objects.")                                                                 \
	X(rpc, traceback, bool, "no", 0, 0, NULL,                                                                      \
	  "Whether error responses carry the Python traceback. It shows the caller your code.")                        \
	X(rpc, check_types, bool, "no", 0, 0, NULL,                                                                    \
	  "Whether parameters must fit the annotations, as rpc.discover describes them; a call\n"                      \
	  "whose do not is refused with -32602.")                                                                      \
	X(deadline, request, time, "0us", 0, 86400000000, NULL,                                                        \
	  "How long a call may take; 0us: as long as it wants. Then TimeoutError is raised in its\n"                   \
	  "Python code, wherever it is: in a native loop, in time.sleep(), waiting for a socket.")                     \
	X(deadline, method, timeouts, NULL, 0, 86400000000, NULL,                                                      \
	  "The same for one method: NAME TIME. May stand several times.")                                              \
	X(deadline, grace, time, "5s", 1000, 3600000000, NULL,                                                         \
	  "A call that goes on for so long after its deadline is answered with an error, and its\n"                    \
	  "worker is replaced.")                                                                                       \
	X(deadline, slow, time, "0us", 0, 86400000000, NULL,                                                           \
	  "Calls that take longer are logged, with the Python stack that they had after this\n"                        \
	  "time. 0us: none is.")                                                                                       \
	X(deadline, slow_params, bool, "no", 0, 0, NULL, "Whether that log shows the parameters.")                     \
	X(http, paths, urlpaths, "/", 0, 0, NULL, "The paths to which requests may be posted; * is any path.")         \
	X(http, origins, origins, NULL, 0, 0, NULL,                                                                    \
	  "Web pages that may send requests from a browser, such as https://example.org;\n"                            \
	  "* is any page. Default: none.")                                                                             \
	X(http, health, bool, "yes", 0, 0, NULL, "Whether GET /healthz and GET /readyz are answered.")                 \
	X(http, metrics, bool, "no", 0, 0, NULL, "Whether GET /metrics is answered, for everybody.")                   \
	X(limits, request_size, size, "16M", 1 << 10, 1 << 30, NULL, "A request that is larger than this is refused.") \
	X(limits, response_size, size, "64M", 1 << 10, 1 << 30, NULL,                                                  \
	  "A result that is larger than this is not sent; the caller gets an error.")                                  \
	X(limits, header_size, size, "16K", 256, 1 << 20, NULL,                                                        \
	  "The headers of a request (HTTP, Content-Length:) may not be longer than this.")                             \
	X(limits, depth, int, "256", 1, 1024, NULL,                                                                    \
	  "How deep arrays and objects may be nested, in requests and results.")                                       \
	X(limits, batch, int, "1000", 1, 1000000, NULL, "How many requests a batch may have.")                         \
	X(limits, connections, int, "10000", 1, 1000000, NULL,                                                         \
	  "How many connections may be open. Further ones get an error and are closed.")                               \
	X(limits, connections_per_peer, int, "0", 0, 1000000, NULL,                                                    \
	  "How many of them may be of one user (Unix sockets) or of one address (TCP; of IPv6\n"                       \
	  "the first 64 bits). 0: as many as there may be.")                                                           \
	X(limits, queue, int, "1000", 1, 1000000, NULL,                                                                \
	  "How many connections with a request may wait for a worker. The requests of further\n"                       \
	  "ones are answered with the error -32000 instead.")                                                          \
	X(limits, idle_timeout, time, "1h", 0, 604800000000, NULL,                                                     \
	  "A connection without a request for this long is closed. 0us: never.")                                       \
	X(limits, read_timeout, time, "60s", 0, 86400000000, NULL,                                                     \
	  "A request that has not arrived completely this long after its first byte, or the\n"                         \
	  "first one after connecting, is refused. 0us: it may take for ever.")                                        \
	X(limits, write_timeout, time, "60s", 0, 86400000000, NULL,                                                    \
	  "A client that takes nothing of its answers for this long is cut off. 0us: never.")

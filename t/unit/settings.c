/* The master's start message. */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <syslog.h>
#include <cmocka.h>

#include "workers/settings.h"

/* What preforged sends, with single quotes for double ones. */
static const char message[] =
	"{'op':'start','version':'" PACKAGE_VERSION
	"','exchange':[7,8],'lifeline':9,'reserve_fd':10,'stop_timeout_us':13,'apps':[{'path':'/abs/app.py'},{'path':'/"
	"b.py','name':'b','prefix':'b.','methods':['x*','!y']}],'workers':2,'counters_fd':4,'metrics_fd':3,"
	"'listeners':[{'fd':5,'address':'unix:/run/"
	"a','id':20,'ours':true,'users':[0,7],'groups':[8]},{'fd':6,'address':'tcp:[::1]:8000','id':21,'ours':false}],"
	"'jit':{'mode':'on','threshold_us':20,'optimize':3},'cache':{'size':67108864,'directory':'/var/cache'},"
	"'warmup':{'requests':null,'deadline_us':60000000},'rpc':{'traceback':false,'check_types':true},"
	"'limits':{'request_bytes':1000,'response_bytes':2000,'header_bytes':3,'depth':4,'batch':5,'connections':6,"
	"'connections_per_peer':7,'queue':8,'idle_us':9,'read_us':10,'write_us':11,'handover_us':12},"
	"'turnover':{'min':1,'idle_us':2,'requests':3,'age_us':4,'memory':5,'memory_max':6},"
	"'http':{'paths':'/ /x','origins':null,'health':true,'metrics':false},'log':{'level':'info'}}";

/* The message with one part replaced. */
static int parse(const char *part, const char *replacement, struct settings **ret, struct cause *cause)
{
	char text[4096];
	const char *at = strstr(message, part);
	assert_non_null(at);
	char *end = stpncpy(text, message, (size_t)(at - message));
	end = stpcpy(end, replacement);
	(void)stpcpy(end, at + strlen(part));
	for (char *p = text; *p; p++)
		if (*p == '\'')
			*p = '"';
	json_t *json = json_loads(text, 0, NULL);
	assert_non_null(json);
	int r = settings_from_json(json, ret, cause);
	json_decref(json);
	return r;
}

static void test_complete(void **state)
{
	(void)state;
	struct settings *s;
	struct cause cause = CAUSE_INIT;
	assert_int_equal(parse("", "", &s, &cause), 0);
	assert_int_equal(s->n_apps, 2);
	assert_string_equal(s->apps[0].path, "/abs/app.py");
	assert_null(s->apps[0].name);
	assert_null(s->apps[0].prefix);
	assert_int_equal(s->apps[0].n_methods, 0);
	assert_string_equal(s->apps[1].path, "/b.py");
	assert_string_equal(s->apps[1].name, "b");
	assert_string_equal(s->apps[1].prefix, "b.");
	assert_int_equal(s->apps[1].n_methods, 2);
	assert_string_equal(s->apps[1].methods[1], "!y");
	assert_int_equal(s->workers, 2);
	assert_int_equal(s->counters_fd, 4);
	assert_int_equal(s->n_listeners, 2);
	assert_int_equal(s->listeners[1].fd, 6);
	assert_string_equal(s->listeners[1].address, "tcp:[::1]:8000");
	assert_int_equal(s->jit_mode, JIT_ON);
	assert_int_equal(s->threshold_us, 20);
	assert_int_equal(s->optimize, 3);
	assert_int_equal(s->cache_size, 67108864);
	assert_string_equal(s->cache_directory, "/var/cache");
	assert_null(s->warmup_requests);
	assert_int_equal(s->warmup_deadline_us, 60000000);
	assert_false(s->rpc_traceback);
	assert_true(s->rpc_check_types);
	assert_int_equal(s->limits.request_bytes, 1000);
	assert_int_equal(s->limits.handover_us, 12);
	assert_int_equal(s->turnover.min, 1);
	assert_int_equal(s->turnover.memory_max, 6);
	assert_string_equal(s->http_paths, "/ /x");
	assert_null(s->http_origins);
	assert_true(s->http_health);
	assert_false(s->http_metrics);
	assert_int_equal(s->listeners[0].n_users, 2);
	assert_int_equal(s->listeners[0].users[1], 7);
	assert_int_equal(s->listeners[0].groups[0], 8);
	assert_int_equal(s->listeners[1].n_users, 0);
	assert_int_equal(s->log_level, LOG_INFO);
	settings_free(s);
}

static void test_optional(void **state)
{
	(void)state;
	struct settings *s;
	struct cause cause = CAUSE_INIT;
	assert_int_equal(parse("null", "'/w.jsonl'", &s, &cause), 0);
	assert_string_equal(s->warmup_requests, "/w.jsonl");
	settings_free(s);
	assert_int_equal(parse(",'directory':'/var/cache'", "", &s, &cause), 0);
	assert_null(s->cache_directory);
	settings_free(s);
	assert_int_equal(parse("'on'", "'eager'", &s, &cause), 0);
	assert_int_equal(s->jit_mode, JIT_EAGER);
	settings_free(s);
}

static void test_refused(void **state)
{
	(void)state;
	static const struct {
		const char *part, *replacement, *cause;
	} cases[] = {
		{ "'workers':2", "'workers':0", "start message: workers is 0, not 1 to 256" },
		{ "'workers':2", "'workers':257", "start message: workers is 257, not 1 to 256" },
		{ "'on'", "'fast'", "start message: jit.mode is \"fast\", not off, on or eager" },
		{ "'info'", "'loud'", "start message: log.level is \"loud\"" },
		{ "'info'", "'info','format':'xml'", "start message: log.format is \"xml\"" },
		{ "67108864", "-1", "start message: a negative size or time" },
		{ "'apps':", "'op2':", "start message: Object item not found: apps" },
		{ "{'path':'/abs/app.py'},", "{},", "start message: apps[0]: Object item not found: path" },
		{ "'!y'", "7", "start message: apps[1]: methods[1]: Expected string" },
		{ "'fd':6", "'fd':'x'", "start message: listeners[1]: Expected integer, got string" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct settings *s;
		struct cause cause = CAUSE_INIT;
		assert_int_equal(parse(cases[i].part, cases[i].replacement, &s, &cause), -EINVAL);
		assert_string_equal(cause.text, cases[i].cause);
	}
}

int main(void)
{
	cmocka_set_message_output(CM_OUTPUT_TAP);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_complete),
		cmocka_unit_test(test_optional),
		cmocka_unit_test(test_refused),
	};
	return cmocka_run_group_tests_name("settings", tests, NULL, NULL);
}

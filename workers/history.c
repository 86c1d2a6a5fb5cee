/* history.c - see history.h */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "workers/history.h"

static void key_make(const char *app, char ret[static DIGEST_TEXT])
{
	struct digest digest;
	digest_begin(&digest);
	digest_text(&digest, "profile 1");
	digest_text(&digest, app);
	digest_end(&digest, ret);
}

json_t *history_load(const struct store *store, const char *app)
{
	char key[DIGEST_TEXT];
	struct store_file file;
	key_make(app, key);
	if (store_get(store, STORE_PROFILE, key, &file, NULL) < 0)
		return json_array();
	json_t *functions = json_object_get(file.record, "functions");
	functions = json_is_array(functions) ? json_incref(functions) : json_array();
	store_file_clear(&file);
	return functions;
}

int history_save(struct store *store, const char *app, json_t *functions, struct cause *cause)
{
	struct store_file file = { .kind = STORE_PROFILE };
	key_make(app, file.key);
	file.record = json_pack("{s:s, s:I, s:O}", "app", app, "time", (json_int_t)time(NULL), "functions", functions);
	if (!file.record)
		return cause_set(cause, -ENOMEM, "no memory for the profile");
	int rc = store_put(store, &file, cause);
	json_decref(file.record);
	return rc;
}

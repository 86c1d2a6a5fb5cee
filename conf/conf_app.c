/* conf_app.c - the sections [app NAME], one for each further application; see value_priv.h. */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "conf/value_priv.h"

static bool is_name(const char *name)
{
	static const char first[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
	size_t n = strspn(name, first);
	if (n == 0)
		return false;
	while (name[n])
		if (!strchr(first, name[n]) && (name[n] < '0' || name[n] > '9'))
			return false;
		else
			n++;
	return n <= CONF_APP_NAME_MAX;
}

static struct conf_app *find(struct conf *conf, const char *name)
{
	for (size_t i = 0; i < conf->n_apps; i++)
		if (strcmp(conf->apps[i].name, name) == 0)
			return &conf->apps[i];
	return NULL;
}

static struct conf_app *add(struct conf *conf, const char *name)
{
	cleanup_free char *copy = strdup(name);
	struct conf_app *apps = copy ? reallocarray(conf->apps, conf->n_apps + 1, sizeof(*apps)) : NULL;
	if (!apps)
		return NULL;
	conf->apps = apps;
	apps[conf->n_apps] = (struct conf_app){ .name = steal_ptr(copy) };
	return &apps[conf->n_apps++];
}

int conf_app_section(struct conf *conf, const char *section, const char *origin, struct conf_app **ret,
		     struct cause *cause)
{
	if (strncmp(section, "app ", 4) != 0)
		return 1;
	const char *name = section + 4 + strspn(section + 4, " ");
	if (!is_name(name))
		return cause_set(cause, -EINVAL,
				 "%s: the section's name is wrong; allowed: [app NAME], where NAME has letters, digits "
				 "and underscores, at most %d",
				 origin, CONF_APP_NAME_MAX);
	struct conf_app *app = find(conf, name);
	if (!app)
		app = add(conf, name);
	if (!app)
		return cause_set(cause, -ENOMEM, "out of memory");
	*ret = app;
	return 0;
}

int conf_app_complete(struct conf *conf, struct cause *cause)
{
	for (size_t i = 0; i < conf->n_apps; i++) {
		struct conf_app *app = &conf->apps[i];
		if (app->prefix)
			continue;
		if (asprintf(&app->prefix, "%s.", app->name) < 0) {
			app->prefix = NULL;
			return cause_set(cause, -ENOMEM, "out of memory");
		}
	}
	return 0;
}

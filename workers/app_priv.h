/* app_priv.h - an app's insides; between app.c, apps.c and app_functions.c. */
#pragma once

#include "workers/app.h"

struct app {
	char *path;
	PyObject *module;
	PyObject *methods, *refused; /* dicts by name */
};

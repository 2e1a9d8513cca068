// SPDX-License-Identifier: GPL-2.0
/* version: prints the versions of dmctl and of what it speaks with; see version.h. */
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "../include/uapi/dynmem.h"
#include "../include/version.h"
#include "json.h"
#include "output.h"
#include "setting.h"
#include "version.h"

#define MODULE	"/sys/module/" DYNMEM_FAMILY_NAME

/*
 * Must rise when a key or a word of the JSON goes away, or changes its meaning, type or unit; not
 * for new ones. dmctl(8) promises that.
 */
#define JSON_VERSION 1

/* Sets @version; to "" if the module has none. Return: whether it is loaded. */
static bool module_version(char version[SETTING_SIZE])
{
	if (access(MODULE, F_OK))
		return false;
	if (!setting_read(MODULE "/version", version))
		*version = '\0';
	return true;
}

int version_show(void)
{
	char module[SETTING_SIZE];
	bool loaded = module_version(module);
	struct json_object *json;

	if (options.json) {
		json = json_object_new_object();
		json_add_text(json, "dmctl", DYNMEM_VERSION);
		json_object_object_add(json, "module",
				       loaded ? json_object_new_string(module) : NULL);
		json_add_number(json, "protocol", DYNMEM_FAMILY_VERSION);
		json_add_number(json, "json", JSON_VERSION);
		print_json(json);
		return EXIT_OK;
	}
	printf("dmctl %s\n", DYNMEM_VERSION);
	printf("module %s: %s\n", DYNMEM_FAMILY_NAME, !loaded ? "not loaded" :
	       *module ? module : "loaded, without a version");
	printf("protocol: netlink family %s, version %d\n", DYNMEM_FAMILY_NAME,
	       DYNMEM_FAMILY_VERSION);
	return EXIT_OK;
}

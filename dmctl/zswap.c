// SPDX-License-Identifier: GPL-2.0
/* zswap: the kernel's cache of compressed pages; see zswap.h. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "json.h"
#include "runfile.h"
#include "setting.h"
#include "why.h"
#include "zswap.h"

#define ENABLED "/sys/module/zswap/parameters/enabled"

/* The note is about the host, so it is a file ".zswap": no VM has an empty name. */
#define NOTE "", "zswap"

static bool enabled_write(const char *value, char *why)
{
	int fd = open(ENABLED, O_WRONLY | O_CLOEXEC), err = fd < 0 ? errno : 0;

	if (fd >= 0 && write(fd, value, strlen(value)) < 0)
		err = errno;
	if (fd >= 0)
		close(fd);
	return !err || refuse(why, "cannot write '%s' to " ENABLED ": %s", value, strerror(err));
}

void zswap_turn_on(char *why)
{
	char value[SETTING_SIZE];
	struct json_object *json;

	if (!setting_read(ENABLED, value) || strcmp(value, "N"))
		return;
	json = json_object_new_object();
	json_add_text(json, "enabled", value);
	if (runfile_write(NOTE, json, why))
		enabled_write("Y", why);
}

void zswap_put_back(char *why)
{
	struct json_object *json = runfile_read(NOTE);

	if (!json)
		return;
	if (enabled_write(json_text(json, "enabled"), why))
		runfile_remove(NOTE);
	json_object_put(json);
}

bool zswap_bound(const struct cgroup *cgroup, const char *found, uint64_t bytes, char *why)
{
	char value[CGROUP_VALUE_SIZE];

	if (strcmp(found, "max") && strtoull(found, NULL, 10) <= bytes)
		return true;
	snprintf(value, sizeof(value), "%" PRIu64, bytes);
	return cgroup_write(cgroup, ZSWAP_MAX, value, why);
}

bool zswap_read(const struct cgroup *cgroup, struct zswap_use *use)
{
	char value[CGROUP_VALUE_SIZE], ignored[WHY_SIZE];

	if (!cgroup_read(cgroup, "memory.zswap.current", value, ignored))
		return false;
	use->compressed = strtoull(value, NULL, 10);
	return cgroup_stat(cgroup, "zswapped", &use->from);
}

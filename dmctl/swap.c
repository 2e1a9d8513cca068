// SPDX-License-Identifier: GPL-2.0
/* swap: keeps the host from swapping VMs out; see swap.h. */
#include <string.h>

#include "cgroup.h"
#include "json.h"
#include "runfile.h"
#include "swap.h"
#include "why.h"

#define FILE_NAME "memory.swap.max"

/* Writes the limit of a cgroup to NAME.swap. This replaces an earlier limit in the file. */
static bool swap_note(const char *name, const struct cgroup *cgroup, const char *value, char *why)
{
	struct json_object *json = json_object_new_object();

	json_add_text(json, "cgroup", cgroup->path);
	json_add_number(json, "id", cgroup->id);
	json_add_text(json, "value", value);
	return runfile_write(name, "swap", json, why);
}

/* Whether NAME.swap is about this cgroup, or does not exist. */
static bool same_cgroup(const char *name, const struct cgroup *cgroup)
{
	struct json_object *json = runfile_read(name, "swap");
	bool same = !json || (!strcmp(json_text(json, "cgroup"), cgroup->path) &&
			      json_number(json, "id") == (int64_t)cgroup->id);

	json_object_put(json);
	return same;
}

bool swap_forbid(const char *name, pid_t pid, char *why)
{
	char value[CGROUP_VALUE_SIZE];
	struct cgroup cgroup;

	if (!cgroup_own(&cgroup, pid, FILE_NAME, why) ||
	    !cgroup_read(&cgroup, FILE_NAME, value, why))
		return false;
	/* If NAME.swap is about the cgroup of an earlier VMM, restore that cgroup's value first. */
	if (!same_cgroup(name, &cgroup) && !swap_put_back(name, why))
		return false;
	return !strcmp(value, "0") || (swap_note(name, &cgroup, value, why) &&
				       cgroup_write(&cgroup, FILE_NAME, "0", why));
}

/* Puts back the old value, unless somebody else has changed the limit since it was set to 0. */
static bool put_back(struct json_object *json, char *why)
{
	char value[CGROUP_VALUE_SIZE];
	struct cgroup cgroup;

	if (!cgroup_again(&cgroup, json_text(json, "cgroup"), json_number(json, "id")))
		return true;
	if (!cgroup_read(&cgroup, FILE_NAME, value, why))
		return false;
	return strcmp(value, "0") ||
	       cgroup_write(&cgroup, FILE_NAME, json_text(json, "value"), why);
}

bool swap_put_back(const char *name, char *why)
{
	struct json_object *json = runfile_read(name, "swap");
	bool done;

	if (!json)
		return true;
	done = put_back(json, why);
	json_object_put(json);
	if (done)
		runfile_remove(name, "swap");
	return done;
}

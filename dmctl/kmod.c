// SPDX-License-Identifier: GPL-2.0
/* kmod: whether modprobe would find a module; see kmod.h. */
#include <glob.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "command.h"
#include "kmod.h"

#define SUFFIX ".ko"

static char fold(char c)
{
	return c == '-' ? '_' : c;
}

/* Whether @path ends with the file of the module, which may be compressed (NAME.ko.xz). */
static bool is_file_of(const char *path, const char *name)
{
	const char *slash = strrchr(path, '/');

	for (path = slash ? slash + 1 : path; *name; path++, name++)
		if (fold(*path) != fold(*name))
			return false;
	return !strncmp(path, SUFFIX, strlen(SUFFIX));
}

bool kmod_listed(FILE *list, const char *name)
{
	bool found = false;
	char *line = NULL;
	size_t size = 0;

	while (!found && getline(&line, &size, list) > 0) {
		line[strcspn(line, ":\n")] = '\0';
		found = is_file_of(line, name);
	}
	free(line);
	return found;
}

static bool listed_in(const char *list, const char *name)
{
	char path[PATH_MAX];
	struct utsname host;
	bool found;
	FILE *f;

	if (uname(&host))
		return false;
	snprintf(path, sizeof(path), "/lib/modules/%s/%s", host.release, list);
	f = fopen(path, "re");
	if (!f)
		return false;
	found = kmod_listed(f, name);
	fclose(f);
	return found;
}

bool kmod_found(const char *name)
{
	return listed_in("modules.dep", name) || listed_in("modules.builtin", name);
}

bool kmod_installed(const char *name)
{
	static const char *const dirs[] = { "updates", "updates/dkms", "extra" };
	char pattern[PATH_MAX];
	struct utsname host;
	glob_t files = { };
	bool found = false;
	size_t i;

	if (uname(&host))
		return false;
	for (i = 0; i < ARRAY_SIZE(dirs) && !found; i++) {
		snprintf(pattern, sizeof(pattern), "/lib/modules/%s/%s/%s" SUFFIX "*", host.release,
			 dirs[i], name);
		found = !glob(pattern, 0, NULL, &files);
		globfree(&files);
	}
	return found;
}

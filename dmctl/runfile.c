// SPDX-License-Identifier: GPL-2.0
/* runfile: small files in /run/dynmem, one for each VM and kind; see runfile.h. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runfile.h"
#include "why.h"

char *runfile_path(char *path, const char *name, const char *kind)
{
	snprintf(path, PATH_MAX, RUNFILE_DIR "/%s.%s", name, kind);
	return path;
}

bool runfile_make_dir(const char *dir, mode_t mode, char *why)
{
	struct stat st;

	if (mkdir(dir, mode) && errno != EEXIST)
		return refuse(why, "cannot make %s: %s", dir, strerror(errno));
	if (lstat(dir, &st))
		return refuse(why, "cannot look at %s: %s", dir, strerror(errno));
	if (S_ISDIR(st.st_mode) && !st.st_uid && !(st.st_mode & 0022))
		return true;
	return refuse(why,
		      "%s must be a directory that only root can write to: remove it, or 'chown root %s' and 'chmod %o %s'",
		      dir, dir, mode, dir);
}

bool runfile_dir(char *why)
{
	return runfile_make_dir(RUNFILE_DIR, 0755, why);
}

bool runfile_exists(const char *name, const char *kind)
{
	char path[PATH_MAX];

	return !access(runfile_path(path, name, kind), F_OK);
}

struct json_object *runfile_read(const char *name, const char *kind)
{
	struct json_object *json;
	char path[PATH_MAX];

	json = json_object_from_file(runfile_path(path, name, kind));
	if (json_object_is_type(json, json_type_object))
		return json;
	json_object_put(json);
	return NULL;
}

bool runfile_write(const char *name, const char *kind, struct json_object *json, char *why)
{
	char path[PATH_MAX], next[PATH_MAX];
	bool done;

	runfile_path(path, name, kind);
	/* The temporary file begins with a dot, as no VM's name does: runfile_each() skips it. */
	snprintf(next, sizeof(next), RUNFILE_DIR "/.%s.%s", name, kind);
	done = runfile_dir(why);
	if (done && (json_object_to_file_ext(next, json, JSON_C_TO_STRING_SPACED) ||
		     rename(next, path))) {
		done = refuse(why, "cannot write %s: %s", path, strerror(errno));
		unlink(next);
	}
	json_object_put(json);
	return done;
}

void runfile_remove(const char *name, const char *kind)
{
	char path[PATH_MAX];

	unlink(runfile_path(path, name, kind));
}

void runfile_each(const char *kind, void (*visit)(const char *name, void *arg), void *arg)
{
	DIR *dir = opendir(RUNFILE_DIR);
	struct dirent *entry;
	char *dot;

	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		dot = strrchr(entry->d_name, '.');
		if (!dot || dot == entry->d_name || entry->d_name[0] == '.' ||
		    strcmp(dot + 1, kind))
			continue;
		*dot = '\0';
		visit(entry->d_name, arg);
	}
	closedir(dir);
}

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * runfile: small files in /run/dynmem, one for each VM and kind, as NAME.device. Each is a JSON
 * object, and is replaced as a whole: a program that is killed leaves either the old file or the
 * new one.
 */
#ifndef DMCTL_RUNFILE_H
#define DMCTL_RUNFILE_H

#include <json-c/json.h>
#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#define RUNFILE_DIR "/run/dynmem"

/* Writes the path of a file to @path, which has PATH_MAX bytes. Return: @path. */
char *runfile_path(char *path, const char *name, const char *kind);

/*
 * Makes RUNFILE_DIR if it does not exist. Refuses a directory to which others than root can write:
 * files and links there could be theirs. To be called before any of the files is read.
 */
bool runfile_dir(char *why);

/*
 * As runfile_dir(), for another directory, which is made with @mode if it does not exist. The
 * directory above it must exist.
 */
bool runfile_make_dir(const char *dir, mode_t mode, char *why);

/* Whether there is a file of a kind. */
bool runfile_exists(const char *name, const char *kind);

/* Return: the object in a file, for json_object_put(); NULL: there is no file, or no object. */
struct json_object *runfile_read(const char *name, const char *kind);

/* Writes a file and frees @json. @why is set to a sentence on failure. */
bool runfile_write(const char *name, const char *kind, struct json_object *json, char *why);

void runfile_remove(const char *name, const char *kind);

/* Calls @visit for each file of a kind, with the name of its VM. */
void runfile_each(const char *kind, void (*visit)(const char *name, void *arg), void *arg);

#endif

// SPDX-License-Identifier: GPL-2.0
/* save: the commands "save" and "restore", for the settings of the host and of all VMs. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "batch.h"
#include "command.h"
#include "define.h"
#include "host.h"

/* Makes a rename in the directory of @path durable. */
static bool sync_directory(const char *path)
{
	char *copy = strdup(path);
	int fd = copy ? open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	bool synced = fd >= 0 && !fsync(fd);

	if (fd >= 0)
		close(fd);
	free(copy);
	return synced;
}

static bool write_file(int fd, const char *text, size_t len)
{
	ssize_t n;

	for (; len; text += n, len -= n) {
		n = write(fd, text, len);
		if (n < 0)
			return false;
	}
	return !fchmod(fd, 0644) && !fsync(fd);
}

/* Replaces a file by a new one, whole or not at all. Return: false with errno set if it failed. */
static bool replace_file(const char *path, const char *text, size_t len)
{
	char *temp = NULL;
	bool done = false;
	int fd, err;

	if (asprintf(&temp, "%s.XXXXXX", path) < 0)
		die_no_memory();
	fd = mkostemp(temp, O_CLOEXEC);
	if (fd >= 0) {
		done = write_file(fd, text, len) && !rename(temp, path) && sync_directory(path);
		err = errno;
		close(fd);
		if (!done)
			unlink(temp);
		errno = err;
	}
	free(temp);
	return done;
}

/* Writes @text to the file @path. If @path is a symbolic link, writes to the target of the link. */
static int save_to(const char *path, const char *text, size_t len)
{
	char *real = realpath(path, NULL);
	bool missing = !real && errno == ENOENT;
	struct stat st;
	int ret = EXIT_REFUSED;

	if (real && !stat(real, &st) && !S_ISREG(st.st_mode))
		complain("%s is not a regular file: use 'dmctl save >%s'", path, path);
	else if (missing && !lstat(path, &st) && S_ISLNK(st.st_mode))
		complain("%s links to no file: make that file first, or remove the link", path);
	else if ((!real && !missing) || !replace_file(real ?: path, text, len))
		complain("cannot write %s: %s", path, strerror(errno));
	else
		ret = EXIT_OK;
	free(real);
	return ret;
}

int cmd_save(char **argv)
{
	const char *path = *argv && strcmp(*argv, "-") ? *argv : NULL;
	char *text = NULL;
	size_t len = 0;
	FILE *out;
	int ret;

	if (*argv && argv[1])
		die_usage("save: unexpected argument '%s'", argv[1]);
	out = open_memstream(&text, &len);
	if (!out)
		die_no_memory();
	ret = host_save(out) ?: vm_save(out);
	if (fclose(out))
		die_no_memory();
	if (ret == EXIT_OK && path)
		ret = save_to(path, text, len);
	else if (ret == EXIT_OK)
		fputs(text, stdout);
	free(text);
	return ret;
}

static bool is_short_for(const char *word, const char *full)
{
	return word && !strncmp(word, full, strlen(word));
}

/* Carries out a line of a file of settings. */
static int restore_line(char **argv)
{
	bool host = is_short_for(argv[0], "host") && is_short_for(argv[1], "set");
	bool vm = is_short_for(argv[0], "vm") &&
		  (is_short_for(argv[1], "add") || is_short_for(argv[1], "set") ||
		   is_short_for(argv[1], "replace"));

	if (host || vm)
		return command(argv);
	complain("a line to restore begins with 'host set', 'vm add', 'vm set' or 'vm replace'");
	return EXIT_USAGE;
}

int cmd_restore(char **argv)
{
	if (!*argv)
		die_usage("restore: the file is missing");
	if (argv[1])
		die_usage("restore: unexpected argument '%s'", argv[1]);
	return batch_run(*argv, true, restore_line);
}

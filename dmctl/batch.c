// SPDX-License-Identifier: GPL-2.0
/* batch: carries out the command lines of a file; see batch.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "batch.h"
#include "words.h"

static int run_line(const struct words *words, command_fn fn)
{
	if (!words->problem)
		return command_run(fn, words->word);
	complain("%s", words->problem);
	return EXIT_USAGE;
}

int batch_run(const char *file, bool force, command_fn fn)
{
	struct words words = { .in = strcmp(file, "-") ? fopen(file, "re") : stdin };
	int ret = EXIT_OK;

	if (!words.in) {
		complain("%s: %s", file, strerror(errno));
		return EXIT_REFUSED;
	}
	while ((ret == EXIT_OK || force) && words_next(&words)) {
		complain_of(file, words.line);
		if (run_line(&words, fn) != EXIT_OK)
			ret = EXIT_REFUSED;
		complain_of(NULL, 0);
	}
	if (ferror(words.in)) {
		complain("%s: %s", file, strerror(errno));
		ret = EXIT_REFUSED;
	}
	words_free(&words);
	if (words.in != stdin)
		fclose(words.in);
	return ret;
}

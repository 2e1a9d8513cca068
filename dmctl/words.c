// SPDX-License-Identifier: GPL-2.0
/* words: reads lines of words from a file; see words.h. */
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "words.h"

static const char blanks[] = " \t\r\n";

/*
 * Reads one line of the file, without its comment. Sets @goes_on to whether the next line of the
 * file continues this line. Return: false at the end of the file
 */
static bool read_part(struct words *words, char **part, size_t *size, bool *goes_on)
{
	ssize_t len = getline(part, size, words->in);
	char *end;

	if (len < 0)
		return false;
	words->lines++;
	if (strlen(*part) != (size_t)len)
		words->problem = "the line has a NUL character";
	(*part)[strcspn(*part, "#")] = '\0';
	end = strstr(*part, "\\\n");
	*goes_on = end;
	if (end)
		*end = '\0';
	return true;
}

/* Reads a line and all lines that continue it. Return: false at the end of the file. */
static bool read_line(struct words *words)
{
	bool goes_on;
	char *joined;

	words->problem = NULL;
	words->line = words->lines + 1;
	if (!read_part(words, &words->text, &words->text_size, &goes_on))
		return false;
	while (goes_on && read_part(words, &words->more, &words->more_size, &goes_on)) {
		if (asprintf(&joined, "%s%s", words->text, words->more) < 0)
			die_no_memory();
		free(words->text);
		words->text = joined;
		words->text_size = strlen(joined) + 1;
	}
	return true;
}

static void add_word(struct words *words, size_t n, char *word)
{
	char **more;

	if (n >= words->max) {
		words->max = 2 * words->max + 16;
		more = reallocarray(words->word, words->max, sizeof(*more));
		if (!more)
			die_no_memory();
		words->word = more;
	}
	words->word[n] = word;
}

/* Divides the line into words. */
static void split_line(struct words *words)
{
	char *at = words->text + strspn(words->text, blanks);
	size_t n = 0;

	for (; *at; at += strspn(at, blanks)) {
		char quote[] = { *at, '\0' };
		bool quoted = strchr("'\"", *at);

		at += quoted;
		add_word(words, n++, at);
		at += strcspn(at, quoted ? quote : blanks);
		if (quoted && !*at)
			words->problem = "a quote has no end";
		if (*at)
			*at++ = '\0';
	}
	add_word(words, n, NULL);
}

bool words_next(struct words *words)
{
	do {
		if (!read_line(words))
			return false;
		split_line(words);
	} while (!words->word[0] && !words->problem);
	return true;
}

void words_free(struct words *words)
{
	free(words->word);
	free(words->text);
	free(words->more);
}

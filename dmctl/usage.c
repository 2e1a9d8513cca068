// SPDX-License-Identifier: GPL-2.0
/* usage: prints the part of the help that concerns a command; see usage.h. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "usage.h"

#define COMMAND		"dmctl "
#define FIRST_INDENT	"Usage: "
#define INDENT		"       "	/* as long as FIRST_INDENT */
#define INDENT_LEN	(sizeof(INDENT) - 1)
#define COMMAND_WORDS	2		/* the object and the command */

/* Return: what is behind the line @at. */
static const char *next_line(const char *at)
{
	at += strcspn(at, "\n");
	return at + !!*at;
}

/* Return: what is behind the entry of the usage that begins at @at. */
static const char *next_entry(const char *at)
{
	do
		at = next_line(at);
	while (*at == ' ' && strncmp(at + INDENT_LEN, COMMAND, strlen(COMMAND)));
	return at;
}

/* Return: the number of @words, from the first one on, that may mean those of the entry @at. */
static unsigned int words_that_fit(const char *at, char *const *words)
{
	unsigned int n;

	at += INDENT_LEN + strlen(COMMAND);
	for (n = 0; n < COMMAND_WORDS && words[n]; n++) {
		at += *at == '[';
		if (strncmp(at, words[n], strlen(words[n])))
			break;
		at += strcspn(at, " ]\n");
		at += strspn(at, " ");
	}
	return n;
}

/* Prints the entries of the usage that fit best. */
static void print_entries(FILE *out, const char *help, char *const *words)
{
	const char *indent = FIRST_INDENT, *at, *end;
	unsigned int best = 0, n;

	for (at = help; *at && *at != '\n'; at = next_entry(at)) {
		n = words_that_fit(at, words);
		if (n > best)
			best = n;
	}
	for (at = help; *at && *at != '\n'; at = end) {
		end = next_entry(at);
		if (words_that_fit(at, words) < best)
			continue;
		at += INDENT_LEN;
		fprintf(out, "%s%.*s", indent, (int)(end - at), at);
		indent = INDENT;
	}
}

/* Whether the paragraph @at begins with a word in capitals that @text has, too. */
static bool is_about(const char *at, const char *text)
{
	size_t len = strspn(at, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
	char *word;
	bool found;

	if (len < 2 || at[len] != ' ')
		return false;
	word = strndup(at, len);
	if (!word)
		die_no_memory();
	found = strstr(text, word);
	free(word);
	return found;
}

void usage_print(FILE *out, const char *help, char *const *words)
{
	const char *at, *end;
	char *text = NULL;
	FILE *part;
	size_t len;

	if (!*words) {
		fputs(help, out);
		return;
	}
	part = open_memstream(&text, &len);
	if (!part)
		die_no_memory();
	print_entries(part, help, words);
	/* @at and @end stand at the line ends before and behind a paragraph. */
	for (at = strstr(help, "\n\n"); at; at = end) {
		at++;
		end = strstr(at + 1, "\n\n");
		if (fflush(part))
			die_no_memory();
		if (is_about(at + 1, text))
			fprintf(part, "%.*s\n", (int)(end ? end - at : (long)strlen(at) - 1), at);
	}
	if (fclose(part))
		die_no_memory();
	fputs(text, out);
	free(text);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * words: runs a command, reads its words, and collects its answer. give_up() ends the command
 * early.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vmm.h"

static char answer[8192];
static size_t answer_len;
static jmp_buf command_end;

int words_run(int (*run)(const struct words *w), const struct words *w)
{
	int error;

	answer_len = 0;
	answer[0] = '\0';
	error = setjmp(command_end);
	return error ? -error : run(w);
}

const char *words_answer(void)
{
	return answer;
}

void say(const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(answer + answer_len, sizeof(answer) - answer_len, fmt, args);
	va_end(args);
	if (len > 0 && answer_len + len < sizeof(answer))
		answer_len += len;
}

void give_up(int error)
{
	longjmp(command_end, error);
}

uint64_t number(const char *text)
{
	static const char units[] = "KMG";
	const char *unit;
	char *end;
	uint64_t value = strtoull(text, &end, 0);

	if (end == text)
		give_up(EDOM);
	if (!*end)
		return value;
	unit = strchr(units, *end);
	if (!unit || end[1])
		give_up(EDOM);
	return value << (10 * (unit - units + 1));
}

const char *option(const struct words *w, const char *key)
{
	size_t len = strlen(key);
	int i;

	for (i = 1; i < w->nr; i++) {
		if (strncmp(w->word[i], key, len))
			continue;
		if (w->word[i][len] == '=')
			return w->word[i] + len + 1;
		if (!w->word[i][len])
			return "";
	}
	return NULL;
}

uint64_t option_number(const struct words *w, const char *key, uint64_t otherwise)
{
	const char *value = option(w, key);

	return value ? number(value) : otherwise;
}

const char *word(const struct words *w, int i)
{
	if (i >= w->nr)
		give_up(EDOM);
	return w->word[i];
}

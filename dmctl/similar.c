// SPDX-License-Identifier: GPL-2.0
/* similar: finds the word that a misspelt word was probably meant to be; see similar.h. */
#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "similar.h"

#define WORD_MAX	32	/* longer words are similar to none */

static unsigned int least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

static bool same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/*
 * Return: the number of edits that make @from of @to ("optimal string alignment"). Each word has
 * WORD_MAX letters at most.
 */
static unsigned int edits(const char *from, const char *to)
{
	unsigned int row[3][WORD_MAX + 1], *two = row[0], *one = row[1], *now = row[2], *swap;
	size_t width = strlen(to), i, k;

	/* After i letters of @from, now[k] is the number of edits to the first k letters of @to. */
	for (k = 0; k <= width; k++)
		now[k] = k;
	for (i = 1; i <= strlen(from); i++) {
		swap = two;
		two = one;
		one = now;
		now = swap;
		now[0] = i;
		for (k = 1; k <= width; k++) {
			now[k] = least(least(one[k], now[k - 1]) + 1,
				       one[k - 1] + !same(from[i - 1], to[k - 1]));
			if (i > 1 && k > 1 && same(from[i - 1], to[k - 2]) &&
			    same(from[i - 2], to[k - 1]))
				now[k] = least(now[k], two[k - 2] + 1);
		}
	}
	return now[width];
}

const char *similar_word(const char *word, const char *const *words)
{
	size_t len = strlen(word);
	unsigned int fewest = len < 2 ? 0 : len < 4 ? 1 : 2, n;
	const char *found = NULL;

	if (len > WORD_MAX)
		return NULL;
	for (; *words; words++) {
		if (strlen(*words) > WORD_MAX)
			continue;
		n = edits(word, *words);
		/* The first word may have as many edits as are allowed, later ones need fewer. */
		if (n < fewest + !found) {
			fewest = n;
			found = *words;
		}
	}
	return found;
}

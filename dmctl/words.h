/* SPDX-License-Identifier: GPL-2.0 */
/* words: reads lines of words from a file, in the form that iproute2 has for its batch files. */
#ifndef DMCTL_WORDS_H
#define DMCTL_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/**
 * struct words - the words of a line
 * @word: the words, and then NULL
 * @line: number of the line, from 1; the first one if several lines are joined
 * @problem: what is wrong with the line, if it cannot be divided into words; else NULL
 * @in: the file
 * @lines: number of lines that have been read
 * @text: the line, with a NUL behind each word; @text_size bytes
 * @more: buffer for the next part of a joined line; @more_size bytes
 * @max: number of words for which @word has memory
 */
struct words {
	char **word;
	unsigned int line;
	const char *problem;

	FILE *in;
	unsigned int lines;
	char *text;
	size_t text_size;
	char *more;
	size_t more_size;
	size_t max;
};

/**
 * words_next() - read the next line that has words
 * @words: before the first call, zeroed except for @in; the words stay valid until the next call
 *
 * Words are separated by blanks. A word that begins with a quote, ' or ", lasts until the same
 * quote and may have blanks. A # begins a comment, which lasts until the end of the line. A line
 * that ends with a backslash goes on in the next line.
 *
 * Return: false at the end of the file, or if it cannot be read (ferror(@in) is true)
 */
bool words_next(struct words *words);

/* Frees the memory of @words; @in stays open. */
void words_free(struct words *words);

#endif

/* SPDX-License-Identifier: GPL-2.0 */
/* usage: prints the part of the help that concerns a command. */
#ifndef DMCTL_USAGE_H
#define DMCTL_USAGE_H

#include <stdio.h>

/**
 * usage_print() - print the part of the help that concerns a command
 * @out: where it is printed
 * @help: the whole help. Its first paragraph has the usage: entries that begin with "dmctl" and
 *	what stands on the command line. An entry goes on in lines that are indented further. Each
 *	of the other paragraphs that begins with a word of two or more capitals is about that word
 * @words: the beginning of a command line, whose words may be shortened, and then NULL
 *
 * Prints the usage of all commands that @words may mean: if there is no such command, of all
 * commands of the object, and if there is no such object, of everything. Then prints the paragraphs
 * about words in capitals that stand in what has been printed. Prints all of @help if @words is
 * empty.
 */
void usage_print(FILE *out, const char *help, char *const *words);

#endif

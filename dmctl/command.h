/* SPDX-License-Identifier: GPL-2.0 */
/*
 * command: declarations that the objects (vm, host, node, monitor) share: entry points, exit
 * statuses, and functions that read words of the command line.
 */
#ifndef DMCTL_COMMAND_H
#define DMCTL_COMMAND_H

#include <stdint.h>
#include <stdnoreturn.h>

enum {
	EXIT_OK = 0,
	EXIT_REFUSED = 1,		/* the kernel refused, or could not be reached */
	EXIT_USAGE = 2,			/* the command line is wrong */
};

#define __printf(fmt, args) __attribute__((__format__(printf, fmt, args)))

/* Carries out a command of an object; @argv: the words that follow, ending with NULL. */
typedef int (*command_fn)(char **argv);

/* The objects. */
int cmd_vm(char **argv);
int cmd_host(char **argv);
int cmd_node(char **argv);
int cmd_monitor(char **argv);

/* Commands of vm and host that have a file of their own. */
int vm_check(char **argv);
int host_plan(char **argv);

/* Prints "dmctl: " and a sentence to standard error. */
__printf(1, 2)
void complain(const char *fmt, ...);

/* Like complain(), but also refers to the help and exits with EXIT_USAGE. */
__printf(1, 2)
noreturn void die_usage(const char *fmt, ...);

/* Complains that memory is short, and exits with EXIT_REFUSED. */
noreturn void die_no_memory(void);

/**
 * find_word() - find the word that the user means
 * @what: name of this kind of words in the error message, such as "command" or "setting"
 * @word: what the user wrote; a unique beginning is enough
 * @words: the words to choose from, ending with NULL
 *
 * Return: index of the word; exits with EXIT_USAGE if none or more than one match
 */
int find_word(const char *what, const char *word, const char *const *words);

/*
 * Check that the value behind @keyword is present (@value is not NULL), and is a size or a number.
 * If not they exit with EXIT_USAGE. The kernel checks whether the value is allowed.
 */
const char *need_value(const char *keyword, const char *value);
uint64_t need_size(const char *keyword, const char *value);
uint32_t need_number(const char *keyword, const char *value);

/*
 * Reads the rest of a command, which may be "page SIZE". Return: that size, or 0 without it.
 */
uint64_t rest_page(char **argv);

#endif

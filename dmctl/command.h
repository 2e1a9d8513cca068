/* SPDX-License-Identifier: GPL-2.0 */
/*
 * command: what the objects (vm, host, node, monitor) share: entry points, exit statuses, and how
 * words of the command line are read.
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

/* Carries out an object or a command; @argv: the words that follow it, ending with NULL. */
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

/* Like complain(), and refers to the help; exits with EXIT_USAGE. */
__printf(1, 2)
noreturn void die_usage(const char *fmt, ...);

/* Says that memory is short; exits with EXIT_REFUSED. */
noreturn void die_no_memory(void);

/**
 * find_word() - find the word that the user means
 * @what: what the words are, for the message: "command", "setting"
 * @word: what the user wrote; a unique beginning is enough
 * @words: the words to choose from, ending with NULL
 *
 * Return: index of the word; exits with EXIT_USAGE if none or more than one match
 */
int find_word(const char *what, const char *word, const char *const *words);

/*
 * Check that the value behind a keyword is there, and is a size or a number; the kernel checks
 * whether it is allowed. @value may be NULL: missing. They exit with EXIT_USAGE.
 */
const char *need_value(const char *keyword, const char *value);
uint64_t need_size(const char *keyword, const char *value);
uint32_t need_number(const char *keyword, const char *value);

/*
 * Reads the rest of a command that may end with "page SIZE". Return: that size; 0: it is not there.
 */
uint64_t rest_page(char **argv);

#endif

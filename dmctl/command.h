/* SPDX-License-Identifier: GPL-2.0 */
/*
 * command: what the objects (vm, host, node, monitor) share: their entry points, exit statuses,
 * and the words of the command line. main.c calls the entry points.
 */
#ifndef DMCTL_COMMAND_H
#define DMCTL_COMMAND_H

#include <stdint.h>
#include <stdnoreturn.h>

enum {
	EXIT_OK = 0,
	EXIT_REFUSED = 1,		/* by the kernel, or it could not be reached */
	EXIT_USAGE = 2,			/* the command line makes no sense */
};

#define __printf(fmt, args) __attribute__((__format__(printf, fmt, args)))

/* An object, or a command of one: gets the words that follow it, ending with NULL. */
typedef int (*command_fn)(char **argv);

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

/* complain(), and the way to help; exits with EXIT_USAGE. */
__printf(1, 2)
noreturn void die_usage(const char *fmt, ...);

noreturn void die_no_memory(void);

/**
 * find_word() - which of some words the user means
 * @what: they are, for a refusal: "command", "setting"
 * @word: given; a unique beginning is enough
 * @words: to choose from, ends with NULL
 *
 * Return: its index; exits with EXIT_USAGE if there is none or more than one
 */
int find_word(const char *what, const char *word, const char *const *words);

/*
 * The value that follows a keyword, checked: whether it is a size, number or word, not whether the
 * kernel will take it. @value may be NULL (missing). They exit with EXIT_USAGE.
 */
const char *need_value(const char *keyword, const char *value);
uint64_t need_size(const char *keyword, const char *value);
uint32_t need_number(const char *keyword, const char *value);

/* The rest of a command that may end with "page SIZE": that size, 0 if it does not say. */
uint64_t rest_page(char **argv);

#endif

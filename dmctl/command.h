/* SPDX-License-Identifier: GPL-2.0 */
/*
 * command: runs a command line. Also has what all objects of dmctl (vm, host, ...) use: the exit
 * statuses, and functions that print messages and that read the words of a command line.
 */
#ifndef DMCTL_COMMAND_H
#define DMCTL_COMMAND_H

#include <stdint.h>
#include <stdnoreturn.h>

enum {
	EXIT_OK = 0,
	EXIT_REFUSED = 1,		/* the kernel refused, or dynmem.ko was not reached */
	EXIT_USAGE = 2,			/* the command line is wrong */
};

#define __printf(fmt, args) __attribute__((__format__(printf, fmt, args)))

/* Carries out a command. @argv: the words after the command's name, and then NULL. */
typedef int (*command_fn)(char **argv);

/* These carry out the commands of one object each. */
int cmd_vm(char **argv);
int cmd_host(char **argv);
int cmd_node(char **argv);
int cmd_monitor(char **argv);
int cmd_agent(char **argv);
int cmd_save(char **argv);
int cmd_restore(char **argv);
int cmd_help(char **argv);

/* Carries out a whole command line. Its first word names the object. */
int command(char **argv);

/**
 * command_run() - carry out a command, and return also if it calls die_usage()
 * @fn: the command
 * @argv: the words for @fn
 *
 * Return: the exit status of @fn; EXIT_USAGE if @fn has called die_usage()
 */
int command_run(command_fn fn, char **argv);

/* Commands of the objects vm and host that have files of their own. */
int vm_add(char **argv);
int vm_set(char **argv);
int vm_replace(char **argv);
int vm_del(char **argv);
int vm_check(char **argv);
int vm_detach(char **argv);
int vm_attach(char **argv);
int vm_place(char **argv);
int host_plan(char **argv);

/* Prints "dmctl: ", or the line that complain_of() names, and a sentence to standard error. */
__printf(1, 2)
void complain(const char *fmt, ...);

/* From now on complain() names this line of a file, or no line if @file is NULL. */
void complain_of(const char *file, unsigned int line);

/* Like complain(), but also refers to the help, and ends the command with EXIT_USAGE. */
__printf(1, 2)
noreturn void die_usage(const char *fmt, ...);

/* Complains that memory is short, and exits with EXIT_REFUSED. */
noreturn void die_no_memory(void);

/**
 * find_word() - find the word that the user means
 * @what: name for @words in error messages, such as "command" or "setting"
 * @word: what the user wrote; a unique beginning is enough
 * @words: the words to choose from, and then NULL
 *
 * Return: index of the word. Ends the command by die_usage() unless exactly one word matches
 */
int find_word(const char *what, const char *word, const char *const *words);

/*
 * These functions check that @keyword has a value (@value is not NULL), and that it is a size or a
 * number. If not, they end the command by die_usage(). The kernel checks whether the value is
 * allowed.
 */
const char *need_value(const char *keyword, const char *value);
uint64_t need_size(const char *keyword, const char *value);
uint32_t need_number(const char *keyword, const char *value);

/* Reads the rest of a command, which may be "page SIZE". Return: the size in bytes, or 0. */
uint64_t rest_page(char **argv);

#endif

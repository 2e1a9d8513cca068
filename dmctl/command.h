/* SPDX-License-Identifier: GPL-2.0 */
/*
 * command: runs a command line. This header also has the exit statuses, and the functions with
 * which all objects of dmctl (vm, host, ...) print messages and read the words of a command line.
 */
#ifndef DMCTL_COMMAND_H
#define DMCTL_COMMAND_H

#include <stdint.h>
#include <stdnoreturn.h>

enum {
	EXIT_OK = 0,
	EXIT_REFUSED = 1,		/* it was refused, or has failed */
	EXIT_USAGE = 2,			/* the command line is wrong */
	EXIT_NOT_FOUND = 3,		/* there is no such VM or node */
	EXIT_DENIED = 4,		/* the caller may not do that */
	EXIT_UNREACHED = 5,		/* dynmem.ko is not loaded, or speaks another protocol */
};

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define __printf(fmt, args) __attribute__((__format__(printf, fmt, args)))

/* Carries out a command. @argv: the words after the command's name, and then NULL. */
typedef int (*command_fn)(char **argv);

/* Each of these carries out the commands of one object. */
int cmd_vm(char **argv);
int cmd_host(char **argv);
int cmd_node(char **argv);
int cmd_top(char **argv);
int cmd_monitor(char **argv);
int cmd_metrics(char **argv);
int cmd_agent(char **argv);
int cmd_doctor(char **argv);
int cmd_libvirt(char **argv);
int cmd_save(char **argv);
int cmd_restore(char **argv);
int cmd_help(char **argv);

/* Carries out a whole command line. Its first word names the object. */
int command(char **argv);

/**
 * command_run() - carry out a command, and return even if the command calls die_usage()
 * @fn: the command
 * @argv: the words for @fn
 *
 * Return: the exit status of @fn; EXIT_USAGE if @fn has called die_usage()
 */
int command_run(command_fn fn, char **argv);

/* Commands of the objects vm and host that are not in vm.c or host.c. */
int vm_add(char **argv);
int vm_set(char **argv);
int vm_replace(char **argv);
int vm_del(char **argv);
int vm_check(char **argv);
int vm_detach(char **argv);
int vm_attach(char **argv);
int vm_place(char **argv);
int vm_restarted(char **argv);
int vm_plug(char **argv);
int vm_unplug(char **argv);
int vm_wait(char **argv);
int host_plan(char **argv);

/*
 * Prints a sentence to standard error, behind "dmctl: " or behind the file and line that the last
 * complain_of() has set.
 */
__printf(1, 2)
void complain(const char *fmt, ...);

/* From now on messages begin with this file and line, or with "dmctl: " if @file is NULL. */
void complain_of(const char *file, unsigned int line);

/* Like complain(), but also refers to the help, and ends the command with EXIT_USAGE. */
__printf(1, 2)
noreturn void die_usage(const char *fmt, ...);

/* Complains that memory is short, and exits with EXIT_REFUSED. */
noreturn void die_no_memory(void);

/**
 * find_word() - find the word that the user means
 * @what: name for @words in error messages, such as "command" or "setting"
 * @word: what the user wrote, in either case: one of @words, or the beginning of only one of them
 * @words: the words to choose from, and then NULL
 *
 * Return: index of the word in @words. Ends the command by die_usage() if none or several fit
 */
int find_word(const char *what, const char *word, const char *const *words);

/*
 * These functions check that @keyword has a value (@value is not NULL). need_size() also reads the
 * value as a size, and need_number() as a number. If the value is missing or cannot be read, the
 * functions end the command by die_usage(). The kernel checks whether the value is allowed.
 */
const char *need_value(const char *keyword, const char *value);
uint64_t need_size(const char *keyword, const char *value);
uint32_t need_number(const char *keyword, const char *value);

/* Reads the rest of a command, which may be "page SIZE". Return: the size in bytes, or 0. */
uint64_t rest_page(char **argv);

#endif

/* SPDX-License-Identifier: GPL-2.0 */
/* domain: the domains of libvirt. libvirt is asked by virsh, which waits for it. */
#ifndef DMCTL_DOMAIN_H
#define DMCTL_DOMAIN_H

#include <stdbool.h>
#include <sys/types.h>

#define DOMAIN_VIRSH "virsh", "-q", "-c", "qemu:///system"	/* the first words of a command */

/* Return: the process of the domain; 0: no such domain runs. */
pid_t domain_pid(const char *name);

/**
 * domain_virsh() - start virsh
 * @argv: the program, its arguments, and then NULL
 * @child: set to its process
 * @why: set to a sentence on failure
 *
 * Return: the read end of a pipe with its output and its messages; -1: it cannot be started
 */
int domain_virsh(const char *const *argv, pid_t *child, char *why);

/**
 * domain_wait_resets() - wait for resets of domains, until libvirt ends
 * @visit: called with the name of each domain that is reset
 * @arg: for @visit
 * @why: set to a sentence
 */
void domain_wait_resets(void (*visit)(const char *name, void *arg), void *arg, char *why);

#endif

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * holders: names the VMs that hold the most memory, for messages. The caller chooses which memory
 * counts.
 */
#ifndef _DYNMEM_HOLDERS_H
#define _DYNMEM_HOLDERS_H

#include <linux/types.h>

struct dynmem_plan;
struct dynmem_vm;

/**
 * dynmem_holders_name() - name the VMs that hold most, such as " db 2048M, web 1024M"
 * @plan: a plan with @vm and @nr_vms filled in
 * @but: a VM to leave out, or NULL
 * @held: returns the bytes that a VM holds; VMs that hold nothing are not named
 * @arg: for @held
 * @text: the result, which names at most three VMs
 * @size: size of @text, bytes
 *
 * Context: dynmem_set_lock is held.
 * Return: bytes written, without the NUL; 0: no VM holds anything
 */
int dynmem_holders_name(const struct dynmem_plan *plan, const struct dynmem_vm *but,
			u64 (*held)(const struct dynmem_vm *vm, const void *arg), const void *arg,
			char *text, size_t size);

#endif

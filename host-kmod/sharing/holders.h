/* SPDX-License-Identifier: GPL-2.0 */
/*
 * holders: the VMs that hold most of something, for sentences that name them. Context:
 * dynmem_set_lock held.
 */
#ifndef _DYNMEM_HOLDERS_H
#define _DYNMEM_HOLDERS_H

#include <linux/types.h>

struct dynmem_plan;
struct dynmem_vm;

/**
 * dynmem_holders_name() - write " db 2048M, web 1024M"
 * @plan: whose VMs
 * @but: a VM to leave out, or NULL
 * @held: how much a VM holds, bytes; those that hold nothing are not named
 * @arg: for @held
 * @text: at most the three that hold most are written here
 * @size: bytes of @text
 *
 * Return: bytes written, without the NUL; 0 if nobody holds anything
 */
int dynmem_holders_name(const struct dynmem_plan *plan, const struct dynmem_vm *but,
			u64 (*held)(const struct dynmem_vm *vm, const void *arg), const void *arg,
			char *text, size_t size);

#endif

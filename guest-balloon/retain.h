/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Keeps the stock while there is no device that answers. If a device comes back in time, for
 * example after a migration or an update of the host's module, the balloon need not start empty.
 */
#ifndef _DYNMEM_BALLOON_RETAIN_H
#define _DYNMEM_BALLOON_RETAIN_H

#include <linux/types.h>

/**
 * dynmem_balloon_retain_init - let the guest's kernel reclaim the stock while no session uses it
 *
 * Return: 0 or -ENOMEM.
 */
int dynmem_balloon_retain_init(void);

/**
 * dynmem_balloon_retain_exit - free the stock
 *
 * Context: module exit, without a session; sleeps.
 */
void dynmem_balloon_retain_exit(void);

/**
 * dynmem_balloon_retain_keeps - whether the stock is kept when the device is unplugged
 *
 * Return: false if the module's parameter keep_seconds is 0.
 */
bool dynmem_balloon_retain_keeps(void);

/**
 * dynmem_balloon_retain_hand_over - let a session use the stock
 *
 * No page of the stock moves until dynmem_balloon_migrate_tell() is called.
 *
 * Context: may sleep.
 */
void dynmem_balloon_retain_hand_over(void);

/**
 * dynmem_balloon_retain_keep - after a session, keep the stock for keep_seconds at most
 *
 * The device must have been reset, so that no earlier request has an effect on the stock.
 */
void dynmem_balloon_retain_keep(void);

#endif

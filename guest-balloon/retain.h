/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Keeps the stock while there is no device that answers, so that one that comes back (after a
 * migration, or an update of the host) finds the balloon as it was.
 */
#ifndef _DYNMEM_BALLOON_RETAIN_H
#define _DYNMEM_BALLOON_RETAIN_H

#include <linux/types.h>

/**
 * dynmem_balloon_retain_init - make ready to keep
 *
 * Return: 0 or -ENOMEM.
 */
int dynmem_balloon_retain_init(void);

/**
 * dynmem_balloon_retain_exit - drop what is kept and end; no session may use the stock any more
 */
void dynmem_balloon_retain_exit(void);

/**
 * dynmem_balloon_retain_keeps - whether the stock is kept at all when the device goes
 *
 * Return: by the module's parameter.
 */
bool dynmem_balloon_retain_keeps(void);

/**
 * dynmem_balloon_retain_hand_over - give the stock to a session
 *
 * Context: may sleep.
 */
void dynmem_balloon_retain_hand_over(void);

/**
 * dynmem_balloon_retain_keep - take the stock back from the session that used it
 *
 * Nothing that a host was asked may have an effect on it any more.
 */
void dynmem_balloon_retain_keep(void);

#endif

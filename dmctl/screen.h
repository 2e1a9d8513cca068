/* SPDX-License-Identifier: GPL-2.0 */
/* screen: `dmctl top` on a terminal, by ncurses. */
#ifndef DMCTL_SCREEN_H
#define DMCTL_SCREEN_H

#include <stdbool.h>

#include "topview.h"

/**
 * screen_run() - show VMs until the user ends it
 * @view: what is shown; its order changes by the user's keys
 * @delay: milliseconds between two looks
 * @look: updates @view. Return: false if that is not possible any more; the screen then ends
 *
 * Return: false if the terminal cannot be used; nothing was shown then
 */
bool screen_run(struct topview *view, int delay, bool (*look)(struct topview *view));

#endif

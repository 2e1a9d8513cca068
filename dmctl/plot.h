/* SPDX-License-Identifier: GPL-2.0 */
/* plot: draws a VM's history with characters, for a terminal. */
#ifndef DMCTL_PLOT_H
#define DMCTL_PLOT_H

#include <stdbool.h>
#include <stdio.h>

#include "chart.h"

#define PLOT_WIDTH 80	/* columns, where the width of a terminal is not known */

/**
 * plot_write() - draw a history
 * @out: the output
 * @chart: what to draw
 * @width: the most columns that a line may have; at least 60 are used
 * @utf8: draw with block characters in UTF-8, else with ASCII
 *
 * A column shows the largest of its samples. It stays empty if there is none.
 */
void plot_write(FILE *out, const struct chart *chart, unsigned int width, bool utf8);

#endif

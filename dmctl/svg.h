/* SPDX-License-Identifier: GPL-2.0 */
/* svg: draws a VM's history as an SVG picture, which needs no other file and no script. */
#ifndef DMCTL_SVG_H
#define DMCTL_SVG_H

#include <stdio.h>

#include "chart.h"

void svg_write(FILE *out, const struct chart *chart);

#endif

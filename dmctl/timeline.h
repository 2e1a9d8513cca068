/* SPDX-License-Identifier: GPL-2.0 */
/* timeline: shows the last hour of a VM: `vm show NAME --history`. */
#ifndef DMCTL_TIMELINE_H
#define DMCTL_TIMELINE_H

/*
 * Prints the samples of a VM's last hour as a plot, or as JSON with -j. @svg: the file to which an
 * SVG picture is written instead, "-" for standard output; or NULL. Return: the exit status
 */
int timeline_show(const char *name, const char *svg);

#endif

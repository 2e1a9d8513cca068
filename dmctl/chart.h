/* SPDX-License-Identifier: GPL-2.0 */
/* chart: the scales of a picture of a VM's history, for a plot in text and in SVG. Does no I/O. */
#ifndef DMCTL_CHART_H
#define DMCTL_CHART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "history.h"

#define CHART_TEXT_SIZE 64

/**
 * struct chart - what is drawn
 * @name: the VM
 * @history: its samples
 * @first: the first slot that is drawn: the chart is shorter than an hour if all samples are later
 * @step: distance between the lines of the grid, for each figure. Amounts have the same scale
 * @top: upper end of the scale: a multiple of @step, and at least the largest value
 */
struct chart {
	const char *name;
	const struct history *history;
	size_t first;
	uint64_t step[HISTORY_FIGURES];
	uint64_t top[HISTORY_FIGURES];
};

/* Sets the scales. @chart: with @name and @history */
void chart_begin(struct chart *chart, const char *name, const struct history *history);

/* Writes the value of a figure, "-" if it is not known. Return: @text */
char *chart_value(char text[CHART_TEXT_SIZE], enum history_figure figure, uint64_t value);

/* Writes which hour the chart shows, as 2026-01-31 12:00 to 13:00 +0100. Return: @text */
char *chart_period(char text[CHART_TEXT_SIZE], const struct chart *chart);

/* Number of slots that are drawn. */
static inline size_t chart_slots(const struct chart *chart)
{
	return HISTORY_SLOTS - chart->first;
}

/**
 * chart_tick() - find the next time to write at the axis
 * @chart: the chart
 * @slot: the slot to begin at
 * @slots: least distance of such times
 * @text: set to the local time of day, as 12:50
 *
 * Return: the slot in which it is; HISTORY_SLOTS if there is none
 */
size_t chart_tick(const struct chart *chart, size_t slot, size_t slots,
		  char text[CHART_TEXT_SIZE]);

#endif

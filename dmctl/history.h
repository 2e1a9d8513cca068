/* SPDX-License-Identifier: GPL-2.0 */
/*
 * history: samples of a VM's figures from the last hour, and their form as text: a first line with
 * the id of the VM's device, and a line for each sample. Does no I/O.
 */
#ifndef DMCTL_HISTORY_H
#define DMCTL_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HISTORY_STEP	10		/* seconds between samples */
#define HISTORY_SLOTS	360		/* an hour */
#define HISTORY_UNKNOWN	UINT64_MAX	/* a figure that dynmem did not know */
#define HISTORY_LINE	128		/* bytes of a line, with the NUL */

enum history_figure {
	HISTORY_DEMAND,		/* bytes */
	HISTORY_ASSIGNED,	/* bytes */
	HISTORY_RESIDENT,	/* bytes */
	HISTORY_PRESSURE,	/* percent */
	HISTORY_FIGURES
};

/* The names of the figures, as `vm show` has them. */
extern const char *const history_names[HISTORY_FIGURES];

/**
 * struct sample - the figures of a VM at one time
 * @time: seconds since 1970 (UTC)
 * @figure: the figures; HISTORY_UNKNOWN for what was not known
 */
struct sample {
	int64_t time;
	uint64_t figure[HISTORY_FIGURES];
};

/**
 * struct history - the samples of an hour. Time is divided into slots of HISTORY_STEP seconds
 * @last: number of the last slot since 1970
 * @slot: the sample of each slot. If its @time is 0, there is none
 */
struct history {
	int64_t last;
	struct sample slot[HISTORY_SLOTS];
};

/* The slot to which a time belongs, counted from 1970. */
static inline int64_t history_slot(int64_t time)
{
	return time / HISTORY_STEP;
}

/* Begins an empty history of the hour up to @now. */
void history_begin(struct history *history, int64_t now);

/* Adds a sample. A clock that was set back is right: samples from later times are removed. */
void history_put(struct history *history, const struct sample *sample);

/* Whether there is no sample. */
bool history_is_empty(const struct history *history);

/* Return: the largest value of a figure in @slots slots; HISTORY_UNKNOWN if it has none there. */
uint64_t history_largest(const struct history *history, enum history_figure figure, size_t first,
			 size_t slots);

/* Writes the first line for a device. */
void history_format_head(char line[HISTORY_LINE], uint64_t device);

/* Writes the line of a sample. Return: its length */
size_t history_format(char line[HISTORY_LINE], const struct sample *sample);

/* Whether @text begins with the first line for the device. */
bool history_is_about(const char *text, size_t len, uint64_t device);

/**
 * history_parse() - add samples from text
 * @history: from history_begin()
 * @text: the lines; any content
 * @len: bytes of @text
 * @device: id of the VM's device
 *
 * Adds nothing if the text is about another device. Skips what is no sample, and what is not from
 * the last hour.
 */
void history_parse(struct history *history, const char *text, size_t len, uint64_t device);

#endif

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * samples: the history of a VM, for tests of what reads it or draws it. A test includes this header
 * once.
 */
#ifndef SELFTESTS_UNIT_SAMPLES_H
#define SELFTESTS_UNIT_SAMPLES_H

#include "unit.h"

#include "dmctl/chart.h"
#include "dmctl/history.h"

#define START	1764546600LL		/* 2025-11-30 23:50:00 UTC */
#define LAST	(START + 3590)		/* the beginning of the last slot of an hour */

static struct history history;

/* A picture, as text. */
static char *text;

static inline unsigned int nr_samples(void)
{
	unsigned int nr = 0;
	size_t i;

	for (i = 0; i < HISTORY_SLOTS; i++)
		nr += !!history.slot[i].time;
	return nr;
}

static inline const struct sample *last_slot(void)
{
	return &history.slot[HISTORY_SLOTS - 1];
}

/* Begins an empty history of the hour from START on. */
static inline void begin(void)
{
	history_begin(&history, LAST);
}

/* Sets the sample of a slot of that hour. */
static inline void put(size_t slot, uint64_t demand, uint64_t assigned, uint64_t resident,
		       uint64_t pressure)
{
	history.slot[slot] = (struct sample){
		START + slot * HISTORY_STEP, { demand, assigned, resident, pressure }
	};
}

/* Begins a picture of the history, in UTC. Return: where it is written to, for draw_end() */
static inline FILE *draw_begin(struct chart *chart, const char *name)
{
	static size_t size;

	setenv("TZ", "UTC0", 1);
	free(text);
	chart_begin(chart, name, &history);
	return open_memstream(&text, &size);
}

static inline int free_text(void **state)
{
	free(text);
	text = NULL;
	return 0;
}

#endif

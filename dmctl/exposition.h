/* SPDX-License-Identifier: GPL-2.0 */
/*
 * exposition: writes metrics in the text format of Prometheus, version 0.0.4, or as OpenMetrics
 * 1.0. Names and labels of samples are the same in both.
 */
#ifndef DMCTL_EXPOSITION_H
#define DMCTL_EXPOSITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum metric_type {
	METRIC_GAUGE,
	METRIC_COUNTER,		/* names end with "_total" */
	METRIC_INFO,		/* names end with "_info"; the value is 1 */
};

/**
 * struct exposition - a text that is being written
 * @out: the file
 * @openmetrics: OpenMetrics, not Prometheus' own format
 */
struct exposition {
	FILE *out;
	bool openmetrics;
};

struct label {
	const char *name;
	const char *value;
};

/**
 * exposition_family() - begin a family of samples
 * @e: the text
 * @name: name of the samples, with the ending that @type requires
 * @type: type of the metric
 * @help: one sentence, without quotes and backslashes
 *
 * All samples of the family must follow, before the next family begins.
 */
void exposition_family(const struct exposition *e, const char *name, enum metric_type type,
		       const char *help);

/* Writes a sample with @n labels. Values of labels may have any characters. */
void exposition_sample(const struct exposition *e, const char *name, const struct label *labels,
		       size_t n, const char *value);

/* Ends the text. */
void exposition_end(const struct exposition *e);

#endif

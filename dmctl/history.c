// SPDX-License-Identifier: GPL-2.0
/* history: samples of a VM's figures from the last hour; see history.h. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "history.h"

const char *const history_names[HISTORY_FIGURES] = {
	[HISTORY_DEMAND]	= "demand",
	[HISTORY_ASSIGNED]	= "assigned",
	[HISTORY_RESIDENT]	= "resident",
	[HISTORY_PRESSURE]	= "pressure",
};

void history_begin(struct history *history, int64_t now)
{
	*history = (struct history){ .last = history_slot(now) };
}

void history_put(struct history *history, const struct sample *sample)
{
	int64_t ago = history->last - history_slot(sample->time);
	size_t i;

	if (ago < 0 || ago >= HISTORY_SLOTS)
		return;
	i = HISTORY_SLOTS - 1 - ago;
	history->slot[i++] = *sample;
	memset(&history->slot[i], 0, (HISTORY_SLOTS - i) * sizeof(*sample));
}

bool history_is_empty(const struct history *history)
{
	size_t i;

	for (i = 0; i < HISTORY_SLOTS; i++)
		if (history->slot[i].time)
			return false;
	return true;
}

uint64_t history_largest(const struct history *history, enum history_figure figure, size_t first,
			 size_t slots)
{
	uint64_t largest = HISTORY_UNKNOWN, value;
	size_t i;

	for (i = first; i < HISTORY_SLOTS && i < first + slots; i++) {
		value = history->slot[i].figure[figure];
		if (history->slot[i].time && value != HISTORY_UNKNOWN &&
		    (largest == HISTORY_UNKNOWN || value > largest))
			largest = value;
	}
	return largest;
}

/* ---- as text */

/* Reads a number that is at most INT64_MAX, and moves @at behind it. */
static bool read_number(const char **at, uint64_t *number)
{
	size_t digits = strspn(*at, "0123456789");

	errno = 0;
	*number = strtoull(*at, NULL, 10);
	*at += digits;
	return digits && !errno && *number <= INT64_MAX;
}

static bool parse_sample(const char *at, struct sample *sample)
{
	uint64_t time;
	size_t i;

	if (!read_number(&at, &time))
		return false;
	sample->time = time;
	for (i = 0; i < HISTORY_FIGURES; i++) {
		if (*at++ != ' ')
			return false;
		if (*at == '-') {
			sample->figure[i] = HISTORY_UNKNOWN;
			at++;
		} else if (!read_number(&at, &sample->figure[i])) {
			return false;
		}
	}
	return !*at;
}

/* Copies the line that begins at @text, without its end. Return: false: it is too long, or torn. */
static bool copy_line(char line[HISTORY_LINE], const char *text, size_t len)
{
	const char *end = memchr(text, '\n', len < HISTORY_LINE ? len : HISTORY_LINE);

	if (!end)
		return false;
	memcpy(line, text, end - text);
	line[end - text] = '\0';
	return strlen(line) == (size_t)(end - text);
}

void history_format_head(char line[HISTORY_LINE], uint64_t device)
{
	snprintf(line, HISTORY_LINE, "device %" PRIu64 "\n", device);
}

bool history_is_about(const char *text, size_t len, uint64_t device)
{
	char head[HISTORY_LINE];

	history_format_head(head, device);
	return len >= strlen(head) && !memcmp(text, head, strlen(head));
}

void history_parse(struct history *history, const char *text, size_t len, uint64_t device)
{
	const char *end = text + len, *next;
	struct sample sample;
	char line[HISTORY_LINE];

	if (!history_is_about(text, len, device))
		return;
	for (; text < end; text = next) {
		next = memchr(text, '\n', end - text);
		next = next ? next + 1 : end;
		if (copy_line(line, text, end - text) && parse_sample(line, &sample))
			history_put(history, &sample);
	}
}

size_t history_format(char line[HISTORY_LINE], const struct sample *sample)
{
	size_t len = snprintf(line, HISTORY_LINE, "%" PRId64, sample->time), i;

	for (i = 0; i < HISTORY_FIGURES; i++)
		if (sample->figure[i] == HISTORY_UNKNOWN)
			len += snprintf(line + len, HISTORY_LINE - len, " -");
		else
			len += snprintf(line + len, HISTORY_LINE - len, " %" PRIu64,
					sample->figure[i]);
	return len + snprintf(line + len, HISTORY_LINE - len, "\n");
}

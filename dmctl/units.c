// SPDX-License-Identifier: GPL-2.0
/*
 * units: reads and writes sizes and numbers in the form that people use. Does no I/O.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "units.h"

#define KIB	1024ULL
#define MIB	(1024 * KIB)
#define GIB	(1024 * MIB)
#define TIB	(1024 * GIB)

/* Reads digits only, while strtoull() alone would accept blanks and signs. */
static bool parse_digits(const char *text, uint64_t *value, char **end)
{
	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	*value = strtoull(text, end, 10);
	return !errno;
}

/* Return: the binary shift that the letter of a unit stands for; -1 if there is no such unit. */
static int unit_shift(char letter)
{
	static const char units[] = "kmgt";
	const char *unit = letter ? strchr(units, tolower((unsigned char)letter)) : NULL;

	return unit ? 10 * (int)(unit - units + 1) : -1;
}

bool parse_size(const char *text, uint64_t *bytes)
{
	uint64_t value;
	char *end;
	int shift;

	if (!parse_digits(text, &value, &end))
		return false;
	if (*end) {
		shift = unit_shift(*end);
		if (shift < 0 || (end[1] && strcmp(end + 1, "iB")))
			return false;
		if (value > UINT64_MAX >> shift)
			return false;
		value <<= shift;
	}
	*bytes = value;
	return true;
}

bool parse_number(const char *text, uint32_t *number)
{
	uint64_t value;
	char *end;

	if (!parse_digits(text, &value, &end) || *end || value > UINT32_MAX)
		return false;
	*number = value;
	return true;
}

void format_size_exact(char *buf, size_t len, uint64_t bytes)
{
	static const char *const units[] = { "", "K", "M", "G", "T" };
	size_t i = 0;

	while (bytes && bytes % KIB == 0 && i + 1 < sizeof(units) / sizeof(*units)) {
		bytes /= KIB;
		i++;
	}
	snprintf(buf, len, "%llu%s", (unsigned long long)bytes, units[i]);
}

void format_size(char *buf, size_t len, uint64_t bytes)
{
	if (!bytes)
		snprintf(buf, len, "0");
	else if (bytes >= 10 * TIB)
		snprintf(buf, len, "%.1f TiB", (double)bytes / TIB);
	else if (bytes % GIB == 0)
		snprintf(buf, len, "%llu GiB", bytes / GIB);
	else if (bytes >= 10 * GIB)
		snprintf(buf, len, "%.1f GiB", (double)bytes / GIB);
	else if (bytes >= MIB)
		snprintf(buf, len, "%llu MiB", (bytes + MIB / 2) / MIB);
	else if (bytes % KIB == 0)
		snprintf(buf, len, "%llu KiB", bytes / KIB);
	else
		snprintf(buf, len, "%llu B", (unsigned long long)bytes);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * units: reads and writes sizes and numbers in the form that people use. Does no I/O.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "units.h"

#define KIB	1024ULL
#define MIB	(1024 * KIB)
#define GIB	(1024 * MIB)
#define TIB	(1024 * GIB)
#define PIB	(1024 * TIB)

/* A fraction of a TiB with more digits than this, the last of which is not 0, is no whole byte. */
#define FRACTION_MAX 40

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

/* Reads a unit as far as the end of the text. Return: its binary shift; -1 if it is no unit. */
static int parse_unit(const char *text)
{
	int shift;

	if (!*text)
		return 0;
	shift = unit_shift(*text++);
	return *text && strcasecmp(text, "B") && strcasecmp(text, "iB") ? -1 : shift;
}

/*
 * Multiplies the fraction 0.@digits by 2 to the power of @shift, by doubling its digits as one does
 * on paper: what is carried out of the first digit is the next bit of the result. So no fraction is
 * rounded. Return: whether the result, @bytes, is whole
 */
static bool scale_fraction(const char *digits, size_t len, int shift, uint64_t *bytes)
{
	char digit[FRACTION_MAX];
	size_t i;
	int twice;

	*bytes = 0;
	while (len && digits[len - 1] == '0')
		len--;
	if (len > FRACTION_MAX)
		return false;
	for (i = 0; i < len; i++)
		digit[i] = digits[i] - '0';
	for (; shift; shift--) {
		for (i = len, twice = 0; i--; digit[i] = twice % 10)
			twice = 2 * digit[i] + twice / 10;
		*bytes = 2 * *bytes + twice / 10;
	}
	for (i = 0; i < len; i++)
		if (digit[i])
			return false;
	return true;
}

bool parse_size(const char *text, uint64_t *bytes)
{
	const char *fraction;
	uint64_t whole, part;
	size_t digits = 0;
	char *end;
	int shift;

	if (!parse_digits(text, &whole, &end))
		return false;
	fraction = end + 1;
	if (*end == '.') {
		digits = strspn(fraction, "0123456789");
		if (!digits)
			return false;
		end += 1 + digits;
	}
	shift = parse_unit(end);
	if (shift < 0 || whole > UINT64_MAX >> shift)
		return false;
	if (!scale_fraction(fraction, digits, shift, &part))
		return false;
	*bytes = (whole << shift) + part;
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

/* Writes a fraction only to numbers with up to three digits. */
static void format_unit(char *buf, size_t len, double number, const char *unit)
{
	snprintf(buf, len, "%.*f %s", number < 999.95 ? 1 : 0, number, unit);
}

void format_size(char *buf, size_t len, uint64_t bytes)
{
	if (!bytes)
		snprintf(buf, len, "0");
	else if (bytes >= 10 * PIB)
		format_unit(buf, len, (double)bytes / PIB, "PiB");
	else if (bytes >= 10 * TIB)
		format_unit(buf, len, (double)bytes / TIB, "TiB");
	else if (bytes % GIB == 0)
		snprintf(buf, len, "%llu GiB", bytes / GIB);
	else if (bytes >= 10 * GIB)
		format_unit(buf, len, (double)bytes / GIB, "GiB");
	else if (bytes >= MIB)
		snprintf(buf, len, "%llu MiB", (bytes + MIB / 2) / MIB);
	else if (bytes % KIB == 0)
		snprintf(buf, len, "%llu KiB", bytes / KIB);
	else
		snprintf(buf, len, "%llu B", (unsigned long long)bytes);
}

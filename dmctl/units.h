/* SPDX-License-Identifier: GPL-2.0 */
/* units: sizes and numbers as people write and read them. Pure. */
#ifndef DMCTL_UNITS_H
#define DMCTL_UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * parse_size() - a size to bytes
 * @text: a whole number, alone or with K, M, G or T (binary, either case), which "iB" may follow
 * @bytes: the size
 *
 * Return: whether @text is one and fits
 */
bool parse_size(const char *text, uint64_t *bytes);

/* A whole number without sign; false if @text is none or does not fit. */
bool parse_number(const char *text, uint32_t *number);

/**
 * format_size() - bytes for a person
 * @buf: gets the text, at least 16 bytes
 * @len: of @buf
 * @bytes: the size
 *
 * The largest unit that divides it, as long as that is at most GiB; else rounded: to MiB below
 * 10 GiB, because that is the scale on which memory moves, and to a tenth of a unit above.
 */
void format_size(char *buf, size_t len, uint64_t bytes);

#endif

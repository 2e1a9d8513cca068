/* SPDX-License-Identifier: GPL-2.0 */
/* units: sizes and numbers as people write and read them. Pure: no I/O. */
#ifndef DMCTL_UNITS_H
#define DMCTL_UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * parse_size() - read a size
 * @text: a whole number, alone or with K, M, G or T (binary, either case), which "iB" may follow
 * @bytes: the result
 *
 * Return: whether @text is a size that fits
 */
bool parse_size(const char *text, uint64_t *bytes);

/* Reads a whole number without a sign. Return: whether @text is one that fits. */
bool parse_number(const char *text, uint32_t *number);

/**
 * format_size() - write a size for a person to read
 * @buf: the result, at least 16 bytes
 * @len: bytes of @buf
 * @bytes: the size
 *
 * Sizes below 1 MiB and whole GiB are exact. Others are rounded: below 10 GiB to MiB, since memory
 * moves on that scale, and above to a tenth of a unit.
 */
void format_size(char *buf, size_t len, uint64_t bytes);

#endif

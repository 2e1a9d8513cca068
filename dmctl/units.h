/* SPDX-License-Identifier: GPL-2.0 */
/* units: reads and writes sizes and numbers in the form that people use. Does no I/O. */
#ifndef DMCTL_UNITS_H
#define DMCTL_UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * parse_size() - read a size
 * @text: a number, alone or with K, M, G or T behind it, which "B" or "iB" may follow. All units
 *	are binary, as in Hyper-V: 1K, 1KB and 1KiB are 1024 bytes. Letters may have either case.
 *	The number may have a decimal point
 * @bytes: the result, exactly
 *
 * Return: whether @text is a whole number of bytes that fits into 64 bits
 */
bool parse_size(const char *text, uint64_t *bytes);

/* Reads a whole number without a sign. Return: whether @text is a number that fits into 32 bits. */
bool parse_number(const char *text, uint32_t *number);

/* Writes a size exactly, such as 512M or 2G, for parse_size() to read. @buf: at least 32 bytes. */
void format_size_exact(char *buf, size_t len, uint64_t bytes);

#define SIZE_CHARS 9	/* characters that format_size() writes at most */

/**
 * format_size() - write a size for a person to read
 * @buf: the result, at least 16 bytes
 * @len: bytes of @buf
 * @bytes: the size
 *
 * Sizes below 1 MiB and whole GiB below 10 TiB are exact. Other sizes are rounded: to MiB below 10
 * GiB, since memory moves in MiB, from there on to a tenth of a unit, and from 1000 units on to a
 * unit.
 */
void format_size(char *buf, size_t len, uint64_t bytes);

#endif

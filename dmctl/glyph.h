/* SPDX-License-Identifier: GPL-2.0 */
/* glyph: characters that are not ASCII, and whether the user's terminal shows them. */
#ifndef DMCTL_GLYPH_H
#define DMCTL_GLYPH_H

#include <stdbool.h>

#define GLYPH_FULL 8	/* index of the block that fills a cell wholly */

/* Blocks that fill a cell from below, by eighths, from not at all to wholly; in UTF-8. */
extern const char *const glyph_blocks[GLYPH_FULL + 1];

/* Sets the locale of characters to the user's. Return: whether it is one of UTF-8 */
bool glyph_begin(void);

#endif

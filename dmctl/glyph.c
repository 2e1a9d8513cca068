// SPDX-License-Identifier: GPL-2.0
/* glyph: characters that are not ASCII; see glyph.h. */
#include <langinfo.h>
#include <locale.h>
#include <string.h>

#include "glyph.h"

const char *const glyph_blocks[GLYPH_FULL + 1] = {
	" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"
};

bool glyph_begin(void)
{
	setlocale(LC_CTYPE, "");
	return !strcmp(nl_langinfo(CODESET), "UTF-8");
}

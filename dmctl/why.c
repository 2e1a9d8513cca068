// SPDX-License-Identifier: GPL-2.0
/* why: the sentence that says why something could not be done; see why.h. */
#include <stdarg.h>
#include <stdio.h>

#include "why.h"

void why_set(char *why, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(why, WHY_SIZE, fmt, args);
	va_end(args);
	for (; *why; why++)
		if (*why < ' ' || *why > '~')
			*why = '?';
}

// SPDX-License-Identifier: GPL-2.0
/* setting: settings of the host's kernel in sysfs; see setting.h. */
#include <stdio.h>
#include <string.h>

#include "setting.h"

bool setting_read(const char *path, char value[SETTING_SIZE])
{
	char line[256], *from, *to;
	FILE *f = fopen(path, "r");

	if (!f)
		return false;
	from = fgets(line, sizeof(line), f);
	fclose(f);
	if (!from)
		return false;
	to = strchr(line, '[');
	if (to)
		from = to + 1;
	from[strcspn(from, "]\n")] = '\0';
	snprintf(value, SETTING_SIZE, "%.*s", SETTING_SIZE - 1, from);
	return true;
}

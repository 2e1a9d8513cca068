// SPDX-License-Identifier: GPL-2.0
/* exposition: writes metrics in the formats that Prometheus reads; see exposition.h. */
#include <string.h>

#include "command.h"
#include "exposition.h"

/* Return: the length of @name without @ending. */
static int length_without(const char *name, const char *ending)
{
	size_t len = strlen(name), end = strlen(ending);

	return len > end && !strcmp(name + len - end, ending) ? len - end : len;
}

/* The units that names may have. OpenMetrics requires that a family's name ends with its unit. */
static const char *unit_of(const char *name, int len)
{
	static const char *const units[] = { "bytes", "ratio", "seconds" };
	size_t i, end;

	for (i = 0; i < ARRAY_SIZE(units); i++) {
		end = strlen(units[i]);
		if (len > (int)end && name[len - end - 1] == '_' &&
		    !strncmp(name + len - end, units[i], end))
			return units[i];
	}
	return NULL;
}

void exposition_family(const struct exposition *e, const char *name, enum metric_type type,
		       const char *help)
{
	static const char *const endings[] = { "", "_total", "_info" };
	static const char *const types[] = { "gauge", "counter", "info" };
	int len = e->openmetrics ? length_without(name, endings[type]) : (int)strlen(name);
	const char *unit = e->openmetrics ? unit_of(name, len) : NULL;

	if (type == METRIC_INFO && !e->openmetrics)
		type = METRIC_GAUGE;
	fprintf(e->out, "# HELP %.*s %s\n# TYPE %.*s %s\n", len, name, help, len, name,
		types[type]);
	if (unit)
		fprintf(e->out, "# UNIT %.*s %s\n", len, name, unit);
}

static void put_escaped(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '\n')
			fputs("\\n", out);
		else if (*text == '"' || *text == '\\')
			fprintf(out, "\\%c", *text);
		else
			putc(*text, out);
	}
}

void exposition_sample(const struct exposition *e, const char *name, const struct label *labels,
		       size_t n, const char *value)
{
	size_t i;

	fputs(name, e->out);
	for (i = 0; i < n; i++) {
		fprintf(e->out, "%s%s=\"", i ? "," : "{", labels[i].name);
		put_escaped(e->out, labels[i].value);
		putc('"', e->out);
	}
	fprintf(e->out, "%s %s\n", n ? "}" : "", value);
}

void exposition_end(const struct exposition *e)
{
	if (e->openmetrics)
		fputs("# EOF\n", e->out);
}

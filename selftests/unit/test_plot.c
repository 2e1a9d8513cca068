// SPDX-License-Identifier: GPL-2.0
/* A VM's history as characters. */
#include "samples.h"

#include "dmctl/plot.h"

#define LONG_NAME "a23456789012345678901234567890123456789012345678901234567890123"

static void draw(const char *name, unsigned int width, bool utf8)
{
	struct chart chart;
	FILE *out = draw_begin(&chart, name);

	plot_write(out, &chart, width, utf8);
	fclose(out);
}

/* Columns of a line: its characters, and not their bytes. */
static size_t columns(const char *line)
{
	size_t n = 0;

	for (; *line && *line != '\n'; line++)
		n += ((unsigned char)*line & 0xc0) != 0x80;
	return n;
}

static void shows(const char *line)
{
	const char *at = strstr(text, line);

	if (!at || (at > text && at[-1] != '\n'))
		fail_msg("no line '%s' in:\n%s", line, text);
}

static void values_and_gaps_are_drawn(void **state)
{
	size_t i;

	begin();
	/* The second minute has no sample, and in the fourth one the guest has not reported. */
	for (i = 0; i < 6; i++)
		put(i, MIB(1024), MIB(512), 0, 100);
	put(13, 0, MIB(1024), MIB(512), 50);
	put(18, HISTORY_UNKNOWN, MIB(1024), MIB(512), HISTORY_UNKNOWN);
	draw("web", 80, false);
	shows("web, 2025-11-30 23:50 to 00:50 +0000\n"
	      "demand: last -, at most 1 GiB\n"
	      "     1 GiB |#      ");
	shows("           |#      ");
	shows("         0 |# .    ");
	shows("assigned: last 1 GiB, at most 1 GiB\n"
	      "     1 GiB |  ##   ");
	shows("         0 |# ##   ");
	shows("resident: last 512 MiB, at most 512 MiB\n"
	      "     1 GiB |       ");
	shows("         0 |. ##   ");
	shows("pressure: last -, at most 100%\n"
	      "      100% |#      ");
	shows("        0% |# #    ");
	shows("           ++---------+---------+---------+---------+---------+---------\n"
	      "            23:50     00:00     00:10     00:20     00:30     00:40\n");
}

static void blocks_show_eighths(void **state)
{
	begin();
	put(0, MIB(1024), 0, MIB(32), 0);
	put(6, MIB(1024), MIB(288), MIB(1023), 0);
	draw("web", 80, true);
	shows("     1 GiB |██ ");
	shows("         0 |▁█ ");
	shows("           | ▁ ");
}

static void a_column_shows_the_largest_of_its_samples(void **state)
{
	begin();
	put(0, MIB(10), 0, 0, 0);
	put(1, MIB(1024), 0, 0, 0);
	put(2, HISTORY_UNKNOWN, 0, 0, 0);
	draw("web", 80, false);
	shows("     1 GiB |#  ");
}

static void no_line_is_too_long(void **state)
{
	static const unsigned int widths[] = { 0, 1, 59, 60, 61, 79, 80, 81, 120, 371, 372, 65535 };
	const char *line;
	size_t i, j, lines;

	begin();
	for (i = 0; i < HISTORY_SLOTS; i++)
		put(i, TIB(1000), TIB(1000), i, 100000 + i);
	for (i = 0; i < ARRAY_SIZE(widths); i++)
		for (j = 0; j < 2; j++) {
			lines = 0;
			draw(LONG_NAME, widths[i], j);
			for (line = text; *line; line = strchr(line, '\n') + 1, lines++)
				assert_true(columns(line) <= widths[i] || columns(line) <= 60 ||
					    lines == 0);
			/* A line more if the name has one for itself. */
			assert_in_range(lines, 23, 24);
		}
}

static void ascii_is_ascii(void **state)
{
	const char *at;

	begin();
	put(0, 1, 2, 3, 4);
	draw("web", 80, false);
	for (at = text; *at; at++)
		assert_true(*at == '\n' || (*at >= ' ' && *at <= '~'));
}

static void the_axis_has_the_times_there_is_room_for(void **state)
{
	begin();
	put(0, 1, 2, 3, 4);
	draw("web", 80, false);
	shows("           ++---------+---------+---------+---------+---------+---------\n"
	      "            23:50     00:00     00:10     00:20     00:30     00:40\n");
	draw("web", 60, false);
	shows("           ++------+-------+------+-------+------+-------\n"
	      "            23:50  00:00   00:10  00:20   00:30  00:40\n");
	draw("web", 400, false);
	assert_non_null(strstr(text, "00:40"));
}

static void ten_minutes_fill_the_width(void **state)
{
	begin();
	put(300, MIB(1024), 0, 0, 0);
	put(359, MIB(1024), 0, 0, 0);
	draw("web", 80, false);
	shows("web, 2025-12-01 00:40 to 00:50 +0000\n");
	shows("     1 GiB |#                                                          #\n");
	shows("           ++-----+-----+-----+-----+-----+-----+-----+-----+-----+-----\n"
	      "            00:40 00:41 00:42 00:43 00:44 00:45 00:46 00:47 00:48 00:49\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_and_gaps_are_drawn),
		cmocka_unit_test(blocks_show_eighths),
		cmocka_unit_test(a_column_shows_the_largest_of_its_samples),
		cmocka_unit_test(no_line_is_too_long),
		cmocka_unit_test(ascii_is_ascii),
		cmocka_unit_test(the_axis_has_the_times_there_is_room_for),
		cmocka_unit_test(ten_minutes_fill_the_width),
	};

	return cmocka_run_group_tests_name("plot", tests, NULL, free_text);
}

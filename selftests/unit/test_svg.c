// SPDX-License-Identifier: GPL-2.0
/* A VM's history as an SVG picture. */
#include <ctype.h>

#include "samples.h"

#include "dmctl/svg.h"

static void draw(const char *name)
{
	struct chart chart;
	FILE *out = draw_begin(&chart, name);

	svg_write(out, &chart);
	fclose(out);
}

static void has(const char *part)
{
	if (!strstr(text, part))
		fail_msg("no '%s' in:\n%s", part, text);
}

/*
 * Asserts that the elements of the picture are nested as in XML, that their attributes have quotes,
 * and that an ampersand begins an entity.
 */
static void is_well_formed(void)
{
	char open[8][16];
	size_t depth = 0, len;
	const char *at = text, *end;

	while (*at) {
		if (*at == '&') {
			assert_true(!strncmp(at, "&amp;", 5) || !strncmp(at, "&lt;", 4) ||
				    !strncmp(at, "&gt;", 4) || !strncmp(at, "&quot;", 6));
		}
		if (*at++ != '<')
			continue;
		end = strchr(at, '>');
		assert_non_null(end);
		if (*at == '/') {
			assert_true(depth-- > 0);
			len = strlen(open[depth]);
			assert_int_equal(end - at - 1, len);
			assert_memory_equal(at + 1, open[depth], len);
			continue;
		}
		len = strspn(at, "abcdefghijklmnopqrstuvwxyz");
		assert_in_range(len, 1, sizeof(open[0]) - 1);
		if (end[-1] != '/') {
			assert_in_range(depth, 0, 7);
			snprintf(open[depth++], sizeof(open[0]), "%.*s", (int)len, at);
		}
		at += len;
		while (*at == ' ') {
			at++;
			if (*at == '>')		/* <svg ... > */
				break;
			at += strcspn(at, "=<>\" ");
			assert_true(at[0] == '=' && at[1] == '"');
			at += 2;
			at += strcspn(at, "\"<>&");
			assert_int_equal(*at++, '"');
		}
		assert_true(at == end || (at + 1 == end && *at == '/'));
	}
	assert_int_equal(depth, 0);
}

static void lines_are_interrupted_by_gaps(void **state)
{
	begin();
	put(0, 0, MIB(1024), 0, 0);
	put(1, MIB(512), MIB(1024), 0, 50);
	put(2, MIB(1024), MIB(1024), 0, 100);
	put(4, MIB(1024), MIB(1024), 0, 100);
	put(6, HISTORY_UNKNOWN, MIB(1024), 0, HISTORY_UNKNOWN);
	put(7, 0, MIB(1024), 0, 0);
	put(8, 0, MIB(1024), 0, 0);
	draw("web");
	has("line demand\" d=\"M80 274.0L82 179.0L84 84.0M88 84.0h0M94 274.0L96 274.0\"/>");
	has("line assigned\" d=\"M80 84.0L84 84.0M88 84.0h0M92 84.0L96 84.0\"/>");
	has("line pressure\" d=\"M80 398.0L82 358.0L84 318.0M88 318.0h0M94 398.0L96 398.0\"/>");
	is_well_formed();
}

static void axes_and_title_say_what_is_seen(void **state)
{
	begin();
	put(0, MIB(1024), MIB(1024), 0, 100);
	draw("web");
	has("<title>web, 2025-11-30 23:50 to 00:50 +0000</title>");
	has(">1 GiB</text>");
	has(">256 MiB</text>");
	has(">100%</text>");
	has(">00:40</text>");
	has(">demand</text>");
	has(">assigned</text>");
	has(">resident</text>");
	has(">pressure</text>");
	has("prefers-color-scheme: dark");
	is_well_formed();
}

static void ten_minutes_fill_the_width(void **state)
{
	begin();
	put(300, MIB(512), MIB(1024), 0, 50);
	put(301, MIB(1024), MIB(1024), 0, 100);
	put(359, MIB(1024), MIB(1024), 0, 100);
	draw("web");
	has("<path class=\"line demand\" d=\"M80 179.0L92 84.0M788 84.0h0\"/>");
	has(">00:41</text>");
	is_well_formed();
}

static void text_is_escaped(void **state)
{
	begin();
	put(0, 1, MIB(1024), 0, 1);
	draw("</title><script>&\"\x1b\xff");
	has("<title>&lt;/title&gt;&lt;script&gt;&amp;&quot;??, 2025");
	assert_null(strstr(text, "<script"));
	is_well_formed();
}

static void it_is_small_even_if_all_moves(void **state)
{
	u64 seed = 1;
	size_t i;

	begin();
	for (i = 0; i < HISTORY_SLOTS; i++)
		put(i, rng_below(&seed, INT64_MAX), MIB(1024), 0, rng_below(&seed, INT64_MAX));
	draw("web");
	assert_in_range(strlen(text), 1, 60000);
	is_well_formed();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_interrupted_by_gaps),
		cmocka_unit_test(axes_and_title_say_what_is_seen),
		cmocka_unit_test(ten_minutes_fill_the_width),
		cmocka_unit_test(text_is_escaped),
		cmocka_unit_test(it_is_small_even_if_all_moves),
	};

	return cmocka_run_group_tests_name("svg", tests, NULL, free_text);
}

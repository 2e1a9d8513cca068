// SPDX-License-Identifier: GPL-2.0
/* How the command dmctl divides the lines of a file into words. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

#include "dmctl/command.h"
#include "dmctl/words.h"

void die_no_memory(void)
{
	abort();
}

static FILE *file_of(const char *text, size_t len)
{
	FILE *in = fmemopen((void *)text, len, "r");

	assert_non_null(in);
	return in;
}

/*
 * Reads @text, and compares the result with @wanted: "NUMBER:WORD|WORD...;" for each line that has
 * words, and "NUMBER!;" for each line that cannot be divided into words.
 */
static void reads_as_bytes(const char *text, size_t len, const char *wanted)
{
	struct words words = { .in = file_of(text, len) };
	char *got = NULL, **word;
	size_t size;
	FILE *out = open_memstream(&got, &size);

	while (words_next(&words)) {
		fprintf(out, "%u%s", words.line, words.problem ? "!" : "");
		for (word = words.word; !words.problem && *word; word++)
			fprintf(out, "%c%s", word == words.word ? ':' : '|', *word);
		fputc(';', out);
	}
	assert_false(ferror(words.in));
	words_free(&words);
	fclose(words.in);
	fclose(out);
	assert_string_equal(got, wanted);
	free(got);
}

static void reads_as(const char *text, const char *wanted)
{
	reads_as_bytes(text, strlen(text), wanted);
}

static void words_are_separated_by_blanks(void **state)
{
	reads_as("vm add web startup 512M\n", "1:vm|add|web|startup|512M;");
	reads_as("\t vm  show\t\r\nhost show", "1:vm|show;2:host|show;");
}

static void lines_without_words_are_left_out(void **state)
{
	reads_as("\n\t\n# all of it\nvm # show\nhost#set\n\n", "4:vm;5:host;");
}

static void quotes_hold_words_together(void **state)
{
	reads_as("vm show 'a b' \"c 'd'\" '' e'f\n", "1:vm|show|a b|c 'd'||e'f;");
	reads_as("vm show 'a b\nhost\n", "1!;2:host;");
	reads_as("'a'b \"c\"'d'\n", "1:a|b|c|d;");
}

static void a_backslash_joins_lines(void **state)
{
	reads_as("vm add \\\n web \\\nstartup 1G\nhost\n", "1:vm|add|web|startup|1G;4:host;");
	reads_as("a\\\nb\n", "1:ab;");
	reads_as("a # b \\\nc\n", "1:a;2:c;");
	reads_as("a \\\n", "1:a;");
	reads_as("a\\b \\c\n", "1:a\\b|\\c;");
}

static void a_nul_is_a_problem(void **state)
{
	static const char text[] = "vm del web\0\nhost\nvm \\\nde\0l\nnode\n";

	reads_as_bytes(text, sizeof(text) - 1, "1!;2:host;3!;5:node;");
}

static void a_line_may_be_long(void **state)
{
	char *text = NULL, *wanted = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	FILE *want = open_memstream(&wanted, &len);
	unsigned int i;

	for (i = 0; i < 1000; i++) {
		fprintf(out, "word%u ", i);
		if (i % 7 == 0)
			fputs("\\\n", out);
		fprintf(want, "%sword%u", i ? "|" : "1:", i);
	}
	fputc(';', want);
	fclose(out);
	fclose(want);
	reads_as(text, wanted);
	free(text);
	free(wanted);
}

static void a_file_that_cannot_be_read_has_an_error(void **state)
{
	struct words words = { .in = fopen("/", "r") };

	assert_non_null(words.in);
	assert_false(words_next(&words));
	assert_true(ferror(words.in));
	words_free(&words);
	fclose(words.in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_separated_by_blanks),
		cmocka_unit_test(lines_without_words_are_left_out),
		cmocka_unit_test(quotes_hold_words_together),
		cmocka_unit_test(a_backslash_joins_lines),
		cmocka_unit_test(a_nul_is_a_problem),
		cmocka_unit_test(a_line_may_be_long),
		cmocka_unit_test(a_file_that_cannot_be_read_has_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

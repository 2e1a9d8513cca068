// SPDX-License-Identifier: GPL-2.0
/* How the command dmctl finds the word that a misspelt word was meant to be. */
#include <string.h>

#include "unit.h"

#include "dmctl/similar.h"

static const char * const settings[] = {
	"startup", "minimum", "maximum", "buffer", "weight", "dynamic", "share", "place", NULL
};

static const char * const commands[] = { "show", "add", "set", "del", "list", "rm", NULL };

static void each_edit_is_seen(void **state)
{
	assert_string_equal(similar_word("startpu", settings), "startup");
	assert_string_equal(similar_word("sttartup", settings), "startup");
	assert_string_equal(similar_word("tartup", settings), "startup");
	assert_string_equal(similar_word("startuq", settings), "startup");
	assert_string_equal(similar_word("ubffre", settings), "buffer");
	assert_string_equal(similar_word("xstartupx", settings), "startup");
}

static void few_edits_make_words_similar(void **state)
{
	assert_null(similar_word("strtps", settings));
	assert_null(similar_word("frobnicate", settings));
	assert_null(similar_word("yy", settings));
	assert_null(similar_word("dle", settings));
	assert_string_equal(similar_word("dle", commands), "del");
	assert_string_equal(similar_word("ad", commands), "add");
	assert_string_equal(similar_word("STARTUPP", settings), "startup");
	assert_string_equal(similar_word("okk", (const char *const []){ "Low", "OK", NULL }), "OK");
	assert_null(similar_word("aa", (const char *const []){ "bb", NULL }));
	assert_null(similar_word("abc", (const char *const []){ "xbd", NULL }));
	assert_null(similar_word("", commands));
	assert_null(similar_word("x", (const char *const []){ "y", "xy", NULL }));
}

static void the_most_similar_word_wins(void **state)
{
	assert_string_equal(similar_word("maximun", settings), "maximum");
	assert_string_equal(similar_word("mimimum", settings), "minimum");
	assert_string_equal(similar_word("abcd", (const char *const []){ "abxx", "abcx", NULL }),
			    "abcx");
	assert_string_equal(similar_word("abcd", (const char *const []){ "abcx", "abcy", NULL }),
			    "abcx");
}

static void the_order_of_the_words_does_not_matter(void **state)
{
	u64 seed = 1;
	int i, k;

	for (i = 0; i < 10000; i++) {
		char a[8] = "", b[8] = "";

		for (k = rng_below(&seed, 8); k--;)
			a[k] = "abc"[rng_below(&seed, 3)];
		for (k = strlen(a); k--;)
			b[k] = rng_below(&seed, 4) ? a[k] : 'x';
		if (strlen(a) == strlen(b))
			assert_int_equal(!similar_word(a, (const char *const []){ b, NULL }),
					 !similar_word(b, (const char *const []){ a, NULL }));
	}
}

static void a_long_word_is_similar_to_none(void **state)
{
	static const char fits[] = "0123456789012345678901234567890", longer[] =
		"01234567890123456789012345678901234567890";

	assert_string_equal(similar_word(fits, (const char *const []){ fits, NULL }), fits);
	assert_null(similar_word(longer, (const char *const []){ longer, NULL }));
	assert_null(similar_word(fits, (const char *const []){ longer, NULL }));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_edit_is_seen),
		cmocka_unit_test(few_edits_make_words_similar),
		cmocka_unit_test(the_most_similar_word_wins),
		cmocka_unit_test(the_order_of_the_words_does_not_matter),
		cmocka_unit_test(a_long_word_is_similar_to_none),
	};

	return cmocka_run_group_tests_name("similar", tests, NULL, NULL);
}

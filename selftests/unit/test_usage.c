// SPDX-License-Identifier: GPL-2.0
/* Which part of the help of the command dmctl is about a command. */
#include "unit.h"

#include "dmctl/command.h"
#include "dmctl/usage.h"

#define ALL_COMMANDS \
	"Usage: dmctl OBJECT COMMAND\n" \
	"       dmctl vm add NAME SIZE [SETTING VALUE]...\n" \
	"       dmctl vm [show [NAME]]\n" \
	"       dmctl vm set NAME SETTING VALUE...\n" \
	"                     [and more]\n" \
	"       dmctl host [show]\n" \
	"       dmctl host set SIZE\n" \
	"       dmctl hosts\n" \
	"       dmctl save [FILE]\n"

static const char help[] =
ALL_COMMANDS
"\n"
"SETTING VALUE of a VM:\n"
"  startup SIZE\n"
"\n"
"SIZE is a number.\n"
"\n"
"FILE may be -.\n"
"It has lines.\n"
"\n"
"Options, which are about no word:\n"
"  -h   this\n"
"\n"
"I SEE no word in capitals.\n";

void die_no_memory(void)
{
	abort();
}

#define WORDS(...) ((char *[]){ __VA_ARGS__, NULL })

static void shows(char **words, const char *wanted)
{
	char *got = NULL;
	size_t size;
	FILE *out = open_memstream(&got, &size);

	usage_print(out, help, words);
	fclose(out);
	assert_string_equal(got, wanted);
	free(got);
}

#define SETTINGS "\nSETTING VALUE of a VM:\n  startup SIZE\n\nSIZE is a number.\n"

static void no_word_shows_all(void **state)
{
	shows((char *[]){ NULL }, help);
}

static void an_object_shows_its_commands(void **state)
{
	shows(WORDS("vm"),
	      "Usage: dmctl vm add NAME SIZE [SETTING VALUE]...\n"
	      "       dmctl vm [show [NAME]]\n"
	      "       dmctl vm set NAME SETTING VALUE...\n"
	      "                     [and more]\n"
	      SETTINGS);
	shows(WORDS("save"), "Usage: dmctl save [FILE]\n\nFILE may be -.\nIt has lines.\n");
}

static void a_command_shows_itself(void **state)
{
	shows(WORDS("vm", "show"), "Usage: dmctl vm [show [NAME]]\n");
	shows(WORDS("vm", "set"),
	      "Usage: dmctl vm set NAME SETTING VALUE...\n"
	      "                     [and more]\n"
	      SETTINGS);
	shows(WORDS("host", "set", "reserve", "1G"),
	      "Usage: dmctl host set SIZE\n\nSIZE is a number.\n");
}

static void words_may_be_shortened(void **state)
{
	shows(WORDS("v", "sh"), "Usage: dmctl vm [show [NAME]]\n");
	shows(WORDS("host", "s"),
	      "Usage: dmctl host [show]\n       dmctl host set SIZE\n\nSIZE is a number.\n");
}

static void what_is_unknown_shows_what_there_is(void **state)
{
	shows(WORDS("save", "x"), "Usage: dmctl save [FILE]\n\nFILE may be -.\nIt has lines.\n");
	shows(WORDS("hosts", "x"), "Usage: dmctl hosts\n");
	shows(WORDS("nothing"),
	      ALL_COMMANDS
	      SETTINGS
	      "\nFILE may be -.\nIt has lines.\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_word_shows_all),
		cmocka_unit_test(an_object_shows_its_commands),
		cmocka_unit_test(a_command_shows_itself),
		cmocka_unit_test(words_may_be_shortened),
		cmocka_unit_test(what_is_unknown_shows_what_there_is),
	};

	return cmocka_run_group_tests_name("usage", tests, NULL, NULL);
}

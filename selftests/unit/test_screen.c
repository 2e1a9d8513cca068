// SPDX-License-Identifier: GPL-2.0
/* The screen of dmctl top, on a pseudo-terminal: what a user's keys do. */
#include "unit.h"

#include <json-c/json.h>
#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dmctl/command.h"
#include "dmctl/screen.h"

static char output[1 << 20];
static size_t output_len;
static unsigned int looks;

/* ncurses frees little of what it allocates. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libtinfo\nleak:libncurses\n";
}

void die_no_memory(void)
{
	abort();
}

/* Shows three VMs. */
static bool look(struct topview *view)
{
	static const char vms[] =
		"[{'name':'bob','state':'running','status':'Low','demand':1000},\n"
		"{'name':'carol','state':'running','status':'Warning','demand':2000},\n"
		"{'name':'alice','state':'defined','demand':0}]";
	struct json_object *v = json_tokener_parse(vms), *n = json_tokener_parse("[]");

	topview_update(view, v, n, "");
	json_object_put(v);
	json_object_put(n);
	looks++;
	return true;
}

/* Ends at the third look. */
static bool look_fails(struct topview *view)
{
	look(view);
	return looks < 3;
}

/* In the child: runs the screen, and prints what is left of it. */
static void run(const char *term, int delay, bool (*fn)(struct topview *view))
{
	struct topview view = { .key = TOPVIEW_DEMAND };
	bool shown;
	size_t i;

	setenv("TERM", term, 1);
	shown = screen_run(&view, delay, fn);
	printf("\nshown %d looks %u order", shown, looks);
	for (i = 0; i < view.nr_rows; i++)
		printf(" %s", view.row[i].name);
	printf(" end\n");
	topview_end(&view);
	exit(0);
}

/* Reads until @text has come, or the child has ended. Return: whether it has come */
static bool reads(int fd, const char *text)
{
	size_t from = output_len;
	ssize_t got;

	for (;;) {
		got = read(fd, output + output_len, sizeof(output) - 1 - output_len);
		if (got <= 0)
			return false;
		output_len += got;
		output[output_len] = '\0';
		if (strstr(output + from, text))
			return true;
	}
}

static pid_t start(int *fd, const char *term, int columns, int delay,
		   bool (*fn)(struct topview *view))
{
	const struct winsize size = { .ws_row = 24, .ws_col = columns };
	pid_t child;

	output_len = 0;
	looks = 0;
	child = forkpty(fd, NULL, NULL, &size);
	assert_true(child >= 0);
	if (!child)
		run(term, delay, fn);
	return child;
}

static void type(int fd, const char *keys)
{
	assert_int_equal(write(fd, keys, strlen(keys)), strlen(keys));
}

static void ends_well(pid_t child, int fd)
{
	int status;

	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	close(fd);
}

static void vms_are_shown_and_sorted_by_keys(void **state)
{
	pid_t child;
	int fd;

	child = start(&fd, "xterm", 80, 100000, look);
	assert_true(reads(fd, "alice"));
	assert_non_null(strstr(output, "3 VMs"));
	assert_non_null(strstr(output, "pressure"));
	assert_true(strstr(output, "carol") < strstr(output, "bob"));
	type(fd, "nq");
	assert_true(reads(fd, "end"));
	assert_non_null(strstr(output, "shown 1 looks 1 order alice bob carol"));
	ends_well(child, fd);

	/* The next column to the right of demand is assigned, which is the same for all. */
	child = start(&fd, "xterm", 80, 100000, look);
	assert_true(reads(fd, "alice"));
	type(fd, ">i q");
	assert_true(reads(fd, "end"));
	assert_non_null(strstr(output, "shown 1 looks 2 order carol bob alice"));
	ends_well(child, fd);
}

static void help_is_left_by_any_key(void **state)
{
	pid_t child;
	int fd;

	child = start(&fd, "xterm", 80, 100000, look);
	assert_true(reads(fd, "alice"));
	type(fd, "h");
	assert_true(reads(fd, "sort by name"));
	type(fd, "q");
	assert_true(reads(fd, "alice"));
	type(fd, "q");
	assert_true(reads(fd, "order"));
	ends_well(child, fd);
}

static void it_looks_again_by_itself(void **state)
{
	pid_t child;
	int fd;

	child = start(&fd, "xterm", 80, 10, look_fails);
	assert_true(reads(fd, "end"));
	assert_non_null(strstr(output, "shown 1 looks 3"));
	ends_well(child, fd);
}

static void a_signal_ends_it(void **state)
{
	pid_t child;
	int fd;

	child = start(&fd, "xterm", 80, 100000, look);
	assert_true(reads(fd, "alice"));
	kill(child, SIGTERM);
	assert_true(reads(fd, "end"));
	assert_non_null(strstr(output, "shown 1"));
	ends_well(child, fd);
}

/* The last name is on the screen, even where lines are longer than it is wide. */
static void a_narrow_terminal_will_do(void **state)
{
	pid_t child;
	int fd;

	child = start(&fd, "xterm", 40, 100000, look);
	assert_true(reads(fd, "alice"));
	type(fd, "q");
	assert_true(reads(fd, "order"));
	ends_well(child, fd);
}

static void a_terminal_that_nobody_knows_is_refused(void **state)
{
	pid_t child;
	int fd;

	child = start(&fd, "no-such-terminal", 80, 10, look);
	assert_true(reads(fd, "end"));
	assert_non_null(strstr(output, "shown 0 looks 0"));
	ends_well(child, fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vms_are_shown_and_sorted_by_keys),
		cmocka_unit_test(help_is_left_by_any_key),
		cmocka_unit_test(it_looks_again_by_itself),
		cmocka_unit_test(a_signal_ends_it),
		cmocka_unit_test(a_narrow_terminal_will_do),
		cmocka_unit_test(a_terminal_that_nobody_knows_is_refused),
	};

	return cmocka_run_group_tests_name("screen", tests, NULL, NULL);
}

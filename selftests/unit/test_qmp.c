// SPDX-License-Identifier: GPL-2.0
/*
 * Tests how dmctl talks to QEMU's monitor. A thread plays the VMM at the other end of the socket.
 * The VMM sends the first text at once, and one more text for each line that it reads. The texts
 * need not be valid QMP.
 */
#include <pthread.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "unit.h"

#include "dmctl/qmp.h"
#include "dmctl/why.h"

#define GREETING "{\"QMP\": {\"version\": {}, \"capabilities\": []}}\r\n"
#define DONE	 "{\"return\": {}, \"id\": 1}\r\n"

static char path[64];
static char why[WHY_SIZE];

/* In dmctl, command.c has this function. */
void die_no_memory(void)
{
	abort();
}

struct vmm_played {
	pthread_t thread;
	int listener;
	const char *const *says;	/* texts; the VMM closes the socket after the last one */
	int pieces;			/* nonzero: the VMM sends single bytes */
};

static void send_all(int fd, const char *text, int pieces)
{
	size_t len = strlen(text), n;

	for (; len; text += n, len -= n) {
		n = pieces ? 1 : len;
		if (send(fd, text, n, MSG_NOSIGNAL) != (ssize_t)n)
			return;
	}
}

static void *play(void *arg)
{
	struct vmm_played *vmm = arg;
	char line[1024];
	int fd, i;
	FILE *f;

	fd = accept(vmm->listener, NULL, NULL);
	if (fd < 0)
		abort();
	f = fdopen(fd, "r");
	if (!f)
		abort();
	for (i = 0; vmm->says[i]; i++) {
		if (i && !fgets(line, sizeof(line), f))
			break;
		send_all(fd, vmm->says[i], vmm->pieces);
	}
	fclose(f);
	return NULL;
}

static void played_start(struct vmm_played *vmm, const char *const *says)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	snprintf(path, sizeof(path), "/tmp/test_qmp.%d", getpid());
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	vmm->says = says;
	vmm->listener = socket(AF_UNIX, SOCK_STREAM, 0);
	if (vmm->listener < 0)
		abort();
	assert_int_equal(bind(vmm->listener, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(listen(vmm->listener, 1), 0);
	pthread_create(&vmm->thread, NULL, play, vmm);
}

static void played_end(struct vmm_played *vmm)
{
	pthread_join(vmm->thread, NULL);
	close(vmm->listener);
	unlink(path);
}

/*
 * Runs a QMP command at a VMM that sends the texts in @says, in single bytes if @pieces is set.
 * Return: the result of the command as text, or NULL if dmctl gets no valid result.
 */
static const char *ask(const char *const *says, int pieces)
{
	struct vmm_played vmm = { .pieces = pieces };
	struct json_object *result = NULL;
	static char text[256];
	pid_t pid = getpid();
	struct qmp *qmp;

	*why = '\0';
	played_start(&vmm, says);
	qmp = qmp_open(path, "web", &pid, why);
	if (qmp)
		result = qmp_execute(qmp, "{\"execute\":\"query-name\",\"id\":1}", why);
	qmp_close(qmp);
	played_end(&vmm);
	if (!result)
		return NULL;
	snprintf(text, sizeof(text), "%s",
		 json_object_to_json_string_ext(result, JSON_C_TO_STRING_PLAIN));
	json_object_put(result);
	return text;
}

static void a_command_is_answered(void **state)
{
	const char *const says[] = {
		GREETING, DONE, "{\"return\": {\"name\": \"web\"}, \"id\": 1}\r\n", NULL
	};

	assert_string_equal(ask(says, 0), "{\"name\":\"web\"}");
	assert_string_equal(ask(says, 1), "{\"name\":\"web\"}");
}

static void events_are_no_answers(void **state)
{
	const char *const says[] = {
		GREETING "{\"event\": \"STOP\"}\r\n", "{\"event\": \"RESUME\"}\r\n" DONE,
		"{\"event\": \"STOP\"}{\"return\": 1}\r\n{\"return\": 2, \"id\": 1}\r\n", NULL
	};

	assert_string_equal(ask(says, 0), "2");
	assert_string_equal(ask(says, 1), "2");
}

static void errors_become_sentences(void **state)
{
	const char *const says[] = {
		GREETING, DONE,
		"{\"error\": {\"class\": \"Error\", \"desc\": \"no \\u001b[2J bus\"}, \"id\": 1}\n",
		NULL
	};

	assert_null(ask(says, 0));
	assert_string_equal(why, "QEMU says: no ?[2J bus");
}

/* Return: a text of @before, @n times @unit, and @after. The caller frees it. */
static char *repeated(const char *before, const char *unit, size_t n, const char *after)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		abort();
	fputs(before, f);
	while (n--)
		fputs(unit, f);
	fputs(after, f);
	fclose(f);
	return text;
}

static void what_is_not_qmp_is_refused(void **state)
{
	static const char *const answers[] = {
		"SSH-2.0-OpenSSH\r\n", "[]\r\n", "7 \r\n", "null\r\n",
		"{\"return\": nul}\r\n",
		"{\"return\": null, \"id\": 1}\r\n",
		"{\"id\": 1}\r\n", "{\"return\": {}", "\xff\xff",
	};
	size_t i, at;

	for (i = 0; i < ARRAY_SIZE(answers); i++)
		for (at = 0; at < 3; at++) {
			const char *says[4] = { GREETING, DONE, DONE, NULL };

			says[at] = answers[i];
			assert_null(ask(says, 0));
			assert_true(strlen(why) > 10);
		}
}

static void what_is_too_much_is_refused(void **state)
{
	char *long_text = repeated("{\"return\": \"", "0123456789abcdef", QMP_MESSAGE_MAX / 16,
				   "\", \"id\": 1}\n");
	char *events = repeated("", "{\"event\": \"STOP\"}\n", QMP_MESSAGE_MAX / 16, "");
	char *deep = repeated("{\"return\": ", "[", 100000, "");
	const char *says[4] = { GREETING, DONE, long_text, NULL };

	assert_null(ask(says, 0));
	assert_non_null(strstr(why, "more than 128 KiB"));
	says[2] = events;
	assert_null(ask(says, 0));
	assert_non_null(strstr(why, "more than 128 KiB"));
	says[2] = deep;
	assert_null(ask(says, 0));
	assert_non_null(strstr(why, "not QMP"));
	free(long_text);
	free(events);
	free(deep);
}

static void the_socket_of_somebody_else_is_refused(void **state)
{
	const char *const says[] = { GREETING, DONE, NULL };
	struct vmm_played vmm = { .pieces = 0 };
	char expected[WHY_SIZE];
	pid_t pid = 1;

	played_start(&vmm, says);
	assert_null(qmp_open(path, "web", &pid, why));
	snprintf(expected, sizeof(expected),
		 "the QMP socket %s belongs to pid %d, not to web's VMM (pid 1)", path, getpid());
	assert_string_equal(why, expected);
	played_end(&vmm);

	pid = 0;
	played_start(&vmm, says);
	qmp_close(qmp_open(path, "web", &pid, why));
	assert_int_equal(pid, getpid());
	played_end(&vmm);
}

static void no_socket_is_refused(void **state)
{
	pid_t pid = 0;

	assert_null(qmp_open("/nowhere/web.qmp", "web", &pid, why));
	assert_string_equal(why, "cannot connect to /nowhere/web.qmp: No such file or directory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_command_is_answered),
		cmocka_unit_test(events_are_no_answers),
		cmocka_unit_test(errors_become_sentences),
		cmocka_unit_test(what_is_not_qmp_is_refused),
		cmocka_unit_test(what_is_too_much_is_refused),
		cmocka_unit_test(the_socket_of_somebody_else_is_refused),
		cmocka_unit_test(no_socket_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

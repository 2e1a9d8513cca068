// SPDX-License-Identifier: GPL-2.0
/*
 * wait: the command "vm wait", which waits until a field of a VM has a value. It looks at the VM
 * after each event of dynmem, and once a second, since events can be lost and not every change has
 * one.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "../include/uapi/dynmem.h"
#include "clock.h"
#include "columns.h"
#include "command.h"
#include "netlink.h"
#include "output.h"
#include "vm.h"

#define WAIT_SECONDS	30	/* default of "timeout" */
#define LOOK_MS		1000

/**
 * struct wait - what is waited for, and what was seen
 * @name: the VM
 * @field: the field, with a word, a text or a flag
 * @value: the value that it shall have, as `vm show` prints it
 * @so: it has this value
 * @text: the value that it has, or the beginning of a long text
 */
struct wait {
	const char *name;
	const struct field *field;
	const char *value;
	bool so;
	char text[FIELD_TEXT_SIZE];
};

/* Return: the value that @word stands for. */
static const char *find_value(const struct field *f, const char *word)
{
	static const char *const no_yes[] = { "no", "yes", NULL };
	static const char *const off_on[] = { "off", "on", NULL };

	switch (f->kind) {
	case KIND_TEXT:
		return word;
	case KIND_WORD:
		return strcmp(word, "-") ? f->words[find_word(f->key, word, f->words)] : word;
	case KIND_FLAG:
		return no_yes[find_word(f->key, word, no_yes)];
	case KIND_SWITCH:
		return off_on[find_word(f->key, word, off_on)];
	default:
		die_usage("vm wait: %s is a number; name a field with a word, as state or status",
			  f->key);
	}
}

static void wait_on_answer(struct nlmsghdr *answer, void *arg)
{
	struct nlattr *attrs[DYNMEM_A_VM_MAX + 1];
	struct wait *wait = arg;
	char buf[FIELD_TEXT_SIZE];
	const char *text;

	answer_attrs(answer, attrs, DYNMEM_A_VM_MAX);
	text = field_text(buf, wait->field, attrs);
	wait->so = !strcmp(text, wait->value);
	snprintf(wait->text, sizeof(wait->text), "%s", text);
}

static int wait_look(struct wait *wait)
{
	struct nl_msg *msg = request_new(DYNMEM_CMD_VM_GET, 0);

	request_put_string(msg, DYNMEM_A_VM_NAME, wait->name);
	return request_send(msg, wait_on_answer, wait);
}

/* It does not matter what an event is about: each one leads to a look at the VM. */
static void wait_on_event(struct nlmsghdr *event, void *arg)
{
	(void)event;
	(void)arg;
}

static int wait_until(struct wait *wait, uint32_t seconds)
{
	struct pollfd events = { .fd = events_open(), .events = POLLIN };
	int64_t end = clock_end(seconds);
	int ret, left;

	fcntl(events.fd, F_SETFL, O_NONBLOCK);
	for (;;) {
		ret = wait_look(wait);
		left = clock_left(end);
		if (ret != EXIT_OK || wait->so || !left)
			break;
		poll(&events, 1, left < LOOK_MS ? left : LOOK_MS);
		if (!events_read(wait_on_event, NULL)) {
			complain("dynmem was unloaded");
			return EXIT_UNREACHED;
		}
	}
	events_close();
	if (ret != EXIT_OK || wait->so)
		return ret;
	complain("%s: %s is %s after %u s", wait->name, wait->field->key, wait->text, seconds);
	return EXIT_REFUSED;
}

int vm_wait(char **argv)
{
	static const char *const words[] = { "timeout", NULL };
	struct wait wait = { .name = *argv };
	uint32_t seconds = WAIT_SECONDS;
	const struct field *fields;
	size_t n;

	if (!*argv)
		die_usage("vm wait: the VM's name is missing");
	if (!argv[1] || !argv[2])
		die_usage("vm wait %s: name a field, as state or status, and its value", *argv);
	fields = vm_fields(&n);
	wait.field = find_field(fields, n, argv[1]);
	wait.value = find_value(wait.field, argv[2]);
	argv += 3;
	if (*argv) {
		find_word("option", *argv, words);
		seconds = need_number("timeout", argv[1]);
		if (argv[2])
			die_usage("vm wait %s: unexpected argument '%s'", wait.name, argv[2]);
	}
	return wait_until(&wait, seconds);
}

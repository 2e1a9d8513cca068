// SPDX-License-Identifier: GPL-2.0
/*
 * An event can be raised when the host has no free memory, and by code that must not wait. A worker
 * sends the events later, in order. When too many events are raised at a time, some are lost, and
 * one more event says how many.
 */
#include "unit.h"

#include <linux/kernel.h>

#include "event.h"

#define MANY	1000

static struct {
	enum dynmem_event_kind kind;
	u64 bytes;
	int node;
	char vm[DYNMEM_NAME_MAX + 1];
	char text[512];
	u64 time_ns;
	u64 sequence;
} heard[MANY];
static unsigned int nr_heard, logged;
u64 unit_now_ms = 1000;

void unit_log(const char *format, ...)
{
	logged++;
}

static int listen(struct notifier_block *nb, unsigned long kind, void *data)
{
	const struct dynmem_event *event = data;

	assert_true(nr_heard < MANY);
	assert_int_equal(event->kind, kind);
	heard[nr_heard].kind = event->kind;
	heard[nr_heard].bytes = event->bytes;
	heard[nr_heard].node = event->node;
	snprintf(heard[nr_heard].vm, sizeof(heard[nr_heard].vm), "%s", event->vm ?: "(host)");
	snprintf(heard[nr_heard].text, sizeof(heard[nr_heard].text), "%s", event->text);
	heard[nr_heard].time_ns = event->time_ns;
	heard[nr_heard].sequence = event->sequence;
	nr_heard++;
	return 0;
}

static struct notifier_block listener = { .notifier_call = listen };

/* Sends all queued events, as the worker does. */
static void tell_all(void)
{
	dynmem_event_exit();
}

static void raise(unsigned int i)
{
	dynmem_event(DYNMEM_EVENT_TARGET, "web", i % 4, i, "event %u", i);
}

static int begin(void **state)
{
	nr_heard = 0;
	logged = 0;
	unit_out_of_memory = true;
	return dynmem_event_listen(&listener);
}

static int end(void **state)
{
	unit_out_of_memory = false;
	dynmem_event_unlisten(&listener);
	return 0;
}

static void nobody_is_called_by_who_raises(void **state)
{
	char name[] = "web", reason[] = "short of memory";

	dynmem_event(DYNMEM_EVENT_REFUSED, name, 1, MIB(7), "cannot start: %s", reason);
	dynmem_event(DYNMEM_EVENT_DEBT, NULL, NUMA_NO_NODE, 0, "in debt");
	assert_int_equal(nr_heard, 0);
	/* The caller may free or change the strings before the event is sent. */
	memset(name, 'x', 3);
	memset(reason, 'x', 5);
	tell_all();
	assert_int_equal(nr_heard, 2);
	assert_int_equal(logged, 2);
	assert_int_equal(heard[0].kind, DYNMEM_EVENT_REFUSED);
	assert_int_equal(heard[0].node, 1);
	assert_int_equal(heard[0].bytes, MIB(7));
	assert_string_equal(heard[0].vm, "web");
	assert_string_equal(heard[0].text, "cannot start: short of memory");
	assert_string_equal(heard[1].vm, "(host)");
	tell_all();
	assert_int_equal(nr_heard, 2);
}

static void order_is_kept(void **state)
{
	unsigned int i, n = 0;

	/* The ring of queued events wraps around many times, and is never full. */
	for (i = 0; i < 900; i++) {
		raise(i);
		if (i % 70 == 69)
			tell_all();
	}
	tell_all();
	assert_int_equal(nr_heard, 900);
	for (; n < nr_heard; n++)
		assert_int_equal(heard[n].bytes, n);
}

static void what_is_lost_is_told(void **state)
{
	unsigned int i, lost;

	for (i = 0; i < 500; i++)
		raise(i);
	tell_all();
	/* The oldest events are sent, and one more event with the number of lost events. */
	lost = 500 - (nr_heard - 1);
	assert_in_range(lost, 1, 499);
	for (i = 0; i < nr_heard; i++) {
		char text[64];

		if (heard[i].kind != DYNMEM_EVENT_LOST)
			continue;
		snprintf(text, sizeof(text), "%u events were lost: too many came at a time", lost);
		assert_string_equal(heard[i].text, text);
		assert_string_equal(heard[i].vm, "(host)");
		break;
	}
	assert_true(i < nr_heard);
	assert_int_equal(logged, 1);
	/* The loss is reported once. */
	nr_heard = 0;
	raise(7);
	tell_all();
	assert_int_equal(nr_heard, 1);
	assert_int_equal(heard[0].bytes, 7);
}

/* Numbers and times are those of the moment when an event is raised, not when it is sent. */
static void events_are_numbered_and_dated(void **state)
{
	u64 first = dynmem_event_sequence(), refused = dynmem_event_refused(), now, last = 0;
	unsigned int i;

	raise(0);
	unit_now_ms += 70;
	now = ktime_get_real_ns();
	dynmem_event(DYNMEM_EVENT_REFUSED, "web", 1, MIB(7), "cannot start");
	unit_now_ms += 5000;
	assert_int_equal(dynmem_event_sequence(), first + 2);
	assert_int_equal(dynmem_event_refused(), refused + 1);
	tell_all();
	assert_int_equal(heard[0].sequence, first + 1);
	assert_int_equal(heard[0].time_ns, now - 70 * NSEC_PER_MSEC);
	assert_int_equal(heard[1].sequence, first + 2);
	assert_int_equal(heard[1].time_ns, now);

	/* Lost events, even refusals, are numbered and counted. */
	nr_heard = 0;
	for (i = 0; i < 200; i++)
		dynmem_event(DYNMEM_EVENT_REFUSED, "web", 1, MIB(7), "cannot start");
	tell_all();
	raise(0);
	tell_all();
	for (i = 0; i < nr_heard; i++) {
		assert_true(heard[i].sequence ? heard[i].sequence > last :
						heard[i].kind == DYNMEM_EVENT_LOST);
		assert_true(heard[i].time_ns);
		last = heard[i].sequence ?: last;
	}
	assert_int_equal(last, first + 203);
	assert_int_equal(dynmem_event_sequence(), last);
	assert_int_equal(dynmem_event_refused(), refused + 201);
	assert_true(nr_heard < 202);
}

static void a_long_sentence_is_cut(void **state)
{
	char text[1000];

	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	dynmem_event(DYNMEM_EVENT_STATE, "web", NUMA_NO_NODE, 0, "%s", text);
	tell_all();
	assert_in_range(strlen(heard[0].text), 300, 400);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nobody_is_called_by_who_raises, begin, end),
		cmocka_unit_test_setup_teardown(order_is_kept, begin, end),
		cmocka_unit_test_setup_teardown(what_is_lost_is_told, begin, end),
		cmocka_unit_test_setup_teardown(events_are_numbered_and_dated, begin, end),
		cmocka_unit_test_setup_teardown(a_long_sentence_is_cut, begin, end),
	};

	return cmocka_run_group_tests_name("event", tests, NULL, NULL);
}

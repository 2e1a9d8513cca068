// SPDX-License-Identifier: GPL-2.0
/*
 * Tests how the agent pages a VM, and what is left when it is killed at any step. This file plays
 * the cgroup, the swap file and the note in /run/dynmem.
 */
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include "unit.h"

#include "dmctl/cgroup.h"
#include "dmctl/paging.h"
#include "dmctl/runfile.h"
#include "dmctl/setting.h"
#include "dmctl/swapfile.h"
#include "dmctl/why.h"
#include "dmctl/zswap.h"

static struct json_object *note;	/* NAME.paging */
static struct json_object *writing;	/* what a killed agent would have written */
static char high[CGROUP_VALUE_SIZE], swap[CGROUP_VALUE_SIZE], current[CGROUP_VALUE_SIZE];
static char zswap[CGROUP_VALUE_SIZE];	/* "": the kernel has no zswap */
static uint64_t group;			/* id of the VMM's cgroup */
static bool shared, host_swap, no_room;
static uint64_t file;			/* size of the swap file; 0: there is none */
static unsigned int until_kill;		/* steps until the agent is killed; 0: it is not */
static jmp_buf killed;
static char why[WHY_SIZE];

noreturn void die_no_memory(void)
{
	abort();
}

/* A step that lasts: the agent may be killed before it. */
static void step(void)
{
	if (!until_kill)
		return;
	until_kill--;
	if (!until_kill)
		longjmp(killed, 1);
}

bool cgroup_own(struct cgroup *cgroup, pid_t pid, const char *wanted, char *reason)
{
	if (shared)
		return refuse(reason, "QEMU shares its cgroup with pid 1");
	snprintf(cgroup->path, sizeof(cgroup->path), "/sys/fs/cgroup/web");
	cgroup->id = group;
	return true;
}

bool cgroup_again(struct cgroup *cgroup, const char *path, uint64_t id)
{
	cgroup->id = group;
	return id == group;
}

static char *value_of(const char *name)
{
	return !strcmp(name, "memory.high") ? high : !strcmp(name, "memory.swap.max") ? swap :
	       !strcmp(name, ZSWAP_MAX) ? zswap : current;
}

bool cgroup_has(const struct cgroup *cgroup, const char *name)
{
	return *value_of(name);
}

bool cgroup_stat(const struct cgroup *cgroup, const char *key, uint64_t *value)
{
	return false;
}

bool setting_read(const char *path, char value[SETTING_SIZE])
{
	return false;
}

bool cgroup_read(const struct cgroup *cgroup, const char *name, char value[CGROUP_VALUE_SIZE],
		 char *reason)
{
	memcpy(value, value_of(name), CGROUP_VALUE_SIZE);
	return true;
}

bool cgroup_write(const struct cgroup *cgroup, const char *name, const char *value, char *reason)
{
	step();
	/* The kernel pages out at once, so there must be room for it. */
	if (!strcmp(name, "memory.high") && strcmp(value, "max"))
		assert_true((file || host_swap) && strcmp(swap, "0") && strcmp(zswap, "max"));
	snprintf(value_of(name), CGROUP_VALUE_SIZE, "%s", value);
	return true;
}

bool swapfile_host_has_own(void)
{
	return host_swap;
}

bool swapfile_add(const char *name, uint64_t bytes, char *reason)
{
	step();
	if (no_room)
		return refuse(reason, "cannot allocate: No space left on device");
	if (!file)
		file = bytes;
	return true;
}

bool swapfile_remove(const char *name, char *reason)
{
	step();
	/* What is on disk is read back into memory, which no limit may prevent. */
	assert_string_equal(high, "max");
	file = 0;
	return true;
}

void swapfile_each(void (*visit)(const char *name, void *arg), void *arg)
{
	if (file)
		visit("web", arg);
}

bool runfile_exists(const char *name, const char *kind)
{
	return note;
}

struct json_object *runfile_read(const char *name, const char *kind)
{
	return json_object_get(note);
}

bool runfile_write(const char *name, const char *kind, struct json_object *json, char *reason)
{
	writing = json;
	step();
	writing = NULL;
	json_object_put(note);
	note = json;
	return true;
}

void runfile_remove(const char *name, const char *kind)
{
	step();
	json_object_put(note);
	note = NULL;
}

void runfile_each(const char *kind, void (*visit)(const char *name, void *arg), void *arg)
{
	if (note)
		visit("web", arg);
}

static struct vm_facts vm;

/* The limits of a VMM's cgroup, as the agent finds them. */
static void cgroup_begin(void)
{
	snprintf(high, sizeof(high), "max");
	snprintf(swap, sizeof(swap), "0");
	snprintf(zswap, sizeof(zswap), "max");
}

/* The VM may keep 300 MiB of 768 MiB startup, holds 400 MiB, and its VMM 20 MiB more. */
static int begin(void **state)
{
	vm = (struct vm_facts){
		.name = "web", .pid = 1, .state = DYNMEM_VM_STATE_RESTARTING,
		.startup = 768 * MIB(1), .ram = 1024 * MIB(1), .resident = 400 * MIB(1),
		.page_to = 300 * MIB(1),
	};
	json_object_put(note);
	note = NULL;
	cgroup_begin();
	snprintf(current, sizeof(current), "%llu", 420 * MIB(1));
	group = 7;
	shared = false;
	host_swap = false;
	no_room = false;
	file = 0;
	until_kill = 0;
	why[0] = '\0';
	return 0;
}

/* The agent looks at the VM. Return: whether it was killed meanwhile. */
static bool look(void)
{
	if (setjmp(killed)) {
		json_object_put(writing);
		writing = NULL;
		return true;
	}
	if (paging_is_due(&vm))
		paging_do(&vm, why);
	else if (!vm.page_to && (note || file))
		paging_end(&vm, why);
	return false;
}

static void assert_paged_to(uint64_t bytes)
{
	assert_int_equal(strtoull(high, NULL, 10), bytes + 20 * MIB(1) + 16 * MIB(1));
	assert_false(paging_is_due(&vm));
}

static void assert_nothing_is_left(void)
{
	assert_string_equal(high, "max");
	assert_string_equal(swap, "0");
	assert_string_equal(zswap, "max");
	assert_int_equal(file, 0);
	assert_null(note);
}

static void limits_and_file_have_the_size_of_the_gap(void **state)
{
	assert_true(paging_is_due(&vm));
	look();
	assert_string_equal(why, "");
	assert_paged_to(300 * MIB(1));
	assert_int_equal(file, (768 - 300 + 64) * MIB(1));
	assert_int_equal(strtoull(swap, NULL, 10), file);
	assert_true(paging_is_under_way("web"));
}

/* A quarter of what may stay resident is for compressed pages, unless less was allowed before. */
static void compressed_pages_have_a_limit(void **state)
{
	look();
	assert_int_equal(strtoull(zswap, NULL, 10), 75 * MIB(1));
	vm.page_to = 400 * MIB(1);
	look();
	assert_int_equal(strtoull(zswap, NULL, 10), 100 * MIB(1));
	vm.page_to = 0;
	look();
	assert_nothing_is_left();

	begin(state);
	snprintf(zswap, sizeof(zswap), "0");
	look();
	assert_string_equal(zswap, "0");
	vm.page_to = 0;
	look();
	assert_string_equal(zswap, "0");

	begin(state);
	zswap[0] = '\0';
	look();
	assert_string_equal(why, "");
	assert_paged_to(300 * MIB(1));
	vm.page_to = 0;
	look();
	assert_string_equal(why, "");
	assert_string_equal(zswap, "");
}

static void limits_follow_upwards(void **state)
{
	look();
	vm.page_to += MIB(1);
	assert_false(paging_is_due(&vm));
	vm.page_to = 500 * MIB(1);
	vm.resident = 500 * MIB(1);
	snprintf(current, sizeof(current), "%llu", 520 * MIB(1));
	look();
	assert_paged_to(500 * MIB(1));
	vm.page_to = 0;
	look();
	assert_nothing_is_left();
}

/* Kills the agent at each step of the beginning, and the next one at each step of the end. */
static void an_agent_may_be_killed_at_any_step(void **state)
{
	unsigned int first, then;
	bool ends, began = true;

	for (first = 1; began; first++) {
		ends = true;
		for (then = 1; ends; then++) {
			begin(state);
			until_kill = first;
			began = look();
			until_kill = 0;
			look();
			assert_paged_to(300 * MIB(1));
			vm.page_to = 0;
			until_kill = then;
			ends = look();
			until_kill = 0;
			look();
			assert_string_equal(why, "");
			assert_nothing_is_left();
		}
		assert_true(then > 4);
	}
	assert_true(first > 5);
}

/* Killed at each step, and the VM has its memory before the next agent runs. */
static void a_beginning_that_was_cut_off_is_undone(void **state)
{
	unsigned int first;
	bool began = true;

	for (first = 1; began; first++) {
		begin(state);
		until_kill = first;
		began = look();
		until_kill = 0;
		vm.page_to = 0;
		look();
		assert_nothing_is_left();
	}
}

static void without_room_or_own_cgroup_nothing_changes(void **state)
{
	no_room = true;
	look();
	assert_string_equal(why, "cannot allocate: No space left on device");
	assert_nothing_is_left();
	no_room = false;
	shared = true;
	look();
	assert_string_equal(why, "QEMU shares its cgroup with pid 1");
	assert_nothing_is_left();
}

static void swap_space_of_the_host_is_used(void **state)
{
	host_swap = true;
	look();
	assert_int_equal(file, 0);
	assert_paged_to(300 * MIB(1));
	vm.page_to = 0;
	look();
	assert_nothing_is_left();
}

/* The VMM was killed, and its cgroup is gone. The next VMM of the VM is in another one. */
static void the_next_vmm_begins_anew(void **state)
{
	look();
	group = 8;
	cgroup_begin();
	vm.page_to = 350 * MIB(1);
	look();
	assert_string_equal(why, "");
	assert_paged_to(350 * MIB(1));
	vm.page_to = 0;
	look();
	assert_nothing_is_left();
}

static void count(const char *name, void *arg)
{
	assert_string_equal(name, "web");
	++*(int *)arg;
}

/* A crash of the host leaves the file, but no note, since /run is empty then. */
static void a_file_of_an_earlier_boot_is_found(void **state)
{
	int nr = 0;

	file = MIB(1);
	vm.page_to = 0;
	paging_each(count, &nr);
	assert_int_equal(nr, 1);
	look();
	assert_nothing_is_left();
	nr = 0;
	paging_each(count, &nr);
	assert_int_equal(nr, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, begin)
	const struct CMUnitTest tests[] = {
		TEST(limits_and_file_have_the_size_of_the_gap),
		TEST(compressed_pages_have_a_limit),
		TEST(limits_follow_upwards),
		TEST(an_agent_may_be_killed_at_any_step),
		TEST(a_beginning_that_was_cut_off_is_undone),
		TEST(without_room_or_own_cgroup_nothing_changes),
		TEST(swap_space_of_the_host_is_used),
		TEST(the_next_vmm_begins_anew),
		TEST(a_file_of_an_earlier_boot_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

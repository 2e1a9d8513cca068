// SPDX-License-Identifier: GPL-2.0
/* How dmctl changes the list of devices in libvirt's qemu.conf. */
#include "unit.h"

#include "dmctl/command.h"
#include "dmctl/deviceacl.h"
#include "dmctl/qemuconf.h"

void die_no_memory(void)
{
	abort();
}

static void count(const char *value, void *arg)
{
	(void)value;
	++*(unsigned int *)arg;
}

static unsigned int values(const char *text)
{
	unsigned int nr = 0;

	qemuconf_get(text, DEVICEACL, count, &nr);
	return nr;
}

static bool allows(const char *text, const char *device)
{
	return qemuconf_has(text, DEVICEACL, device);
}

/* Allows two devices, and takes that back. */
static void there_and_back(const char *text, unsigned int others)
{
	char *more = deviceacl_add(text, 2), *again = deviceacl_add(more, 2);
	char *back = deviceacl_remove(more);

	assert_true(allows(more, "/dev/vhost-vdpa-0"));
	assert_true(allows(more, "/dev/vhost-vdpa-1"));
	assert_false(allows(more, "/dev/vhost-vdpa-2"));
	assert_int_equal(values(more), others + 2);
	assert_string_equal(again, more);
	assert_string_equal(back, text);
	free(more);
	free(again);
	free(back);
}

#define DEFAULTS 8	/* devices in libvirt's own list */

static void without_a_list_one_is_added(void **state)
{
	there_and_back("", DEFAULTS);
	there_and_back("user = \"qemu\"\n", DEFAULTS);
	there_and_back("user = \"qemu\"", DEFAULTS);
	there_and_back("#cgroup_device_acl = [ \"/dev/null\" ]\n", DEFAULTS);
}

static void a_list_keeps_what_it_has(void **state)
{
	there_and_back("cgroup_device_acl = [ \"/dev/null\", \"/dev/kvm\" ]\nuser = \"qemu\"\n", 2);
	there_and_back("a = 1\ncgroup_device_acl=[\n\t\"/dev/null\",\n\t'/dev/kvm'\n]\n", 2);
	there_and_back("cgroup_device_acl = [ ]\n", 0);
	there_and_back("cgroup_device_acl = [", 0);
	/* The first of two settings counts. */
	there_and_back("cgroup_device_acl = ['/dev/a']\ncgroup_device_acl = [ ]\n", 1);
}

static void another_number_replaces_the_old_one(void **state)
{
	char *many = deviceacl_add("a = 1\n", 40), *few = deviceacl_add(many, 3);
	char *fresh = deviceacl_add("a = 1\n", 3);

	assert_int_equal(values(many), DEFAULTS + 40);
	assert_string_equal(few, fresh);
	free(many);
	free(few);
	free(fresh);
}

/* Devices that somebody has written by hand, in another form. */
static void devices_by_hand_are_removed(void **state)
{
	char *text = deviceacl_remove(DEVICEACL " = ['/dev/null', '/dev/vhost-vdpa-0' , '/dev/x',\n"
				      "'/dev/vhost-vdpa-7']\n");

	assert_int_equal(values(text), 2);
	assert_true(allows(text, "/dev/null"));
	assert_true(allows(text, "/dev/x"));
	free(text);
}

/* A list that was ours, until somebody has added a device. */
static void what_somebody_has_added_stays(void **state)
{
	char *ours = deviceacl_add("a = 1\n", 1), theirs[1024], *back, *at;

	at = strstr(ours, "'/dev/kvm'");
	assert_non_null(at);
	snprintf(theirs, sizeof(theirs), "%.*s'/dev/mine', %s", (int)(at - ours), ours, at);
	back = deviceacl_remove(theirs);
	assert_int_equal(values(back), DEFAULTS + 1);
	assert_true(allows(back, "/dev/mine"));
	free(ours);
	free(back);
}

static void what_is_no_list_is_left_alone(void **state)
{
	static const char *const texts[] = {
		"cgroup_device_acl = \"/dev/null\"\n", "cgroup_device_acl = 1\n",
		"cgroup_device_acl =", "cgroup_device_acl = ",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		assert_null(deviceacl_add(texts[i], 2));
		assert_null(deviceacl_remove(texts[i]));
	}
}

/* What libvirt would refuse is read to some end, and not beyond that of the file. */
static void broken(void **state)
{
	static const char *const texts[] = {
		"cgroup_device_acl = [ \"", "cgroup_device_acl = [ \"/dev/vhost-vdpa-1",
		"cgroup_device_acl = [ \"a\" \"/dev/vhost-vdpa-1\"", "cgroup_device_acl = [ , # x",
		"cgroup_device_acl = [\"/dev/vhost-vdpa-1\"",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		char *text = strdup(texts[i]);

		free(deviceacl_remove(text));
		free(deviceacl_add(text, 1));
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_list_one_is_added),
		cmocka_unit_test(a_list_keeps_what_it_has),
		cmocka_unit_test(another_number_replaces_the_old_one),
		cmocka_unit_test(devices_by_hand_are_removed),
		cmocka_unit_test(what_somebody_has_added_stays),
		cmocka_unit_test(what_is_no_list_is_left_alone),
		cmocka_unit_test(broken),
	};

	return cmocka_run_group_tests_name("deviceacl", tests, NULL, NULL);
}

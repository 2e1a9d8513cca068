// SPDX-License-Identifier: GPL-2.0
/* How dmctl reads libvirt's qemu.conf. */
#include "unit.h"

#include "dmctl/qemuconf.h"

static const char conf[] =
	"# cgroup_device_acl = [ \"/dev/comment\" ]\n"
	"#user = \"nobody\"\n"
	"user = 'libvirt-qemu'	# who\n"
	"\n"
	"  group=\"kvm\"\n"
	"max_files = 32768\n"
	"namespaces = [ ]\n"
	"cgroup_device_acl = [\n"
	"    \"/dev/null\", \"/dev/full\",\n"
	"    # \"/dev/vhost-vdpa-9\",\n"
	"    \"/dev/vhost-vdpa-1\"\n"
	"]\n"
	"cgroup_device_acl = [ \"/dev/second\" ]\n"
	"user_of_nothing = 1";

struct values {
	char text[256];
};

static void add(const char *value, void *arg)
{
	struct values *values = arg;
	size_t len = strlen(values->text);

	snprintf(values->text + len, sizeof(values->text) - len, "%s;", value);
}

static void is(const char *text, const char *key, const char *wanted)
{
	struct values values = { };

	assert_true(qemuconf_get(text, key, add, &values));
	assert_string_equal(values.text, wanted);
}

static void settings(void **state)
{
	is(conf, "user", "libvirt-qemu;");
	is(conf, "group", "kvm;");
	is(conf, "max_files", "32768;");
	is(conf, "namespaces", "");
	is(conf, "user_of_nothing", "1;");
	/* Comments do not count, and of two settings the first one does. */
	is(conf, "cgroup_device_acl", "/dev/null;/dev/full;/dev/vhost-vdpa-1;");
	assert_false(qemuconf_get(conf, "cgroup_controllers", NULL, NULL));
	assert_false(qemuconf_get(conf, "use", NULL, NULL));
	assert_false(qemuconf_get("", "user", NULL, NULL));
}

static void members(void **state)
{
	assert_true(qemuconf_has(conf, "cgroup_device_acl", "/dev/vhost-vdpa-1"));
	assert_false(qemuconf_has(conf, "cgroup_device_acl", "/dev/vhost-vdpa-9"));
	assert_false(qemuconf_has(conf, "cgroup_device_acl", "/dev/vhost-vdpa-"));
	assert_false(qemuconf_has(conf, "cgroup_device_acl", "/dev/comment"));
	assert_false(qemuconf_has(conf, "security_driver", "none"));
}

/* What libvirt would refuse is read to some end, and not beyond that of the file. */
static void broken(void **state)
{
	static const char *const texts[] = {
		"user", "user =", "user = ", "user = \"", "user = \"x", "user = [", "user = [\n",
		"user = [ \"a\" \"b", "user = [ \"a\", , ]", "user = [ ]]]", "user = [ = ]",
		"= = =", "[", "user == \"x\"",
	};
	struct values values;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		char *text = strdup(texts[i]);

		values = (struct values){ };
		qemuconf_get(text, "user", add, &values);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settings),
		cmocka_unit_test(members),
		cmocka_unit_test(broken),
	};

	return cmocka_run_group_tests_name("qemuconf", tests, NULL, NULL);
}

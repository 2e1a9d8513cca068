// SPDX-License-Identifier: GPL-2.0
/* What QEMU says when it is asked for its version. */
#include "unit.h"

#include "dmctl/qemu.h"

static void versions(void **state)
{
	static const struct {
		const char *line;
		unsigned int major, minor;
	} cases[] = {
		{ "QEMU emulator version 10.0.2 (Debian 1:10.0.2+ds-2+deb13u1)\n", 10, 0 },
		{ "QEMU emulator version 8.1.0\n", 8, 1 },
		{ "QEMU emulator version 7.2.17 (Debian 1:7.2+dfsg-7+deb12u13)\n", 7, 2 },
		{ "QEMU emulator version 9.1.50 (v9.1.0-100-g123)\n", 9, 1 },
	};
	static const char *const others[] = {
		"", "\n", "qemu-system-x86_64: command not found\n", "QEMU\n",
		"QEMU emulator version\n", "QEMU emulator version unknown\n",
		"QEMU emulator version 8\n",
	};
	struct qemu_version version;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_true(qemu_version_parse(cases[i].line, &version));
		assert_int_equal(version.major, cases[i].major);
		assert_int_equal(version.minor, cases[i].minor);
	}
	for (i = 0; i < ARRAY_SIZE(others); i++)
		assert_false(qemu_version_parse(others[i], &version));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(versions),
	};

	return cmocka_run_group_tests_name("qemu", tests, NULL, NULL);
}

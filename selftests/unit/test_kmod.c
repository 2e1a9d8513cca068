// SPDX-License-Identifier: GPL-2.0
/* Which modules modprobe would find, by the lists that depmod and the kernel's build have made. */
#include "unit.h"

#include "dmctl/kmod.h"

static bool listed(const char *list, const char *name)
{
	FILE *in = fmemopen((void *)list, strlen(list), "r");
	bool found = kmod_listed(in, name);

	fclose(in);
	return found;
}

static void names(void **state)
{
	static const char dep[] =
		"kernel/drivers/vhost/vhost_vdpa.ko.xz: kernel/drivers/vdpa/vdpa.ko.xz\n"
		"kernel/arch/x86/kvm/kvm-amd.ko:\n"
		"updates/dkms/dynmem.ko.zst: kernel/arch/x86/kvm/kvm.ko\n";

	assert_true(listed(dep, "vhost_vdpa"));
	assert_true(listed(dep, "dynmem"));
	/* As for modprobe, - and _ are the same. */
	assert_true(listed(dep, "kvm_amd"));
	assert_true(listed(dep, "kvm-amd"));
	/* Modules that another one needs do not count, nor do names that are only a part. */
	assert_false(listed(dep, "vdpa"));
	assert_false(listed(dep, "kvm"));
	assert_false(listed(dep, "dynmem_balloon"));
	assert_false(listed(dep, "dkms"));
	assert_false(listed("\n", "dynmem"));
}

static void built_in(void **state)
{
	static const char builtin[] =
		"kernel/drivers/vdpa/vdpa.ko\n"
		"kernel/drivers/vhost/vhost_vdpa.ko";

	assert_true(listed(builtin, "vdpa"));
	assert_true(listed(builtin, "vhost_vdpa"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(built_in),
	};

	return cmocka_run_group_tests_name("kmod", tests, NULL, NULL);
}

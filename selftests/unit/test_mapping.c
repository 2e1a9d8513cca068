// SPDX-License-Identifier: GPL-2.0
/* Which mappings of a VMM are memory in files on disk. */
#include <unistd.h>

#include "unit.h"

#include "dmctl/mapping.h"

void die_no_memory(void)
{
	abort();
}

static const char mounts[] =
	"21 26 0:20 / /proc rw,relatime - proc none rw\n"
	"23 26 0:6 / /dev rw,relatime - devtmpfs udev rw,mode=755\n"
	"24 23 0:22 / /dev/shm rw,relatime shared:3 master:1 - tmpfs shm rw\n"
	"25 23 0:23 / /dev/hugepages rw - hugetlbfs none rw,pagesize=2M\n"
	"26 1 fe:00 / /broken rw\n"
	"27 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n"
	"28 27 0:41 / /mnt/a\\040b rw - nfs4 server:/a rw\n";

static struct mapping_files count(const char *maps)
{
	FILE *in = fmemopen((void *)maps, strlen(maps), "r");
	FILE *list = fmemopen((void *)mounts, strlen(mounts), "r");
	struct mapping_files files;

	mapping_count(in, list, &files);
	fclose(in);
	fclose(list);
	return files;
}

static void memory_is_no_file(void **state)
{
	static const char maps[] =
		/* anonymous, /dev/shm, hugetlbfs, shared anonymous, a memfd, KVM */
		"7f0000000000-7f0040000000 rw-p 00000000 00:00 0\n"
		"7f1000000000-7f1040000000 rw-s 00000000 00:16 12 /dev/shm/guest\n"
		"7f2000000000-7f2040000000 rw-s 00000000 00:17 12 /dev/hugepages/guest (deleted)\n"
		"7f3000000000-7f3040000000 rw-s 00000000 00:06 12 /dev/zero (deleted)\n"
		"7f4000000000-7f4040000000 rw-s 00000000 00:01 12 /memfd:guest (deleted)\n"
		"7f5000000000-7f5000003000 rw-s 00000000 00:0e 14 anon_inode:kvm-vcpu:0\n"
		/* a kernel that QEMU boots, whose size is not one of RAM */
		"7f7000000000-7f70036ea000 rw-p 00000000 fe:00 99 /boot/vmlinux\n"
		/* a program and its data, a large file that is only read */
		"555ffbb0e000-555ffcb11000 r-xp 00000000 fe:00 2480 /usr/bin/qemu-system-x86_64\n"
		"555ffbb2c000-555ffbb2d000 rw-p 0001e000 fe:00 2480 /usr/bin/qemu-system-x86_64\n"
		"7f6000000000-7f6040000000 r--p 00000000 fe:00 99 /usr/lib/locale/locale-archive\n"
		"no mapping\n"
		"ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 [vsyscall]\n";

	assert_int_equal(count(maps).bytes, 0);
	assert_int_equal(count("\n").bytes, 0);
}

static void files_on_disk(void **state)
{
	static const char disk[] =
		"7f1000000000-7f1040000000 rw-s 00000000 fe:00 12 /var/lib/guest\n"
		"7f2000000000-7f2040000000 rw-p 40000000 fe:00 12 /var/lib/a\\012b (deleted)\n"
		"7f3000000000-7f3040000000 rw-s 00000000 00:16 12 /dev/shm/guest\n";
	static const char net[] = "7f1000000000-7f1001000000 rw-s 00000000 00:29 12 /mnt/a b/guest";
	struct mapping_files files = count(disk);

	assert_int_equal(files.bytes, GIB(2));
	assert_string_equal(files.type, "ext4");
	files = count(net);
	assert_int_equal(files.bytes, MIB(16));
	assert_string_equal(files.type, "nfs4");
}

/* A look at processes: one that is there, one that has ended, one that nobody asks for. */
static void processes(void **state)
{
	struct mapping_look looks[] = {
		{ .pid = getpid() }, { .pid = 0 }, { .pid = INT32_MAX }, { .pid = getpid() },
	};

	mapping_look(looks, ARRAY_SIZE(looks), 60000);
	assert_true(looks[0].known && looks[3].known);
	assert_false(looks[1].known || looks[2].known);
	assert_int_equal(looks[0].files.bytes, 0);
	mapping_look(NULL, 0, 60000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_no_file),
		cmocka_unit_test(files_on_disk),
		cmocka_unit_test(processes),
	};

	return cmocka_run_group_tests_name("mapping", tests, NULL, NULL);
}

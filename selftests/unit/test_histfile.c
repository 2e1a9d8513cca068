// SPDX-License-Identifier: GPL-2.0
/* The file with a VM's samples. This test plays the directory of such files. */
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "samples.h"

#include "dmctl/histfile.h"
#include "dmctl/runfile.h"
#include "dmctl/why.h"

#define DEVICE	7
#define HEAD	"device 7\n"
#define NOW	1764550000LL	/* the beginning of a slot */
#define HOUR	3600

static const char pattern[] = "/tmp/test_histfile.XXXXXX";
static char dir[sizeof(pattern)];
static bool dir_is_safe = true;

char *runfile_path(char *path, const char *name, const char *kind)
{
	snprintf(path, PATH_MAX, "%s/%s.%s", dir, name, kind);
	return path;
}

bool runfile_dir(char *why)
{
	return dir_is_safe || refuse(why, "others can write to it");
}

static struct sample sample_at(int64_t time, uint64_t demand)
{
	return (struct sample){ time, { demand, 2, 3, 4 } };
}

static const char *file(void)
{
	static char path[PATH_MAX];

	return runfile_path(path, "web", HISTFILE_KIND);
}

static off_t file_size(void)
{
	struct stat st;

	return stat(file(), &st) ? -1 : st.st_size;
}

static void write_file(const char *text)
{
	int fd = open(file(), O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(close(fd), 0);
}

static void add(int64_t time, uint64_t demand)
{
	struct sample sample = sample_at(time, demand);
	char why[WHY_SIZE] = "";

	assert_true(histfile_add("web", DEVICE, &sample, why));
	assert_string_equal(why, "");
}

static void read_at(int64_t now, uint64_t device)
{
	char why[WHY_SIZE] = "";

	assert_true(histfile_read("web", device, now, &history, why));
	assert_string_equal(why, "");
}

static int make_dir(void **state)
{
	memcpy(dir, pattern, sizeof(dir));
	return !mkdtemp(dir);
}

static int remove_dir(void **state)
{
	dir_is_safe = true;
	unlink(file());
	/* This fails if a temporary file is left. */
	return rmdir(dir);
}

static void what_is_added_is_read(void **state)
{
	read_at(NOW, DEVICE);
	assert_true(history_is_empty(&history));
	add(NOW, 1);
	add(NOW + 10, HISTORY_UNKNOWN);
	add(NOW + 20, 3);
	read_at(NOW + 25, DEVICE);
	assert_int_equal(nr_samples(), 3);
	assert_int_equal(history.slot[HISTORY_SLOTS - 3].figure[HISTORY_DEMAND], 1);
	assert_true(history.slot[HISTORY_SLOTS - 2].figure[HISTORY_DEMAND] == HISTORY_UNKNOWN);
	assert_int_equal(last_slot()->figure[HISTORY_DEMAND], 3);
	assert_int_equal(last_slot()->figure[HISTORY_PRESSURE], 4);
	read_at(NOW + HOUR + 10, DEVICE);
	assert_int_equal(nr_samples(), 1);
}

static void others_cannot_read_it(void **state)
{
	struct stat st;

	add(NOW, 1);
	assert_int_equal(chmod(file(), 0666), 0);
	add(NOW + 10, 1);
	assert_int_equal(stat(file(), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

static void a_new_vm_has_no_samples_of_the_old_one(void **state)
{
	struct sample sample = sample_at(NOW + 10, 8);
	char why[WHY_SIZE];

	add(NOW, 1);
	read_at(NOW, DEVICE + 1);
	assert_true(history_is_empty(&history));
	assert_true(histfile_add("web", DEVICE + 1, &sample, why));
	read_at(NOW + 10, DEVICE + 1);
	assert_int_equal(nr_samples(), 1);
	assert_int_equal(last_slot()->figure[HISTORY_DEMAND], 8);
	read_at(NOW + 10, DEVICE);
	assert_true(history_is_empty(&history));
}

static void the_file_stays_small(void **state)
{
	off_t most = 0, size;
	int64_t i;

	for (i = 0; i < 5000; i++) {
		add(NOW + 10 * i, INT64_MAX);
		size = file_size();
		if (size > most)
			most = size;
	}
	assert_in_range(most, 1, (64 << 10) + 128);
	read_at(NOW + 10 * (i - 1), DEVICE);
	assert_int_equal(nr_samples(), HISTORY_SLOTS);
}

static void a_large_file_of_others_is_cut(void **state)
{
	static char large[1 << 20];

	snprintf(large, sizeof(large), HEAD "1764550000 1 2 3 4\n%01000000d", 9);
	write_file(large);
	read_at(NOW, DEVICE);
	assert_int_equal(nr_samples(), 1);
	add(NOW + 10, 5);
	assert_in_range(file_size(), 1, 128);
	read_at(NOW + 10, DEVICE);
	assert_int_equal(nr_samples(), 2);
}

static void a_damaged_file_is_replaced(void **state)
{
	write_file("{\"device\": 7}");
	add(NOW, 1);
	write_file("");
	add(NOW, 1);
	read_at(NOW, DEVICE);
	assert_int_equal(nr_samples(), 1);
}

static void a_torn_line_costs_no_other_sample(void **state)
{
	add(NOW, 1);
	assert_int_equal(truncate(file(), file_size() - 3), 0);
	add(NOW + 10, 2);
	add(NOW + 20, 3);
	read_at(NOW + 20, DEVICE);
	assert_int_equal(last_slot()->figure[HISTORY_DEMAND], 3);
	assert_int_equal(history.slot[HISTORY_SLOTS - 2].figure[HISTORY_DEMAND], 2);
}

static void what_fails_is_said(void **state)
{
	struct sample sample = sample_at(NOW, 1);
	char why[WHY_SIZE] = "";

	add(NOW, 1);
	dir_is_safe = false;
	assert_false(histfile_add("web", DEVICE, &sample, why));
	assert_string_equal(why, "others can write to it");
	assert_false(histfile_read("web", DEVICE, NOW, &history, why));
	assert_string_equal(why, "others can write to it");
	dir_is_safe = true;

	/* A link is not followed. */
	unlink(file());
	assert_int_equal(symlink("/dev/null", file()), 0);
	assert_false(histfile_add("web", DEVICE, &sample, why));
	assert_non_null(strstr(why, "cannot write /tmp/"));
	assert_false(histfile_read("web", DEVICE, NOW, &history, why));
	assert_non_null(strstr(why, "cannot read /tmp/"));
}

static void a_device_that_there_is_not_has_no_id(void **state)
{
	assert_int_equal(histfile_device(""), 0);
	assert_int_equal(histfile_device("no-such-device"), 0);
	assert_int_not_equal(histfile_device("null"), 0);
	assert_int_not_equal(histfile_device("null"), histfile_device("zero"));
}

#define file_test(f) cmocka_unit_test_setup_teardown(f, make_dir, remove_dir)

int main(void)
{
	const struct CMUnitTest tests[] = {
		file_test(what_is_added_is_read),
		file_test(others_cannot_read_it),
		file_test(a_new_vm_has_no_samples_of_the_old_one),
		file_test(the_file_stays_small),
		file_test(a_large_file_of_others_is_cut),
		file_test(a_damaged_file_is_replaced),
		file_test(a_torn_line_costs_no_other_sample),
		file_test(what_fails_is_said),
		cmocka_unit_test(a_device_that_there_is_not_has_no_id),
	};

	return cmocka_run_group_tests_name("histfile", tests, NULL, NULL);
}

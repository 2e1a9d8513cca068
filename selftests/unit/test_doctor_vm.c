// SPDX-License-Identifier: GPL-2.0
/*
 * What `dmctl doctor` says of VMs and their memory. This file plays dynmem's facts, cgroups, the
 * agent, swap space and the mappings of VMMs.
 */
#include "unit.h"

#include "dmctl/agent.h"
#include "dmctl/cgroup.h"
#include "dmctl/doctor.h"
#include "dmctl/mapping.h"
#include "dmctl/swapfile.h"

static struct vm_facts vms[2];
static struct node_facts nodes[3];
static struct doctor d;
/* The last text, the last line that mends, and how many faults there are. */
static char text[WHY_SIZE], mend[WHY_SIZE];
static unsigned int faults;
static bool skipped;

static bool agent, swap, alone;
/* The files of the cgroups web.scope and, above it, all.slice, of process 1. */
static const char *swap_max[2], *memory_max[2], *memory_high[2];
static const char *const groups[] = {
	"/sys/fs/cgroup/all.slice/web.scope", "/sys/fs/cgroup/all.slice"
};

static struct mapping_files files;
static bool readable;

noreturn void die_no_memory(void)
{
	abort();
}

void doctor_bad(struct doctor *doctor, const char *line, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	snprintf(mend, sizeof(mend), "%s", line);
	doctor->bad = true;
	faults++;
}

void doctor_ok(struct doctor *doctor, const char *fmt, ...)
{
}

void doctor_skip(struct doctor *doctor, const char *fmt, ...)
{
	skipped |= !doctor->bad;
}

const char *doctor_line(struct doctor *doctor, const char *fmt, ...)
{
	static char line[WHY_SIZE];
	va_list args;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	return line;
}

bool doctor_may_quote(const char *word)
{
	return !strchr(word, '\'');
}

bool doctor_knows_vms(struct doctor *doctor)
{
	skipped |= !doctor->known;
	return doctor->known;
}

bool agent_runs(void)
{
	return agent;
}

bool swapfile_host_has_own(void)
{
	return swap;
}

bool cgroup_first(struct cgroup *cgroup, pid_t pid,
		  bool (*fits)(const struct cgroup *cgroup, const void *arg), const void *arg)
{
	for (cgroup->id = 0; cgroup->id < ARRAY_SIZE(groups); cgroup->id++) {
		snprintf(cgroup->path, sizeof(cgroup->path), "%s", groups[cgroup->id]);
		if (fits(cgroup, arg))
			return true;
	}
	return false;
}

bool cgroup_own(struct cgroup *cgroup, pid_t pid, const char *file, char *why)
{
	snprintf(cgroup->path, sizeof(cgroup->path), "%s", groups[0]);
	cgroup->id = 0;
	return alone || refuse(why, "QEMU shares its cgroup");
}

bool cgroup_read(const struct cgroup *cgroup, const char *file, char value[CGROUP_VALUE_SIZE],
		 char *why)
{
	const char *found = !strcmp(file, "memory.swap.max") ? swap_max[cgroup->id] :
			    !strcmp(file, "memory.max") ? memory_max[cgroup->id] :
			    memory_high[cgroup->id];

	snprintf(value, CGROUP_VALUE_SIZE, "%s", found);
	return true;
}

void mapping_look(struct mapping_look *looks, size_t nr, int64_t ms)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		looks[i].known = looks[i].pid && readable;
		looks[i].files = files;
	}
}

/* A VM that runs on node 0 of two, and one that is only defined. Nothing is wrong. */
static int begin(void **state)
{
	size_t i;

	memset(vms, 0, sizeof(vms));
	memset(nodes, 0, sizeof(nodes));
	snprintf(vms[0].name, sizeof(vms[0].name), "%s", "web");
	vms[0].state = DYNMEM_VM_STATE_RUNNING;
	vms[0].pid = 1;
	vms[0].ram = GIB(4);
	vms[0].maximum = GIB(3);
	vms[0].nr_parts = 3;
	for (i = 0; i < 3; i++) {
		nodes[i].node = i % 2;
		nodes[i].page = i < 2 ? ordinary_page() : MIB(2);
		nodes[i].capacity = GIB(4);
		vms[0].part[i].node = nodes[i].node;
		vms[0].part[i].page = nodes[i].page;
	}
	vms[0].part[0].charge = GIB(1);
	snprintf(vms[1].name, sizeof(vms[1].name), "%s", "idle");
	vms[1].maximum = GIB(64);
	d = (struct doctor){
		.known = true, .vms = vms, .nr_vms = 2, .nodes = nodes, .nr_nodes = 3,
	};
	for (i = 0; i < 2; i++) {
		swap_max[i] = "max";
		memory_max[i] = "max";
		memory_high[i] = "max";
	}
	swap = false;
	agent = false;
	alone = true;
	readable = true;
	files = (struct mapping_files){ };
	return 0;
}

/* Makes a check. Return: how many faults it has found. */
static unsigned int finds(void (*check)(struct doctor *d))
{
	d.bad = false;
	faults = 0;
	skipped = false;
	text[0] = '\0';
	mend[0] = '\0';
	check(&d);
	return faults;
}

static void nothing_is_wrong(void **state)
{
	assert_int_equal(finds(doctor_memory) + finds(doctor_swap) + finds(doctor_balloon) +
			 finds(doctor_cgroup) + finds(doctor_node), 0);
}

static void without_a_vm(void **state)
{
	void (*const checks[])(struct doctor *d) = {
		doctor_memory, doctor_balloon, doctor_cgroup, doctor_node
	};
	size_t i;

	vms[0].pid = 0;
	vms[0].state = DYNMEM_VM_STATE_DEFINED;
	for (i = 0; i < ARRAY_SIZE(checks); i++)
		assert_true(!finds(checks[i]) && skipped);
	d.known = false;
	for (i = 0; i < ARRAY_SIZE(checks); i++)
		assert_true(!finds(checks[i]) && skipped);
}

static void memory_in_a_file(void **state)
{
	files = (struct mapping_files){ .bytes = GIB(4), .type = "ext4" };
	assert_int_equal(finds(doctor_memory), 1);
	assert_non_null(strstr(text, "web: 4 GiB are in a file on ext4"));
	readable = false;
	assert_true(!finds(doctor_memory) && skipped);
}

static void swap_space(void **state)
{
	/* Without an agent: as long as a VM may be swapped out, or none runs. */
	swap = true;
	assert_int_equal(finds(doctor_swap), 1);
	assert_string_equal(mend, "systemctl enable --now dynmem-agent");
	swap_max[0] = "0";
	assert_int_equal(finds(doctor_swap), 0);
	swap_max[0] = "max";
	swap_max[1] = "0";
	assert_int_equal(finds(doctor_swap), 0);
	vms[0].pid = 0;
	assert_int_equal(finds(doctor_swap), 1);
	vms[0].pid = 1;
	swap_max[1] = "max";

	/* An agent that has not forbidden it, or cannot. */
	agent = true;
	assert_int_equal(finds(doctor_swap), 1);
	assert_string_equal(mend, "echo 0 >'/sys/fs/cgroup/all.slice/web.scope/memory.swap.max'");
	alone = false;
	assert_int_equal(finds(doctor_swap), 1);
	assert_non_null(strstr(text, "QEMU shares its cgroup"));
	/* A VM that is paged has to swap. */
	vms[0].page_to = MIB(256);
	assert_int_equal(finds(doctor_swap), 0);
}

static void second_balloon(void **state)
{
	vms[0].foreign = MIB(96);
	assert_int_equal(finds(doctor_balloon), 1);
	assert_non_null(strstr(text, "takes 96 MiB from the guest"));
}

static void limits_of_cgroups(void **state)
{
	/* The line raises the limit by what the VM lacks, and 64 MiB. */
	snprintf(vms[0].limit_by, sizeof(vms[0].limit_by), "%s", "all.slice");
	vms[0].limit = GIB(2);
	memory_max[1] = "2147483648";
	assert_int_equal(finds(doctor_cgroup), 1);
	assert_string_equal(mend, "echo 3137M >'/sys/fs/cgroup/all.slice/memory.max'");
	memory_high[1] = "1073741824";
	assert_int_equal(finds(doctor_cgroup), 1);
	assert_string_equal(mend, "echo 2113M >'/sys/fs/cgroup/all.slice/memory.high'");
	snprintf(vms[0].limit_by, sizeof(vms[0].limit_by), "%s", "gone.scope");
	assert_int_equal(finds(doctor_cgroup), 1);
	assert_string_equal(mend, "raise memory.max or memory.high of that cgroup");
	/* What is above maximum or RAM limits nothing. */
	vms[0].limit = GIB(3);
	assert_int_equal(finds(doctor_cgroup), 0);
	vms[0].limit = GIB(2);
	vms[0].ram = GIB(2);
	assert_int_equal(finds(doctor_cgroup), 0);
}

static void larger_than_a_node(void **state)
{
	/* Bound to node 0, and then to both. */
	vms[0].maximum = GIB(8);
	vms[0].ram = GIB(6);
	assert_int_equal(finds(doctor_node), 1);
	assert_non_null(strstr(text, "it may have 6 GiB, and is bound to nodes that have 4 GiB"));
	vms[0].part[1].charge = GIB(1);
	assert_int_equal(finds(doctor_node), 0);
	/* Memory that floats is on both nodes by chance. */
	vms[0].floating = true;
	assert_int_equal(finds(doctor_node), 1);
	assert_non_null(strstr(text, "floats"));
	vms[0].ram = GIB(4);
	assert_int_equal(finds(doctor_node), 0);
	vms[0].ram = GIB(6);
	/* No vnodes help in a pool, while it starts, or on a host with one node. */
	vms[0].part[2].charge = GIB(1);
	assert_int_equal(finds(doctor_node), 0);
	vms[0].part[2].charge = 0;
	vms[0].state = DYNMEM_VM_STATE_STARTING;
	assert_int_equal(finds(doctor_node), 0);
	vms[0].state = DYNMEM_VM_STATE_RUNNING;
	d.nr_nodes = 1;
	assert_int_equal(finds(doctor_node), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(nothing_is_wrong, begin),
		cmocka_unit_test_setup(without_a_vm, begin),
		cmocka_unit_test_setup(memory_in_a_file, begin),
		cmocka_unit_test_setup(swap_space, begin),
		cmocka_unit_test_setup(second_balloon, begin),
		cmocka_unit_test_setup(limits_of_cgroups, begin),
		cmocka_unit_test_setup(larger_than_a_node, begin),
	};

	return cmocka_run_group_tests_name("doctor_vm", tests, NULL, NULL);
}

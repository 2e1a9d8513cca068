// SPDX-License-Identifier: GPL-2.0
/*
 * What `dmctl vm show` and `dmctl node show` print. This file plays the kernel, which answers with
 * any names and figures.
 */
#include <linux/genetlink.h>
#include <netlink/genl/genl.h>
#include <stdbool.h>
#include <stdio.h>

#include "unit.h"

#include "dmctl/cgroup.h"
#include "dmctl/command.h"
#include "dmctl/netlink.h"
#include "dmctl/output.h"
#include "dmctl/overcommit.h"
#include "dmctl/symlink.h"
#include "dmctl/zswap.h"
#include "uapi/dynmem.h"

static struct nl_msg *answers[8];
static size_t n_answers;
static struct nl_msg *unsent;		/* from request_new() */
/* What a command has printed, and what it has complained of. */
static char *printed, *said;

/* ---- the kernel ---- */

/* Adds an answer about a VM or a node, without attributes. */
static struct nl_msg *answer_new(void)
{
	struct nl_msg *msg = nlmsg_alloc();

	assert_non_null(genlmsg_put(msg, 0, 0, 0, 0, 0, 0, 0));
	assert_true(n_answers < ARRAY_SIZE(answers));
	answers[n_answers++] = msg;
	return msg;
}

static void add_vm(const char *name, uint32_t state, uint64_t demand, uint64_t assigned)
{
	struct nl_msg *msg = answer_new();

	nla_put_string(msg, DYNMEM_A_VM_NAME, name);
	nla_put_u32(msg, DYNMEM_A_VM_STATE, state);
	nla_put_u64(msg, DYNMEM_A_VM_ASSIGNED, assigned);
	/* A VM that has not reported has no demand. */
	if (demand)
		nla_put_u64(msg, DYNMEM_A_VM_DEMAND, demand);
}

struct nl_msg *request_new(int cmd, int flags)
{
	nlmsg_free(unsent);
	unsent = nlmsg_alloc();
	return unsent;
}

void request_put_string(struct nl_msg *msg, int attr, const char *value)
{
	nla_put_string(msg, attr, value);
}

void request_put_u64(struct nl_msg *msg, int attr, uint64_t value)
{
}

void request_put_u32(struct nl_msg *msg, int attr, uint32_t value)
{
}

void request_put_u8(struct nl_msg *msg, int attr, uint8_t value)
{
}

void answer_attrs(struct nlmsghdr *answer, struct nlattr **attrs, int max)
{
	assert_int_equal(genlmsg_parse(answer, 0, attrs, max, NULL), 0);
}

/* A request with a name gets the answer about that VM, and one without gets all answers. */
int request_send(struct nl_msg *msg, answer_fn answer, void *arg)
{
	struct nlattr *name = nlmsg_find_attr(nlmsg_hdr(msg), 0, DYNMEM_A_VM_NAME), *its;
	int ret = name ? EXIT_NOT_FOUND : EXIT_OK;
	size_t i;

	for (i = 0; i < n_answers; i++) {
		its = nlmsg_find_attr(nlmsg_hdr(answers[i]), GENL_HDRLEN, DYNMEM_A_VM_NAME);
		if (name && strcmp(nla_get_string(name), nla_get_string(its)))
			continue;
		answer(nlmsg_hdr(answers[i]), arg);
		ret = EXIT_OK;
	}
	nlmsg_free(msg);
	unsent = NULL;
	return ret;
}

bool cgroup_own(struct cgroup *cgroup, pid_t pid, const char *file, char *why)
{
	return true;
}

bool zswap_read(const struct cgroup *cgroup, struct zswap_use *use)
{
	*use = (struct zswap_use){ .compressed = UINT64_MAX, .from = UINT64_MAX };
	return true;
}

void overcommit_warn(uint64_t bytes)
{
}

void symlink_expect(const char *name, bool made)
{
}

int timeline_show(const char *name, const char *svg)
{
	abort();
}

#define OTHER_COMMAND(name) int name(char **argv) { abort(); }
OTHER_COMMAND(cmd_host)
OTHER_COMMAND(cmd_top)
OTHER_COMMAND(cmd_libvirt)
OTHER_COMMAND(cmd_monitor)
OTHER_COMMAND(cmd_metrics)
OTHER_COMMAND(cmd_agent)
OTHER_COMMAND(cmd_doctor)
OTHER_COMMAND(cmd_save)
OTHER_COMMAND(cmd_restore)
OTHER_COMMAND(cmd_help)
OTHER_COMMAND(vm_check)
OTHER_COMMAND(vm_detach)
OTHER_COMMAND(vm_attach)
OTHER_COMMAND(vm_place)
OTHER_COMMAND(vm_plug)
OTHER_COMMAND(vm_unplug)
OTHER_COMMAND(vm_wait)

static int reset(void **state)
{
	while (n_answers)
		nlmsg_free(answers[--n_answers]);
	nlmsg_free(unsent);
	free(printed);
	free(said);
	unsent = NULL;
	printed = NULL;
	said = NULL;
	options = (struct options){ };
	return 0;
}

/* ---- dmctl ---- */

/* Carries out a command of up to 15 words, and keeps what it prints. Return: the exit status. */
static int run(const char *words)
{
	FILE *out = stdout, *err = stderr;
	char line[256], *rest = line, *argv[16] = { };
	size_t size, n = 0;
	int ret;

	snprintf(line, sizeof(line), "%s", words);
	while (n + 1 < ARRAY_SIZE(argv) && rest)
		argv[n++] = strsep(&rest, " ");
	free(printed);
	free(said);
	stdout = open_memstream(&printed, &size);
	stderr = open_memstream(&said, &size);
	ret = command_run(command, argv);
	fclose(stdout);
	fclose(stderr);
	stdout = out;
	stderr = err;
	return ret;
}

static void prints(const char *words, const char *wanted)
{
	assert_int_equal(run(words), EXIT_OK);
	assert_string_equal(printed, wanted);
	assert_string_equal(said, "");
}

static void is_wrong(const char *words, const char *why)
{
	assert_int_equal(run(words), EXIT_USAGE);
	assert_string_equal(printed, "");
	if (!strstr(said, why))
		fail_msg("'%s' is not in: %s", why, said);
}

static void add_vms(void)
{
	add_vm("web", 2, MIB(300), MIB(400));
	add_vm("db", 4, MIB(900), MIB(1000));
	add_vm("new", 1, 0, MIB(400));
}

static void fields_are_chosen(void **state)
{
	add_vms();
	prints("vm show -o state,name",
	       "state     name\n"
	       "running   web\n"
	       "paused    db\n"
	       "starting  new\n");
	prints("vm list --output demand -o name",
	       "demand   name\n"
	       "300 MiB  web\n"
	       "900 MiB  db\n"
	       "-        new\n");
	prints("vm show -o nam,assi",
	       "name  assigned\n"
	       "web    400 MiB\n"
	       "db    1000 MiB\n"
	       "new    400 MiB\n");
	prints("vm show db -o name,state", "name  state\ndb    paused\n");
	prints("vm show -o name new web", "name\nnew\nweb\n");
}

static void json_has_these_keys(void **state)
{
	add_vms();
	options.json = true;
	prints("vm show -o state,demand",
	       "[{\"state\":\"running\",\"demand\":314572800},{"
	       "\"state\":\"paused\",\"demand\":943718400},{"
	       "\"state\":\"starting\",\"demand\":null}]\n");
	prints("vm show -o name db", "{\"name\":\"db\"}\n");
	prints("vm show -o name db web", "[{\"name\":\"db\"},{\"name\":\"web\"}]\n");
}

static void figures_fall_and_words_rise(void **state)
{
	add_vms();
	prints("vm show -o name --sort demand", "name\ndb\nweb\nnew\n");
	prints("vm show -o name --sort -demand", "name\nweb\ndb\nnew\n");
	prints("vm show -o name --sort name", "name\ndb\nnew\nweb\n");
	prints("vm show -o name --sort -name", "name\nweb\nnew\ndb\n");
	prints("vm show -o name --sort state", "name\ndb\nweb\nnew\n");
	prints("vm show -o name --sort floating", "name\nweb\ndb\nnew\n");
	prints("vm show -o name web db --sort name", "name\ndb\nweb\n");
	options.json = true;
	prints("vm show --sort name -o name web db", "[{\"name\":\"db\"},{\"name\":\"web\"}]\n");
}

static void equals_keep_their_order(void **state)
{
	add_vms();
	prints("vm show -o name --sort assigned", "name\ndb\nweb\nnew\n");
	prints("vm show -o name --sort -assigned", "name\nweb\nnew\ndb\n");
}

static void nodes_are_chosen_and_sorted(void **state)
{
	uint32_t i;

	for (i = 0; i < 3; i++) {
		struct nl_msg *msg = answer_new();

		nla_put_u32(msg, DYNMEM_A_NODE_ID, i);
		nla_put_u64(msg, DYNMEM_A_NODE_SPARE, MIB(i % 2));
	}
	prints("node show -o node,spare --sort spare",
	       "node  spare\n"
	       "1     1 MiB\n"
	       "0         0\n"
	       "2         0\n");
	prints("node show -o node,overd --sort -node",
	       "node  overdrawn\n"
	       "0     no\n"
	       "1     no\n"
	       "2     no\n");
}

static void a_long_text_is_whole(void **state)
{
	char why[400], wanted[sizeof(why) + 5];
	struct nl_msg *msg = answer_new();

	memset(why, 'w', sizeof(why) - 1);
	why[sizeof(why) - 1] = '\0';
	snprintf(wanted, sizeof(wanted), "why\n%s\n", why);
	nla_put_string(msg, DYNMEM_A_VM_NAME, "web");
	nla_put_string(msg, DYNMEM_A_VM_WHY, why);
	prints("vm show -o why", wanted);
}

/* Checks that no line is longer than a terminal is wide. */
static void fits(const char *words)
{
	const char *line;

	assert_int_equal(run(words), EXIT_OK);
	for (line = printed; *line; line += strcspn(line, "\n") + 1)
		if (strcspn(line, "\n") > TABLE_WIDTH)
			fail_msg("%s: %.*s", words, (int)strcspn(line, "\n"), line);
}

/* Adds a VM whose figures are all @figure and whose words are the longest. */
static void add_large_vm(const char *name, uint64_t figure)
{
	static const int words[][2] = {
		{ DYNMEM_A_VM_STATE, 3 }, { DYNMEM_A_VM_STATUS, 3 }, { DYNMEM_A_VM_DRIVER, 1 },
		{ DYNMEM_A_VM_REACTION, 2 }, { DYNMEM_A_VM_DEMAND_MODE, 2 },
		{ DYNMEM_A_VM_ENFORCE, 1 }, { DYNMEM_A_VM_PLACE, 1 },
	};
	static const int numbers[] = {
		DYNMEM_A_VM_BUFFER, DYNMEM_A_VM_WEIGHT, DYNMEM_A_VM_PRESSURE, DYNMEM_A_VM_BACKOFF,
		DYNMEM_A_VM_PRESSURE_MINIMUM, DYNMEM_A_VM_PRESSURE_MAXIMUM,
		DYNMEM_A_VM_PRESSURE_AVERAGE, DYNMEM_A_VM_PID,
	};
	static const int bytes[] = {
		DYNMEM_A_VM_STARTUP, DYNMEM_A_VM_MINIMUM, DYNMEM_A_VM_MAXIMUM, DYNMEM_A_VM_DEMAND,
		DYNMEM_A_VM_COMMIT, DYNMEM_A_VM_DESIRED, DYNMEM_A_VM_ASSIGNED, DYNMEM_A_VM_TARGET,
		DYNMEM_A_VM_RESIDENT, DYNMEM_A_VM_BALLOONED, DYNMEM_A_VM_EXPOSED,
		DYNMEM_A_VM_CHARGE, DYNMEM_A_VM_RAM, DYNMEM_A_VM_MISSING, DYNMEM_A_VM_FOREIGN,
		DYNMEM_A_VM_PINNED, DYNMEM_A_VM_RETOUCHED, DYNMEM_A_VM_SHARED, DYNMEM_A_VM_SAVED,
		DYNMEM_A_VM_PAGED, DYNMEM_A_VM_PAGE_TO, DYNMEM_A_VM_UNAVAILABLE, DYNMEM_A_VM_LENT,
		DYNMEM_A_VM_CACHE, DYNMEM_A_VM_REREAD, DYNMEM_A_VM_LIMIT, DYNMEM_A_VM_AVAILABLE,
	};
	struct nl_msg *msg = answer_new();
	size_t i;

	nla_put_string(msg, DYNMEM_A_VM_NAME, name);
	for (i = 0; i < ARRAY_SIZE(words); i++)
		nla_put_u32(msg, words[i][0], words[i][1]);
	for (i = 0; i < ARRAY_SIZE(numbers); i++)
		nla_put_u32(msg, numbers[i], UINT32_MAX);
	for (i = 0; i < ARRAY_SIZE(bytes); i++)
		nla_put_u64(msg, bytes[i], figure);
	nla_put_string(msg, DYNMEM_A_VM_DEVICE, "vhost-vdpa-4294967295");
}

static void add_large_node(uint32_t node, uint64_t figure)
{
	struct nl_msg *msg = answer_new();
	int attr;

	nla_put_u32(msg, DYNMEM_A_NODE_ID, node);
	for (attr = 1; attr <= DYNMEM_A_NODE_MAX; attr++)
		if (attr != DYNMEM_A_NODE_ID)
			nla_put_u64(msg, attr, figure);
}

static void tables_fit_a_terminal(void **state)
{
	char name[DYNMEM_NAME_MAX + 1], command[100];
	int len, shift;

	for (shift = 0; shift < 64; shift++) {
		for (len = 1; len <= DYNMEM_NAME_MAX; len += 2) {
			snprintf(name, sizeof(name), "%0*d", len, 0);
			add_large_vm(name, UINT64_MAX >> shift);
			add_vm("b", 2, MIB(1), MIB(1));
			fits("vm show");
			snprintf(command, sizeof(command), "vm show %s b", name);
			fits(command);
			reset(state);
		}
		add_large_node(0, UINT64_MAX >> shift);
		add_large_node(UINT32_MAX, UINT64_MAX >> shift);
		fits("node show");
		reset(state);
	}
}

#define LONG_NAME "a-name-that-has-all-of-the-63-characters-that-a-name-may-have-x"
#define LONG_GAP "                                                           "

static void a_long_name_has_its_own_line(void **state)
{
	add_vms();
	prints("vm show",
	       "name  state     status  driver   demand  assigned  resident\n"
	       "web   running   -       -       300 MiB   400 MiB  -\n"
	       "db    paused    -       -       900 MiB  1000 MiB  -\n"
	       "new   starting  -       -             -   400 MiB  -\n");
	add_vm(LONG_NAME, 1, 0, GIB(1));
	prints("vm show",
	       "name  state     status  driver   demand  assigned  resident\n"
	       "web   running   -       -       300 MiB   400 MiB  -\n"
	       "db    paused    -       -       900 MiB  1000 MiB  -\n"
	       "new   starting  -       -             -   400 MiB  -\n"
	       LONG_NAME "\n"
	       "      starting  -       -             -     1 GiB  -\n");
	prints("vm show -o state,name,assigned,demand " LONG_NAME,
	       "state     name" LONG_GAP "  assigned  demand\n"
	       "starting  " LONG_NAME "     1 GiB  -\n");
}

static void wrong_fields_are_refused(void **state)
{
	add_vms();
	is_wrong("vm show -o nmae", "there is no field 'nmae' (did you mean 'name'?)");
	is_wrong("vm show -o colour", "there is no field 'colour'; there is name, state, status, ");
	is_wrong("vm show -o colour", ", device, pid, why; see 'dmctl -h'");
	is_wrong("vm show -o name,st", "'st' may be state or status");
	is_wrong("vm show -o name,state,nam", "field name is given twice");
	is_wrong("vm show -o name,,state", "a field is missing");
	is_wrong("vm show -o name,", "a field is missing");
	is_wrong("vm show -o", "-o: the value is missing");
	is_wrong("vm show --sort", "--sort: the value is missing");
	is_wrong("vm show --sort nodes", "there is no field 'nodes'");
	is_wrong("vm show --sort -", "'' may be name or state");
	is_wrong("vm show --sort name --sort name", "--sort is given twice");
	is_wrong("node show -o capacity,name", "there is no field 'name'");
	is_wrong("node show -o node x", "unexpected argument 'x'");
	is_wrong("vm set web -o name", "there is no setting '-o'");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, reset, reset)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(fields_are_chosen),
		TEST(json_has_these_keys),
		TEST(figures_fall_and_words_rise),
		TEST(equals_keep_their_order),
		TEST(nodes_are_chosen_and_sorted),
		TEST(a_long_text_is_whole),
		TEST(tables_fit_a_terminal),
		TEST(a_long_name_has_its_own_line),
		TEST(wrong_fields_are_refused),
	};

	return cmocka_run_group_tests_name("show", tests, NULL, NULL);
}

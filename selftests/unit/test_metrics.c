// SPDX-License-Identifier: GPL-2.0
/*
 * Metrics of two VMs on two nodes. One VM runs, the other is only defined, so that little is known
 * of it. A strict reader checks both formats.
 */
#include "unit.h"

#include <ctype.h>
#include <stdnoreturn.h>

#include "dmctl/metrics.h"

#define FAMILIES 200
#define SERIES 1000

static const char vms_text[] =
"[{ 'name': 'web', 'state': 'running', 'status': 'Low', 'driver': 'dynmem', 'startup': 536870912,\n"
"  'buffer': 20, 'weight': 5000, 'dynamic': true, 'demand': 1000, 'assigned': 2147483648,\n"
"  'pressure': 107, 'pressure_minimum': 5, 'pressure_maximum': 1250, 'pressure_average': 100,\n"
"  'available': 18446744073709551615, 'ram': 4294967296, 'commit': null, 'backoff': 30,\n"
"  'reaction': 'uncooperative', 'nodes': [\n"
"    { 'node': 0, 'page': 4096, 'resident': 7, 'assigned': 8, 'target': 9, 'ballooned': 10 },\n"
"    { 'node': 1, 'page': 2097152, 'resident': 1, 'assigned': 2, 'target': 3, 'ballooned': 4 }],\n"
"  'counters': { 'inflated': 3, 'refused_range': 2, 'refused_grant': 1, 'added': 8, 'removed': 5,\n"
"    'add_operations': 2, 'remove_operations': 1 } },\n"
" { 'name': 'a\\\\b\\\"c\\nd', 'state': 'defined', 'status': 'unknown', 'driver': 'none',\n"
"  'dynamic': false, 'demand': null, 'assigned': 0, 'pressure': null, 'reaction': 'ok',\n"
"  'nodes': [], 'counters': { 'inflated': 0, 'added': 0 } }]";

static const char host_text[] =
"{ 'vms': 2, 'running': 1, 'startable': 1073741824, 'refused': 4, 'sequence': 99, 'spare': 12,\n"
"  'version': '1.0', 'failover': 0, 'warnings': [ {}, {} ] }";

static const char nodes_text[] =
"[{ 'node': 0, 'page': 4096, 'present': 1, 'debt': 6, 'overdrawn': true, 'debt_by': {\n"
"    'host': 2, 'floating': 4 } },\n"
" { 'node': 0, 'page': 2097152, 'present': 3, 'debt': 0, 'overdrawn': false }]";

static char *text;

void die_no_memory(void)
{
	abort();
}

static struct json_object *parse(const char *single_quoted)
{
	char *copy = strdup(single_quoted), *at;
	struct json_object *json;

	for (at = copy; *at; at++)
		if (*at == '\'')
			*at = '"';
	json = json_tokener_parse(copy);
	assert_non_null(json);
	free(copy);
	return json;
}

static void write_metrics(bool openmetrics, const char *vms, const char *nodes)
{
	struct json_object *json[] = { parse(vms), parse(host_text), parse(nodes) };
	size_t len;
	FILE *out;

	free(text);
	out = open_memstream(&text, &len);
	metrics_write(out, openmetrics, json[0], json[1], json[2]);
	fclose(out);
	json_object_put(json[0]);
	json_object_put(json[1]);
	json_object_put(json[2]);
}

/* ---- a strict reader */

struct reader {
	bool openmetrics;
	const char *line;		/* for messages */
	char family[128];		/* of the samples that follow */
	char type[16];
	bool helped;
	char *families[FAMILIES];
	char *series[SERIES];
	unsigned int nr_families, nr_series;
};

static void expect(const struct reader *r, bool fine, const char *what)
{
	if (!fine)
		fail_msg("%s: %s", what, r->line);
}

/* Adds @name to @set. Return: false if it is there already. */
static bool is_new(char **set, unsigned int *nr, const char *name, size_t len)
{
	unsigned int i;

	for (i = 0; i < *nr; i++)
		if (strlen(set[i]) == len && !memcmp(set[i], name, len))
			return false;
	set[(*nr)++] = strndup(name, len);
	return true;
}

static size_t name_length(const char *at)
{
	size_t len = 0;

	while (islower(at[len]) || at[len] == '_' || (len && isdigit(at[len])))
		len++;
	return len;
}

static void read_comment(struct reader *r, const char *line)
{
	char word[8], name[128], rest[256];

	expect(r, sscanf(line, "# %7s %127s %255[^\n]", word, name, rest) == 3, "no comment");
	if (!strcmp(word, "HELP")) {
		expect(r, is_new(r->families, &r->nr_families, name, strlen(name)),
		       "a family that was there");
		expect(r, rest[strlen(rest) - 1] == '.', "no sentence");
		snprintf(r->family, sizeof(r->family), "%s", name);
		r->type[0] = '\0';
		return;
	}
	expect(r, !strcmp(name, r->family), "another family");
	if (!strcmp(word, "TYPE")) {
		expect(r, !r->type[0], "a second type");
		snprintf(r->type, sizeof(r->type), "%.15s", rest);
		expect(r, !strcmp(rest, "gauge") || !strcmp(rest, "counter") ||
		       (r->openmetrics && !strcmp(rest, "info")), "an unknown type");
		return;
	}
	expect(r, r->openmetrics && !strcmp(word, "UNIT"), "an unknown comment");
	expect(r, strlen(name) > strlen(rest) &&
	       !strcmp(name + strlen(name) - strlen(rest), rest), "not the unit of the name");
}

static const char *read_labels(struct reader *r, const char *at)
{
	do {
		size_t len = name_length(++at);

		expect(r, len && at[len] == '=' && at[len + 1] == '"', "no label");
		for (at += len + 2; *at != '"'; at++) {
			expect(r, *at && *at != '\n', "no end of a label");
			if (*at == '\\')
				expect(r, strchr("\\\"n", *++at), "an unknown escape");
		}
		at++;
	} while (*at == ',');
	expect(r, *at == '}', "no end of the labels");
	return at + 1;
}

static void read_sample(struct reader *r, const char *line)
{
	size_t len = name_length(line), family = strlen(r->family);
	const char *ending = line + family, *at = line + len;
	char *end;

	expect(r, r->type[0] && len >= family && !strncmp(line, r->family, family),
	       "a sample of no family");
	if (!strcmp(r->type, "counter") && r->openmetrics)
		expect(r, len - family == 6 && !strncmp(ending, "_total", 6), "no counter");
	else if (!strcmp(r->type, "info"))
		expect(r, len - family == 5 && !strncmp(ending, "_info", 5), "no info");
	else
		expect(r, len == family, "another name");
	if (!strcmp(r->type, "counter"))
		expect(r, !strncmp(line + len - 6, "_total", 6), "a counter is a total");
	if (*at == '{')
		at = read_labels(r, at);
	expect(r, is_new(r->series, &r->nr_series, line, at - line), "a second sample");
	expect(r, *at == ' ' && isdigit(at[1]), "no value");
	strtod(at + 1, &end);
	expect(r, *end == '\n', "more than a value");
}

/* Reads all of the text, and fails the test if it breaks a rule of the format. */
static void read_strictly(bool openmetrics)
{
	struct reader r = { .openmetrics = openmetrics };
	bool ended = false;
	const char *at;

	for (at = text; *at; at = strchr(at, '\n') + 1) {
		r.line = at;
		expect(&r, !ended && strchr(at, '\n'), "text behind the end");
		if (openmetrics && !strncmp(at, "# EOF\n", 6))
			ended = true;
		else if (*at == '#')
			read_comment(&r, at);
		else
			read_sample(&r, at);
	}
	assert_int_equal(ended, openmetrics);
	assert_in_range(r.nr_series, 1, SERIES - 1);
	while (r.nr_families)
		free(r.families[--r.nr_families]);
	while (r.nr_series)
		free(r.series[--r.nr_series]);
}

/* ---- tests */

static void has(const char *line)
{
	char whole[512];

	snprintf(whole, sizeof(whole), "\n%s\n", line);
	if (!strstr(text, whole))
		fail_msg("\"%s\" is not in\n%s", line, text);
}

static void has_not(const char *part)
{
	if (strstr(text, part))
		fail_msg("\"%s\" is in\n%s", part, text);
}

static void both_formats_are_strict(void **state)
{
	write_metrics(false, vms_text, nodes_text);
	read_strictly(false);
	write_metrics(true, vms_text, nodes_text);
	read_strictly(true);
	/* A host without VMs. */
	write_metrics(true, "[]", nodes_text);
	read_strictly(true);
}

static void figures_become_base_units(void **state)
{
	write_metrics(false, vms_text, nodes_text);
	has("# TYPE dynmem_vm_assigned_bytes gauge");
	has("dynmem_vm_assigned_bytes{vm=\"web\"} 2147483648");
	has("dynmem_vm_pressure_ratio{vm=\"web\"} 1.07");
	has("dynmem_vm_pressure_minimum_ratio{vm=\"web\"} 0.05");
	has("dynmem_vm_pressure_maximum_ratio{vm=\"web\"} 12.50");
	has("dynmem_vm_available_bytes{vm=\"web\"} 18446744073709551615");
	has("dynmem_vm_backoff_seconds{vm=\"web\"} 30");
	has("dynmem_vm_dynamic{vm=\"web\"} 1");
	has("# TYPE dynmem_vm_inflated_bytes_total counter");
	has("dynmem_vm_inflated_bytes_total{vm=\"web\"} 12288");
	has("dynmem_vm_added_bytes_total{vm=\"web\"} 8");
	has("dynmem_vm_refused_bytes_total{vm=\"web\",reason=\"range\"} 8192");
	has("dynmem_vm_node_target_bytes{vm=\"web\",node=\"1\",page=\"2097152\"} 3");
	has("dynmem_startable_bytes 1073741824");
	has("dynmem_starts_refused_total 4");
	has("dynmem_events_total 99");
	has("dynmem_warnings 2");
	has("dynmem_node_present_bytes{node=\"0\",page=\"2097152\"} 3");
	has("dynmem_node_overdrawn{node=\"0\",page=\"4096\"} 1");
	has("dynmem_node_debt_cause_bytes{node=\"0\",page=\"4096\",cause=\"floating\"} 4");
}

static void what_is_unknown_is_absent(void **state)
{
	write_metrics(false, vms_text, nodes_text);
	has_not("dynmem_vm_commit_bytes{");
	has_not("dynmem_vm_demand_bytes{vm=\"a");
	has_not("null");
}

static void each_word_of_a_state_has_a_sample(void **state)
{
	write_metrics(true, vms_text, nodes_text);
	has("dynmem_vm_state{vm=\"web\",state=\"running\"} 1");
	has("dynmem_vm_state{vm=\"web\",state=\"defined\"} 0");
	has("dynmem_vm_status{vm=\"web\",status=\"Low\"} 1");
	has("dynmem_vm_reaction{vm=\"web\",reaction=\"uncooperative\"} 1");
	has("dynmem_vm_reaction{vm=\"web\",reaction=\"ok\"} 0");
}

static void labels_are_escaped(void **state)
{
	write_metrics(false, vms_text, nodes_text);
	has("dynmem_vm_assigned_bytes{vm=\"a\\\\b\\\"c\\nd\"} 0");
	has("dynmem_vm_state{vm=\"a\\\\b\\\"c\\nd\",state=\"defined\"} 1");
}

/* Names and labels of samples do not depend on the format, so rules and dashboards fit both. */
static void samples_are_the_same_in_both_formats(void **state)
{
	const char *at;
	char *prometheus;

	write_metrics(false, vms_text, nodes_text);
	prometheus = text;
	text = NULL;
	write_metrics(true, vms_text, nodes_text);
	for (at = text; *at; at = strchr(at, '\n') + 1) {
		char line[512];

		snprintf(line, sizeof(line), "\n%.*s\n", (int)strcspn(at, "\n"), at);
		if (*at != '#' && !strstr(prometheus, line))
			fail_msg("only in OpenMetrics:%s", line);
	}
	has("# TYPE dynmem_vm_added_bytes counter");
	has("# UNIT dynmem_vm_added_bytes bytes");
	has("# TYPE dynmem info");
	free(prometheus);
}

static void dashboards_for_hyperv_find_their_names(void **state)
{
#define VM(name, value) has("windows_hyperv_dynamic_memory_vm_" name "{vm=\"web\"} " value)
	write_metrics(false, vms_text, nodes_text);
	VM("physical_bytes", "2147483648");
	VM("guest_visible_physical_memory_bytes", "4294967296");
	VM("pressure_current_ratio", "1.07");
	VM("pressure_maximum_ratio", "12.50");
	VM("added_total", "8");
	VM("added_bytes_total", "8");
	VM("removed_bytes_total", "5");
	VM("add_operations_total", "2");
	has("windows_hyperv_dynamic_memory_balancer_available_memory_bytes{"
	    "balancer=\"System Balancer\"} 12");
	/* Hyper-V has these counters for VMs that run. */
	has_not("windows_hyperv_dynamic_memory_vm_physical_bytes{vm=\"a");
}

static int end(void **state)
{
	free(text);
	text = NULL;
	return 0;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, end)
	const struct CMUnitTest tests[] = {
		TEST(both_formats_are_strict),
		TEST(figures_become_base_units),
		TEST(what_is_unknown_is_absent),
		TEST(each_word_of_a_state_has_a_sample),
		TEST(labels_are_escaped),
		TEST(samples_are_the_same_in_both_formats),
		TEST(dashboards_for_hyperv_find_their_names),
	};

	return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}

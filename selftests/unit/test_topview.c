// SPDX-License-Identifier: GPL-2.0
/* The rows and lines of dmctl top. */
#include "unit.h"

#include <json-c/json.h>

#include "dmctl/command.h"
#include "dmctl/topview.h"

void die_no_memory(void)
{
	abort();
}

static const char psi[] = "some avg10=12.34 avg60=1.00 avg300=0.00 total=1\n"
			  "full avg10=0.50 avg60=0.00 avg300=0.00 total=1\n";

static const char nodes[] =
	"[{'capacity':2147483648,'spare':1048576,'debt':0},\n"
	"{'capacity':1073741824,'spare':1048576,'debt':1048576}]";

static const char three[] =
	"[{'name':'b','state':'running','status':'OK','pid':1,'pressure':50,\n"
	"'demand':20000000,'assigned':30000000,'resident':5000000,\n"
	"'nodes':[{'node':0,'resident':3145728},{'node':1,'resident':0}]},\n"
	"{'name':'a','state':'defined','status':'unknown','pid':null,'pressure':null,\n"
	"'demand':0,'assigned':0,'resident':0,'nodes':[]},\n"
	"{'name':'c','state':'running','status':'Warning','pid':2,'pressure':400,\n"
	"'demand':40000000,'assigned':10000000,'resident':9000000,'nodes':[]}]";

/* Takes over the VMs of a JSON text. */
static void update(struct topview *view, const char *vms)
{
	struct json_object *v = json_tokener_parse(vms), *n = json_tokener_parse(nodes);

	assert_true(json_object_is_type(v, json_type_array));
	topview_update(view, v, n, psi);
	json_object_put(v);
	json_object_put(n);
}

static void order_is(struct topview *view, enum topview_key key, bool reverse, const char *wanted)
{
	char names[8] = "";
	size_t i;

	view->key = key;
	view->reverse = reverse;
	topview_sort(view);
	for (i = 0; i < view->nr_rows; i++)
		strncat(names, view->row[i].name, 1);
	assert_string_equal(names, wanted);
}

static void rows_are_sorted(void **state)
{
	struct topview view = { };

	update(&view, three);
	order_is(&view, TOPVIEW_NAME_KEY, false, "abc");
	order_is(&view, TOPVIEW_NAME_KEY, true, "cba");
	order_is(&view, TOPVIEW_DEMAND, false, "cba");
	order_is(&view, TOPVIEW_ASSIGNED, false, "bca");
	order_is(&view, TOPVIEW_RESIDENT, false, "cba");
	order_is(&view, TOPVIEW_PRESSURE, true, "abc");
	order_is(&view, TOPVIEW_STATUS, false, "bca");
	topview_end(&view);
}

static void lines_fit_the_screen(void **state)
{
	struct topview view = { .key = TOPVIEW_NAME_KEY };
	char line[TOPVIEW_LINE], head[TOPVIEW_LINE];
	size_t columns, i;

	for (i = 0; i < 2UL * TOPVIEW_SAMPLES; i++)
		update(&view, three);
	for (columns = TOPVIEW_WIDTH; columns < 300; columns++) {
		topview_host_line(&view, line, columns);
		assert_true(strlen(line) <= columns);
		topview_head_line(&view, head, columns);
		assert_true(strlen(head) <= columns);
		for (i = 0; i < view.nr_rows; i++) {
			topview_row_line(&view, i, line, columns);
			assert_true(strlen(line) <= columns);
			/* The head stands above the last column. */
			assert_true(strlen(line) >= strlen(head) - strlen("demand"));
		}
	}
	topview_end(&view);
}

static void lines_say_what_there_is(void **state)
{
	struct topview view = { .key = TOPVIEW_NAME_KEY };
	char line[TOPVIEW_LINE];

	update(&view, three);
	topview_host_line(&view, line, 100);
	assert_non_null(strstr(line, "3 VMs, 2 run   capacity 3072M  spare 2M  debt 1M"));
	assert_non_null(strstr(line, "  stalled: some 12.3%, all 0.5%"));
	topview_row_line(&view, 0, line, 80);
	assert_non_null(strstr(line, "a                defined       0M       0M    "));
	assert_string_equal(line + 66, "-  ");
	topview_row_line(&view, 1, line, 80);
	assert_non_null(strstr(line, "b                OK           19M      28M    "));
	assert_non_null(strstr(line, "    3M+0M [|||| 50%] #"));
	topview_row_line(&view, 2, line, 80);
	assert_non_null(strstr(line, "c                Warning "));
	assert_non_null(strstr(line, "[||||400%] #"));
	topview_end(&view);
}

static void large_figures_fit(void **state)
{
	const long long pib = 1LL << 50;
	struct topview view = { };
	char line[TOPVIEW_LINE], vms[4096], *end = vms;
	int i;

	end += sprintf(end, "[{'name':'");
	for (i = 0; i < TOPVIEW_NAME - 1; i++)
		*end++ = 'n';
	end += sprintf(end, "','state':'running','status':'a status that is far too long',");
	end += sprintf(end, "'demand':%lld,'assigned':%lld,'resident':%lld,", pib, pib, pib);
	end += sprintf(end, "'pressure':4000000000,'nodes':[{}");
	for (i = 1; i < 64; i++)
		end += sprintf(end, ",{'resident':1099511627776}");
	sprintf(end, "]}]");
	update(&view, vms);
	topview_row_line(&view, 0, line, 80);
	assert_int_equal(strlen(line), 69);
	assert_non_null(strstr(line, "nnn~ a status"));
	assert_non_null(strstr(line, " of 64 [|||9999%]"));
	topview_end(&view);
}

/* Demand rises, while other VMs come and go. */
static void samples_stay_with_their_vm(void **state)
{
	static const char one[] = "[%s{'name':'x','state':'running','demand':%d000000}]";
	static const char other[] = "{'name':'w','demand':9000000},";
	struct topview view = { .key = TOPVIEW_NAME_KEY, .utf8 = true };
	char line[TOPVIEW_LINE], vms[256];
	size_t row;
	int i;

	for (i = 0; i < 8; i++) {
		snprintf(vms, sizeof(vms), one, i % 2 ? other : "", 10 * i);
		update(&view, vms);
	}
	row = view.nr_rows - 1;
	assert_string_equal(view.row[row].name, "x");
	assert_int_equal(view.row[row].nr_samples, 8);
	topview_row_line(&view, row, line, 80);
	assert_non_null(strstr(line, "▂▃▄▅▆▇█"));
	for (i = 0; i < 2 * TOPVIEW_SAMPLES; i++)
		update(&view, vms);
	assert_int_equal(view.row[row].nr_samples, TOPVIEW_SAMPLES);
	update(&view, "[]");
	update(&view, vms);
	assert_int_equal(view.row[row].nr_samples, 1);
	topview_end(&view);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_sorted),
		cmocka_unit_test(lines_fit_the_screen),
		cmocka_unit_test(lines_say_what_there_is),
		cmocka_unit_test(large_figures_fit),
		cmocka_unit_test(samples_stay_with_their_vm),
	};

	return cmocka_run_group_tests_name("topview", tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0
/* How memory that is plugged in is divided between vnodes, and what a played QEMU is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "dmctl/dimm.h"
#include "dmctl/json.h"
#include "dmctl/why.h"
#include "selftests/sizes.h"

/* The commands that the played QEMU has got, without questions about properties. */
static char commands[4096];
/* The command that fails, and with which error. */
static const char *failing, *error;
/* What it answers to query-memory-devices and query-memdev. */
static const char *devices, *memdevs;

#define COMPACT (JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)

void die_no_memory(void)
{
	abort();
}

struct json_object *vmm_execute(struct vmm *vmm, const char *command,
				struct json_object *arguments, char *why)
{
	struct json_object *result = NULL;
	size_t len = strlen(commands);
	const char *property = json_text(arguments, "property");

	if (!strcmp(command, "query-memory-devices")) {
		result = json_tokener_parse(devices);
	} else if (!strcmp(command, "query-memdev")) {
		result = json_tokener_parse(memdevs);
	} else if (!strcmp(command, "qom-get")) {
		if (!strcmp(property, "type"))
			result = json_object_new_string("memory-backend-file");
		else if (!strcmp(property, "mem-path"))
			result = json_object_new_string("/tmp");
		else if (!strcmp(property, "align"))
			result = json_object_new_int(2097152);
	} else {
		snprintf(commands + len, sizeof(commands) - len, "%s %s\n", command,
			 json_object_to_json_string_ext(arguments, COMPACT));
		if (failing && !strcmp(command, failing))
			why_set(why, "%s", error);
		else
			result = json_object_new_object();
	}
	json_object_put(arguments);
	return result;
}

/* JSON of QEMU's answers; json-c also reads single quotes. */
#define DIMM(id, memdev) \
	"{'type':'dimm','data':{'id':'" id "','memdev':'/objects/" memdev "','size':134217728}}"
#define MEMDEV(id) "{'id':'" id "','size':134217728}"

static int begin(void **state)
{
	commands[0] = '\0';
	failing = NULL;
	devices = "[]";
	memdevs = "[{'id':'m0','share':true,'policy':'bind','host-nodes':[1],'prealloc':true}]";
	return 0;
}

static void parts_add_up(void **state)
{
	uint64_t size, sum, before;
	unsigned int i;

	/* Equal vnodes get equal parts; a vnode that is three times as large gets three parts. */
	assert_int_equal(dimm_part(GIB(1), 0, MIB(512), GIB(1)), MIB(512));
	assert_int_equal(dimm_part(GIB(1), MIB(512), MIB(512), GIB(1)), MIB(512));
	assert_int_equal(dimm_part(GIB(1), 0, GIB(3), GIB(4)), MIB(768));
	assert_int_equal(dimm_part(GIB(1), GIB(3), GIB(1), GIB(4)), MIB(256));
	assert_int_equal(dimm_part(GIB(1), 0, 0, 0), 0);
	for (size = DIMM_STEP; size < GIB(4096); size = 3 * size + DIMM_STEP) {
		for (i = 0, sum = 0, before = 0; i < 5; i++) {
			uint64_t own = GIB(1) * (i + 1) + MIB(2) * i;

			sum += dimm_part(size, before, own, GIB(15) + MIB(20));
			before += own;
		}
		assert_int_equal(sum, size);
	}
}

static void the_lack_is_rounded(void **state)
{
	assert_int_equal(dimm_lack(MIB(512), GIB(2)), MIB(1536));
	/* RAM with holes, and RAM with video memory */
	assert_int_equal(dimm_lack(MIB(512) - 400 * 1024ULL, GIB(2)), MIB(1536));
	assert_int_equal(dimm_lack(MIB(528), GIB(2)), MIB(1536));
	assert_int_equal(dimm_lack(GIB(2), GIB(2)), 0);
	assert_int_equal(dimm_lack(GIB(3), GIB(2)), 0);
}

static void own_ids_are_known(void **state)
{
	assert_int_equal(dimm_number("dynmem-0"), 0);
	assert_int_equal(dimm_number("dynmem-mem-17"), 17);
	assert_int_equal(dimm_number("dynmem-"), -1);
	assert_int_equal(dimm_number("dynmem-1x"), -1);
	assert_int_equal(dimm_number("dynmem--1"), -1);
	assert_int_equal(dimm_number("dimm0"), -1);
}

/* Objects of dmctl's without a DIMM are what a dmctl has left that was killed. */
static void strays_are_removed(void **state)
{
	struct vmm vmm = { .name = "web" };
	char why[WHY_SIZE];
	struct dimms dimms;

	devices = "[" DIMM("dynmem-0", "dynmem-mem-0") "," DIMM("own", "ownmem") "]";
	memdevs = "[" MEMDEV("ownmem") "," MEMDEV("dynmem-mem-1") "," MEMDEV("m10") ","
		  MEMDEV("m9") "," MEMDEV("dynmem-mem-0") "]";
	assert_true(dimms_read(&vmm, &dimms, why));
	assert_int_equal(dimms.nr, 2);
	assert_int_equal(dimms.nr_boot, 2);
	assert_string_equal(dimms.boot[0].id, "m9");
	assert_string_equal(dimms.boot[1].id, "m10");
	assert_int_equal(dimms.nr_strays, 1);
	assert_true(dimms_tidy(&vmm, &dimms, why));
	assert_string_equal(commands, "object-del {\"id\":\"dynmem-mem-1\"}\n");
	dimms_free(&dimms);
}

static void a_dimm_is_like_the_memory_of_its_vnode(void **state)
{
	static const char *const expected[] = {
		"object-add {\"id\":\"dynmem-mem-3\",\"size\":134217728,",
		"\"share\":true", "\"policy\":\"bind\"", "\"host-nodes\":[1]",
		"\"qom-type\":\"memory-backend-file\"", "\"mem-path\":\"/tmp\"",
		"\"align\":2097152",
		"\ndevice_add {\"driver\":\"pc-dimm\",\"id\":\"dynmem-3\",",
		"\"memdev\":\"dynmem-mem-3\",\"node\":1}",
	};
	struct vmm vmm = { .name = "web" };
	char why[WHY_SIZE];
	struct dimms dimms;
	size_t i;

	assert_true(dimms_read(&vmm, &dimms, why));
	assert_true(dimm_add(&vmm, &dimms.boot[0], 1, 3, MIB(128), why));
	for (i = 0; i < ARRAY_SIZE(expected); i++)
		assert_non_null(strstr(commands, expected[i]));
	assert_null(strstr(commands, "prealloc"));
	dimms_free(&dimms);
}

static void what_fails_is_undone(void **state)
{
	struct vmm vmm = { .name = "web" };
	char why[WHY_SIZE];
	struct dimms dimms;

	failing = "device_add";
	error = "QEMU says: memory hotplug is not enabled, use the 'maxmem' option";
	assert_true(dimms_read(&vmm, &dimms, why));
	assert_false(dimm_add(&vmm, &dimms.boot[0], 0, 0, MIB(128), why));
	assert_non_null(strstr(why, "start it with -m SIZE,slots=N,maxmem=SIZE"));
	assert_non_null(strstr(commands, "\nobject-del {\"id\":\"dynmem-mem-0\"}\n"));
	dimms_free(&dimms);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_add_up),
		cmocka_unit_test(the_lack_is_rounded),
		cmocka_unit_test(own_ids_are_known),
		cmocka_unit_test_setup(strays_are_removed, begin),
		cmocka_unit_test_setup(a_dimm_is_like_the_memory_of_its_vnode, begin),
		cmocka_unit_test_setup(what_fails_is_undone, begin),
	};

	return cmocka_run_group_tests_name("dimm", tests, NULL, NULL);
}

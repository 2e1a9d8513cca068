// SPDX-License-Identifier: GPL-2.0
/*
 * pool: the host's hugetlb pools, as the kernel shows them in sysfs. Called by node.c.
 */
#include <glob.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "output.h"
#include "pool.h"
#include "units.h"

#define POOLS "/sys/devices/system/node/node*/hugepages/hugepages-*kB"
#define POOL  "/sys/devices/system/node/node%u/hugepages/hugepages-%llukB"

/* Bytes. */
struct pool {
	unsigned int node;
	unsigned long long page;
	uint64_t total;
	uint64_t free;
};

typedef void (*pool_fn)(const struct pool *pool, void *arg);

/* How many pages a file of the pool's says, in bytes; 0 if it cannot be read. */
static uint64_t read_pages(const char *path, const char *name, uint64_t page)
{
	unsigned long long pages = 0;
	char *file = NULL;
	FILE *f;

	if (asprintf(&file, "%s/%s", path, name) < 0)
		return 0;
	f = fopen(file, "r");
	if (f && fscanf(f, "%llu", &pages) != 1)
		pages = 0;
	if (f)
		fclose(f);
	free(file);
	return pages * page;
}

static void each_pool(pool_fn fn, void *arg)
{
	glob_t paths;
	size_t i;

	if (glob(POOLS, 0, NULL, &paths))
		return;
	for (i = 0; i < paths.gl_pathc; i++) {
		const char *path = paths.gl_pathv[i];
		struct pool pool;

		if (sscanf(path, POOL, &pool.node, &pool.page) != 2)
			continue;
		pool.page *= 1024;
		pool.total = read_pages(path, "nr_hugepages", pool.page);
		pool.free = read_pages(path, "free_hugepages", pool.page);
		fn(&pool, arg);
	}
	globfree(&paths);
}

struct collected {
	uint32_t node;
	struct json_object *array;
};

static void collect(const struct pool *pool, void *arg)
{
	struct collected *to = arg;
	struct json_object *json;

	if (pool->node != to->node)
		return;
	json = json_object_new_object();
	json_object_object_add(json, "page", json_object_new_uint64(pool->page));
	json_object_object_add(json, "total", json_object_new_uint64(pool->total));
	json_object_object_add(json, "free", json_object_new_uint64(pool->free));
	json_object_array_add(to->array, json);
}

struct json_object *pools_json(uint32_t node)
{
	struct collected to = { node, json_object_new_array() };

	each_pool(collect, &to);
	return to.array;
}

static void size_cell(uint64_t bytes)
{
	char text[FIELD_TEXT_SIZE];

	format_size(text, sizeof(text), bytes);
	table_cell(text);
}

static void print_row(const struct pool *pool, void *arg)
{
	bool *any = arg;
	char node[16];

	if (!pool->total)
		return;
	if (!*any) {
		printf("\n");
		table_begin(4);
		table_cell("node");
		table_cell("pool of");
		table_cell("total");
		table_cell("free");
	}
	*any = true;
	snprintf(node, sizeof(node), "%u", pool->node);
	table_cell(node);
	size_cell(pool->page);
	size_cell(pool->total);
	size_cell(pool->free);
}

void pools_print(void)
{
	bool any = false;

	each_pool(print_row, &any);
	if (any)
		table_end();
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Reads the counts of executed instructions from the emulator's plugin (../count.c), and prints
 * them. The program runs in the host, and fails without `lab run --count-instructions`.
 *
 *	instructions		instructions of the host since it booted, and of its guests
 *	instructions profile [FILE]
 *				the same by function: lines "COUNT host|guest FUNCTION [MODULE]"
 *				for the kernels; all programs together are one function "user".
 *				FILE is a copy of a guest's /proc/kallsyms; without FILE, the
 *				functions of guests' kernels are shown as addresses
 *
 * This program executes instructions, too: some thousand for the two sums, and half a billion for a
 * profile, most of them to read /proc/kallsyms. Later counts include these instructions.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../count.h"

#define KERNEL		0xffff800000000000
#define MAX_SYMBOLS	(1 << 18)

struct symbol {
	uint64_t address;
	char name[64];
	uint64_t instructions;
};

struct symbols {
	struct symbol symbol[MAX_SYMBOLS];
	size_t nr;
	uint64_t user;
};

static struct block_count blocks[COUNT_BLOCKS];
static struct symbols host, guest;

static int by_address(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	return (x->address > y->address) - (x->address < y->address);
}

static void read_symbols(const char *path, struct symbols *symbols)
{
	FILE *f = fopen(path, "r");
	char line[512], type;

	while (f && fgets(line, sizeof(line), f) && symbols->nr < MAX_SYMBOLS) {
		struct symbol *s = &symbols->symbol[symbols->nr];

		/* The name of a function may be followed by the name of its module. */
		if (sscanf(line, "%" SCNx64 " %c %63[^\n]", &s->address, &type, s->name) == 3 &&
		    strchr("tTwW", type))
			symbols->nr++;
	}
	if (f)
		fclose(f);
	qsort(symbols->symbol, symbols->nr, sizeof(*symbols->symbol), by_address);
}

static void add(struct symbols *symbols, uint64_t address, uint64_t instructions)
{
	size_t low = 0, high = symbols->nr;

	if (address < KERNEL) {
		symbols->user += instructions;
		return;
	}
	while (low < high) {
		size_t middle = (low + high) / 2;

		if (symbols->symbol[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (low)
		symbols->symbol[low - 1].instructions += instructions;
	else
		printf("%" PRIu64 " guest %#" PRIx64 "\n", instructions, address);
}

static void print(const struct symbols *symbols, const char *whose)
{
	size_t i;

	printf("%" PRIu64 " %s user\n", symbols->user, whose);
	for (i = 0; i < symbols->nr; i++)
		if (symbols->symbol[i].instructions)
			printf("%" PRIu64 " %s %s\n", symbols->symbol[i].instructions, whose,
			       symbols->symbol[i].name);
}

static void profile(const char *guest_symbols)
{
	static const struct block_count *last = &blocks[COUNT_BLOCKS - 1];
	struct block_count before;
	size_t i;

	/*
	 * The kernel sometimes makes a page inaccessible, to see whether the page is used. The
	 * plugin stops writing when it comes to such a page. So read the counts again until the
	 * plugin has written the last entry.
	 */
	do {
		memset(blocks, 1, sizeof(blocks));
		before = *last;
		count_question(COUNT_MARK_BLOCKS, blocks);
	} while (!memcmp(last, &before, sizeof(before)));
	read_symbols("/proc/kallsyms", &host);
	if (guest_symbols)
		read_symbols(guest_symbols, &guest);
	for (i = 0; i < COUNT_BLOCKS; i++)
		if (blocks[i].instructions)
			add(blocks[i].guest ? &guest : &host,
			    (uint64_t)((int64_t)((uint64_t)blocks[i].address << 1) >> 1),
			    blocks[i].instructions);
	print(&host, "host");
	print(&guest, "guest");
}

int main(int argc, char **argv)
{
	struct counts counts;

	count_ask(&counts);
	if (!counts.host) {
		fputs("instructions: nobody counts them (lab run --count-instructions)\n", stderr);
		return 1;
	}
	if (argc > 1 && !strcmp(argv[1], "profile"))
		profile(argv[2]);
	else
		printf("%" PRIu64 " %" PRIu64 "\n", counts.host, counts.guests);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * A load that verifies its memory, for tests and the demo. It is linked statically and runs in a
 * guest:
 *
 *	hog SIZE [--hold SECONDS] [--vnode N] [--comb N] [--commit SIZE]
 *
 * hog allocates SIZE bytes (suffix K, M, G or T), writes a different pattern to every page and
 * prints "filled". On SIGUSR1 it reads every page back and prints "verified N pages". It ends after
 * SECONDS (default 0: no limit) or on SIGTERM or SIGINT. Before it ends, it verifies its memory
 * once more. It exits with an error at the first wrong byte.
 *
 * --vnode takes the memory from one NUMA node of the guest. --comb keeps every Nth page and locks
 * it, and frees all other pages. With vm.compact_unevictable_allowed=0 the free memory between the
 * locked pages stays fragmented. --commit maps SIZE bytes more, which hog never touches.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <linux/mempolicy.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define PAGE	4096
#define WORDS	(PAGE / sizeof(uint64_t))

/* The pattern differs between pages, between words of a page and between runs. */
static uint64_t pattern(uint64_t seed, size_t page, size_t word)
{
	return (seed + page) * 0x9e3779b97f4a7c15ull + word;
}

static void fill(uint64_t *mem, size_t pages, uint64_t seed)
{
	size_t page, word;

	for (page = 0; page < pages; page++)
		for (word = 0; word < WORDS; word++)
			mem[page * WORDS + word] = pattern(seed, page, word);
}

/* Keeps and locks every @every-th page, and frees the others. */
static void comb(uint64_t *mem, size_t pages, size_t every)
{
	size_t page, next;

	for (page = 0; page + 1 < pages; page = next) {
		next = page + every < pages ? page + every : pages;
		if (next > page + 1 && madvise(mem + (page + 1) * WORDS, (next - page - 1) * PAGE,
					       MADV_DONTNEED)) {
			fprintf(stderr, "hog: madvise: %s\n", strerror(errno));
			exit(1);
		}
	}
	if (mlock2(mem, pages * PAGE, MLOCK_ONFAULT)) {
		fprintf(stderr, "hog: mlock2: %s\n", strerror(errno));
		exit(1);
	}
}

static void verify(const uint64_t *mem, size_t pages, size_t every, uint64_t seed)
{
	size_t page, word;

	for (page = 0; page < pages; page += every) {
		for (word = 0; word < WORDS; word++) {
			uint64_t want = pattern(seed, page, word);
			uint64_t got = mem[page * WORDS + word];

			if (got == want)
				continue;
			printf("hog: page %zu, byte %zu: %016llx instead of %016llx\n", page,
			       word * sizeof(uint64_t), (unsigned long long)got,
			       (unsigned long long)want);
			exit(1);
		}
	}
	printf("verified %zu pages\n", (pages + every - 1) / every);
}

static size_t parse_size(const char *text)
{
	static const char units[] = "KMGT";
	char *end;
	size_t size = strtoull(text, &end, 10);
	const char *unit = *end ? strchr(units, *end) : NULL;

	if (unit)
		size <<= 10 * (unit - units + 1);
	if (end == text || (*end && !unit) || size < PAGE) {
		fprintf(stderr, "hog: size '%s': a number with K, M or G, at least 4K\n", text);
		exit(2);
	}
	return size;
}

static void bind_to(const char *vnode)
{
	unsigned long mask = 1ul << (strtoul(vnode, NULL, 10) % 64);

	if (syscall(SYS_set_mempolicy, MPOL_BIND, &mask, 65)) {
		fprintf(stderr, "hog: vnode %s: %s\n", vnode, strerror(errno));
		exit(2);
	}
}

/*
 * Waits for one of the signals. If @end is not 0, waits until the time @end at most. Return: the
 * signal, or 0 if none came in time.
 */
static int wait_signal(const sigset_t *signals, time_t end)
{
	for (;;) {
		struct timespec left = { .tv_sec = end - time(NULL) };
		int sig;

		if (end && left.tv_sec <= 0)
			return 0;
		sig = end ? sigtimedwait(signals, NULL, &left) : sigwaitinfo(signals, NULL);
		if (sig > 0)
			return sig;
	}
}

static int show_usage(void)
{
	fprintf(stderr,
		"usage: hog SIZE [--hold SECONDS] [--vnode N] [--comb N] [--commit SIZE]\n");
	return 2;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "hold", required_argument, NULL, 'h' },
		{ "vnode", required_argument, NULL, 'v' },
		{ "comb", required_argument, NULL, 'c' },
		{ "commit", required_argument, NULL, 'm' },
		{ }
	};
	uint64_t seed = getpid() ^ time(NULL);
	time_t end = 0, hold = 0;
	size_t size, pages, every = 1, commit = 0;
	sigset_t signals;
	uint64_t *mem;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'h':
			hold = atol(optarg);
			break;
		case 'v':
			bind_to(optarg);
			break;
		case 'c':
			every = strtoul(optarg, NULL, 10);
			if (!every)
				return show_usage();
			break;
		case 'm':
			commit = parse_size(optarg);
			break;
		default:
			return show_usage();
		}
	}
	if (optind + 1 != argc)
		return show_usage();
	size = parse_size(argv[optind]);
	setvbuf(stdout, NULL, _IOLBF, 0);

	sigemptyset(&signals);
	sigaddset(&signals, SIGUSR1);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigprocmask(SIG_BLOCK, &signals, NULL);

	pages = size / PAGE;
	mem = aligned_alloc(PAGE, pages * PAGE);
	if (!mem || (commit && mmap(NULL, commit, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED)) {
		fprintf(stderr, "hog: no memory for %zu bytes\n", size + commit);
		return 1;
	}
	if (every > 1)
		madvise(mem, pages * PAGE, MADV_NOHUGEPAGE);
	fill(mem, pages, seed);
	if (every > 1)
		comb(mem, pages, every);
	printf("filled\n");

	if (hold)
		end = time(NULL) + hold;
	while (wait_signal(&signals, end) == SIGUSR1)
		verify(mem, pages, every, seed);
	verify(mem, pages, every, seed);
	free(mem);
	return 0;
}

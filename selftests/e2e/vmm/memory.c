// SPDX-License-Identifier: GPL-2.0
/*
 * memory: the KVM VM and its memory, and what is resident of it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/kvm.h>
#include <linux/mempolicy.h>
#include <linux/userfaultfd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "vmm.h"

#define SLOTS		16
#define HUGE_PAGE	(2ULL << 20)
#define NODES		8

struct slot {
	uint64_t gpa;
	uint64_t size;		/* bytes, 0: there is none */
	uint8_t *hva;
	int fd;			/* of a memfd or file, else -1 */
};

static struct slot slots[SLOTS];
static int vm = -1;

static void check(int ret)
{
	if (ret < 0)
		give_up(errno);
}

int cmd_kvm(const struct words *w)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC), fd;

	(void)w;
	check(kvm);
	fd = ioctl(kvm, KVM_CREATE_VM, 0);
	close(kvm);
	check(fd);
	if (vm < 0)
		vm = fd;
	return 0;
}

static struct slot *find_slot(uint64_t gpa, uint64_t len)
{
	int i;

	for (i = 0; i < SLOTS; i++)
		if (gpa >= slots[i].gpa && gpa < slots[i].gpa + slots[i].size &&
		    len <= slots[i].gpa + slots[i].size - gpa)
			return &slots[i];
	give_up(EFAULT);
}

void *at(uint64_t gpa, uint64_t len)
{
	struct slot *slot = find_slot(gpa, len);

	return slot->hva + (gpa - slot->gpa);
}

static struct slot *which_slot(const char *text)
{
	uint64_t id = number(text);

	if (id >= SLOTS)
		give_up(EDOM);
	return &slots[id];
}

/* The file that a kind of memory is, or -1 for anonymous memory; @flags: of its mapping. */
static int open_kind(const struct words *w, uint64_t size, int *flags)
{
	const char *kind = word(w, 4);
	unsigned int memfd = MFD_CLOEXEC;
	int fd;

	*flags = MAP_SHARED;
	if (!strcmp(kind, "anon") || !strcmp(kind, "hugetlb-private")) {
		*flags = MAP_PRIVATE | MAP_ANONYMOUS | (*kind == 'h' ? MAP_HUGETLB : 0);
		return -1;
	}
	if (*kind == '/') {
		if (option(w, "private"))
			*flags = MAP_PRIVATE;
		fd = open(kind, O_RDWR | O_CLOEXEC);
		check(fd);
		return fd;
	}
	if (!strcmp(kind, "memfd-private"))
		*flags = MAP_PRIVATE;
	else if (!strcmp(kind, "hugetlb"))
		memfd |= MFD_HUGETLB;
	else if (strcmp(kind, "memfd"))
		give_up(EDOM);
	fd = memfd_create("guest", memfd);
	check(fd);
	check(ftruncate(fd, size));
	return fd;
}

/* Maps at a multiple of 2 MiB, and so that no other mapping of ours is next to it. */
static uint8_t *map(uint64_t size, int flags, int fd)
{
	uint8_t *room = mmap(NULL, size + 2 * HUGE_PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
			     -1, 0);
	uint8_t *where;

	if (room == MAP_FAILED)
		give_up(errno);
	where = room + HUGE_PAGE - (uintptr_t)room % HUGE_PAGE;
	where = mmap(where, size, PROT_READ | PROT_WRITE, flags | MAP_FIXED, fd, 0);
	if (where == MAP_FAILED)
		give_up(errno);
	return where;
}

static void bind_to(void *where, uint64_t size, uint64_t node)
{
	unsigned long mask = 1UL << node;

	check(syscall(SYS_mbind, where, size, MPOL_BIND, &mask, 8 * sizeof(mask), 0));
}

static void set_slot(const struct slot *slot, uint64_t size, uint32_t flags)
{
	struct kvm_userspace_memory_region region = {
		.slot = slot - slots,
		.flags = flags,
		.guest_phys_addr = slot->gpa,
		.memory_size = size,
		.userspace_addr = (uintptr_t)slot->hva,
	};

	check(ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region));
}

int cmd_slot(const struct words *w)
{
	struct slot *slot = which_slot(word(w, 1));
	uint64_t gpa = number(word(w, 2)), size = number(word(w, 3));
	const char *node = option(w, "bind");
	uint32_t kvm_flags = 0;
	int flags;

	if (vm < 0)
		cmd_kvm(NULL);
	slot->gpa = gpa;
	slot->fd = open_kind(w, size, &flags);
	slot->hva = map(size, flags, slot->fd);
	if (node)
		bind_to(slot->hva, size, number(node));
	if (option(w, "huge"))
		check(madvise(slot->hva, size, MADV_HUGEPAGE));
	if (option(w, "small"))
		check(madvise(slot->hva, size, MADV_NOHUGEPAGE));
	if (option(w, "lock"))
		check(mlock(slot->hva, size));
	if (option(w, "readonly"))
		kvm_flags |= KVM_MEM_READONLY;
	if (option(w, "log"))
		kvm_flags |= KVM_MEM_LOG_DIRTY_PAGES;
	set_slot(slot, size, kvm_flags);
	slot->size = size;
	return 0;
}

int cmd_drop(const struct words *w)
{
	struct slot *slot = which_slot(word(w, 1));

	set_slot(slot, 0, 0);
	slot->size = 0;
	return 0;
}

int cmd_unmap(const struct words *w)
{
	uint64_t gpa = number(word(w, 1)), size = number(word(w, 2));

	check(munmap(at(gpa, size), size));
	return 0;
}

/* A page's pattern tells the page and stands at its beginning and its end. */
static uint64_t pattern(uint64_t gpa)
{
	return (gpa | 1) * 0x9e3779b97f4a7c15ULL;
}

int cmd_touch(const struct words *w)
{
	uint64_t gpa = number(word(w, 1)), end = gpa + number(word(w, 2));

	for (; gpa < end; gpa += PAGE) {
		uint8_t *page = at(gpa, PAGE);
		uint64_t value = pattern(gpa);

		memcpy(page, &value, sizeof(value));
		memcpy(page + PAGE - sizeof(value), &value, sizeof(value));
	}
	return 0;
}

static bool has_pattern(const uint8_t *page, uint64_t gpa)
{
	uint64_t first, last;

	memcpy(&first, page, sizeof(first));
	memcpy(&last, page + PAGE - sizeof(last), sizeof(last));
	return first == pattern(gpa) && last == pattern(gpa);
}

/* What is absent is not touched, so looking changes nothing. */
int cmd_look(const struct words *w)
{
	uint64_t gpa = number(word(w, 1)), end = gpa + number(word(w, 2));
	unsigned int kept = 0, absent = 0, other = 0;

	for (; gpa < end; gpa += PAGE) {
		uint8_t *page = at(gpa, PAGE);
		unsigned char present;

		check(mincore(page, PAGE, &present));
		if (!(present & 1))
			absent++;
		else if (has_pattern(page, gpa))
			kept++;
		else
			other++;
	}
	say(" kept=%u absent=%u other=%u", kept, absent, other);
	return 0;
}

static bool in_slot(const struct slot *slot, uint64_t hva)
{
	uint64_t start = (uintptr_t)slot->hva;

	return slot->size && hva >= start && hva < start + slot->size;
}

static void add_nodes(const char *line, uint64_t *node)
{
	const char *page = strstr(line, "kernelpagesize_kB="), *found = line;
	uint64_t size = page ? strtoull(page + strlen("kernelpagesize_kB="), NULL, 10) << 10 : PAGE;

	while ((found = strstr(found, " N"))) {
		unsigned int id;
		unsigned long long pages;

		found += 2;
		if (sscanf(found, "%u=%llu", &id, &pages) == 2 && id < NODES)
			node[id] += pages * size;
	}
}

int cmd_numa(const struct words *w)
{
	FILE *maps = fopen("/proc/self/numa_maps", "r");
	uint64_t node[NODES] = { };
	char *line = NULL;
	size_t size = 0;
	int i;

	if (!maps)
		give_up(errno);
	while (getline(&line, &size, maps) > 0) {
		uint64_t hva = strtoull(line, NULL, 16);

		for (i = 0; i < SLOTS; i++)
			if ((w->nr < 2 || &slots[i] == which_slot(w->word[1])) &&
			    in_slot(&slots[i], hva))
				add_nodes(line, node);
	}
	free(line);
	fclose(maps);
	say(" %llu %llu", (unsigned long long)node[0], (unsigned long long)node[1]);
	return 0;
}

/* As fixed buffers of io_uring, which are pinned for as long as the ring is there. */
int cmd_pin(const struct words *w)
{
	uint64_t gpa = number(word(w, 1)), size = number(word(w, 2));
	struct iovec buffer = { .iov_base = at(gpa, size), .iov_len = size };
	struct io_uring_params params = { };
	int ring = syscall(SYS_io_uring_setup, 1, &params);

	check(ring);
	check(syscall(SYS_io_uring_register, ring, IORING_REGISTER_BUFFERS, &buffer, 1));
	return 0;
}

int cmd_arm(const struct words *w)
{
	uint64_t gpa = number(word(w, 1)), size = number(word(w, 2));
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = {
		.range = { .start = (uintptr_t)at(gpa, size), .len = size },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC);

	check(fd);
	check(ioctl(fd, UFFDIO_API, &api));
	check(ioctl(fd, UFFDIO_REGISTER, &range));
	return 0;
}

/*
 * Dies in the middle of what the device is doing: with the memory it looks at half gone. Answers
 * before that, as there is nobody to answer afterwards.
 */
int cmd_die(const struct words *w)
{
	struct slot *slot = which_slot(word(w, 1));
	uint64_t gone = number(word(w, 2)), first;
	struct stat st;

	check(fstat(slot->fd, &st));
	first = st.st_blocks * 512ULL;
	do {
		check(fstat(slot->fd, &st));
	} while (st.st_blocks * 512ULL + gone > first);
	printf("ok %llu of %llu\n", st.st_blocks * 512ULL, (unsigned long long)first);
	fflush(stdout);
	raise(SIGKILL);
	return 0;
}

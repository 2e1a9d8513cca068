// SPDX-License-Identifier: GPL-2.0
/*
 * memory: creates the KVM VM, maps and pins its memory, and shows how much of it is resident.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <linux/io_uring.h>
#include <linux/kvm.h>
#include <linux/mempolicy.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vmm.h"

#define SLOTS		16
#define HUGE_PAGE	(2ULL << 20)
#define NODES		8

struct slot {
	uint64_t gpa;
	uint64_t size;		/* bytes; 0: the slot is free */
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

/*
 * Creates KVM's VFIO device. A VMM does this before it assigns a host device to the guest. This
 * program assigns none.
 */
int cmd_vfio(const struct words *w)
{
	struct kvm_create_device device = { .type = KVM_DEV_TYPE_VFIO };

	(void)w;
	check(ioctl(vm, KVM_CREATE_DEVICE, &device));
	return 0;
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

/*
 * Runs a virtual CPU, which has no code. KVM returns at once, but has noted that the CPU ran. So
 * dynmem regards the guest as one that has run.
 */
int cmd_run(const struct words *w)
{
	int vcpu = ioctl(vm, KVM_CREATE_VCPU, 0);

	(void)w;
	check(vcpu);
	(void)ioctl(vcpu, KVM_RUN, 0);
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

/*
 * Opens or creates the file for the kind of memory that the command names, and sets @flags to the
 * flags for mmap(). Return: the file descriptor, or -1 if this kind of memory has no file.
 */
static int open_kind(const struct words *w, uint64_t size, int *flags)
{
	const char *kind = word(w, 4);
	unsigned int memfd = MFD_CLOEXEC;
	int fd;

	*flags = MAP_SHARED;
	if (!strcmp(kind, "anon") || !strcmp(kind, "hugetlb-private") || !strcmp(kind, "memfds")) {
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

/* Maps memory at a multiple of 2 MiB, with a gap to any other mapping. */
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

/* Maps each page separately, from its own file. */
static void map_memfds(uint8_t *where, uint64_t size)
{
	uint8_t *end = where + size;

	for (; where < end; where += PAGE) {
		int fd = memfd_create("page", MFD_CLOEXEC);

		check(fd);
		check(ftruncate(fd, PAGE));
		if (mmap(where, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) ==
		    MAP_FAILED)
			give_up(errno);
		close(fd);
	}
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
	if (!strcmp(word(w, 4), "memfds"))
		map_memfds(slot->hva, size);
	if (node)
		bind_to(slot->hva, size, number(node));
	if (option(w, "huge"))
		check(madvise(slot->hva, size, MADV_HUGEPAGE));
	if (option(w, "small"))
		check(madvise(slot->hva, size, MADV_NOHUGEPAGE));
	if (option(w, "merge"))
		check(madvise(slot->hva, size, MADV_MERGEABLE));
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

int cmd_remove(const struct words *w)
{
	struct slot *slot = which_slot(word(w, 1));
	uint64_t size = slot->size;

	cmd_drop(w);
	check(munmap(slot->hva, size));
	check(close(slot->fd));
	return 0;
}

int cmd_unmap(const struct words *w)
{
	uint64_t gpa = number(word(w, 1)), size = number(word(w, 2));

	check(munmap(at(gpa, size), size));
	return 0;
}

/* The pattern of a page. `touch` writes it to the beginning and to the end of the page. */
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

/* Does not read absent pages, since a read would make them present. */
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

/* The io_uring whose fixed buffers are the pages that this process has pinned. */
static int ring = -1;

static int pin(void *where, uint64_t size)
{
	struct iovec buffer = { .iov_base = where, .iov_len = size };
	struct io_uring_params params = { };

	ring = syscall(SYS_io_uring_setup, 1, &params);
	if (ring < 0 ||
	    syscall(SYS_io_uring_register, ring, IORING_REGISTER_BUFFERS, &buffer, 1) < 0)
		return errno;
	return 0;
}

/*
 * Forks a child, which is killed when this process ends. The child has only two files open:
 * descriptor 0 is the slot's file, and descriptor 1 is the pipe @report, to which the child may
 * write a result. Return: as fork().
 */
static pid_t fork_with(const struct slot *slot, int report[2])
{
	pid_t pid;

	check(pipe(report));
	pid = fork();
	check(pid);
	if (pid) {
		close(report[1]);
		return pid;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (dup2(slot->fd, 0) < 0 || dup2(report[1], 1) < 0)
		_exit(1);
	close_range(2, ~0U, 0);
	return 0;
}

static pid_t pinner;

/* Forks a process that shares only the file with the VMM, and lets it pin the pages. */
static int pin_by_child(uint64_t gpa, uint64_t size)
{
	const struct slot *slot = find_slot(gpa, size);
	int report[2], error = 0;
	void *where;

	if (slot->fd < 0 || pinner)
		return -EINVAL;
	pinner = fork_with(slot, report);
	if (!pinner) {
		where = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, 0, gpa - slot->gpa);
		error = where == MAP_FAILED ? errno : pin(where, size);
		if (write(1, &error, sizeof(error)) == sizeof(error) && !error)
			pause();
		_exit(1);
	}
	if (read(report[0], &error, sizeof(error)) != sizeof(error))
		error = EIO;
	close(report[0]);
	return -error;
}

int cmd_pin(const struct words *w)
{
	uint64_t gpa = number(word(w, 1)), size = number(word(w, 2));

	if (option(w, "child"))
		return pin_by_child(gpa, size);
	return -pin(at(gpa, size), size);
}

int cmd_unpin(const struct words *w)
{
	(void)w;
	if (!pinner) {
		check(syscall(SYS_io_uring_register, ring, IORING_UNREGISTER_BUFFERS, NULL, 0));
		close(ring);
		return 0;
	}
	kill(pinner, SIGKILL);
	check(waitpid(pinner, NULL, 0));
	pinner = 0;
	return 0;
}

static uint64_t allocated(int fd)
{
	struct stat st;

	check(fstat(fd, &st));
	return st.st_blocks * 512ULL;
}

/*
 * Forks a child that allocates pages of a file, and returns when the first pages are allocated.
 * While the child allocates, a process that punches a hole into the file has to wait for the file's
 * lock.
 */
int cmd_busy(const struct words *w)
{
	uint64_t gpa = number(word(w, 1)), size = number(word(w, 2)), before;
	const struct slot *slot = find_slot(gpa, size);
	int report[2];

	if (slot->fd < 0)
		return -EINVAL;
	before = allocated(slot->fd);
	if (!fork_with(slot, report))
		_exit(fallocate(0, 0, gpa - slot->gpa, size));
	close(report[0]);
	while (allocated(slot->fd) == before)
		;
	return 0;
}

static bool is_blocked(const char *stat)
{
	FILE *f = fopen(stat, "r");
	char state = 0;

	if (f && fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
		state = 0;
	if (f)
		fclose(f);
	return state == 'D';
}

/* Looks up to 100 times: a task that waits for a lock may spin first, in state R. */
int cmd_blocked(const struct words *w)
{
	bool blocked = false;
	unsigned int looks;
	glob_t tasks;
	size_t i;

	(void)w;
	check(glob("/proc/self/task/*/stat", 0, NULL, &tasks) ? -1 : 0);
	for (looks = 0; looks < 100 && !blocked; looks++)
		for (i = 0; i < tasks.gl_pathc; i++)
			blocked |= is_blocked(tasks.gl_pathv[i]);
	globfree(&tasks);
	say(blocked ? " blocked" : " running");
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

int cmd_punch(const struct words *w)
{
	uint64_t gpa = number(word(w, 1)), end = gpa + number(word(w, 2));
	const struct slot *slot = find_slot(gpa, end - gpa);
	uint64_t step = number(word(w, 3));

	for (; gpa < end; gpa += step) {
		if (slot->fd < 0)
			check(madvise(at(gpa, step), step, MADV_DONTNEED));
		else
			check(fallocate(slot->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
					gpa - slot->gpa, step));
	}
	return 0;
}

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE	25
#endif

static struct {
	pthread_t thread;
	bool running, stop;
	uint8_t *hva;
	uint64_t size;
	int fd;			/* of the file, else -1 */
	uint64_t offset;	/* of @hva in the file */
	unsigned long steps;
} churn;

/*
 * Selects up to 64 pages or a huge page at random. Then does one of five things at random: releases
 * the selected pages, punches a hole in their file, collapses them into a huge page, maps them
 * again, or leaves them as they are. At last touches the selected pages.
 */
static void churn_step(unsigned int *seed)
{
	uint64_t pages = churn.size / PAGE, first = rand_r(seed) % pages, i;
	uint64_t n = rand_r(seed) % 64 + 1;
	uint8_t *where;

	if (rand_r(seed) % 4 == 0) {
		first = first * PAGE / HUGE_PAGE * HUGE_PAGE / PAGE;
		n = HUGE_PAGE / PAGE;
	}
	if (n > pages - first)
		n = pages - first;
	where = churn.hva + first * PAGE;
	switch (rand_r(seed) % 5) {
	case 0:
		madvise(where, n * PAGE, MADV_DONTNEED);
		break;
	case 1:
		if (churn.fd >= 0)
			fallocate(churn.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				  churn.offset + first * PAGE, n * PAGE);
		break;
	case 2:
		madvise(where, n * PAGE, MADV_COLLAPSE);
		break;
	case 3:
		where = mmap(where, n * PAGE, PROT_READ | PROT_WRITE,
			     MAP_FIXED | (churn.fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED),
			     churn.fd, churn.fd < 0 ? 0 : churn.offset + first * PAGE);
		if (where == MAP_FAILED)
			err(1, "churn: mmap");
		break;
	}
	for (i = 0; i < n; i++)
		__atomic_store_n(where + i * PAGE, 1, __ATOMIC_RELAXED);
}

static void *churn_memory(void *arg)
{
	unsigned int seed = 1;

	while (!__atomic_load_n(&churn.stop, __ATOMIC_RELAXED)) {
		churn_step(&seed);
		churn.steps++;
	}
	return arg;
}

int cmd_churn(const struct words *w)
{
	uint64_t gpa = number(word(w, 1)), size = number(word(w, 2));
	const struct slot *slot = find_slot(gpa, size);
	int error;

	if (churn.running || gpa % HUGE_PAGE || size % HUGE_PAGE || !size)
		return -EINVAL;
	churn.hva = at(gpa, size);
	churn.size = size;
	churn.fd = slot->fd;
	churn.offset = gpa - slot->gpa;
	churn.stop = false;
	churn.steps = 0;
	error = pthread_create(&churn.thread, NULL, churn_memory, NULL);
	churn.running = !error;
	return -error;
}

int cmd_calm(const struct words *w)
{
	(void)w;
	if (!churn.running)
		return -EINVAL;
	__atomic_store_n(&churn.stop, true, __ATOMIC_RELAXED);
	pthread_join(churn.thread, NULL);
	churn.running = false;
	say(" %lu", churn.steps);
	return 0;
}

int cmd_read(const struct words *w)
{
	static char buffer[1 << 16];
	int fd = open(word(w, 1), O_RDONLY | O_CLOEXEC);
	uint64_t bytes = 0;
	ssize_t len;

	check(fd);
	while ((len = read(fd, buffer, sizeof(buffer))) > 0)
		bytes += len;
	close(fd);
	check(len);
	say(" %llu", (unsigned long long)bytes);
	return 0;
}

/*
 * Kills this process as soon as the device has released SIZE bytes of a slot. The command prints
 * its answer itself before that, as a killed process cannot answer.
 */
int cmd_die(const struct words *w)
{
	struct slot *slot = which_slot(word(w, 1));
	uint64_t gone = number(word(w, 2)), first;
	uint64_t left;

	first = allocated(slot->fd);
	do {
		left = allocated(slot->fd);
	} while (left + gone > first);
	printf("ok %llu of %llu\n", (unsigned long long)left, (unsigned long long)first);
	fflush(stdout);
	raise(SIGKILL);
	return 0;
}

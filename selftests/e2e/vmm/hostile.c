// SPDX-License-Identifier: GPL-2.0
/*
 * hostile: attacks on the host by a VMM that owns a device: memory whose page faults are never
 * answered, an mmap_lock that is never released, eventfds that signal each other in a circle, rings
 * that change while the device reads them.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <linux/vhost.h>
#include <linux/virtio_ring.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "vmm.h"

#define FILE_SIZE	(2U << 20)
#define FILE_NODE	2

/*
 * A request of the kernel to the server of the file system that the command `fuse` mounts. The file
 * system has one file, which is found under any name. The server never answers a read of this file.
 * Reads through a descriptor that was opened with O_DIRECT bypass the file's page cache.
 */
struct fuse_request {
	struct fuse_in_header head;
	union {
		struct fuse_open_in open;
		uint8_t rest[1 << 17];
	};
};

static void fuse_reply(int fd, uint64_t unique, int error, const void *data, size_t len)
{
	struct {
		struct fuse_out_header head;
		uint8_t data[256];
	} reply = { .head = { .len = sizeof(reply.head) + len, .error = error, .unique = unique } };

	if (len)
		memcpy(reply.data, data, len);
	/* ENOENT: the kernel has dropped the request because its sender was interrupted. */
	if (write(fd, &reply, reply.head.len) < 0 && errno != ENOENT)
		_exit(1);
}

static struct fuse_attr fuse_attr(uint64_t node)
{
	bool file = node == FILE_NODE;

	return (struct fuse_attr) {
		.ino = node, .size = file ? FILE_SIZE : 0, .blksize = PAGE, .nlink = 1,
		.mode = file ? S_IFREG | 0666 : S_IFDIR | 0777, .uid = getuid(), .gid = getgid(),
	};
}

static void fuse_answer(int fd, const struct fuse_request *in, bool stay)
{
	const struct fuse_in_header *head = &in->head;

	switch (head->opcode) {
	case FUSE_INIT: {
		const struct fuse_init_out out = {
			.major = FUSE_KERNEL_VERSION, .minor = 31, .max_write = PAGE,
			.max_background = 16, .congestion_threshold = 12, .time_gran = 1,
		};

		fuse_reply(fd, head->unique, 0, &out, sizeof(out));
		break;
	}
	case FUSE_LOOKUP: {
		const struct fuse_entry_out out = {
			.nodeid = FILE_NODE, .attr_valid = 3600, .entry_valid = 3600,
			.attr = fuse_attr(FILE_NODE),
		};

		fuse_reply(fd, head->unique, 0, &out, sizeof(out));
		break;
	}
	case FUSE_GETATTR: {
		const struct fuse_attr_out out = {
			.attr_valid = 3600, .attr = fuse_attr(head->nodeid),
		};

		fuse_reply(fd, head->unique, 0, &out, sizeof(out));
		break;
	}
	case FUSE_OPEN:
	case FUSE_OPENDIR: {
		const struct fuse_open_out out = {
			.open_flags = in->open.flags & O_DIRECT ? FOPEN_DIRECT_IO : 0,
		};

		fuse_reply(fd, head->unique, 0, &out, sizeof(out));
		break;
	}
	case FUSE_INTERRUPT:
		/*
		 * The VMM was killed while it read the file, and cannot end before its reads end.
		 * If this server exits, the kernel ends these reads with an error.
		 */
		if (!stay)
			_exit(0);
		break;
	case FUSE_READ:
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
		break;
	default:
		fuse_reply(fd, head->unique, -EOPNOTSUPP, NULL, 0);
	}
}

static void fuse_serve(int fd, bool stay)
{
	static struct fuse_request in;

	while (read(fd, &in, sizeof(in)) >= 0 || errno == EINTR || errno == ENOENT)
		fuse_answer(fd, &in, stay);
	_exit(0);
}

int cmd_fuse(const struct words *w)
{
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	bool stay = option(w, "stay");
	char options[128];
	pid_t pid;

	if (fd < 0)
		return -errno;
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=%u,group_id=%u", fd,
		 getuid(), getgid());
	if (mount("fuse", word(w, 1), "fuse", MS_NOSUID | MS_NODEV, options) < 0)
		return -errno;
	pid = fork();
	if (pid < 0)
		return -errno;
	if (!pid) {
		/* The child must not hold the VMM's device or the pipes to the test open. */
		if (dup2(fd, 0) < 0)
			_exit(1);
		close_range(1, ~0U, 0);
		fuse_serve(0, stay);
	}
	close(fd);
	say(" %d", pid);
	return 0;
}

static int open_file(const char *directory, int flags)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/file", directory);
	fd = open(path, flags | O_CLOEXEC);
	if (fd < 0)
		give_up(errno);
	return fd;
}

static pthread_t start_thread(void *(*run)(void *), void *arg)
{
	pthread_t thread;
	int error = pthread_create(&thread, NULL, run, arg);

	if (error)
		give_up(error);
	return thread;
}

static void half_a_second(void)
{
	nanosleep(&(struct timespec) { .tv_nsec = 500000000 }, NULL);
}

static int cached, direct;

/* Reads the file. The read is never answered, so a folio of the page cache stays locked. */
static void *read_page(void *arg)
{
	static char page[PAGE];

	(void)arg;
	return read(cached, page, sizeof(page)) < 0 ? page : NULL;
}

/*
 * Takes mmap_lock and never releases it: mmap() takes this lock, and then drops the page cache of
 * the file, as @direct was opened with O_DIRECT. For this mmap() waits for the folio that
 * read_page() has left locked.
 */
static void *map_page(void *arg)
{
	(void)arg;
	syscall(SYS_mmap, NULL, PAGE, PROT_READ, MAP_PRIVATE, direct, 0);
	return NULL;
}

int cmd_holdmm(const struct words *w)
{
	cached = open_file(word(w, 1), O_RDONLY);
	direct = open_file(word(w, 1), O_RDONLY | O_DIRECT);
	start_thread(read_page, NULL);
	half_a_second();
	start_thread(map_page, NULL);
	half_a_second();
	return 0;
}

/*
 * The eventfd that a test names: kick=Q is the kick of queue Q, and PID:FD is file descriptor FD of
 * process PID.
 */
static int which_eventfd(const struct words *w, const char *text)
{
	const char *kick = option(w, "kick");
	unsigned int pid, number;
	int process, fd;

	if (kick)
		return which_queue(kick)->kick;
	if (!text || sscanf(text, "%u:%u", &pid, &number) != 2)
		give_up(EDOM);
	process = syscall(SYS_pidfd_open, pid, 0);
	if (process < 0)
		give_up(errno);
	fd = syscall(SYS_pidfd_getfd, process, number, 0);
	if (fd < 0)
		give_up(errno);
	close(process);
	return fd;
}

int cmd_interrupt(const struct words *w)
{
	struct vhost_vring_file file = {
		.fd = which_eventfd(w, w->nr > 2 ? w->word[2] : NULL),
	};

	if (!strcmp(word(w, 1), "config")) {
		device_ioctl(VHOST_VDPA_SET_CONFIG_CALL, &file.fd);
	} else {
		file.index = which_queue(w->word[1]) - queues;
		device_ioctl(VHOST_SET_VRING_CALL, &file);
	}
	return 0;
}

int cmd_kickfd(const struct words *w)
{
	say(" %d", which_queue(word(w, 1))->kick);
	return 0;
}

int cmd_resize(const struct words *w)
{
	struct vhost_vring_state state = {
		.index = which_queue(word(w, 1)) - queues, .num = number(word(w, 2)),
	};

	device_ioctl(VHOST_SET_VRING_NUM, &state);
	return 0;
}

/*
 * Writes the shortest request into descriptors 0 and 1, and lets each entry of the available ring
 * refer to this request. Return: the available ring.
 */
static struct vring_avail *fill_ring(struct queue *q)
{
	struct vring_avail *avail = at(q->avail, sizeof(*avail) + 2ULL * q->num);
	uint32_t i;

	put_desc(q->desc, 0, rings_base + AT_REQUEST, 16, VRING_DESC_F_NEXT, 1);
	put_desc(q->desc, 1, rings_base + AT_ANSWER, 16, VRING_DESC_F_WRITE, 0);
	memset(at(rings_base + AT_REQUEST, 16), 0, 16);
	for (i = 0; i < q->num; i++)
		avail->ring[i] = 0;
	return avail;
}

static uint16_t used_index(const struct queue *q)
{
	struct vring_used *used = at(q->used, sizeof(*used));

	return __atomic_load_n(&used->idx, __ATOMIC_ACQUIRE);
}

int cmd_spin(const struct words *w)
{
	struct queue *q = which_queue(word(w, 1));
	time_t end = time(NULL) + number(word(w, 2));
	struct vring_avail *avail = fill_ring(q);
	uint16_t begin = used_index(q);

	avail->flags = VRING_AVAIL_F_NO_INTERRUPT;
	q->avail_idx = begin + q->num / 2;
	__atomic_store_n(&avail->idx, q->avail_idx, __ATOMIC_RELEASE);
	queue_kick(q);
	while (time(NULL) < end) {
		q->avail_idx = used_index(q) + q->num / 2;
		__atomic_store_n(&avail->idx, q->avail_idx, __ATOMIC_RELEASE);
	}
	avail->flags = 0;
	say(" %u", (uint16_t)(used_index(q) - begin));
	return 0;
}

static bool scramble;

static void put(void *field, size_t size, uint64_t value)
{
	switch (size) {
	case 2:
		__atomic_store_n((uint16_t *)field, value, __ATOMIC_RELAXED);
		break;
	case 4:
		__atomic_store_n((uint32_t *)field, value, __ATOMIC_RELAXED);
		break;
	default:
		__atomic_store_n((uint64_t *)field, value, __ATOMIC_RELAXED);
	}
}

/* Writes a wrong value to a random field of the ring, and then the right value again; repeats. */
static void *scramble_ring(void *arg)
{
	static const uint64_t wrong[] = { 0, 1, 2, 4, 7, 15, 24, 4096, 1ULL << 40, ~0ULL };
	struct queue *q = arg;
	struct vring_desc *desc = at(q->desc, 2 * sizeof(*desc));
	struct vring_avail *avail = at(q->avail, sizeof(*avail) + 2ULL * q->num);
	unsigned int seed = 1;

	while (__atomic_load_n(&scramble, __ATOMIC_RELAXED)) {
		uint64_t value = wrong[rand_r(&seed) % (sizeof(wrong) / sizeof(*wrong))];
		struct vring_desc *d = &desc[rand_r(&seed) % 2], right = *d;
		uint16_t *entry = &avail->ring[rand_r(&seed) % q->num];

		switch (rand_r(&seed) % 5) {
		case 0:
			put(&d->addr, sizeof(d->addr), value);
			put(&d->addr, sizeof(d->addr), right.addr);
			break;
		case 1:
			put(&d->len, sizeof(d->len), value);
			put(&d->len, sizeof(d->len), right.len);
			break;
		case 2:
			put(&d->flags, sizeof(d->flags), value);
			put(&d->flags, sizeof(d->flags), right.flags);
			break;
		case 3:
			put(&d->next, sizeof(d->next), value);
			put(&d->next, sizeof(d->next), right.next);
			break;
		default:
			put(entry, sizeof(*entry), value);
			put(entry, sizeof(*entry), 0);
		}
	}
	return NULL;
}

int cmd_scramble(const struct words *w)
{
	struct queue *q = which_queue(word(w, 1));
	time_t end = time(NULL) + number(word(w, 2));
	unsigned int broken = 0;

	while (time(NULL) < end) {
		struct vring_avail *avail;
		pthread_t scrambler;
		uint32_t len;
		int ret = 0;

		/* A broken ring stops the device, so reset the device and restart the driver. */
		device_restart();
		avail = fill_ring(q);
		__atomic_store_n(&scramble, true, __ATOMIC_RELAXED);
		scrambler = start_thread(scramble_ring, q);
		while (!ret && time(NULL) < end) {
			q->avail_idx += q->num / 2;
			__atomic_store_n(&avail->idx, q->avail_idx, __ATOMIC_RELEASE);
			queue_kick(q);
			ret = queue_await(q, &len);
		}
		broken += ret == BROKEN;
		__atomic_store_n(&scramble, false, __ATOMIC_RELAXED);
		pthread_join(scrambler, NULL);
		if (ret < 0)
			return ret;
	}
	device_restart();
	say(" %u", broken);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * device: drives the vhost-vdpa device as a VMM does.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/vhost.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../../include/uapi/virtio_dynmem.h"
#include "vmm.h"

#define STATUS_DRIVER	(VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER)
#define STATUS_READY	(STATUS_DRIVER | VIRTIO_CONFIG_S_FEATURES_OK)

static int device = -1;
static int config_call = -1;

void device_ioctl(unsigned long request, void *arg)
{
	if (ioctl(device, request, arg) < 0)
		give_up(errno);
}

uint8_t device_status(void)
{
	uint8_t status;

	device_ioctl(VHOST_VDPA_GET_STATUS, &status);
	return status;
}

static void set_status(uint8_t status)
{
	device_ioctl(VHOST_VDPA_SET_STATUS, &status);
}

static void drain(int fd)
{
	uint64_t count;

	if (read(fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
		give_up(errno);
}

/* Half a minute, times LAB_SLOW (see lib.sh). */
static int timeout_ms(void)
{
	const char *slow = getenv("LAB_SLOW");

	return 30000 * (slow ? atoi(slow) : 1);
}

int device_wait(int fd)
{
	struct pollfd fds[2] = {
		{ .fd = config_call, .events = POLLIN }, { .fd = fd, .events = POLLIN },
	};

	for (;;) {
		if (device_status() & VIRTIO_CONFIG_S_NEEDS_RESET)
			return BROKEN;
		if (poll(fds, 2, timeout_ms()) <= 0)
			return -ETIMEDOUT;
		/*
		 * A config interrupt announces new targets or a new status of the device. So look
		 * at the status once more, and go on waiting for @fd.
		 */
		if (fds[0].revents)
			drain(config_call);
		if (fds[1].revents) {
			drain(fd);
			return 0;
		}
	}
}

int cmd_broken(const struct words *w)
{
	(void)w;
	return device_wait(-1);
}

int queue_await(struct queue *q, uint32_t *len)
{
	while (!queue_done(q, len)) {
		int ret = device_wait(q->call);

		if (ret)
			return ret;
	}
	return 0;
}

int cmd_await(const struct words *w)
{
	uint32_t len = 0;
	int ret = queue_await(which_queue(word(w, 1)), &len);

	if (!ret)
		say(" %u", len);
	return ret;
}

int cmd_open(const struct words *w)
{
	device = open(word(w, 1), O_RDWR | O_CLOEXEC);
	return device < 0 ? -errno : 0;
}

static int own_often(uint64_t times)
{
	uint64_t i, refused = 0;

	for (i = 0; i < times; i++)
		refused += ioctl(device, VHOST_SET_OWNER, NULL) < 0;
	say(" %llu", (unsigned long long)refused);
	return 0;
}

int cmd_owner(const struct words *w)
{
	int status;
	pid_t pid;

	if (option(w, "times"))
		return own_often(option_number(w, "times", 1));
	if (!option(w, "child")) {
		device_ioctl(VHOST_SET_OWNER, NULL);
		return 0;
	}
	pid = fork();
	if (!pid)
		_exit(ioctl(device, VHOST_SET_OWNER, NULL) < 0 ? errno : 0);
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return -errno;
	return -WEXITSTATUS(status);
}

static void set_up_queue(unsigned int i)
{
	const struct queue *q = &queues[i];
	struct vhost_vring_state state = { .index = i, .num = q->num };
	struct vhost_vring_addr addr = {
		.index = i, .desc_user_addr = q->desc, .avail_user_addr = q->avail,
		.used_user_addr = q->used,
	};
	struct vhost_vring_file file = { .index = i };

	device_ioctl(VHOST_SET_VRING_NUM, &state);
	device_ioctl(VHOST_SET_VRING_ADDR, &addr);
	state.num = 0;
	device_ioctl(VHOST_SET_VRING_BASE, &state);
	file.fd = q->kick;
	device_ioctl(VHOST_SET_VRING_KICK, &file);
	file.fd = q->call;
	device_ioctl(VHOST_SET_VRING_CALL, &file);
	state.num = 1;
	device_ioctl(VHOST_VDPA_SET_VRING_ENABLE, &state);
}

/* Options of the last `start`, for device_restart(). */
static struct {
	bool standard;
	bool event;
	bool reporting;
	bool no_config;
} driver;

static void start_driver(bool fresh)
{
	uint64_t features = 1ULL << VIRTIO_F_VERSION_1 | 1ULL << VIRTIO_RING_F_INDIRECT_DESC;
	unsigned int i, nr = (driver.standard ? 3 : 1) + driver.reporting;

	/*
	 * Features 0 and 1 are MUST_TELL_HOST and STATS_VQ, 5 is REPORTING. ACCESS_PLATFORM is
	 * set because QEMU's vhost always sets it.
	 */
	features |= driver.standard ? 1 << 0 | 1 << 1 : 1ULL << VIRTIO_BALLOON_F_DYNMEM;
	if (driver.reporting)
		features |= 1 << 5;
	features |= 1ULL << VIRTIO_F_ACCESS_PLATFORM;
	if (driver.event)
		features |= 1ULL << VIRTIO_RING_F_EVENT_IDX;
	if (config_call < 0)
		config_call = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	queues_begin(driver.event, fresh);
	set_status(STATUS_DRIVER);
	device_ioctl(VHOST_SET_FEATURES, &features);
	set_status(STATUS_READY);
	if (!driver.no_config)
		device_ioctl(VHOST_VDPA_SET_CONFIG_CALL, &config_call);
	for (i = 0; i < nr; i++)
		set_up_queue(i);
	set_status(STATUS_READY | VIRTIO_CONFIG_S_DRIVER_OK);
}

int cmd_start(const struct words *w)
{
	driver.standard = option(w, "standard");
	driver.event = option(w, "event");
	driver.reporting = option(w, "reporting");
	driver.no_config = option(w, "noconfig");
	start_driver(!option(w, "resume"));
	return 0;
}

void device_restart(void)
{
	set_status(0);
	start_driver(true);
}

int cmd_status(const struct words *w)
{
	uint8_t status = device_status();

	(void)w;
	say(" %#x%s", status, status & VIRTIO_CONFIG_S_NEEDS_RESET ? " needs-reset" : "");
	return 0;
}

int cmd_reset(const struct words *w)
{
	(void)w;
	set_status(0);
	return 0;
}

int cmd_stop(const struct words *w)
{
	unsigned int i;

	device_ioctl(VHOST_VDPA_SUSPEND, NULL);
	for (i = 0; i < QUEUES; i++) {
		struct vhost_vring_state state = { .index = i };

		device_ioctl(VHOST_GET_VRING_BASE, &state);
		say(" %u", state.num);
	}
	return cmd_reset(w);
}

int cmd_close(const struct words *w)
{
	(void)w;
	close(device);
	device = -1;
	return 0;
}

/* Starts a child that holds the device open after the VMM has closed it. */
int cmd_leak(const struct words *w)
{
	pid_t pid = fork();

	(void)w;
	if (!pid) {
		if (dup(device) < 0)
			_exit(1);
		execlp("sleep", "sleep", "600", NULL);
		_exit(1);
	}
	say(" %d", pid);
	return pid < 0 ? -errno : 0;
}

static void transfer_config(unsigned long request, void *space)
{
	size_t len = sizeof(struct virtio_dynmem_config);
	struct vhost_vdpa_config *config = malloc(sizeof(*config) + len);

	if (!config)
		give_up(ENOMEM);
	config->off = 0;
	config->len = len;
	memcpy(config->buf, space, len);
	device_ioctl(request, config);
	memcpy(space, config->buf, len);
	free(config);
}

int cmd_config(const struct words *w)
{
	struct virtio_dynmem_config c = { };
	const uint8_t *byte = (void *)&c;
	size_t i;

	transfer_config(VHOST_VDPA_GET_CONFIG, &c);
	if (option(w, "raw")) {
		say(" ");
		for (i = 0; i < sizeof(c); i++)
			say("%02x", byte[i]);
		return 0;
	}
	say(" num_pages=%u actual=%u generation=%u vnodes=%u balloon=", c.num_pages, c.actual,
	    c.targets.generation, c.targets.vnodes);
	for (i = 0; i < c.targets.vnodes && i < VIRTIO_DYNMEM_MAX_VNODES; i++)
		say("%s%llu", i ? "," : "", c.targets.balloon[i]);
	return 0;
}

int cmd_scribble(const struct words *w)
{
	struct virtio_dynmem_config c;

	memset(&c, number(word(w, 1)), sizeof(c));
	transfer_config(VHOST_VDPA_SET_CONFIG, &c);
	return 0;
}

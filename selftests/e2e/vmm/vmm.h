/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vmm: a virtual machine monitor and its guest in one small program, for tests of the host module
 * that need no booted guest. The program makes a real KVM VM with memory, and attaches the VM to
 * /dev/vhost-vdpa-N. The VM has no vCPU until the command `run` makes one. The program plays the
 * guest's driver, well-behaved or hostile, by writing to the rings in the VM's memory. main.c reads
 * one command per line from standard input and answers each with one line; `vmm help` lists the
 * commands. The tests drive the program through ../vmm.sh.
 */
#ifndef _VMM_H
#define _VMM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE	4096ULL
#define QUEUES	4

/* A command returns 0 ("ok"), -errno ("error NAME") or BROKEN ("broken"). */
#define BROKEN	1		/* the device needs a reset */

/* The words of a command, its name first. Options are words KEY=VALUE or KEY. */
struct words {
	int nr;
	char **word;
};

/* words.c: runs a command. Return: the command's result, or -errno if it called give_up(). */
int words_run(int (*run)(const struct words *w), const struct words *w);
const char *words_answer(void);

/* words.c: appends text to the answer of the command. */
__attribute__((format(printf, 1, 2)))
void say(const char *fmt, ...);

/*
 * words.c: reads a number with an optional suffix K, M or G. Ends the command if @text is not a
 * number.
 */
uint64_t number(const char *text);

/*
 * words.c: the value of option @key. If the option has no value, option() returns "", and
 * option_number() ends the command. Without the option, option() returns NULL, and option_number()
 * returns @otherwise.
 */
const char *option(const struct words *w, const char *key);
uint64_t option_number(const struct words *w, const char *key, uint64_t otherwise);

/* words.c: word @i, counted from 0. Ends the command if the command has no such word. */
const char *word(const struct words *w, int i);

/* words.c: ends the current command with "error NAME", where NAME is the name of errno @error. */
__attribute__((noreturn))
void give_up(int error);

/*
 * memory.c: a pointer to @len bytes of guest memory at the guest-physical address @gpa. Ends the
 * command with EFAULT if no slot contains all of these bytes.
 */
void *at(uint64_t gpa, uint64_t len);

int cmd_kvm(const struct words *w);
int cmd_run(const struct words *w);
int cmd_vfio(const struct words *w);
int cmd_slot(const struct words *w);
int cmd_drop(const struct words *w);
int cmd_remove(const struct words *w);
int cmd_unmap(const struct words *w);
int cmd_touch(const struct words *w);
int cmd_look(const struct words *w);
int cmd_numa(const struct words *w);
int cmd_pin(const struct words *w);
int cmd_unpin(const struct words *w);
int cmd_busy(const struct words *w);
int cmd_blocked(const struct words *w);
int cmd_arm(const struct words *w);
int cmd_punch(const struct words *w);
int cmd_churn(const struct words *w);
int cmd_calm(const struct words *w);
int cmd_read(const struct words *w);

/* device.c: calls an ioctl of the device. Ends the command if the ioctl fails. */
void device_ioctl(unsigned long request, void *arg);

/*
 * device.c: waits until eventfd @fd is signalled, and resets the eventfd. Stops waiting if the
 * device needs a reset; with -1 as @fd, waits only for this. Return: 0 if @fd was signalled, BROKEN
 * if the device needs a reset, or -ETIMEDOUT.
 */
int device_wait(int fd);
uint8_t device_status(void);

/* device.c: resets the device and starts a driver with the options of the last `start`. */
void device_restart(void);

int cmd_open(const struct words *w);
int cmd_owner(const struct words *w);
int cmd_start(const struct words *w);
int cmd_status(const struct words *w);
int cmd_reset(const struct words *w);
int cmd_stop(const struct words *w);
int cmd_close(const struct words *w);
int cmd_leak(const struct words *w);
int cmd_config(const struct words *w);
int cmd_scribble(const struct words *w);
int cmd_broken(const struct words *w);
int cmd_await(const struct words *w);

/**
 * struct queue - the driver's side of a split virtqueue
 * @desc, @avail, @used: guest-physical addresses
 * @num: number of entries
 * @avail_idx: index of the next entry that the driver offers, modulo 65536
 * @kick: eventfd by which the driver notifies the device; 0 before the first start
 * @call: eventfd by which the device notifies the driver; 0 before the first start
 */
struct queue {
	uint64_t desc;
	uint64_t avail;
	uint64_t used;
	uint32_t num;
	uint16_t avail_idx;
	int kick;
	int call;
};

extern struct queue queues[QUEUES];

/*
 * Where this program puts rings, tables and requests. AT_QUEUE(q), AT_REQUEST and AT_ANSWER are
 * offsets from rings_base, which the command `rings` sets. AT_DESC, AT_AVAIL, AT_USED and AT_TABLE
 * are offsets from the place of a queue.
 */
#define AT_QUEUE(q)	((q) * 0x20000ULL)
#define AT_DESC		0x00000ULL
#define AT_AVAIL	0x08000ULL
#define AT_USED		0x0c000ULL
#define AT_TABLE	0x10000ULL
#define AT_REQUEST	0x80000ULL
#define AT_ANSWER	0xa0000ULL
#define RINGS_SIZE	0xc0000ULL
#define TABLE_ENTRIES	1024

extern uint64_t rings_base;

/* ring.c: prepares all queues for a start. If @fresh, clears the rings as a new driver does. */
void queues_begin(bool event_idx, bool fresh);

/*
 * ring.c: queue_offer() offers the chain that begins at descriptor @head, and does not notify the
 * device. queue_kick() notifies it.
 */
void queue_offer(struct queue *q, uint16_t head);
void queue_kick(struct queue *q);

/*
 * ring.c: whether the device has used all chains. If so, sets @len to the number of bytes that the
 * device wrote to the last chain.
 */
bool queue_done(const struct queue *q, uint32_t *len);

/* ring.c: writes descriptor @i of the table at the guest-physical address @table. */
void put_desc(uint64_t table, uint32_t i, uint64_t addr, uint32_t len, uint16_t flags,
	      uint16_t next);

struct queue *which_queue(const char *text);

int cmd_rings(const struct words *w);
int cmd_ring(const struct words *w);
int cmd_desc(const struct words *w);
int cmd_offer(const struct words *w);
int cmd_advance(const struct words *w);
int cmd_kick(const struct words *w);

/* device.c: waits until queue_done() is true. Return: 0, BROKEN or -ETIMEDOUT. */
int queue_await(struct queue *q, uint32_t *len);

/* message.c */
int cmd_hello(const struct words *w);
int cmd_report(const struct words *w);
int cmd_need(const struct words *w);
int cmd_move(const struct words *w);
int cmd_pfns(const struct words *w);
int cmd_flood(const struct words *w);
int cmd_die(const struct words *w);

/* hostile.c */
int cmd_fuse(const struct words *w);
int cmd_holdmm(const struct words *w);
int cmd_interrupt(const struct words *w);
int cmd_kickfd(const struct words *w);
int cmd_resize(const struct words *w);
int cmd_spin(const struct words *w);
int cmd_scramble(const struct words *w);

/* monitor.c */
int cmd_listen(const struct words *w);
int cmd_play(const struct words *w);
int cmd_hangup(const struct words *w);

#endif

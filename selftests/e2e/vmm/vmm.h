/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vmm: a virtual machine monitor and its guest in one small program, for tests of the host module
 * that need no booted guest. It makes a real KVM VM with memory, and attaches it to
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

/* words.c: runs a command. Return: its result, or -errno if it called give_up(). */
int words_run(int (*run)(const struct words *w), const struct words *w);
const char *words_answer(void);

/* words.c: adds to the answer of the command. */
__attribute__((format(printf, 1, 2)))
void say(const char *fmt, ...);

/*
 * words.c: reads a number with an optional suffix K, M or G. Ends the command if @text is not a
 * number.
 */
uint64_t number(const char *text);

/* words.c: the value of option KEY=VALUE; "" for a plain KEY; NULL without the option. */
const char *option(const struct words *w, const char *key);
uint64_t option_number(const struct words *w, const char *key, uint64_t otherwise);

/* words.c: word @i, counted from 0; ends the command if it has no such word. */
const char *word(const struct words *w, int i);

/* words.c: ends the command that is being carried out; its answer is "error NAME" for @error. */
__attribute__((noreturn))
void give_up(int error);

/*
 * memory.c: the address of @len bytes of guest memory at @gpa. Ends the command with EFAULT if
 * there is no such memory.
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

/* device.c: makes an ioctl of the device; ends the command if it fails. */
void device_ioctl(unsigned long request, void *arg);

/*
 * device.c: waits for @fd. Return: 0 if it is readable, BROKEN if the device needs a reset, or
 * -ETIMEDOUT.
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
 * @avail_idx: next entry of the available ring
 * @kick, @call: eventfds by which driver and device notify each other; 0 before the first start
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

/* Where this program puts rings, tables and requests, as offsets from the base set by `rings`. */
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

/* ring.c: prepares all queues for a start; clears the rings if @fresh, as a new driver does. */
void queues_begin(bool event_idx, bool fresh);

/* ring.c: offers the chain that begins at descriptor @head; queue_kick() notifies the device. */
void queue_offer(struct queue *q, uint16_t head);
void queue_kick(struct queue *q);

/*
 * ring.c: whether the device has used all chains. If so, sets @len to the number of bytes that the
 * device wrote to the last chain.
 */
bool queue_done(const struct queue *q, uint32_t *len);

/* ring.c: writes descriptor @i of a table in guest memory. */
void put_desc(uint64_t table, uint32_t i, uint64_t addr, uint32_t len, uint16_t flags,
	      uint16_t next);

struct queue *which_queue(const char *text);

int cmd_rings(const struct words *w);
int cmd_ring(const struct words *w);
int cmd_desc(const struct words *w);
int cmd_offer(const struct words *w);
int cmd_advance(const struct words *w);
int cmd_kick(const struct words *w);

/* device.c: waits for queue_done(). Return: 0, BROKEN or -ETIMEDOUT. */
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

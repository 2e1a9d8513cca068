// SPDX-License-Identifier: GPL-2.0
/*
 * A plugin of the lab's emulator (`lab run --count-instructions`). It counts the instructions that
 * the host executes and, separately, those of its guests. A program in the host, such as the
 * command `instructions`, can read the counts at any time by executing a mark (count.h).
 *
 * A processor executes a guest from VMRUN on until #VMEXIT, and then continues at the instruction
 * behind VMRUN. All code that the emulator translates between VMRUN and #VMEXIT is the guest's. The
 * emulator does not use these translations for the host, since it keeps translations apart by the
 * processor's mode. So the plugin knows when a block of code is translated whether the block
 * belongs to the host or to a guest. Counting costs two additions for each execution of a block:
 * one to the sum of the host or of the guests, and one to the count of the block.
 *
 * Only whole blocks are counted. If a fault interrupts a block, all instructions of the block
 * count, which is some 5 too many. A string instruction with a repeat prefix counts once each time
 * that the emulator begins it, and not once for each repetition.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "count.h"
#include "qemu-plugin.h"

#define MAX_VMRUNS	16

int qemu_plugin_version = QEMU_PLUGIN_VERSION;

static const uint8_t vmrun[] = { 0x0f, 0x01, 0xd8 };

/*
 * How many instructions one processor has executed: for the host, for guests, and in each block of
 * code. block[i] is the count of the block that blocks[i] describes.
 */
struct executed {
	struct counts counts;
	uint64_t block[COUNT_BLOCKS];
};

static struct qemu_plugin_scoreboard *executed;
static struct block_count blocks[COUNT_BLOCKS];	/* a hash table */
static pthread_mutex_t blocks_lock = PTHREAD_MUTEX_INITIALIZER;
static _Thread_local bool in_guest;		/* each emulated processor has its own thread */
static _Atomic uint64_t behind_vmrun[MAX_VMRUNS];	/* KVM has two VMRUNs */

static struct qemu_plugin_u64 counter(size_t offset)
{
	return (struct qemu_plugin_u64) { .score = executed, .offset = offset };
}

static bool is_behind_vmrun(uint64_t address)
{
	int i;

	for (i = 0; i < MAX_VMRUNS; i++)
		if (behind_vmrun[i] == address)
			return true;
	return false;
}

static void remember_vmrun(uint64_t address)
{
	static _Atomic unsigned int next;

	/* A kvm_amd that is loaded again has its VMRUN at another address. */
	if (!is_behind_vmrun(address + sizeof(vmrun)))
		behind_vmrun[next++ % MAX_VMRUNS] = address + sizeof(vmrun);
}

static void enter_guest(unsigned int cpu, void *data)
{
	(void)cpu;
	(void)data;
	in_guest = true;
}

static void leave_guest(unsigned int cpu, void *data)
{
	(void)cpu;
	(void)data;
	in_guest = false;
}

/*
 * Return: the offset of a block's count in struct executed. A block that is translated again keeps
 * its count.
 */
static size_t place_of_block(uint64_t address, bool guest)
{
	struct block_count key = { .address = address, .guest = guest };
	uint64_t i = (address ^ guest) * 0x9e3779b97f4a7c15, probes;

	pthread_mutex_lock(&blocks_lock);
	/* If the table is full, the block shares the count of another block. */
	for (probes = 0, i >>= 44; probes < COUNT_BLOCKS; probes++, i = (i + 1) % COUNT_BLOCKS) {
		if (!blocks[i].address)
			blocks[i] = key;
		if (blocks[i].address == key.address && blocks[i].guest == key.guest)
			break;
	}
	pthread_mutex_unlock(&blocks_lock);
	return offsetof(struct executed, block[i]);
}

static void write_answer(uint64_t address, void *answer, size_t len)
{
	struct byte_array bytes = { .data = answer, .len = len };

	qemu_plugin_write_memory_vaddr(address, &bytes);
}

static void answer_counts(unsigned int cpu, uint32_t info, uint64_t address, void *data)
{
	struct counts now = {
		.host = qemu_plugin_u64_sum(counter(offsetof(struct executed, counts.host))),
		.guests = qemu_plugin_u64_sum(counter(offsetof(struct executed, counts.guests))),
	};

	(void)cpu;
	(void)info;
	(void)data;
	write_answer(address, &now, sizeof(now));
}

static void answer_blocks(unsigned int cpu, uint32_t info, uint64_t address, void *data)
{
	size_t i;

	(void)cpu;
	(void)info;
	(void)data;
	pthread_mutex_lock(&blocks_lock);
	for (i = 0; i < COUNT_BLOCKS; i++)
		blocks[i].instructions =
			qemu_plugin_u64_sum(counter(offsetof(struct executed, block[i])));
	write_answer(address, blocks, sizeof(blocks));
	pthread_mutex_unlock(&blocks_lock);
}

static bool is_vmrun(const struct qemu_plugin_insn *insn)
{
	uint8_t code[sizeof(vmrun)];

	return qemu_plugin_insn_data(insn, code, sizeof(code)) == sizeof(code) &&
	       !memcmp(code, vmrun, sizeof(code));
}

static void add(struct qemu_plugin_tb *tb, size_t place, uint64_t nr)
{
	qemu_plugin_register_vcpu_tb_exec_inline_per_vcpu(tb, QEMU_PLUGIN_INLINE_ADD_U64,
							  counter(place), nr);
}

/* Return: the callback for the store behind @insn if @insn is a mark, else NULL. */
static mem_cb question(const struct qemu_plugin_insn *insn)
{
	static const uint8_t nopl[] = { 0x0f, 0x1f, 0x80 };
	struct {
		uint8_t nopl[3];
		uint32_t displacement;
	} __attribute__((packed)) code;

	if (qemu_plugin_insn_data(insn, &code, sizeof(code)) < sizeof(code) ||
	    memcmp(code.nopl, nopl, sizeof(nopl)))
		return NULL;
	return code.displacement == COUNT_MARK ? answer_counts :
	       code.displacement == COUNT_MARK_BLOCKS ? answer_blocks : NULL;
}

static void translate(struct qemu_plugin_tb *tb, void *data)
{
	size_t nr = qemu_plugin_tb_n_insns(tb), i;
	uint64_t address = qemu_plugin_tb_vaddr(tb);
	bool guest = in_guest && !is_behind_vmrun(address);
	size_t whose = guest ? offsetof(struct executed, counts.guests) :
			       offsetof(struct executed, counts.host);

	(void)data;
	if (is_behind_vmrun(address))
		qemu_plugin_register_vcpu_insn_exec_cb(qemu_plugin_tb_get_insn(tb, 0), leave_guest,
						       QEMU_PLUGIN_CB_NO_REGS, NULL);
	for (i = 0; i < nr; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		mem_cb answer = question(insn);

		if (is_vmrun(insn)) {
			remember_vmrun(qemu_plugin_insn_vaddr(insn));
			qemu_plugin_register_vcpu_insn_exec_cb(insn, enter_guest,
							       QEMU_PLUGIN_CB_NO_REGS, NULL);
		} else if (answer && i + 1 < nr) {
			qemu_plugin_register_vcpu_mem_cb(qemu_plugin_tb_get_insn(tb, i + 1), answer,
							 QEMU_PLUGIN_CB_NO_REGS,
							 QEMU_PLUGIN_MEM_W, NULL);
		}
	}
	add(tb, whose, nr);
	add(tb, place_of_block(address, guest), nr);
}

int qemu_plugin_install(uint64_t id, const void *info, int argc, char **argv)
{
	(void)info;
	(void)argc;
	(void)argv;
	executed = qemu_plugin_scoreboard_new(sizeof(struct executed));
	qemu_plugin_register_vcpu_tb_trans_cb(id, translate, NULL);
	return 0;
}

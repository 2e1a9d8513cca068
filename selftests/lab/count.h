/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The interface between the emulator's plugin (count.c) and programs that read its counts
 * (host/instructions.c, e2e's vmm). Such a program executes a mark, which is a special no-op
 * instruction, and right behind the mark a store. Then the plugin writes its counts to the address
 * of the store: after COUNT_MARK a struct counts, after COUNT_MARK_BLOCKS an array of COUNT_BLOCKS
 * struct block_count. The program must have written to all of this memory before, so that the
 * memory is mapped.
 */
#ifndef _COUNT_H
#define _COUNT_H

#include <stdint.h>

/* A mark is the instruction nopl MARK(%rax). No compiler emits one with these displacements. */
#define COUNT_MARK		0x646e796d
#define COUNT_MARK_BLOCKS	0x646e796e

#define COUNT_BLOCKS		(1 << 20)

struct counts {
	uint64_t host;		/* instructions of the host, all its CPUs */
	uint64_t guests;	/* instructions of its guests */
} __attribute__((aligned(16)));	/* so that the struct lies in one page */

/* How many instructions were executed in one block of code. Unused entries are all zeros. */
struct block_count {
	uint64_t address : 63;	/* without the highest bit, which equals the next lower one */
	uint64_t guest : 1;	/* 1: code of a guest; 0: code of the host */
	uint64_t instructions;
};

/*
 * Makes the plugin write the counts of @mark to @to. The alignment keeps mark and store in one
 * page, so that the emulator translates them together.
 */
static inline __attribute__((always_inline)) void count_question(int mark, void *to)
{
	asm volatile(".p2align 5\n\t"
		     "nopl %c[mark](%%rax)\n\t"
		     "movq $0, (%[to])"
		     : : [mark] "i" (mark), [to] "r" (to) : "memory");
}

/* Reads the counts. They are 0 if the emulator does not count. */
static inline void count_ask(struct counts *counts)
{
	*counts = (struct counts) { };
	count_question(COUNT_MARK, counts);
}

#endif

// SPDX-License-Identifier: GPL-2.0
/*
 * A plugin for qemu that counts the instructions executed in each basic block between marks: the
 * executions of the one instruction at the address given as "mark". What is executed before the
 * first mark is section 0, then come 1, 2 ... At the end "output" gets a line for each section and
 * block of the kernel: section, address, instructions.
 *
 * One processor only (-icount): nothing is locked.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What qemu offers to plugins, version 1 of the interface; Debian packages no header for it. */
typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_info;
enum qemu_plugin_op { QEMU_PLUGIN_INLINE_ADD_U64 };
enum qemu_plugin_cb_flags { QEMU_PLUGIN_CB_NO_REGS };

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
					   void (*callback)(qemu_plugin_id_t, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *tb, enum qemu_plugin_op op,
					      void *pointer, uint64_t value);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
					    void (*callback)(unsigned int, void *),
					    enum qemu_plugin_cb_flags flags, void *data);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id, void (*callback)(qemu_plugin_id_t, void *),
				    void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t index);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);

__attribute__((visibility("default"))) int qemu_plugin_version = 1;

#define KERNEL_SPACE	0xffff800000000000ull
#define BLOCKS		(1u << 20)	/* a power of two, more than there ever are */

struct block {
	uint64_t address;	/* 0: free */
	uint64_t instructions;	/* since the last mark */
};

static struct block *blocks;
static uint64_t mark_address;
static unsigned int section;
static FILE *output;

/* Blocks are found by address, so that one that is translated again goes on counting. */
static struct block *block_at(uint64_t address)
{
	size_t slot = address * 0x9e3779b97f4a7c15ull >> 44;

	while (blocks[slot].address && blocks[slot].address != address)
		slot = (slot + 1) % BLOCKS;
	blocks[slot].address = address;
	return &blocks[slot];
}

static void write_section(void)
{
	for (size_t i = 0; i < BLOCKS; i++) {
		if (blocks[i].instructions)
			fprintf(output, "%u %" PRIx64 " %" PRIu64 "\n", section, blocks[i].address,
				blocks[i].instructions);
		blocks[i].instructions = 0;
	}
	section++;
}

static void marked(unsigned int processor, void *data)
{
	(void)processor;
	(void)data;
	write_section();
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	struct qemu_plugin_insn *first = qemu_plugin_tb_get_insn(tb, 0);
	uint64_t address = qemu_plugin_insn_vaddr(first);

	(void)id;
	if (address == mark_address)
		qemu_plugin_register_vcpu_insn_exec_cb(first, marked, QEMU_PLUGIN_CB_NO_REGS, NULL);
	if (address >= KERNEL_SPACE)
		qemu_plugin_register_vcpu_tb_exec_inline(tb, QEMU_PLUGIN_INLINE_ADD_U64,
							 &block_at(address)->instructions,
							 qemu_plugin_tb_n_insns(tb));
}

static void finished(qemu_plugin_id_t id, void *data)
{
	(void)id;
	(void)data;
	write_section();
	fclose(output);
}

static bool read_argument(const char *argument)
{
	if (!strncmp(argument, "mark=", 5))
		mark_address = strtoull(argument + 5, NULL, 0);
	else if (!strncmp(argument, "output=", 7))
		output = fopen(argument + 7, "w");
	else
		return false;
	return true;
}

__attribute__((visibility("default")))
int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info *info, int argc, char **argv)
{
	(void)info;
	for (int i = 0; i < argc; i++)
		if (!read_argument(argv[i]))
			return 1;
	blocks = calloc(BLOCKS, sizeof(*blocks));
	if (!blocks || !output || !mark_address) {
		fprintf(stderr, "profile: needs mark=ADDRESS and output=PATH\n");
		return 1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	qemu_plugin_register_atexit_cb(id, finished, NULL);
	return 0;
}

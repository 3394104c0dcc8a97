/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the host side and the board ask of the hardware side, other than by its
 * registers.
 */
#ifndef KFDSIM_GPU_H
#define KFDSIM_GPU_H

#include <linux/types.h>

struct kfdsim;
struct kfdsim_vm;

int kfdsim_hw_init(struct kfdsim *sim);
/* Stops the engine and frees everything; amdkfd is gone by then. */
void kfdsim_hw_fini(struct kfdsim *sim);
/* The effect of a GPU reset: every HQD, HIQ, VMID and wave is gone. */
void kfdsim_hw_reset(struct kfdsim *sim);
/* A user doorbell page was opened for writing by a fault at @when (ktime ns).
 * Also the reminder, from a timer, that such a page still has to be looked at.
 * Context: any but NMI; mmap_lock may be held.
 */
void kfdsim_hw_doorbell_fault(struct kfdsim *sim, u64 when);
/* The kernel wrote @value to its doorbell @doorbell_off. Any context. */
void kfdsim_hw_kernel_doorbell(struct kfdsim *sim, u32 doorbell_off, u64 value);
/*
 * Power: drop everything, and ignore everything until it is on again. Queues
 * have been unmapped before, or their waves are lost. Context: may sleep.
 */
void kfdsim_hw_power(struct kfdsim *sim, bool on);

enum kfdsim_mes_op {
	KFDSIM_MES_ADD_QUEUE,
	KFDSIM_MES_REMOVE_QUEUE,
	KFDSIM_MES_SUSPEND,
	KFDSIM_MES_RESUME,
	KFDSIM_MES_MISC,
};

/**
 * struct kfdsim_mes_packet - what the driver asks MES for
 *
 * @op: which request
 * @all: suspend, resume: all gangs, instead of that at @gang
 * @gang: GART address of the queue's gang context
 * @doorbell: dword index in the BAR; add, remove
 * @pasid: the process; this and the rest: add
 * @page_table_base: its page directory
 * @gang_quantum_ns: how long the gang may run while others wait
 * @mqd: GART address of the MQD
 * @wptr_va: where the process has the write pointer
 * @wptr: the same in the GART
 * @sdma: it is an SDMA queue
 * @tba: trap handler
 * @tma: its memory
 */
struct kfdsim_mes_packet {
	enum kfdsim_mes_op op;
	bool all;
	u64 gang;
	u32 doorbell;
	u16 pasid;
	u64 page_table_base;
	u64 gang_quantum_ns;
	u64 mqd;
	u64 wptr_va;
	u64 wptr;
	bool sdma;
	u64 tba;
	u64 tma;
};

/*
 * Have MES work on @p and wait for the answer. Return: 0, -ETIMEDOUT when
 * there is none, -EIO when the GPU was reset meanwhile. Context: may sleep; one
 * call at a time.
 */
int kfdsim_hw_mes_submit(struct kfdsim *sim, const struct kfdsim_mes_packet *p);

/* amdgpu_amdkfd_unmap_hiq() */
int kfdsim_hw_unmap_hiq(struct kfdsim *sim, u32 doorbell_off, u32 xcc);
/* A process address space goes away or shrinks: forget cached translations */
void kfdsim_hw_vm_gone(struct kfdsim *sim, struct kfdsim_vm *vm);

/* The GPU's clock, ticks of KFDSIM_GPU_CLOCK_NS. Context: may sleep. */
u64 kfdsim_gpu_clock(struct kfdsim *sim);

#endif

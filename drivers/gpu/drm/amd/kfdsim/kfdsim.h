/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kfdsim: a simulated GPU under the real amdkfd.
 *
 *   amdkfd objects (the distribution's, with the project's hooks)
 *        |  amdgpu_amdkfd_*(), amdgpu_bo_*()        |  kfd2kgd_calls
 *   host side: PCI, DRM, memory, doorbell pages,    |
 *              interrupts, reset                    |
 *        |  struct kfdsim, kfdsim_vm, kfdsim_gart   |
 *   hardware side: event engine, HWS, HQDs, packet processors, compute units
 *
 * The hardware side knows only what hardware could know: registers (the
 * kfd2kgd calls), doorbells, memory, and the packets that it finds there.
 */
#ifndef KFDSIM_H
#define KFDSIM_H

#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/types.h>

#include "amdgpu.h"
#include "kfdsim_model.h"

struct kfdsim_hw;
struct kfdsim_vm;

/**
 * struct kfdsim - one simulated GPU; drvdata of its PCI device
 *
 * @adev: what amdkfd sees; embeds the drm_device, so it is allocated first
 *	and this structure hangs off it (see kfdsim_from_adev())
 * @index: number of the GPU, 0-based; names its debugfs directory
 * @model: the model's parameters, constant after probe
 * @hw: the hardware side; NULL before kfdsim_hw_init() and after
 *	kfdsim_hw_fini()
 * @debugfs: directory kfdsim/<index>
 * @host: what only the host side uses
 */
struct kfdsim {
	struct amdgpu_device *adev;
	unsigned int index;
	struct kfdsim_model model;
	struct kfdsim_hw *hw;
	struct dentry *debugfs;
	struct kfdsim_host *host;
};

struct kfdsim *kfdsim_from_adev(const struct amdgpu_device *adev);

/* ---- host side, called by the hardware side ---------------------------- */

/*
 * GART (VMID 0): kernel allocations. The pointer stays valid until the
 * driver frees the allocation; hardware may only follow addresses that the
 * driver gave it. NULL when [gpu_addr, gpu_addr + len) is not one allocation.
 */
void *kfdsim_gart_ptr(struct kfdsim *sim, u64 gpu_addr, size_t len);

/*
 * Process address spaces, named by the page directory base that MAP_PROCESS
 * (or set_vm_context_page_table_base) carries.
 * All may sleep. 0, or -EFAULT when some of the range is not mapped to this
 * GPU. Context: process; the caller may hold the hardware lock.
 */
struct kfdsim_vm *kfdsim_vm_get(struct kfdsim *sim, u64 page_table_base);
void kfdsim_vm_put(struct kfdsim_vm *vm);
int kfdsim_vm_read(struct kfdsim_vm *vm, u64 va, void *buf, size_t len);
int kfdsim_vm_write(struct kfdsim_vm *vm, u64 va, const void *buf, size_t len);
/* 64-bit atomics, as GPU atomics are: coherent with the CPU's; va % 8 == 0 */
int kfdsim_vm_fetch_add64(struct kfdsim_vm *vm, u64 va, s64 add, s64 *old);

/*
 * Doorbells. @doorbell_off is the dword index in the BAR, as the driver
 * writes it into MQDs and packets. A doorbell that holds nothing new reads
 * KFDSIM_DOORBELL_NONE.
 */
#define KFDSIM_DOORBELL_NONE	(~0ULL)
/* Take what was written since the last call; atomic against the writer. */
u64 kfdsim_doorbell_take(struct kfdsim *sim, u32 doorbell_off);
/*
 * Zap the user mappings of the pages that were written to, so that the next
 * ring faults and is seen; call it *before* taking values. It returns true
 * if any page was open. May sleep.
 */
bool kfdsim_doorbell_rearm(struct kfdsim *sim);
/*
 * Take what nobody has taken from pages that were open, and offer it to
 * @claim: a store to a page that was opened again since it was looked at must
 * not be lost. True if @claim turned some down: those rings are dropped.
 */
bool kfdsim_doorbell_drop_unclaimed(struct kfdsim *sim,
				    bool (*claim)(struct kfdsim *sim,
						  u32 doorbell_off, u64 value));

/* Interrupts, through the IH ring entry format of the real chip. Any context
 * but NMI; @xcc is the logical XCC in the device.
 */
void kfdsim_irq_eop(struct kfdsim *sim, unsigned int xcc, unsigned int vmid,
		    u16 pasid, u32 context_id);
void kfdsim_irq_sdma_trap(struct kfdsim *sim, unsigned int engine,
			  unsigned int xcc, unsigned int vmid, u16 pasid,
			  u32 context_id);
void kfdsim_irq_vm_fault(struct kfdsim *sim, unsigned int xcc,
			 unsigned int vmid, u16 pasid, u64 va, bool write);
void kfdsim_irq_bad_opcode(struct kfdsim *sim, unsigned int xcc,
			   unsigned int vmid, u16 pasid, u32 context_id);

/* ---- hardware side, called by the host side ---------------------------- */

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

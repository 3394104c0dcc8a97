/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the hardware side reaches: memory by address, doorbells, interrupts.
 */
#ifndef KFDSIM_BOARD_H
#define KFDSIM_BOARD_H

#include <linux/types.h>

struct kfdsim;
struct kfdsim_vm;

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

#endif

// SPDX-License-Identifier: GPL-2.0
/*
 * Interrupts: entries of the IH ring in the format that SOC15 chips write, which
 * SOC21 chips have kept but for the numbers of some clients and sources, and
 * that amdkfd's interrupt classes decode, handed over as from an ISR.
 */
#include <linux/irqflags.h>
#include <linux/string_choices.h>

#include "kfdsim_host.h"
#include "soc15_int.h"

#define KFDSIM_IH_DWORDS	8

/*
 * Two XCCs sit on one AID. The NodeId of the AID is a multiple of 4, those of
 * its XCCs follow.
 */
static unsigned int kfdsim_irq_aid_node(unsigned int xcc)
{
	return xcc / 2 * 4;
}

/* Gfx11 chips have one die, and no NodeId */
static unsigned int kfdsim_irq_xcc_node(const struct kfdsim *sim,
					unsigned int xcc)
{
	return kfdsim_model_has_mes(&sim->model) ? 0 :
	       kfdsim_irq_aid_node(xcc) + 1 + xcc % 2;
}

static void kfdsim_irq_deliver(struct amdgpu_device *adev, const u32 *entry)
{
	unsigned long flags;

	if (!adev->kfd.dev)
		return;
	local_irq_save(flags);
	kgd2kfd_interrupt(adev->kfd.dev, entry);
	local_irq_restore(flags);
}

static void kfdsim_irq_raise(struct kfdsim *sim, u32 client, u32 source,
			     u32 ring, unsigned int vmid, u16 pasid,
			     unsigned int node, u32 data0, u32 data1)
{
	u32 entry[KFDSIM_IH_DWORDS] = {
		[0] = client | source << 8 | ring << 16 | vmid << 24,
		[3] = pasid | node << 16,
		[4] = data0,
		[5] = data1,
	};

	kfdsim_irq_deliver(sim->adev, entry);
}

void kfdsim_irq_eop(struct kfdsim *sim, unsigned int xcc, unsigned int vmid,
		    u16 pasid, u32 context_id)
{
	kfdsim_irq_raise(sim, SOC15_IH_CLIENTID_GRBM_CP,
			 SOC15_INTSRC_CP_END_OF_PIPE, 0, vmid, pasid,
			 kfdsim_irq_xcc_node(sim, xcc), context_id, 0);
}

void kfdsim_irq_bad_opcode(struct kfdsim *sim, unsigned int xcc,
			   unsigned int vmid, u16 pasid, u32 context_id)
{
	kfdsim_irq_raise(sim, SOC15_IH_CLIENTID_GRBM_CP,
			 SOC15_INTSRC_CP_BAD_OPCODE, 0, vmid, pasid,
			 kfdsim_irq_xcc_node(sim, xcc), context_id, 0);
}

void kfdsim_irq_sdma_trap(struct kfdsim *sim, unsigned int engine,
			  unsigned int xcc, unsigned int vmid, u16 pasid,
			  u32 context_id)
{
	static const u8 clients[] = {
		SOC15_IH_CLIENTID_SDMA0, SOC15_IH_CLIENTID_SDMA1,
		SOC15_IH_CLIENTID_SDMA2, SOC15_IH_CLIENTID_SDMA3,
	};

	if (kfdsim_model_has_mes(&sim->model)) {
		kfdsim_irq_raise(sim, SOC21_IH_CLIENTID_GFX,
				 SOC21_INTSRC_SDMA_TRAP, 0, vmid, pasid, 0,
				 context_id, 0);
		return;
	}
	/* four engines an AID, told apart by the client */
	kfdsim_irq_raise(sim, clients[engine % ARRAY_SIZE(clients)],
			 SOC15_INTSRC_SDMA_TRAP, 0, vmid, pasid,
			 kfdsim_irq_aid_node(xcc), context_id, 0);
}

void kfdsim_irq_vm_fault(struct kfdsim *sim, unsigned int xcc,
			 unsigned int vmid, u16 pasid, u64 va, bool write)
{
	u64 page = va >> PAGE_SHIFT;
	/* what event_interrupt_wq_v9() takes apart: valid, read, write */
	u32 ring = 0x08 | (write ? 0x20 : 0x10);
	u32 client = kfdsim_model_has_mes(&sim->model) ?
		     SOC21_IH_CLIENTID_GFX : SOC15_IH_CLIENTID_UTCL2;

	dev_err_ratelimited(sim->adev->dev,
			    "page fault: %s of 0x%llx, vmid %u pasid %u xcc %u\n",
			    str_write_read(write), va, vmid, pasid, xcc);
	kfdsim_irq_raise(sim, client, SOC15_INTSRC_VMC_FAULT,
			 ring, vmid, pasid, kfdsim_irq_xcc_node(sim, xcc),
			 lower_32_bits(page), upper_32_bits(page) & 0xf);
}

/*
 * KFD wants to know that all earlier interrupts of a process have been seen:
 * there is no ring in which they could linger, so its marker follows at once.
 *
 * The marker names no VMID, and with VMID 0 no GFX 9.4.3 node would take it
 * (kfd_irq_is_from_node()): the process would wait for ever. It gets one. Two
 * CPX nodes share an AID and its NodeId: each has one of the two that are
 * tried. What a node sees twice tells it nothing new.
 */
int amdgpu_amdkfd_send_close_event_drain_irq(struct amdgpu_device *adev,
					     u32 *payload)
{
	static const u8 vmids[] = { 4, AMDGPU_NUM_VMID - 1 };
	u32 entry[KFDSIM_IH_DWORDS];
	int i;

	for (i = 0; i < ARRAY_SIZE(vmids); i++) {
		memcpy(entry, payload, sizeof(entry));
		entry[0] |= vmids[i] << 24;
		kfdsim_irq_deliver(adev, entry);
	}
	return 0;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * The register interface: what amdkfd does to the hardware without HWS, and
 * what it asks it. One function for each entry of struct kfd2kgd_calls that
 * the real chip of this generation has.
 */
#include <linux/slab.h>

#include "kfdsim_hw.h"
#include "kfdsim_kfd2kgd.h"
#include "amdgpu_amdkfd.h"
#include "kfd_device_queue_manager.h"
#include "gc/gc_9_4_3_offset.h"
#include "gc/gc_9_0_sh_mask.h"

/* Segment 0 of the GC block of gfx11, and CP_MQD_BASE_ADDR in it */
#define KFDSIM_GFX11_CP_MQD_BASE_ADDR	(0x1260 + 0x1fa9)

/* ---- VMIDs ------------------------------------------------------------------ */

static void kgd_program_sh_mem_settings(struct amdgpu_device *adev, u32 vmid,
					u32 sh_mem_config,
					u32 sh_mem_ape1_base,
					u32 sh_mem_ape1_limit,
					u32 sh_mem_bases, u32 inst)
{
	struct kfdsim_hw *hw = kfdsim_kgd_hw(adev);
	struct kfdsim_vmid *v = &kfdsim_node_of(hw, inst)->vmids[vmid];

	kfdsim_hw_lock(hw);
	v->sh_mem_config = sh_mem_config;
	v->sh_mem_bases = sh_mem_bases;
	kfdsim_hw_unlock(hw);
}

static void kgd_program_trap_handler_settings(struct amdgpu_device *adev,
					      u32 vmid, u64 tba_addr,
					      u64 tma_addr, u32 inst)
{
	struct kfdsim_hw *hw = kfdsim_kgd_hw(adev);
	struct kfdsim_vmid *v = &kfdsim_node_of(hw, inst)->vmids[vmid];

	kfdsim_hw_lock(hw);
	v->tba = tba_addr;
	v->tma = tma_addr;
	kfdsim_hw_unlock(hw);
}

static int kgd_set_pasid_vmid_mapping(struct amdgpu_device *adev, u32 pasid,
				      unsigned int vmid, u32 inst)
{
	struct kfdsim_hw *hw = kfdsim_kgd_hw(adev);
	struct kfdsim_node *node = kfdsim_node_of(hw, inst);

	kfdsim_hw_lock(hw);
	if (pasid) {
		node->vmids[vmid].used = true;
		node->vmids[vmid].pasid = pasid;
	} else {
		kfdsim_vmid_clear(node, vmid);
	}
	kfdsim_hw_unlock(hw);
	return 0;
}

static bool kgd_get_atc_vmid_pasid_mapping_info(struct amdgpu_device *adev,
						u8 vmid, u16 *p_pasid)
{
	struct kfdsim_hw *hw = kfdsim_kgd_hw(adev);
	bool used = false;
	unsigned int i;

	*p_pasid = 0;
	kfdsim_hw_lock(hw);
	for (i = 0; i < hw->num_nodes && !used; i++) {
		used = hw->nodes[i].vmids[vmid].used;
		*p_pasid = hw->nodes[i].vmids[vmid].pasid;
	}
	kfdsim_hw_unlock(hw);
	return used;
}

static void kgd_set_vm_context_page_table_base(struct amdgpu_device *adev,
					       u32 vmid,
					       u64 page_table_base)
{
	struct kfdsim_hw *hw = kfdsim_kgd_hw(adev);
	unsigned int i;

	/* Not told for which node: the hubs are the device's */
	kfdsim_hw_lock(hw);
	for (i = 0; i < hw->num_nodes; i++)
		if (kfdsim_vmid_set_base(&hw->nodes[i], vmid, page_table_base))
			dev_err(adev->dev, "VMID %u: no page tables at %#llx\n",
				vmid, page_table_base);
	kfdsim_hw_unlock(hw);
}

/* ---- compute queues ----------------------------------------------------------- */

static int kgd_init_interrupts(struct amdgpu_device *adev, u32 pipe_id,
			       u32 inst)
{
	struct kfdsim_hw *hw = kfdsim_kgd_hw(adev);
	struct kfdsim_node *node = kfdsim_node_of(hw, inst);

	kfdsim_hw_lock(hw);
	node->irq_mask[inst - node->first_xcc] |= BIT(pipe_id);
	kfdsim_hw_unlock(hw);
	return 0;
}

/* By way of the KIQ on hardware */
static int kgd_hiq_mqd_load(struct amdgpu_device *adev, void *mqd,
			    u32 pipe_id, u32 queue_id,
			    u32 doorbell_off, u32 inst)
{
	struct kfdsim_hw *hw = kfdsim_kgd_hw(adev);
	struct kfdsim_node *node = kfdsim_node_of(hw, inst);
	const struct v9_mqd *m = mqd;

	kfdsim_hw_lock(hw);
	kfdsim_hw_enter(hw);
	node->hiq_mqd[inst - node->first_xcc] =
		(u64)m->cp_mqd_base_addr_hi << 32 | m->cp_mqd_base_addr_lo;
	node->hiq_mask |= kfdsim_kgd_xcc_bit(hw, inst);
	if (inst == node->first_xcc) {
		node->hiq_ring = ((u64)m->cp_hqd_pq_base_hi << 32 |
				  m->cp_hqd_pq_base_lo) << 8;
		node->hiq_dwords = 2U << (m->cp_hqd_pq_control &
					  CP_HQD_PQ_CONTROL__QUEUE_SIZE_MASK);
		node->hiq_rptr = 0;
		node->hiq_wptr = 0;
		kfdsim_hiq_doorbell_set(node, doorbell_off);
	}
	kfdsim_hw_unlock(hw);
	return 0;
}

static int kgd_hqd_dump(struct amdgpu_device *adev, u32 pipe_id,
			u32 queue_id, u32 (**dump)[2], u32 *n_regs,
			u32 inst)
{
	struct kfdsim_hw *hw = kfdsim_kgd_hw(adev);
	struct kfdsim_hqd *hqd = kfdsim_kgd_hqd_at(hw, pipe_id, queue_id, inst);
	u32 regs[KFDSIM_HQD_REGS] = {}, first;
	int i, err = 0;

	*dump = kmalloc_array(KFDSIM_HQD_REGS, sizeof(**dump), GFP_KERNEL);
	if (!*dump)
		return -ENOMEM;
	kfdsim_hw_lock(hw);
	if (hqd)
		err = kfdsim_mqd_dump(hqd, inst - hqd->node->first_xcc, regs);
	else
		err = kfdsim_mqd_dump_hiq(kfdsim_node_of(hw, inst),
					  kfdsim_kgd_xcc_bit(hw, inst), regs);
	kfdsim_hw_unlock(hw);
	if (err) {
		kfree(*dump);
		return err;
	}
	first = kfdsim_model_has_mes(&hw->sim->model) ?
		KFDSIM_GFX11_CP_MQD_BASE_ADDR : KFDSIM_GC_REG(CP_MQD_BASE_ADDR);
	for (i = 0; i < KFDSIM_HQD_REGS; i++) {
		(*dump)[i][0] = (first + i) << 2;
		(*dump)[i][1] = regs[i];
	}
	*n_regs = KFDSIM_HQD_REGS;
	return 0;
}

static bool kgd_hqd_is_occupied(struct amdgpu_device *adev, u64 queue_address,
				u32 pipe_id, u32 queue_id, u32 inst)
{
	struct kfdsim_hw *hw = kfdsim_kgd_hw(adev);
	struct kfdsim_hqd *hqd = kfdsim_kgd_hqd_at(hw, pipe_id, queue_id, inst);
	bool occupied;

	if (!hqd)
		return false;
	kfdsim_hw_lock(hw);
	occupied = hqd->xcc_mask & kfdsim_kgd_xcc_bit(hw, inst) &&
		   hqd->ring == queue_address;
	kfdsim_hw_unlock(hw);
	return occupied;
}

static u64 kgd_hqd_get_pq_addr(struct amdgpu_device *adev, u32 pipe_id,
			       u32 queue_id, u32 inst)
{
	struct kfdsim_hw *hw = kfdsim_kgd_hw(adev);
	struct kfdsim_hqd *hqd = kfdsim_kgd_hqd_at(hw, pipe_id, queue_id, inst);
	u64 addr = 0;

	if (!hqd)
		return 0;
	kfdsim_hw_lock(hw);
	/* Rings of the kernel are below; only the users' matter */
	if (hqd->xcc_mask & kfdsim_kgd_xcc_bit(hw, inst) && upper_32_bits(hqd->ring >> 8))
		addr = hqd->ring;
	kfdsim_hw_unlock(hw);
	return addr;
}

/*
 * Reset one queue on one XCC: its waves die at once. The slot is free when
 * that was done on every XCC.
 */
static u64 kgd_hqd_reset(struct amdgpu_device *adev, u32 pipe_id,
			 u32 queue_id, u32 inst,
			      unsigned int utimeout)
{
	u64 addr = kgd_hqd_get_pq_addr(adev, pipe_id, queue_id, inst);
	struct kfdsim_hw *hw = kfdsim_kgd_hw(adev);
	struct kfdsim_hqd *hqd = kfdsim_kgd_hqd_at(hw, pipe_id, queue_id, inst);

	if (!addr)
		return 0;
	kfdsim_hw_lock(hw);
	kfdsim_compute_drop(hqd, kfdsim_hw_enter(hw));
	kfdsim_event_cancel(hw, &hqd->fetch);
	kfdsim_event_cancel(hw, &hqd->dequeue);
	hqd->error = true;
	hqd->xcc_mask &= ~kfdsim_kgd_xcc_bit(hw, inst);
	if (!hqd->xcc_mask)
		kfdsim_hqd_free(hqd);
	kfdsim_hw_unlock(hw);
	return addr;
}

/* SQ_CMD: the one command that amdkfd sends is to kill a VMID's waves */
static int kgd_wave_control_execute(struct amdgpu_device *adev,
				    u32 gfx_index_val, u32 sq_cmd,
				    u32 inst)
{
	const union SQ_CMD_BITS cmd = { .u32All = sq_cmd };
	struct kfdsim_hw *hw = kfdsim_kgd_hw(adev);
	struct kfdsim_node *node = kfdsim_node_of(hw, inst);
	const u32 kill = 3;
	struct kfdsim_hqd *hqd;
	u64 now;

	if (cmd.bits.cmd != kill)
		return -EINVAL;
	kfdsim_hw_lock(hw);
	now = kfdsim_hw_enter(hw);
	list_for_each_entry(hqd, &hw->active, active_link) {
		if (hqd->node != node || hqd->vmid != cmd.bits.vm_id)
			continue;
		kfdsim_compute_drop(hqd, now);
		kfdsim_dequeue_progress(hqd, now);
	}
	kfdsim_hw_unlock(hw);
	return 0;
}

static void kgd_get_cu_occupancy(struct amdgpu_device *adev,
				 struct kfd_cu_occupancy *cu_occupancy,
				 int *max_waves_per_cu, u32 inst)
{
	struct kfdsim_hw *hw = kfdsim_kgd_hw(adev);
	const struct kfdsim_model *model = &hw->sim->model;
	struct kfdsim_node *node = kfdsim_node_of(hw, inst);
	struct kfdsim_hqd *hqd;
	unsigned int slot;

	kfdsim_hw_lock(hw);
	for (slot = 0; slot < model->pipes * model->queues_per_pipe; slot++) {
		hqd = &node->hqds[slot];
		if (!hqd->waves[inst - node->first_xcc])
			continue;
		cu_occupancy[slot].wave_cnt +=
			hqd->waves[inst - node->first_xcc];
		cu_occupancy[slot].doorbell_off = hqd->doorbell;
	}
	kfdsim_hw_unlock(hw);
	*max_waves_per_cu = model->simd_per_cu * model->waves_per_simd;
}

/* ---- grace period ------------------------------------------------------------------ */

static void kgd_get_iq_wait_times(struct amdgpu_device *adev, u32 *wait_times,
				  u32 inst)
{
	struct kfdsim_hw *hw = kfdsim_kgd_hw(adev);

	kfdsim_hw_lock(hw);
	*wait_times = kfdsim_node_of(hw, inst)->iq_wait_time2;
	kfdsim_hw_unlock(hw);
}

static void kgd_build_grace_period_packet_info(struct amdgpu_device *adev,
					       u32 wait_times,
					       u32 grace_period,
					       u32 *reg_offset,
					       u32 *reg_data)
{
	/* The CP takes 0 for "for ever" */
	*reg_data = REG_SET_FIELD(wait_times, CP_IQ_WAIT_TIME2, SCH_WAVE,
				  grace_period ?: 1);
	*reg_offset = KFDSIM_GC_REG(CP_IQ_WAIT_TIME2);
}

/* Register interface of a gfx 9.4.3 device, for amdkfd */
const struct kfd2kgd_calls gc_9_4_3_kfd2kgd = {
	.program_sh_mem_settings = kgd_program_sh_mem_settings,
	.set_pasid_vmid_mapping = kgd_set_pasid_vmid_mapping,
	.init_interrupts = kgd_init_interrupts,
	.hqd_load = kfdsim_hqd_load,
	.hiq_mqd_load = kgd_hiq_mqd_load,
	.hqd_sdma_load = kfdsim_hqd_sdma_load,
	.hqd_dump = kgd_hqd_dump,
	.hqd_sdma_dump = kfdsim_hqd_sdma_dump,
	.hqd_is_occupied = kgd_hqd_is_occupied,
	.hqd_sdma_is_occupied = kfdsim_hqd_sdma_is_occupied,
	.hqd_destroy = kfdsim_hqd_destroy,
	.hqd_sdma_destroy = kfdsim_hqd_sdma_destroy,
	.wave_control_execute = kgd_wave_control_execute,
	.get_atc_vmid_pasid_mapping_info = kgd_get_atc_vmid_pasid_mapping_info,
	.set_vm_context_page_table_base = kgd_set_vm_context_page_table_base,
	.get_cu_occupancy = kgd_get_cu_occupancy,
	.program_trap_handler_settings = kgd_program_trap_handler_settings,
	.build_grace_period_packet_info = kgd_build_grace_period_packet_info,
	.get_iq_wait_times = kgd_get_iq_wait_times,
	.enable_debug_trap = kfdsim_enable_debug_trap,
	.disable_debug_trap = kfdsim_disable_debug_trap,
	.validate_trap_override_request = kfdsim_validate_trap_override,
	.set_wave_launch_trap_override = kfdsim_set_wave_launch_trap_override,
	.set_wave_launch_mode = kfdsim_set_wave_launch_mode,
	.set_address_watch = kfdsim_set_address_watch,
	.clear_address_watch = kfdsim_clear_address_watch,
	.hqd_get_pq_addr = kgd_hqd_get_pq_addr,
	.hqd_reset = kgd_hqd_reset,
};

/*
 * That of a gfx 11.0 device. It has no grace period, no trap handler registers
 * for each VMID, and no way to count the waves of a queue.
 */
const struct kfd2kgd_calls gfx_v11_kfd2kgd = {
	.program_sh_mem_settings = kgd_program_sh_mem_settings,
	.set_pasid_vmid_mapping = kgd_set_pasid_vmid_mapping,
	.init_interrupts = kgd_init_interrupts,
	.hqd_load = kfdsim_hqd_load,
	.hiq_mqd_load = kgd_hiq_mqd_load,
	.hqd_sdma_load = kfdsim_hqd_sdma_load,
	.hqd_dump = kgd_hqd_dump,
	.hqd_sdma_dump = kfdsim_hqd_sdma_dump,
	.hqd_is_occupied = kgd_hqd_is_occupied,
	.hqd_sdma_is_occupied = kfdsim_hqd_sdma_is_occupied,
	.hqd_destroy = kfdsim_hqd_destroy,
	.hqd_sdma_destroy = kfdsim_hqd_sdma_destroy,
	.wave_control_execute = kgd_wave_control_execute,
	.set_vm_context_page_table_base = kgd_set_vm_context_page_table_base,
	.enable_debug_trap = kfdsim_enable_debug_trap,
	.disable_debug_trap = kfdsim_disable_debug_trap,
	.validate_trap_override_request = kfdsim_validate_trap_override,
	.set_wave_launch_trap_override = kfdsim_set_wave_launch_trap_override,
	.set_wave_launch_mode = kfdsim_set_wave_launch_mode,
	.set_address_watch = kfdsim_set_address_watch,
	.clear_address_watch = kfdsim_clear_address_watch,
	.hqd_get_pq_addr = kgd_hqd_get_pq_addr,
	.hqd_reset = kgd_hqd_reset,
};

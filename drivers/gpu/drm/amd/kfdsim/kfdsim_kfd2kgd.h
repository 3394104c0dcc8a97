/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The register interface: the functions of struct kfd2kgd_calls, and what
 * these share.
 */
#ifndef KFDSIM_KFD2KGD_H
#define KFDSIM_KFD2KGD_H

#include <linux/types.h>

#include "kfdsim_hw.h"
#include "kgd_kfd_interface.h"

static inline struct kfdsim_hw *kfdsim_kgd_hw(struct amdgpu_device *adev)
{
	struct kfdsim_hw *hw = kfdsim_from_adev(adev)->hw;

	/* On hardware the access would hang the bus, or read as all ones */
	WARN_ONCE(READ_ONCE(hw->off), "register access while powered off\n");
	return hw;
}

/* The bit of @inst in masks of its node's XCCs */
static inline u32 kfdsim_kgd_xcc_bit(struct kfdsim_hw *hw, u32 inst)
{
	return BIT(inst - kfdsim_node_of(hw, inst)->first_xcc);
}

/* kfdsim_kgd_hqd.c */
struct kfdsim_hqd *kfdsim_kgd_hqd_at(struct kfdsim_hw *hw, u32 pipe, u32 queue,
				     u32 inst);
int kfdsim_hqd_load(struct amdgpu_device *adev, void *mqd, u32 pipe_id,
		    u32 queue_id, u32 __user *wptr, u32 wptr_shift,
		    u32 wptr_mask, struct mm_struct *mm, u32 inst);
int kfdsim_hqd_destroy(struct amdgpu_device *adev, void *mqd,
		       enum kfd_preempt_type reset_type, unsigned int timeout,
		       u32 pipe_id, u32 queue_id, u32 inst);
int kfdsim_hqd_sdma_load(struct amdgpu_device *adev, void *mqd,
			 u32 __user *wptr, struct mm_struct *mm);
int kfdsim_hqd_sdma_dump(struct amdgpu_device *adev, u32 engine_id,
			 u32 queue_id, uint32_t (**dump)[2], u32 *n_regs);
bool kfdsim_hqd_sdma_is_occupied(struct amdgpu_device *adev, void *mqd);
int kfdsim_hqd_sdma_destroy(struct amdgpu_device *adev, void *mqd,
			    unsigned int timeout);

/*
 * kfdsim_debug_trap.c: values of the debugger's registers. No locks, any
 * context.
 */

u32 kfdsim_enable_debug_trap(struct amdgpu_device *adev,
			     bool restore_dbg_registers, u32 vmid);
u32 kfdsim_disable_debug_trap(struct amdgpu_device *adev,
			      bool keep_trap_enabled, u32 vmid);
int kfdsim_validate_trap_override(struct amdgpu_device *adev,
				  u32 trap_override,
				  u32 *trap_mask_supported);
u32 kfdsim_set_wave_launch_trap_override(struct amdgpu_device *adev,
					 u32 vmid,
					      u32 trap_override,
					      u32 trap_mask_bits,
					      u32 trap_mask_request,
					      u32 *trap_mask_prev,
					      u32 kfd_dbg_trap_cntl_prev);
u32 kfdsim_set_wave_launch_mode(struct amdgpu_device *adev,
				u8 wave_launch_mode, u32 vmid);
u32 kfdsim_set_address_watch(struct amdgpu_device *adev,
			     u64 watch_address,
				  u32 watch_address_mask,
				  u32 watch_id, u32 watch_mode,
				  u32 debug_vmid, u32 inst);
u32 kfdsim_clear_address_watch(struct amdgpu_device *adev,
			       u32 watch_id);

#endif

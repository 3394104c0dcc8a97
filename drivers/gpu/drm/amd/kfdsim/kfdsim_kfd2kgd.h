/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The debugger's part of the register interface: values of per-VMID registers
 * that HWS or the driver programs later. No locks, any context.
 */
#ifndef KFDSIM_KFD2KGD_H
#define KFDSIM_KFD2KGD_H

#include <linux/types.h>

struct amdgpu_device;

uint32_t kfdsim_enable_debug_trap(struct amdgpu_device *adev,
				  bool restore_dbg_registers, uint32_t vmid);
uint32_t kfdsim_disable_debug_trap(struct amdgpu_device *adev,
				   bool keep_trap_enabled, uint32_t vmid);
int kfdsim_validate_trap_override(struct amdgpu_device *adev,
				  uint32_t trap_override,
				  uint32_t *trap_mask_supported);
uint32_t kfdsim_set_wave_launch_trap_override(struct amdgpu_device *adev,
					      uint32_t vmid,
					      uint32_t trap_override,
					      uint32_t trap_mask_bits,
					      uint32_t trap_mask_request,
					      uint32_t *trap_mask_prev,
					      uint32_t kfd_dbg_trap_cntl_prev);
uint32_t kfdsim_set_wave_launch_mode(struct amdgpu_device *adev,
				     uint8_t wave_launch_mode, uint32_t vmid);
uint32_t kfdsim_set_address_watch(struct amdgpu_device *adev,
				  uint64_t watch_address,
				  uint32_t watch_address_mask,
				  uint32_t watch_id, uint32_t watch_mode,
				  uint32_t debug_vmid, uint32_t inst);
uint32_t kfdsim_clear_address_watch(struct amdgpu_device *adev,
				    uint32_t watch_id);

#endif

// SPDX-License-Identifier: GPL-2.0
/*
 * Values of the debugger's per-VMID registers. Simulated waves never trap, so
 * that is all there is: a debugger can attach and detach, and sees nothing.
 */
#include <uapi/linux/kfd_ioctl.h>

#include "amdgpu.h"
#include "kfdsim_kfd2kgd.h"
#include "gc/gc_9_4_3_sh_mask.h"

static const u32 exceptions =
	KFD_DBG_TRAP_MASK_FP_INVALID | KFD_DBG_TRAP_MASK_FP_INPUT_DENORMAL |
	KFD_DBG_TRAP_MASK_FP_DIVIDE_BY_ZERO | KFD_DBG_TRAP_MASK_FP_OVERFLOW |
	KFD_DBG_TRAP_MASK_FP_UNDERFLOW | KFD_DBG_TRAP_MASK_FP_INEXACT |
	KFD_DBG_TRAP_MASK_INT_DIVIDE_BY_ZERO |
	KFD_DBG_TRAP_MASK_DBG_ADDRESS_WATCH |
	KFD_DBG_TRAP_MASK_DBG_MEMORY_VIOLATION;
static const u32 wave_events = KFD_DBG_TRAP_MASK_TRAP_ON_WAVE_START |
			       KFD_DBG_TRAP_MASK_TRAP_ON_WAVE_END;

uint32_t kfdsim_enable_debug_trap(struct amdgpu_device *adev,
				  bool restore_dbg_registers, uint32_t vmid)
{
	return SPI_GDBG_PER_VMID_CNTL__TRAP_EN_MASK;
}

uint32_t kfdsim_disable_debug_trap(struct amdgpu_device *adev,
				   bool keep_trap_enabled, uint32_t vmid)
{
	return SPI_GDBG_PER_VMID_CNTL__TRAP_EN_MASK;
}

int kfdsim_validate_trap_override(struct amdgpu_device *adev,
				  uint32_t trap_override,
				  uint32_t *trap_mask_supported)
{
	*trap_mask_supported &= exceptions | wave_events;
	return trap_override == KFD_DBG_TRAP_OVERRIDE_OR ||
	       trap_override == KFD_DBG_TRAP_OVERRIDE_REPLACE ? 0 : -EPERM;
}

static u32 trap_mask_to_reg(u32 mask)
{
	u32 reg = REG_SET_FIELD(0, SPI_GDBG_PER_VMID_CNTL, EXCP_EN,
				mask & exceptions);

	if (mask & KFD_DBG_TRAP_MASK_TRAP_ON_WAVE_START)
		reg |= SPI_GDBG_PER_VMID_CNTL__TRAP_ON_START_MASK;
	if (mask & KFD_DBG_TRAP_MASK_TRAP_ON_WAVE_END)
		reg |= SPI_GDBG_PER_VMID_CNTL__TRAP_ON_END_MASK;
	return reg;
}

static u32 trap_mask_from_reg(u32 reg)
{
	u32 mask = REG_GET_FIELD(reg, SPI_GDBG_PER_VMID_CNTL, EXCP_EN);

	if (reg & SPI_GDBG_PER_VMID_CNTL__TRAP_ON_START_MASK)
		mask |= KFD_DBG_TRAP_MASK_TRAP_ON_WAVE_START;
	if (reg & SPI_GDBG_PER_VMID_CNTL__TRAP_ON_END_MASK)
		mask |= KFD_DBG_TRAP_MASK_TRAP_ON_WAVE_END;
	return mask;
}

uint32_t kfdsim_set_wave_launch_trap_override(struct amdgpu_device *adev,
					      uint32_t vmid,
					      uint32_t trap_override,
					      uint32_t trap_mask_bits,
					      uint32_t trap_mask_request,
					      uint32_t *trap_mask_prev,
					      uint32_t kfd_dbg_trap_cntl_prev)
{
	u32 reg;

	*trap_mask_prev = trap_mask_from_reg(kfd_dbg_trap_cntl_prev);
	reg = trap_mask_to_reg((trap_mask_bits & trap_mask_request) |
			       (*trap_mask_prev & ~trap_mask_request));
	reg |= SPI_GDBG_PER_VMID_CNTL__TRAP_EN_MASK;
	return REG_SET_FIELD(reg, SPI_GDBG_PER_VMID_CNTL, EXCP_REPLACE,
			     trap_override);
}

uint32_t kfdsim_set_wave_launch_mode(struct amdgpu_device *adev,
				     uint8_t wave_launch_mode, uint32_t vmid)
{
	return REG_SET_FIELD(0, SPI_GDBG_PER_VMID_CNTL, LAUNCH_MODE,
			     wave_launch_mode);
}

uint32_t kfdsim_set_address_watch(struct amdgpu_device *adev,
				  uint64_t watch_address,
				  uint32_t watch_address_mask,
				  uint32_t watch_id, uint32_t watch_mode,
				  uint32_t debug_vmid, uint32_t inst)
{
	u32 reg = REG_SET_FIELD(0, TCP_WATCH0_CNTL, MODE, watch_mode);

	/* The register counts in units of 128 bytes */
	reg = REG_SET_FIELD(reg, TCP_WATCH0_CNTL, MASK,
			    watch_address_mask >> 7);
	return REG_SET_FIELD(reg, TCP_WATCH0_CNTL, VALID, 1);
}

uint32_t kfdsim_clear_address_watch(struct amdgpu_device *adev,
				    uint32_t watch_id)
{
	return 0;
}

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

u32 kfdsim_enable_debug_trap(struct amdgpu_device *adev,
			     bool restore_dbg_registers, u32 vmid)
{
	return SPI_GDBG_PER_VMID_CNTL__TRAP_EN_MASK;
}

u32 kfdsim_disable_debug_trap(struct amdgpu_device *adev,
			      bool keep_trap_enabled, u32 vmid)
{
	return SPI_GDBG_PER_VMID_CNTL__TRAP_EN_MASK;
}

int kfdsim_validate_trap_override(struct amdgpu_device *adev,
				  u32 trap_override,
				  u32 *trap_mask_supported)
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

u32 kfdsim_set_wave_launch_trap_override(struct amdgpu_device *adev,
					 u32 vmid,
					      u32 trap_override,
					      u32 trap_mask_bits,
					      u32 trap_mask_request,
					      u32 *trap_mask_prev,
					      u32 kfd_dbg_trap_cntl_prev)
{
	u32 reg;

	*trap_mask_prev = trap_mask_from_reg(kfd_dbg_trap_cntl_prev);
	reg = trap_mask_to_reg((trap_mask_bits & trap_mask_request) |
			       (*trap_mask_prev & ~trap_mask_request));
	reg |= SPI_GDBG_PER_VMID_CNTL__TRAP_EN_MASK;
	return REG_SET_FIELD(reg, SPI_GDBG_PER_VMID_CNTL, EXCP_REPLACE,
			     trap_override);
}

u32 kfdsim_set_wave_launch_mode(struct amdgpu_device *adev,
				u8 wave_launch_mode, u32 vmid)
{
	return REG_SET_FIELD(0, SPI_GDBG_PER_VMID_CNTL, LAUNCH_MODE,
			     wave_launch_mode);
}

u32 kfdsim_set_address_watch(struct amdgpu_device *adev,
			     u64 watch_address,
				  u32 watch_address_mask,
				  u32 watch_id, u32 watch_mode,
				  u32 debug_vmid, u32 inst)
{
	u32 reg = REG_SET_FIELD(0, TCP_WATCH0_CNTL, MODE, watch_mode);

	/* The register counts in units of 128 bytes */
	reg = REG_SET_FIELD(reg, TCP_WATCH0_CNTL, MASK,
			    watch_address_mask >> 7);
	return REG_SET_FIELD(reg, TCP_WATCH0_CNTL, VALID, 1);
}

u32 kfdsim_clear_address_watch(struct amdgpu_device *adev,
			       u32 watch_id)
{
	return 0;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Dispatches of PM4 queues: SET_SH_REG says what to run, DISPATCH_DIRECT how
 * many workgroups of it. The address of the code is that of the simulator's
 * kernel, see kfdsim_uapi.h.
 *
 * Compute registers that have no meaning without instructions to execute
 * (resources, user data, scratch memory) can be written, and are forgotten.
 */
#include <uapi/linux/kfd_ioctl.h>

#include "kfdsim_hw.h"
#include "gc/gc_9_4_3_offset.h"
#include "gc/gc_9_0_sh_mask.h"

/* Registers that SET_SH_REG writes count from here */
#define SH_REG_BASE		0x2c00
#define SH_REG(name)		(KFDSIM_GC_REG(name) - SH_REG_BASE)
#define SH_REG_COMPUTE_LAST	0x27f

#define DISPATCH_MAX_LANES_DIM	0xffffU	/* NUM_THREAD_FULL */

static void sh_reg_write(struct kfdsim_sh_regs *sh, u32 reg, u32 value)
{
	switch (reg) {
	case SH_REG(COMPUTE_START_X) ... SH_REG(COMPUTE_START_Z):
		sh->start[reg - SH_REG(COMPUTE_START_X)] = value;
		break;
	case SH_REG(COMPUTE_NUM_THREAD_X) ... SH_REG(COMPUTE_NUM_THREAD_Z):
		sh->num_thread[reg - SH_REG(COMPUTE_NUM_THREAD_X)] = value;
		break;
	case SH_REG(COMPUTE_PGM_LO):
		sh->pgm_lo = value;
		break;
	case SH_REG(COMPUTE_PGM_HI):
		sh->pgm_hi = value;
		break;
	}
}

/*
 * SET_SH_REG, of @n dwords. Return: false when it is none of compute registers.
 */
bool kfdsim_pm4_set_sh_reg(struct kfdsim_hqd *hqd, const u32 *p, unsigned int n)
{
	u32 reg = p[1] & 0xffff, i;

	if (n < 3 || reg < SH_REG(COMPUTE_DISPATCH_INITIATOR) ||
	    reg + (n - 2) - 1 > SH_REG_COMPUTE_LAST)
		return false;
	for (i = 0; i < n - 2; i++)
		sh_reg_write(&hqd->sh, reg + i, p[2 + i]);
	return true;
}

/* Workgroups in dimension @i: those from its start up to where it ends */
static u32 dispatch_groups(const struct kfdsim_sh_regs *sh, u32 dim, u32 init,
			   unsigned int i, u32 lanes)
{
	u32 start = init & COMPUTE_DISPATCH_INITIATOR__FORCE_START_AT_000_MASK ?
		    0 : sh->start[i];
	u32 end = init & COMPUTE_DISPATCH_INITIATOR__USE_THREAD_DIMENSIONS_MASK ?
		  DIV_ROUND_UP_ULL(dim, lanes) : dim;

	return end > start ? end - start : 0;
}

/* Fill in @launch. Return: 0, or the code of what is wrong. */
static unsigned int dispatch_size(const struct kfdsim_sh_regs *sh, const u32 *p,
				  struct kfdsim_launch *launch)
{
	u64 total = 1;
	unsigned int i;
	u32 lanes;

	if (!(p[4] & COMPUTE_DISPATCH_INITIATOR__COMPUTE_SHADER_EN_MASK))
		return EC_QUEUE_PACKET_UNSUPPORTED;
	launch->lanes = 1;
	for (i = 0; i < 3; i++) {
		lanes = sh->num_thread[i] & DISPATCH_MAX_LANES_DIM;
		if (!lanes)
			return EC_QUEUE_PACKET_DISPATCH_WORK_GROUP_SIZE_INVALID;
		launch->lanes *= lanes;
		total *= dispatch_groups(sh, p[1 + i], p[4], i, lanes);
		if (total > U32_MAX)
			return EC_QUEUE_PACKET_DISPATCH_DIM_INVALID;
	}
	launch->total = total;
	return 0;
}

/*
 * DISPATCH_DIRECT. Return: whether that was all. Else workgroups are waiting
 * for slots, or the queue has stopped.
 */
bool kfdsim_pm4_dispatch(struct kfdsim_hqd *hqd, const u32 *p, u64 now)
{
	const struct kfdsim_sh_regs *sh = &hqd->sh;
	struct kfdsim_launch launch = {
		.kernel_va = ((u64)(sh->pgm_hi & COMPUTE_PGM_HI__DATA_MASK) << 32 |
			      sh->pgm_lo) << 8,
		.xcc = hqd->target_xcc,
	};
	unsigned int code = dispatch_size(sh, p, &launch);

	if (code) {
		kfdsim_hqd_error(hqd, code, "bad dispatch");
		return false;
	}
	if (!launch.total)
		return true;
	kfdsim_dispatch_start(hqd, &launch, now);
	return false;
}

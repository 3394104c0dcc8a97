// SPDX-License-Identifier: GPL-2.0
/*
 * Compute dies: which units there are, what masks call them, and the share of
 * memory bandwidth that saving and restoring waves take turns at.
 */
#include <linux/math64.h>

#include "kfdsim_hw.h"

/* One compute unit, or pair of them, at @bit of its shader array; 0: none */
static unsigned int compute_init_unit(struct kfdsim_hw *hw, unsigned int xcc,
				      unsigned int array, unsigned int bit,
				      unsigned int n)
{
	const struct amdgpu_cu_info *info = &hw->sim->adev->gfx.cu_info;
	const struct kfdsim_model *model = &hw->sim->model;
	unsigned int unit = kfdsim_model_has_mes(model) ? 2 : 1, i;
	unsigned int se = array % model->se_per_xcc;
	unsigned int sa = array / model->se_per_xcc;
	struct kfdsim_xcc *x = &hw->xcc[xcc];

	if (hweight32(info->bitmap[xcc][se % 4][sa + se / 4 * 2]) <= bit)
		return 0;
	for (i = 0; i < unit && n + i < model->cu_per_xcc; i++) {
		x->cu_se[n + i] = se;
		x->cu_bit[n + i] = sa * 16 + bit + i;
	}
	return i;
}

/*
 * Masks name a compute unit by shader engine and bit, with the second shader
 * array's in the upper half. Engines come first in its number, as in the
 * driver's symmetric mapping of user CU masks; RDNA's come in pairs.
 */
static void compute_init_cus(struct kfdsim_hw *hw, unsigned int xcc)
{
	const struct kfdsim_model *model = &hw->sim->model;
	unsigned int step = kfdsim_model_has_mes(model) ? 2 : 1;
	unsigned int bit, array, n = 0;

	for (bit = 0; bit < 16; bit += step)
		for (array = 0; array < model->se_per_xcc * model->sa_per_se;
		     array++)
			n += compute_init_unit(hw, xcc, array, bit, n);
}

/**
 * kfdsim_xcc_init() - number the compute units; all their slots are free
 * @hw: the GPU
 */
void kfdsim_xcc_init(struct kfdsim_hw *hw)
{
	const struct kfdsim_model *model = &hw->sim->model;
	u32 slots = model->simd_per_cu * model->waves_per_simd;
	unsigned int i, cu;

	for (i = 0; i < model->num_xcc; i++) {
		compute_init_cus(hw, i);
		for (cu = 0; cu < model->cu_per_xcc; cu++)
			hw->xcc[i].free[cu] = slots;
		hw->xcc[i].free_total = slots * model->cu_per_xcc;
	}
}

/**
 * kfdsim_xcc_swap() - book bandwidth for saving or restoring waves
 * @hw: the GPU
 * @xcc: logical XCC of the device
 * @bytes: what the waves hold
 * @now: model time
 *
 * Return: when that is done, model time. Context: hw->lock is held.
 */
u64 kfdsim_xcc_swap(struct kfdsim_hw *hw, unsigned int xcc, u64 bytes, u64 now)
{
	const struct kfdsim_model *model = &hw->sim->model;
	struct kfdsim_xcc *x = &hw->xcc[xcc];

	x->swap_busy_ns = max(x->swap_busy_ns, now + model->trap_ns) +
			  mul_u64_u64_div_u64(bytes, NSEC_PER_SEC,
					      model->vram_bandwidth /
					      model->num_xcc);
	return x->swap_busy_ns;
}

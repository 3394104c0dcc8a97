// SPDX-License-Identifier: GPL-2.0
/*
 * How much kernels of different processes that are on the compute units at the
 * same time slow each other down: they share the memory's bandwidth and the
 * caches. There is no model of these here. The share of the wave slots that others
 * hold stands for what they use, and interference_pct says how much that matters.
 * It is looked at when waves start or are restored, and holds for as long as these
 * run; whoever comes and goes in the meantime changes nothing.
 */
#include <linux/math64.h>

#include "kfdsim_hw.h"

/* Wave slots of @hqd's node that waves of other processes hold */
static u32 other_waves(const struct kfdsim_hqd *hqd)
{
	const struct kfdsim_hqd *other;
	u32 waves = 0;

	list_for_each_entry(other, &hqd->node->hw->active, active_link)
		if (other->node == hqd->node && other->pasid != hqd->pasid)
			waves += kfdsim_hqd_waves(other);
	return waves;
}

/**
 * kfdsim_cohort_run_ns() - how long workgroups take that start now
 * @c: the workgroups; c->left_ns is what they would take without others
 *
 * Context: hw->lock is held. Return: ns, no less than c->left_ns.
 */
u64 kfdsim_cohort_run_ns(const struct kfdsim_cohort *c)
{
	const struct kfdsim_hqd *hqd = c->dispatch->hqd;
	const struct kfdsim_model *model = &hqd->node->hw->sim->model;
	u64 slots = (u64)hqd->node->num_xcc * model->cu_per_xcc *
		    model->simd_per_cu * model->waves_per_simd;
	u64 part;

	if (!model->interference_pct)
		return c->left_ns;
	part = (u64)model->interference_pct * other_waves(hqd);
	return kfdsim_run_ns(c->left_ns +
			     mul_u64_u64_div_u64(c->left_ns, part,
						 100 * slots));
}

/**
 * kfdsim_cohort_left_ns() - how much workgroups that run have not done yet
 * @c: the workgroups
 * @now: model time
 *
 * All of it while the waves have not started, and nothing if their end is due but
 * late. Context: hw->lock is held. Return: ns of time without others, at most
 * c->left_ns.
 */
u64 kfdsim_cohort_left_ns(const struct kfdsim_cohort *c, u64 now)
{
	u64 end = max_t(u64, c->end.node.expires, now);
	u64 left = min(c->run_ns, end - now);

	if (c->run_ns == c->left_ns)
		return left;
	return mul_u64_u64_div_u64(left, c->left_ns, c->run_ns);
}

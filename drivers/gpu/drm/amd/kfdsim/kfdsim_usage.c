// SPDX-License-Identifier: GPL-2.0
/*
 * How long waves of each process have run: wave slots times ns. Waves that wait,
 * for a restore or in memory, do not run, and what they have run before is not
 * lost; so it is what a process got of the GPU, whatever interrupted it. Nor does
 * it count that others slow them down: it is what got done.
 */
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "kfdsim_hw.h"

static u64 cohort_waves(const struct kfdsim_cohort *c)
{
	return (u64)c->count * c->dispatch->kernel.waves_per_workgroup;
}

/* What @c has run since it was launched or restored, while it still runs */
static u64 cohort_ran_ns(const struct kfdsim_cohort *c, u64 now)
{
	return c->left_ns - kfdsim_cohort_left_ns(c, now);
}

/*
 * Waves of @c ran for @ns, and no more of it will be counted. A process that
 * there is no memory to count for has used nothing.
 */
void kfdsim_usage_add(struct kfdsim_cohort *c, u64 ns)
{
	struct kfdsim_hqd *hqd = c->dispatch->hqd;
	struct xarray *usage = &hqd->node->hw->usage;
	u64 *wave_ns = xa_load(usage, hqd->pasid);

	if (!wave_ns) {
		wave_ns = kzalloc(sizeof(*wave_ns), GFP_KERNEL);
		if (!wave_ns)
			return;
		if (xa_err(xa_store(usage, hqd->pasid, wave_ns, GFP_KERNEL))) {
			kfree(wave_ns);
			return;
		}
	}
	*wave_ns += cohort_waves(c) * ns;
}

/* What runs of process @pasid has not been added yet */
static u64 usage_running(struct kfdsim_hw *hw, u32 pasid, u64 now)
{
	struct kfdsim_dispatch *d;
	struct kfdsim_cohort *c;
	struct kfdsim_hqd *hqd;
	u64 sum = 0;

	list_for_each_entry(hqd, &hw->active, active_link) {
		if (hqd->pasid != pasid)
			continue;
		list_for_each_entry(d, &hqd->dispatches, link)
			list_for_each_entry(c, &d->cohorts, link)
				if (kfdsim_event_pending(&c->end))
					sum += cohort_waves(c) *
					       cohort_ran_ns(c, now);
	}
	return sum;
}

/* A line for each process that ever ended a wave: PASID, slots x ns */
void kfdsim_usage_show(struct seq_file *m, struct kfdsim_hw *hw, u64 now)
{
	unsigned long pasid;
	u64 *wave_ns;

	xa_for_each(&hw->usage, pasid, wave_ns)
		seq_printf(m, "%lu %llu\n", pasid,
			   *wave_ns + usage_running(hw, pasid, now));
}

void kfdsim_usage_free(struct kfdsim_hw *hw)
{
	unsigned long pasid;
	u64 *wave_ns;

	xa_for_each(&hw->usage, pasid, wave_ns)
		kfree(wave_ns);
	xa_destroy(&hw->usage);
}

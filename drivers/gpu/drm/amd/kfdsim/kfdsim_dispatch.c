// SPDX-License-Identifier: GPL-2.0
/*
 * Kernel dispatches, whatever packet asks for them. What a program says of a
 * kernel is checked here, before anything is made of it.
 */
#include <linux/string.h>
#include <uapi/linux/kfd_ioctl.h>

#include "kfdsim_hw.h"

#define KFDSIM_MAX_LANES	1024U	/* of one workgroup */

/* As good as for ever, and no sum of it and a model time overflows */
#define KFDSIM_FOREVER_NS	BIT_ULL(60)

/**
 * kfdsim_run_ns() - a time to run that a program has written
 * @ns: what it has written
 *
 * Return: @ns, or as good as for ever.
 */
u64 kfdsim_run_ns(u64 ns)
{
	return min(ns, KFDSIM_FOREVER_NS);
}

/**
 * kfdsim_kernel_ok() - whether a compute unit can run a kernel
 * @hw: the GPU
 * @kernel: from a program's memory, with nothing left to derive
 *
 * Return: false for one of which a workgroup takes no wave slots or too many,
 * or whose waves hold more than the compute unit.
 */
bool kfdsim_kernel_ok(const struct kfdsim_hw *hw,
		      const struct kfdsim_kernel *kernel)
{
	const struct kfdsim_model *model = &hw->sim->model;
	u32 slots = model->simd_per_cu * model->waves_per_simd;
	u32 waves = kernel->waves_per_workgroup;

	return waves && waves <= slots &&
	       waves <= KFDSIM_MAX_LANES / model->wave_lanes &&
	       (u64)waves * kernel->save_bytes_per_wave <=
			model->cu_state_bytes;
}

static int dispatch_kernel(struct kfdsim_hqd *hqd,
			   const struct kfdsim_launch *launch,
			   struct kfdsim_kernel *kernel)
{
	struct kfdsim_hw *hw = hqd->node->hw;

	if (kfdsim_hqd_read(hqd, launch->kernel_va, kernel, sizeof(*kernel)))
		return -EFAULT;
	if (kernel->magic != KFDSIM_KERNEL_MAGIC || kernel->counter_va & 7 ||
	    memchr_inv(kernel->reserved, 0, sizeof(kernel->reserved))) {
		kfdsim_hqd_error(hqd, EC_QUEUE_PACKET_DISPATCH_CODE_INVALID,
				 "kernel object is not a simulated kernel");
		return -EINVAL;
	}
	if (!kernel->waves_per_workgroup)
		kernel->waves_per_workgroup =
			min_t(u64, DIV_ROUND_UP_ULL(max(launch->lanes, 1ULL),
						    hw->sim->model.wave_lanes),
			      U32_MAX);
	if (!kernel->save_bytes_per_wave)
		kernel->save_bytes_per_wave = hw->wave_bytes;
	kernel->workgroup_ns = kfdsim_run_ns(kernel->workgroup_ns);
	if (!kfdsim_kernel_ok(hw, kernel)) {
		kfdsim_hqd_error(hqd,
				 EC_QUEUE_PACKET_DISPATCH_WORK_GROUP_SIZE_INVALID,
				 "workgroup does not fit into a compute unit");
		return -EINVAL;
	}
	return 0;
}

/* Workgroup i belongs to XCC i modulo their number, or all to one */
static void dispatch_share(struct kfdsim_dispatch *d, int xcc)
{
	u32 i, n = d->hqd->node->num_xcc;

	if (xcc >= 0) {
		d->rem[xcc] = d->total;
		return;
	}
	for (i = 0; i < n; i++)
		d->rem[i] = d->total / n + (i < d->total % n);
}

/**
 * kfdsim_dispatch_start() - begin to launch a dispatch
 * @hqd: the queue, at whose read pointer the packet stays until the last
 *	workgroup has been launched, see kfdsim_dispatch_launched()
 * @launch: what the packet says; launch->total is not 0
 * @now: model time
 *
 * A packet that can't be executed stops the queue. Context: hw->lock is held.
 */
void kfdsim_dispatch_start(struct kfdsim_hqd *hqd,
			   const struct kfdsim_launch *launch, u64 now)
{
	struct kfdsim_kernel kernel;
	struct kfdsim_dispatch *d;

	if (dispatch_kernel(hqd, launch, &kernel))
		return;
	d = kfdsim_dispatch_new(hqd, kfdsim_hqd_packet_id(hqd));
	if (!d) {
		/* The simulator's problem, not the program's: look again */
		kfdsim_hqd_fetch_at(hqd, now + NSEC_PER_MSEC);
		return;
	}
	d->kernel = kernel;
	d->signal_va = launch->signal_va;
	d->total = launch->total;
	d->outstanding = launch->total;
	d->unlaunched = launch->total;
	dispatch_share(d, launch->xcc);
	hqd->head = d;
	hqd->node->hw->stats.dispatches++;
	kfdsim_compute_ready(hqd, now);
}

/**
 * kfdsim_dispatch_launched() - every workgroup of a dispatch has got its slots
 * @d: the dispatch
 * @now: model time
 *
 * The packet processor goes on. Context: hw->lock is held.
 */
void kfdsim_dispatch_launched(struct kfdsim_dispatch *d, u64 now)
{
	struct kfdsim_hqd *hqd = d->hqd;

	if (hqd->head != d)
		return;
	hqd->head = NULL;
	if (hqd->kind == KFDSIM_PM4)
		kfdsim_pm4_launched(hqd, now);
	else
		kfdsim_aql_retire(hqd, now);
}

/**
 * kfdsim_dispatch_completed() - a dispatch has ended, and is gone
 * @hqd: its queue
 * @now: model time
 *
 * The packet processor goes on if it waits for all. Context: hw->lock is held.
 */
void kfdsim_dispatch_completed(struct kfdsim_hqd *hqd, u64 now)
{
	if (!hqd->barrier_wait || !list_empty(&hqd->dispatches))
		return;
	hqd->barrier_wait = false;
	kfdsim_hqd_fetch_at(hqd, now);
}

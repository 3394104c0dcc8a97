// SPDX-License-Identifier: GPL-2.0
/*
 * Kernel dispatches, whatever packet asks for them. What a program says of a
 * kernel is checked here, before anything is made of it.
 */
#include <linux/slab.h>
#include <linux/string.h>
#include <uapi/linux/kfd_ioctl.h>

#include "kfdsim_hw.h"

#define KFDSIM_MAX_LANES	1024U	/* of one workgroup */

/**
 * kfdsim_kernel_ok() - whether a compute unit can run a kernel
 * @hw: the GPU
 * @kernel: from a program's memory, with nothing left to derive
 *
 * Return: false for one of which a workgroup takes no wave slots or too many,
 * or whose waves hold more than the compute unit, or that has too many times.
 */
bool kfdsim_kernel_ok(const struct kfdsim_hw *hw,
		      const struct kfdsim_kernel *kernel)
{
	const struct kfdsim_model *model = &hw->sim->model;
	u32 slots = model->simd_per_cu * model->waves_per_simd;
	u32 waves = kernel->waves_per_workgroup;

	return waves && waves <= slots &&
	       kernel->num_times <= KFDSIM_MAX_TIMES &&
	       waves <= KFDSIM_MAX_LANES / model->wave_lanes &&
	       (u64)waves * kernel->save_bytes_per_wave <=
			model->cu_state_bytes;
}

static bool dispatch_is_kernel(const struct kfdsim_kernel *kernel)
{
	return kernel->magic == KFDSIM_KERNEL_MAGIC &&
	       !(kernel->counter_va & 7) && !(kernel->times_va & 7) &&
	       kernel->num_times <= KFDSIM_MAX_TIMES && !kernel->reserved0 &&
	       !memchr_inv(kernel->reserved, 0, sizeof(kernel->reserved));
}

static int dispatch_kernel(struct kfdsim_hqd *hqd,
			   const struct kfdsim_launch *launch,
			   struct kfdsim_kernel *kernel)
{
	struct kfdsim_hw *hw = hqd->node->hw;

	if (kfdsim_hqd_read(hqd, launch->kernel_va, kernel, sizeof(*kernel)))
		return -EFAULT;
	if (!dispatch_is_kernel(kernel)) {
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

/*
 * The run times that a kernel has, which is none for most; a program may change
 * them afterwards. Return: 0, -ENOMEM, or -EFAULT: the queue has stopped.
 */
static int dispatch_times(struct kfdsim_hqd *hqd,
			  const struct kfdsim_kernel *kernel,
			  struct kfdsim_times **times)
{
	unsigned int i, n = kernel->num_times;

	if (!n)
		return 0;
	*times = kzalloc(sizeof(**times), GFP_KERNEL);
	if (!*times)
		return -ENOMEM;
	if (kfdsim_hqd_read(hqd, kernel->times_va, (*times)->ns,
			    n * sizeof((*times)->ns[0]))) {
		kfree(*times);
		return -EFAULT;
	}
	for (i = 0; i < n; i++)
		(*times)->ns[i] = kfdsim_run_ns((*times)->ns[i]);
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
 *	workgroup has been launched
 * @launch: what the packet says; launch->total is not 0
 * @now: model time
 *
 * A packet that can't be executed stops the queue. Context: hw->lock is held.
 */
void kfdsim_dispatch_start(struct kfdsim_hqd *hqd,
			   const struct kfdsim_launch *launch, u64 now)
{
	struct kfdsim_times *times = NULL;
	struct kfdsim_kernel kernel;
	struct kfdsim_dispatch *d;
	int err;

	err = dispatch_kernel(hqd, launch, &kernel);
	if (!err)
		err = dispatch_times(hqd, &kernel, &times);
	if (err && err != -ENOMEM)
		return;
	d = err ? NULL : kfdsim_dispatch_new(hqd, kfdsim_hqd_packet_id(hqd));
	if (!d) {
		kfree(times);
		/* The simulator's problem, not the program's: look again */
		kfdsim_hqd_fetch_at(hqd, now + NSEC_PER_MSEC);
		return;
	}
	d->kernel = kernel;
	d->times = times;
	d->signal_va = launch->signal_va;
	d->total = launch->total;
	d->outstanding = launch->total;
	d->unlaunched = launch->total;
	dispatch_share(d, launch->xcc);
	hqd->head = d;
	hqd->node->hw->stats.dispatches++;
	kfdsim_launch_ready(hqd, now);
}

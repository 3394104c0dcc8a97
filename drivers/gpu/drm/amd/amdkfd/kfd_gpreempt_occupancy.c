// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: which queues have waves on the compute units now.
 *
 * An empty ring does not say that a queue is idle: the read pointer moves when
 * a kernel is launched, not when it ends.
 */
#include <linux/slab.h>

#include "amdgpu_amdkfd.h"
#include "kfd_device_queue_manager.h"
#include "kfd_gpreempt_priv.h"
#include "kfd_priv.h"

/**
 * kfd_gpreempt_occupancy_init() - get room for the answer of the hardware
 * @gp: the node's scheduler, being initialised
 *
 * Context: process, may sleep.
 *
 * Return: 0, also if the hardware can't say; or -ENOMEM.
 */
int kfd_gpreempt_occupancy_init(struct kfd_gpreempt *gp)
{
	if (!gp->dqm->dev->kfd2kgd->get_cu_occupancy)
		return 0;

	gp->occupancy.queues = kcalloc(AMDGPU_MAX_QUEUES,
				       sizeof(*gp->occupancy.queues),
				       GFP_KERNEL);
	return gp->occupancy.queues ? 0 : -ENOMEM;
}

/* The queues that have waves first, and how many they are */
static void pack(struct kfd_gpreempt_occupancy *occupancy)
{
	struct kfd_cu_occupancy *queues = occupancy->queues;
	u32 i, occupied = 0, waves = 0;

	for (i = 0; i < AMDGPU_MAX_QUEUES; i++) {
		if (!queues[i].wave_cnt)
			continue;
		waves += queues[i].wave_cnt;
		queues[occupied++] = queues[i];
	}
	occupancy->occupied = occupied;
	occupancy->waves = waves;
}

/**
 * kfd_gpreempt_occupancy_read() - ask the hardware which queues have waves
 * @gp: the node's scheduler
 *
 * Some registers for each slot of each XCC: not for the timer.
 *
 * Context: process; dqm lock held.
 *
 * Return: false if the hardware can't say.
 */
bool kfd_gpreempt_occupancy_read(struct kfd_gpreempt *gp)
{
	struct kfd_cu_occupancy *queues = gp->occupancy.queues;
	struct kfd_node *node = gp->dqm->dev;
	u64 begin_ns = ktime_get_ns();
	int max_waves_per_cu;
	int xcc_id;

	lockdep_assert_held(&gp->dqm->lock_hidden);

	if (!queues)
		return false;

	memset(queues, 0, AMDGPU_MAX_QUEUES * sizeof(*queues));
	for_each_inst(xcc_id, node->xcc_mask)
		node->kfd2kgd->get_cu_occupancy(node->adev, queues,
						&max_waves_per_cu, xcc_id);
	pack(&gp->occupancy);
	gp->occupancy.ask_cost_ns = ktime_get_ns() - begin_ns;
	return true;
}

/**
 * kfd_gpreempt_occupancy_of() - had a queue waves at the last reading?
 * @gp: the node's scheduler
 * @q: the queue
 *
 * Context: process; dqm lock held since kfd_gpreempt_occupancy_read().
 *
 * Return: true if it had.
 */
bool kfd_gpreempt_occupancy_of(const struct kfd_gpreempt *gp,
			       const struct queue *q)
{
	const struct kfd_cu_occupancy *queues = gp->occupancy.queues;
	u32 i;

	for (i = 0; i < gp->occupancy.occupied; i++) {
		if (queues[i].doorbell_off == q->properties.doorbell_off)
			return true;
	}
	return false;
}

/**
 * kfd_gpreempt_occupancy_waves() - number of waves at the last reading
 * @gp: the node's scheduler
 *
 * Context: process; dqm lock held since kfd_gpreempt_occupancy_read().
 *
 * Return: that of all queues.
 */
u32 kfd_gpreempt_occupancy_waves(const struct kfd_gpreempt *gp)
{
	return gp->occupancy.waves;
}

/**
 * kfd_gpreempt_cus() - number of compute units of a node
 * @gp: its scheduler
 *
 * Context: any.
 *
 * Return: what the device has, shared by its nodes.
 */
u32 kfd_gpreempt_cus(const struct kfd_gpreempt *gp)
{
	const struct kfd_node *node = gp->dqm->dev;

	return node->adev->gfx.cu_info.number / max(node->kfd->num_nodes, 1u);
}

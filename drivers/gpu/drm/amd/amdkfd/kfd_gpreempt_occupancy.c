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

	gp->occupancy = kcalloc(AMDGPU_MAX_QUEUES, sizeof(*gp->occupancy),
				GFP_KERNEL);
	return gp->occupancy ? 0 : -ENOMEM;
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
	struct kfd_node *node = gp->dqm->dev;
	int max_waves_per_cu;
	int xcc_id;

	lockdep_assert_held(&gp->dqm->lock_hidden);

	if (!gp->occupancy)
		return false;

	memset(gp->occupancy, 0, AMDGPU_MAX_QUEUES * sizeof(*gp->occupancy));
	for_each_inst(xcc_id, node->xcc_mask)
		node->kfd2kgd->get_cu_occupancy(node->adev, gp->occupancy,
						&max_waves_per_cu, xcc_id);
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
	int i;

	for (i = 0; i < AMDGPU_MAX_QUEUES; i++) {
		if (gp->occupancy[i].wave_cnt &&
		    gp->occupancy[i].doorbell_off == q->properties.doorbell_off)
			return true;
	}
	return false;
}

/**
 * kfd_gpreempt_occupancy_any() - had any queue waves at the last reading?
 * @gp: the node's scheduler
 *
 * Context: process; dqm lock held since kfd_gpreempt_occupancy_read().
 *
 * Return: true if one had.
 */
bool kfd_gpreempt_occupancy_any(const struct kfd_gpreempt *gp)
{
	int i;

	for (i = 0; i < AMDGPU_MAX_QUEUES; i++) {
		if (gp->occupancy[i].wave_cnt)
			return true;
	}
	return false;
}

// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: which queues have waves, by the hardware's word: on the compute units
 * now, or saved when they were taken off.
 *
 * An empty ring does not say that a queue is idle: the read pointer moves when
 * a kernel is launched, not when it ends.
 */
#include <linux/slab.h>

#include "amdgpu_amdkfd.h"
#include "kfd_device_queue_manager.h"
#include "kfd_gpreempt_priv.h"
#include "kfd_mqd_manager.h"
#include "kfd_priv.h"
#include "v10_structs.h"
#include "v11_structs.h"
#include "v12_structs.h"
#include "v9_structs.h"

/* ---- on the compute units ----------------------------------------------- */

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
 * kfd_gpreempt_occupancy_of() - number of waves of a queue at the last reading
 * @gp: the node's scheduler
 * @q: the queue
 *
 * Context: process; dqm lock held since kfd_gpreempt_occupancy_read().
 *
 * Return: that of all XCCs of the node.
 */
u32 kfd_gpreempt_occupancy_of(const struct kfd_gpreempt *gp,
			      const struct queue *q)
{
	const struct kfd_cu_occupancy *queues = gp->occupancy.queues;
	u32 i;

	for (i = 0; i < gp->occupancy.occupied; i++) {
		if (queues[i].doorbell_off == q->properties.doorbell_off)
			return queues[i].wave_cnt;
	}
	return 0;
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

/* ---- saved, as the memory queue descriptor says ------------------------- */

/**
 * kfd_gpreempt_saves_waves() - are waves saved when a queue is taken off?
 * @gp: the node's scheduler
 *
 * Context: any.
 *
 * Return: false if they run to their end, and the queue is off then.
 */
bool kfd_gpreempt_saves_waves(const struct kfd_gpreempt *gp)
{
	return gp->dqm->dev->kfd->cwsr_enabled;
}

/* The save area begins with the control stack, and waves come after it. */
#define HAS_WAVES(_mqd) \
	((_mqd)->cp_hqd_wg_state_offset > (_mqd)->cp_hqd_cntl_stack_size)

static bool mqd_has_waves(const struct queue *q, const void *mqd)
{
	u32 version = KFD_GC_VERSION(q->device);

	if (version < IP_VERSION(10, 1, 1))
		return HAS_WAVES((const struct v9_mqd *)mqd);
	if (version < IP_VERSION(11, 0, 0))
		return HAS_WAVES((const struct v10_compute_mqd *)mqd);
	if (version < IP_VERSION(12, 0, 0))
		return HAS_WAVES((const struct v11_compute_mqd *)mqd);
	return HAS_WAVES((const struct v12_compute_mqd *)mqd);
}

/**
 * kfd_gpreempt_has_saved_waves() - has a queue left off in the middle of work?
 * @q: a queue that is off and was on before
 *
 * Context: process; dqm lock held.
 *
 * Return: true if the hardware saved waves on any XCC when it took the queue
 * off last.
 */
bool kfd_gpreempt_has_saved_waves(const struct queue *q)
{
	struct mqd_manager *mqd_mgr =
		q->device->dqm->mqd_mgrs[KFD_MQD_TYPE_CP];
	u32 xccs = NUM_XCC(q->device->xcc_mask);
	size_t stride = xccs > 1 ?
		mqd_mgr->mqd_stride(mqd_mgr, (void *)&q->properties) : 0;
	u32 i;

	for (i = 0; i < xccs; i++) {
		if (mqd_has_waves(q, q->mqd + i * stride))
			return true;
	}
	return false;
}

/**
 * kfd_gpreempt_left_work() - the same, remembered while the queue is off
 * @q: a queue that is off
 *
 * Context: process; dqm lock held.
 *
 * Return: true if it was in the middle of work; false if it was never on.
 */
bool kfd_gpreempt_left_work(struct queue *q)
{
	struct kfd_gpreempt_queue *gq = &q->gpreempt;

	if (gq->left_work == KFD_GPREEMPT_LEFT_UNKNOWN)
		gq->left_work = kfd_gpreempt_has_saved_waves(q) ?
			KFD_GPREEMPT_LEFT_WAVES : KFD_GPREEMPT_LEFT_NOTHING;
	return gq->left_work == KFD_GPREEMPT_LEFT_WAVES;
}

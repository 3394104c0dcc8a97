// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: what the memory queue descriptor says of a queue that is off.
 */
#include "kfd_device_queue_manager.h"
#include "kfd_gpreempt_priv.h"
#include "kfd_mqd_manager.h"
#include "kfd_priv.h"
#include "v10_structs.h"
#include "v11_structs.h"
#include "v12_structs.h"
#include "v9_structs.h"

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

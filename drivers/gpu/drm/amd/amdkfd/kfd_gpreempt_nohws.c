// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: how queues go off and on the hardware without a hardware scheduler.
 *
 * amdkfd gives each queue an HQD for its life. A queue that is taken off gives
 * its HQD up, and gets any that is free when it comes back; so there may be
 * more queues than HQDs, as long as not all of them are on.
 */
#include "kfd_device_queue_manager.h"
#include "kfd_gpreempt_priv.h"
#include "kfd_priv.h"

static struct mqd_manager *mqd_manager(struct kfd_gpreempt *gp)
{
	return gp->dqm->mqd_mgrs[KFD_MQD_TYPE_CP];
}

static enum kfd_preempt_type preempt_type(struct kfd_gpreempt *gp,
					  enum kfd_gpreempt_way way)
{
	switch (way) {
	case KFD_GPREEMPT_WAY_SAVE:
		return KFD_PREEMPT_TYPE_WAVEFRONT_SAVE;
	case KFD_GPREEMPT_WAY_DRAIN:
		return KFD_PREEMPT_TYPE_WAVEFRONT_DRAIN;
	case KFD_GPREEMPT_WAY_RESET:
		return KFD_PREEMPT_TYPE_WAVEFRONT_RESET;
	case KFD_GPREEMPT_WAY_DEFAULT:
		break;
	}
	return kfd_gpreempt_saves_waves(gp) ?
		KFD_PREEMPT_TYPE_WAVEFRONT_SAVE :
		KFD_PREEMPT_TYPE_WAVEFRONT_DRAIN;
}

/* Nothing resets the GPU for a queue that doesn't answer: leave it where it is. */
static int unload_hqd(struct kfd_gpreempt *gp, struct queue *q,
		      enum kfd_gpreempt_way way)
{
	struct mqd_manager *mqd_mgr = mqd_manager(gp);
	int ret;

	ret = mqd_mgr->destroy_mqd(mqd_mgr, q->mqd, preempt_type(gp, way),
				   KFD_UNMAP_LATENCY_MS, q->pipe, q->queue);
	if (ret) {
		q->gpreempt.refuses = ret == -ETIME;
		return ret;
	}

	deallocate_hqd(gp->dqm, q);
	q->gpreempt.no_hqd = true;
	return 0;
}

static int take_hqd(struct kfd_gpreempt *gp, struct queue *q)
{
	int ret;

	if (!q->gpreempt.no_hqd)
		return 0;

	ret = allocate_hqd(gp->dqm, q);
	if (!ret)
		q->gpreempt.no_hqd = false;
	return ret;
}

/* The write pointer is polled from memory: no mm is needed to read it. */
static int load_hqd(struct kfd_gpreempt *gp, struct queue *q)
{
	struct mqd_manager *mqd_mgr = mqd_manager(gp);
	unsigned long flags;
	int ret;

	ret = take_hqd(gp, q);
	if (ret)
		return ret;

	ret = mqd_mgr->load_mqd(mqd_mgr, q->mqd, q->pipe, q->queue,
				&q->properties, NULL);
	if (!ret || ret == -EIO)
		return ret;

	/* It waits as one without an HQD does, and keeps the one that it has. */
	raw_spin_lock_irqsave(&gp->lock, flags);
	gp->stats.failures++;
	raw_spin_unlock_irqrestore(&gp->lock, flags);
	return -EBUSY;
}

static u32 any_number_of_processes(struct kfd_gpreempt *gp)
{
	return U32_MAX;
}

const struct kfd_gpreempt_mechanism kfd_gpreempt_nohws = {
	.unmap = unload_hqd,
	.map = load_hqd,
	.slot = take_hqd,
	.processes = any_number_of_processes,
};

/**
 * kfd_gpreempt_has_hqd() - does a queue have an HQD of its own?
 * @q: the queue
 *
 * Only in no-HWS mode do queues have one at all.
 *
 * Context: process; dqm lock held.
 *
 * Return: false if its pipe and queue numbers are meaningless because it gave
 * up its HQD, or has not been given any yet.
 */
bool kfd_gpreempt_has_hqd(const struct queue *q)
{
	return !q->gpreempt.no_hqd;
}

// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: which queues there are, and of which class.
 *
 * Every compute queue of user space is in one of two lists from its creation
 * to its destruction, whether it is active or not.
 */
#include "kfd_device_queue_manager.h"
#include "kfd_gpreempt_priv.h"
#include "kfd_priv.h"

static void link_locked(struct kfd_gpreempt *gp, struct queue *q)
{
	struct kfd_gpreempt_queue *gq = &q->gpreempt;

	lockdep_assert_held(&gp->dqm->lock_hidden);
	lockdep_assert_held(&gp->lock);

	gq->class = kfd_gpreempt_classify(&gp->knobs, q->properties.priority);
	gq->watch.pending = false;
	if (gq->class == KFD_GPREEMPT_LC) {
		list_add_tail(&gq->node, &gp->lc);
	} else {
		list_add_tail(&gq->node, &gp->be);
		gp->be_tracked++;
	}
}

static void unlink_locked(struct kfd_gpreempt *gp, struct queue *q)
{
	lockdep_assert_held(&gp->dqm->lock_hidden);
	lockdep_assert_held(&gp->lock);

	list_del(&q->gpreempt.node);
	if (q->gpreempt.class == KFD_GPREEMPT_BE)
		gp->be_tracked--;
}

/**
 * kfd_gpreempt_add_queue() - track a queue that amdkfd has created
 * @q: the queue; only compute queues of user space are tracked
 *
 * Context: process, may sleep; not under the dqm lock.
 */
void kfd_gpreempt_add_queue(struct queue *q)
{
	struct kfd_gpreempt *gp = q->device->gpreempt;
	unsigned long flags;
	int ret;

	if (!gp || q->properties.type != KFD_QUEUE_TYPE_COMPUTE)
		return;

	ret = kfd_gpreempt_ring_map(q);
	if (ret)
		pr_debug("queue %u can't be watched: %d\n",
			 q->properties.queue_id, ret);

	dqm_lock(gp->dqm);
	raw_spin_lock_irqsave(&gp->lock, flags);
	link_locked(gp, q);
	q->gpreempt.tracked = true;
	raw_spin_unlock_irqrestore(&gp->lock, flags);
	dqm_unlock(gp->dqm);

	kfd_gpreempt_monitor_kick(gp);
}

/**
 * kfd_gpreempt_update_queue() - a queue's priority may have changed
 * @dqm: its manager
 * @q: the queue, about to be evaluated with QUEUE_IS_ACTIVE()
 *
 * A held queue that is not BE any more is let go here, and becomes active by
 * the caller's evaluation.
 *
 * Context: process; dqm lock held.
 */
void kfd_gpreempt_update_queue(struct device_queue_manager *dqm,
			       struct queue *q)
{
	struct kfd_gpreempt *gp = dqm->dev->gpreempt;
	unsigned long flags;

	lockdep_assert_held(&dqm->lock_hidden);

	if (!q->gpreempt.tracked)
		return;

	raw_spin_lock_irqsave(&gp->lock, flags);
	unlink_locked(gp, q);
	link_locked(gp, q);
	raw_spin_unlock_irqrestore(&gp->lock, flags);

	if (q->gpreempt.class != KFD_GPREEMPT_BE)
		q->properties.is_gpreempted = false;

	kfd_gpreempt_monitor_kick(gp);
}

/**
 * kfd_gpreempt_remove_queue() - stop tracking a queue that is going away
 * @dqm: its manager
 * @q: the queue, tracked or not
 *
 * Context: process; dqm lock held.
 */
void kfd_gpreempt_remove_queue(struct device_queue_manager *dqm,
			       struct queue *q)
{
	struct kfd_gpreempt *gp = dqm->dev->gpreempt;
	unsigned long flags;

	lockdep_assert_held(&dqm->lock_hidden);

	if (!q->gpreempt.tracked)
		return;

	raw_spin_lock_irqsave(&gp->lock, flags);
	unlink_locked(gp, q);
	q->gpreempt.tracked = false;
	raw_spin_unlock_irqrestore(&gp->lock, flags);

	kfd_gpreempt_monitor_kick(gp);
}

/**
 * kfd_gpreempt_release_queue() - free what tracking a queue took
 * @q: a queue that is not tracked (any more), or NULL
 *
 * Context: process, may sleep; not under the dqm lock.
 */
void kfd_gpreempt_release_queue(struct queue *q)
{
	if (q)
		kfd_gpreempt_ring_unmap(q);
}

/* Take the queues whose class has changed out of their list. */
static void unlink_changed(struct kfd_gpreempt *gp, struct list_head *list,
			   struct list_head *changed)
{
	struct queue *q, *next;

	list_for_each_entry_safe(q, next, list, gpreempt.node) {
		if (kfd_gpreempt_classify(&gp->knobs, q->properties.priority) ==
		    q->gpreempt.class)
			continue;

		unlink_locked(gp, q);
		list_add_tail(&q->gpreempt.node, changed);
	}
}

/**
 * kfd_gpreempt_apply_priorities() - let a new lc_priority_min take effect now
 * @gp: the node's scheduler
 *
 * Does nothing if it has not changed.
 *
 * Context: process; dqm lock held.
 */
void kfd_gpreempt_apply_priorities(struct kfd_gpreempt *gp)
{
	struct queue *q, *next;
	LIST_HEAD(promoted);
	LIST_HEAD(demoted);
	unsigned long flags;

	raw_spin_lock_irqsave(&gp->lock, flags);
	if (!gp->reclassify) {
		raw_spin_unlock_irqrestore(&gp->lock, flags);
		return;
	}
	gp->reclassify = false;
	unlink_changed(gp, &gp->be, &promoted);
	unlink_changed(gp, &gp->lc, &demoted);
	raw_spin_unlock_irqrestore(&gp->lock, flags);

	kfd_gpreempt_promote(gp, &promoted);

	raw_spin_lock_irqsave(&gp->lock, flags);
	list_splice_tail(&demoted, &promoted);
	list_for_each_entry_safe(q, next, &promoted, gpreempt.node)
		link_locked(gp, q);
	raw_spin_unlock_irqrestore(&gp->lock, flags);
}

/**
 * kfd_gpreempt_reclassify() - let a new lc_priority_min take effect
 * @gp: the node's scheduler
 *
 * Context: process; &kfd_gpreempt.control held. The worker does it soon; while
 * there is none the scheduler has never been on, and does it when it starts.
 */
void kfd_gpreempt_reclassify(struct kfd_gpreempt *gp)
{
	unsigned long flags;

	lockdep_assert_held(&gp->control);

	raw_spin_lock_irqsave(&gp->lock, flags);
	gp->reclassify = true;
	raw_spin_unlock_irqrestore(&gp->lock, flags);

	if (gp->worker)
		kthread_queue_work(gp->worker, &gp->work);
}

// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: of which class a queue is, and what may be done with it.
 */
#include "kfd_device_queue_manager.h"
#include "kfd_gpreempt_priv.h"
#include "kfd_priv.h"

/*
 * GWS queues and queues next to a kernel debug queue are mapped for keeps.
 * is_gws follows @gws only after we were asked.
 */
static bool is_system(const struct queue *q)
{
	return q->gws || q->gpreempt.pdd->qpd.is_debug;
}

/**
 * kfd_gpreempt_class_of() - the class that a queue should have
 * @gp: the node's scheduler
 * @q: a queue, tracked or about to be
 *
 * Context: process; dqm lock held.
 *
 * Return: a class, not KFD_GPREEMPT_AUTO.
 */
enum kfd_gpreempt_class
kfd_gpreempt_class_of(const struct kfd_gpreempt *gp, const struct queue *q)
{
	if (is_system(q))
		return KFD_GPREEMPT_SYSTEM;
	if (q->gpreempt.class_override != KFD_GPREEMPT_AUTO)
		return q->gpreempt.class_override;
	if (q->gpreempt.pdd->gpreempt.class_override != KFD_GPREEMPT_AUTO)
		return q->gpreempt.pdd->gpreempt.class_override;
	return kfd_gpreempt_classify(&gp->knobs, q->properties.priority);
}

/**
 * kfd_gpreempt_is_preemptible() - may the scheduler take a queue off?
 * @q: a tracked queue
 *
 * Context: process; dqm lock held.
 *
 * Return: true for a BE queue that nothing exempts.
 */
bool kfd_gpreempt_is_preemptible(const struct queue *q)
{
	const struct kfd_gpreempt_queue *gq = &q->gpreempt;

	return gq->class == KFD_GPREEMPT_BE && !gq->refuses &&
	       gq->policy & KFD_GPREEMPT_PREEMPTIBLE && !is_system(q);
}

/* ---- what the operator says of it ------------------------------------- */

/**
 * kfd_gpreempt_reclassify() - the class of any queue may have changed
 * @gp: the node's scheduler
 *
 * The worker applies it soon; while there is none the scheduler has never been
 * on, and applies it when it starts.
 *
 * Context: process.
 */
void kfd_gpreempt_reclassify(struct kfd_gpreempt *gp)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&gp->lock, flags);
	gp->due.reclassify = true;
	kfd_gpreempt_worker_wake(gp);
	raw_spin_unlock_irqrestore(&gp->lock, flags);
}

/**
 * kfd_gpreempt_set_class() - override the class of one queue
 * @q: a tracked queue
 * @class: its class, or KFD_GPREEMPT_AUTO
 *
 * Context: process, may sleep; not under the dqm lock.
 */
void kfd_gpreempt_set_class(struct queue *q, enum kfd_gpreempt_class class)
{
	struct kfd_gpreempt *gp = q->device->gpreempt;

	dqm_lock(gp->dqm);
	WRITE_ONCE(q->gpreempt.class_override, class);
	dqm_unlock(gp->dqm);
	kfd_gpreempt_reclassify(gp);
}

/**
 * kfd_gpreempt_set_process_class() - override the class of a process' queues
 * @p: the process
 * @class: their class on every node, or KFD_GPREEMPT_AUTO; queues with an
 *	override of their own keep it
 *
 * Context: process, may sleep; not under a dqm lock.
 */
void kfd_gpreempt_set_process_class(struct kfd_process *p,
				    enum kfd_gpreempt_class class)
{
	struct kfd_gpreempt *gp;
	int i;

	for (i = 0; i < p->n_pdds; i++) {
		gp = p->pdds[i]->dev->gpreempt;
		if (!gp)
			continue;

		dqm_lock(gp->dqm);
		WRITE_ONCE(p->pdds[i]->gpreempt.class_override, class);
		dqm_unlock(gp->dqm);
		kfd_gpreempt_reclassify(gp);
	}
}

/**
 * kfd_gpreempt_set_policy() - say what may be done with a queue
 * @q: a tracked queue
 * @policy: set of KFD_GPREEMPT_PREEMPTIBLE, KFD_GPREEMPT_LAZY and
 *	KFD_GPREEMPT_AUTO_DEACTIVATE
 *
 * Context: process, may sleep; not under the dqm lock.
 */
void kfd_gpreempt_set_policy(struct queue *q, u32 policy)
{
	struct kfd_gpreempt *gp = q->device->gpreempt;

	dqm_lock(gp->dqm);
	if (policy & KFD_GPREEMPT_LAZY && !(q->gpreempt.policy & KFD_GPREEMPT_LAZY))
		q->gpreempt.deactivate_due = true;
	WRITE_ONCE(q->gpreempt.policy, policy);
	q->gpreempt.refuses = false;
	dqm_unlock(gp->dqm);
	kfd_gpreempt_look_again(gp);
}

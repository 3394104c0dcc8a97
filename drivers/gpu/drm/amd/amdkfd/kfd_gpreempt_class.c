// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: of which class a queue is, what may be done with it, and how many
 * there are of each kind.
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
 * kfd_gpreempt_is_lowerable() - may an LC queue have to make way for another one?
 * @q: a tracked queue
 *
 * What the operator calls latency-critical by hand is as critical as the rest.
 *
 * Context: process; dqm lock held.
 *
 * Return: true if it is LC for its priority, and may be taken off.
 */
bool kfd_gpreempt_is_lowerable(const struct queue *q)
{
	const struct kfd_gpreempt_queue *gq = &q->gpreempt;

	return gq->class_override == KFD_GPREEMPT_AUTO &&
	       gq->pdd->gpreempt.class_override == KFD_GPREEMPT_AUTO &&
	       gq->policy & KFD_GPREEMPT_PREEMPTIBLE && !gq->refuses;
}

/**
 * kfd_gpreempt_is_lowered() - does an LC queue count as BE for now?
 * @gp: the node's scheduler
 * @q: a queue, tracked or about to be
 *
 * Context: process; dqm lock held.
 *
 * Return: true while one of a higher priority is served.
 */
bool kfd_gpreempt_is_lowered(const struct kfd_gpreempt *gp,
			     const struct queue *q)
{
	u32 priority = q->properties.priority;

	return priority < gp->hold.grade && kfd_gpreempt_is_lowerable(q) &&
	       kfd_gpreempt_classify(&gp->knobs, priority) == KFD_GPREEMPT_LC;
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
	if (kfd_gpreempt_is_lowered(gp, q))
		return KFD_GPREEMPT_BE;
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

/**
 * kfd_gpreempt_set_lc_interval() - say how often to look at a queue that is LC
 * @q: a queue of a node with a scheduler
 * @interval_us: timer period; 0: that of the node
 *
 * Context: process, may sleep; not under the dqm lock.
 */
void kfd_gpreempt_set_lc_interval(struct queue *q, u32 interval_us)
{
	struct kfd_gpreempt *gp = q->device->gpreempt;

	dqm_lock(gp->dqm);
	WRITE_ONCE(q->gpreempt.lc_interval_us, interval_us);
	kfd_gpreempt_recount(gp);
	dqm_unlock(gp->dqm);
	kfd_gpreempt_look_again(gp);
}

/* ---- how many there are ------------------------------------------------ */

/**
 * kfd_gpreempt_rests() - has a queue that is off nothing to do?
 * @q: a tracked queue
 *
 * Context: process; dqm lock held.
 *
 * Return: true for a queue that is asleep, or that has no slot, no packets and no
 * saved waves: it comes back to life when it is rung.
 */
bool kfd_gpreempt_rests(struct queue *q)
{
	if (q->gpreempt.off & KFD_GPREEMPT_OFF_ASLEEP)
		return true;

	return q->gpreempt.off & KFD_GPREEMPT_OFF_THROTTLED &&
	       kfd_gpreempt_is_watchable(q) && !kfd_gpreempt_ring_pending(q) &&
	       !kfd_gpreempt_left_work(q);
}

struct counts {
	u32 lc_interval_us;
	bool lc_plain;
	u32 active;
	u32 throttled;
	u32 asleep;
	u32 asleep_be;
	u32 deaf;
	u32 by_hand;
	u32 in_debt;
	u32 lc_throttled;
	u32 off;
};

static void count_interval(const struct queue *q, struct counts *counts)
{
	if (q->gpreempt.class != KFD_GPREEMPT_LC || !q->properties.is_active)
		return;

	counts->lc_plain |= !q->gpreempt.lc_interval_us;
	counts->lc_interval_us = min_not_zero(counts->lc_interval_us,
					      q->gpreempt.lc_interval_us);
}

static void count_queue(struct queue *q, struct counts *counts)
{
	u32 off = q->gpreempt.off;

	if (!off) {
		counts->active += q->properties.is_active &&
				  kfd_gpreempt_is_preemptible(q);
		return;
	}

	counts->off++;
	counts->by_hand += !!(off & KFD_GPREEMPT_OFF_HELD);
	counts->in_debt += !!(off & KFD_GPREEMPT_OFF_DEBT);
	if (kfd_gpreempt_rests(q)) {
		counts->asleep++;
		counts->asleep_be += q->gpreempt.class == KFD_GPREEMPT_BE;
		counts->deaf += !kfd_gpreempt_is_armed(q);
	} else if (off & KFD_GPREEMPT_OFF_THROTTLED) {
		if (q->gpreempt.class == KFD_GPREEMPT_BE)
			counts->throttled++;
		else
			counts->lc_throttled++;
	}
}

/*
 * More queues are active than there are slots, or some wait and get none. Who
 * turns the admission off wants all of them active.
 */
static u32 slots_short(struct kfd_gpreempt *gp, const struct counts *counts)
{
	u32 active = gp->dqm->active_cp_queue_count;
	u32 missing = active > gp->hqd_total ? active - gp->hqd_total : 0;

	if (!READ_ONCE(gp->knobs.hqd_be_max))
		return 0;
	missing += counts->lc_throttled;
	if (counts->throttled && !counts->active)
		missing++;
	return missing;
}

/**
 * kfd_gpreempt_recount() - count the queues by what they are
 * @gp: the node's scheduler
 *
 * Context: process; dqm lock held.
 */
void kfd_gpreempt_recount(struct kfd_gpreempt *gp)
{
	struct counts counts = {};
	struct list_head *list;
	unsigned long flags;
	struct queue *q;
	int i;

	kfd_gpreempt_for_each_list(gp, i, list) {
		list_for_each_entry(q, list, gpreempt.node) {
			count_interval(q, &counts);
			count_queue(q, &counts);
		}
	}

	raw_spin_lock_irqsave(&gp->lock, flags);
	gp->count.lc_interval_us = counts.lc_interval_us;
	gp->count.lc_plain = counts.lc_plain;
	gp->count.be_active = counts.active;
	gp->count.be_throttled = counts.throttled;
	gp->count.asleep = counts.asleep;
	gp->count.asleep_be = counts.asleep_be;
	gp->count.asleep_deaf = counts.deaf;
	gp->count.by_hand = counts.by_hand;
	gp->count.in_debt = counts.in_debt;
	gp->count.slots_short = slots_short(gp, &counts);
	WRITE_ONCE(gp->count.off, counts.off);
	raw_spin_unlock_irqrestore(&gp->lock, flags);
}

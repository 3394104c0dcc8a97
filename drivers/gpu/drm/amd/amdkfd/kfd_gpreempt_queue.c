// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: which queues there are, and of which class.
 *
 * Every compute queue of user space is in one of three lists from its creation
 * to its destruction, whether it is active or not.
 */
#include "kfd_device_queue_manager.h"
#include "kfd_gpreempt_priv.h"
#include "kfd_priv.h"

/* ---- lists ------------------------------------------------------------ */

static void link_locked(struct kfd_gpreempt *gp, struct queue *q)
{
	struct kfd_gpreempt_queue *gq = &q->gpreempt;

	lockdep_assert_held(&gp->dqm->lock_hidden);
	lockdep_assert_held(&gp->lock);

	WRITE_ONCE(gq->class, kfd_gpreempt_class_of(gp, q));
	kfd_gpreempt_count_queue(q, q->properties.is_active);
	gq->watch.pending = false;
	gq->watch.blocked = false;
	gq->watch.empty_since_ns = ktime_get_ns();
	switch (gq->class) {
	case KFD_GPREEMPT_LC:
		list_add_tail(&gq->node, &gp->lc);
		break;
	case KFD_GPREEMPT_BE:
		list_add_tail(&gq->node, &gp->be);
		gp->be_tracked++;
		break;
	default:
		list_add_tail(&gq->node, &gp->system);
	}
}

static void unlink_locked(struct kfd_gpreempt *gp, struct queue *q)
{
	lockdep_assert_held(&gp->dqm->lock_hidden);
	lockdep_assert_held(&gp->lock);

	if (q->gpreempt.class == KFD_GPREEMPT_LC)
		kfd_gpreempt_seen_forget(gp, q);
	else if (q->gpreempt.class == KFD_GPREEMPT_BE)
		gp->be_tracked--;
	list_del(&q->gpreempt.node);
}

/* ---- a queue comes ---------------------------------------------------- */

/* For a queue that is not active; may take slots from BE queues for it. */
static u32 reasons_to_be_off(struct kfd_gpreempt *gp, struct queue *q, u32 off)
{
	off &= ~(KFD_GPREEMPT_OFF_INVERSION | KFD_GPREEMPT_OFF_THROTTLED |
		 KFD_GPREEMPT_OFF_DEBT);
	if (!kfd_gpreempt_in_charge(gp) ||
	    q->gpreempt.class == KFD_GPREEMPT_SYSTEM)
		off = 0;

	if (!kfd_gpreempt_in_charge(gp)) {
		/* Nobody has to make way for anybody. */
	} else if (kfd_gpreempt_is_preemptible(q)) {
		if (gp->hold.held)
			off |= KFD_GPREEMPT_OFF_INVERSION;
		if (!kfd_gpreempt_has_room(gp, q))
			off |= KFD_GPREEMPT_OFF_THROTTLED;
	} else if (kfd_gpreempt_pays(gp, q)) {
		off |= KFD_GPREEMPT_OFF_DEBT;
	} else if (!off && kfd_gpreempt_wants_active(q)) {
		kfd_gpreempt_make_room(gp, q);
	}
	return off;
}

/* What is known of its pointers before they are mapped. */
static bool will_be_watchable(const struct queue *q)
{
	return kfd_gpreempt_ring_check(q) == KFD_GPREEMPT_WATCHED;
}

/**
 * kfd_gpreempt_create_queue() - a queue is being created
 * @dqm: its manager
 * @qpd: its process on the node
 * @q: the queue, about to be evaluated with QUEUE_IS_ACTIVE() for the first
 *	time, and to get an HQD in no-HWS mode; not tracked yet
 *
 * Nothing needs to be undone if the creation fails.
 *
 * Context: process; dqm lock held.
 */
void kfd_gpreempt_create_queue(struct device_queue_manager *dqm,
			       struct qcm_process_device *qpd, struct queue *q)
{
	struct kfd_gpreempt *gp = dqm->dev->gpreempt;
	struct kfd_gpreempt_queue *gq = &q->gpreempt;
	u32 off = 0;

	lockdep_assert_held(&dqm->lock_hidden);

	if (!gp || q->properties.type != KFD_QUEUE_TYPE_COMPUTE)
		return;

	seqcount_init(&gq->seq);
	gq->pdd = qpd_to_pdd(qpd);
	gq->policy = KFD_GPREEMPT_PREEMPTIBLE | KFD_GPREEMPT_AUTO_DEACTIVATE;
	gq->class = kfd_gpreempt_class_of(gp, q);
	if (READ_ONCE(gp->knobs.lazy_activation)) {
		gq->policy |= KFD_GPREEMPT_LAZY;
		if (will_be_watchable(q))
			off = KFD_GPREEMPT_OFF_LAZY;
	}

	/* An HQD that it is to have is amdkfd's to allocate, and to miss. */
	gq->no_hqd = gp->mechanism->slot;
	off = reasons_to_be_off(gp, q, off);
	if (off)
		kfd_gpreempt_queue_set(gp, q, off);
	else
		gq->no_hqd = false;
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
	struct kfd_gpreempt_queue *gq = &q->gpreempt;
	unsigned long flags;

	if (!gp || !gq->pdd)
		return;

	kfd_gpreempt_ring_map(q);
	gq->doorbells = kfd_gpreempt_doorbells_get(gq->pdd);
	if (kfd_gpreempt_hqd_grow(gp))
		pr_debug("no room to admit queue %u\n", q->properties.queue_id);

	dqm_lock(gp->dqm);
	raw_spin_lock_irqsave(&gp->lock, flags);
	link_locked(gp, q);
	gq->tracked = true;
	gp->tracked++;
	raw_spin_unlock_irqrestore(&gp->lock, flags);
	/* What kept it off may be over, and nobody knew of the queue then. */
	kfd_gpreempt_recount(gp);
	dqm_unlock(gp->dqm);

	kfd_gpreempt_look_for(gp, q);
}

/* ---- a queue changes -------------------------------------------------- */

/**
 * kfd_gpreempt_activate_queue() - a queue may be about to become active
 * @dqm: its manager
 * @q: the queue, about to be evaluated with QUEUE_IS_ACTIVE()
 *
 * It becomes active at once unless it is a BE queue for which there is no slot
 * or which would come in the middle of a preemption. If it is not a BE queue,
 * BE queues give it their slot.
 *
 * Context: process; dqm lock held.
 */
void kfd_gpreempt_activate_queue(struct device_queue_manager *dqm,
				 struct queue *q)
{
	struct kfd_gpreempt *gp = dqm->dev->gpreempt;

	lockdep_assert_held(&dqm->lock_hidden);

	if (!gp || !q->gpreempt.pdd || q->properties.is_active)
		return;

	kfd_gpreempt_queue_set(gp, q, reasons_to_be_off(gp, q,
							q->gpreempt.off));
	kfd_gpreempt_look_for(gp, q);
}

/**
 * kfd_gpreempt_update_queue() - a queue's properties may have changed
 * @dqm: its manager
 * @q: the queue, about to be evaluated with QUEUE_IS_ACTIVE()
 *
 * A queue that is off for a reason that only BE queues have, and is not BE any
 * more, is let go here, and becomes active by the caller's evaluation.
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
	q->gpreempt.cu_mask.changed = true;

	kfd_gpreempt_activate_queue(dqm, q);
	kfd_gpreempt_look_for(gp, q);
}

/**
 * kfd_gpreempt_evicted() - queues became inactive, and so left their slots
 * @dqm: their manager
 *
 * Context: process; dqm lock held.
 */
void kfd_gpreempt_evicted(struct device_queue_manager *dqm)
{
	lockdep_assert_held(&dqm->lock_hidden);

	if (dqm->dev->gpreempt)
		kfd_gpreempt_look_again(dqm->dev->gpreempt);
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

	kfd_gpreempt_runlist_forget(q);
	if (!q->gpreempt.tracked)
		return;

	raw_spin_lock_irqsave(&gp->lock, flags);
	unlink_locked(gp, q);
	q->gpreempt.tracked = false;
	gp->tracked--;
	raw_spin_unlock_irqrestore(&gp->lock, flags);

	kfd_gpreempt_look_for(gp, q);
}

/**
 * kfd_gpreempt_release_queue() - free what tracking a queue took
 * @q: a queue that is not tracked (any more), or NULL
 *
 * Context: process, may sleep; not under the dqm lock.
 */
void kfd_gpreempt_release_queue(struct queue *q)
{
	if (!q)
		return;

	kfd_gpreempt_ring_unmap(q);
	if (q->gpreempt.doorbells)
		kfd_gpreempt_doorbells_put(q->gpreempt.doorbells);
}

/* ---- classes change ---------------------------------------------------- */

static void move_changed(struct kfd_gpreempt *gp, struct list_head *list,
			 struct list_head *changed)
{
	struct queue *q, *next;

	list_for_each_entry_safe(q, next, list, gpreempt.node) {
		if (kfd_gpreempt_class_of(gp, q) == q->gpreempt.class)
			continue;

		unlink_locked(gp, q);
		list_add_tail(&q->gpreempt.node, changed);
	}
}

/**
 * kfd_gpreempt_apply_classes() - let new thresholds and overrides take effect
 * @gp: the node's scheduler
 *
 * Does nothing if none has changed. A queue keeps the reasons for which it is
 * off only if they can be reasons in its new class: to be called with a batch
 * under way, which it becomes part of.
 *
 * Context: process; dqm lock held.
 */
void kfd_gpreempt_apply_classes(struct kfd_gpreempt *gp)
{
	struct queue *q, *next;
	LIST_HEAD(changed);
	unsigned long flags;

	lockdep_assert_held(&gp->dqm->lock_hidden);

	raw_spin_lock_irqsave(&gp->lock, flags);
	if (gp->due.reclassify) {
		gp->due.reclassify = false;
		gp->due.place = true;
		/* Doorbells of what comes to another class may not be armed. */
		gp->arming.quiet = false;
		gp->verify.be_clear_until_ns = 0;
		move_changed(gp, &gp->lc, &changed);
		move_changed(gp, &gp->be, &changed);
		move_changed(gp, &gp->system, &changed);
	}
	list_for_each_entry_safe(q, next, &changed, gpreempt.node) {
		link_locked(gp, q);
		if (q->gpreempt.class == KFD_GPREEMPT_SYSTEM)
			q->gpreempt.next_off = 0;
		else
			q->gpreempt.next_off &= ~(KFD_GPREEMPT_OFF_INVERSION |
						  KFD_GPREEMPT_OFF_THROTTLED |
						  KFD_GPREEMPT_OFF_DEBT);
	}
	raw_spin_unlock_irqrestore(&gp->lock, flags);
}

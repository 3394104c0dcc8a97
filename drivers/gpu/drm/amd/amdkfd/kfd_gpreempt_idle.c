// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: queues that have nothing to do give up their slot.
 *
 * A queue is idle if its ring has been empty for a while and it has no waves.
 * The one is read from memory, the other from the hardware; where the hardware
 * can't say, the memory queue descriptor tells afterwards whether waves had to
 * be saved, and the queue goes back at once.
 */
#include "kfd_device_queue_manager.h"
#include "kfd_gpreempt_priv.h"
#include "kfd_priv.h"

#define BACKOFF_MIN_NS	(1 * NSEC_PER_MSEC)
#define BACKOFF_MAX_NS	(10ULL * NSEC_PER_SEC)

/*
 * When there are not enough slots, queues that have been idle for so long give up
 * theirs, whatever auto_deactivate_us says: in a runlist that is over-subscribed
 * everybody waits for them.
 */
#define SHORT_IDLE_NS	(20 * NSEC_PER_MSEC)

static void count(struct kfd_gpreempt *gp, u64 *stat, u32 number)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&gp->lock, flags);
	*stat += number;
	raw_spin_unlock_irqrestore(&gp->lock, flags);
}

/* ---- waking ------------------------------------------------------------ */

static bool has_nothing(struct queue *q)
{
	return kfd_gpreempt_is_settled(q) ||
	       (kfd_gpreempt_is_watchable(q) && !kfd_gpreempt_ring_pending(q));
}

static u32 wake_list(struct list_head *queues)
{
	struct kfd_gpreempt_queue *gq;
	struct queue *q;
	u32 woken = 0;

	list_for_each_entry(q, queues, gpreempt.node) {
		gq = &q->gpreempt;
		if (!(gq->next_off & KFD_GPREEMPT_OFF_ASLEEP) || has_nothing(q))
			continue;
		gq->next_off &= ~KFD_GPREEMPT_OFF_ASLEEP;
		kfd_gpreempt_count(&gq->stats.wakeups);
		woken++;
	}
	return woken;
}

/**
 * kfd_gpreempt_wake() - wake sleeping queues that have packets
 * @gp: the node's scheduler
 *
 * Puts the result into the batch under way.
 *
 * Context: process; dqm lock held.
 */
void kfd_gpreempt_wake(struct kfd_gpreempt *gp)
{
	u32 woken;

	lockdep_assert_held(&gp->dqm->lock_hidden);

	if (!gp->count.asleep)
		return;

	woken = wake_list(&gp->lc) + wake_list(&gp->be);
	if (!woken)
		return;

	count(gp, &gp->stats.wakeups, woken);
	gp->due.place = true;
}

/* ---- falling asleep ---------------------------------------------------- */

/* For how long its ring has been empty; 0: it is not, or that can't be seen. */
static u64 empty_ns(struct kfd_gpreempt *gp, struct queue *q)
{
	struct kfd_gpreempt_queue *gq = &q->gpreempt;
	unsigned long flags;
	u64 rptr, wptr, ns;
	bool pending;
	u64 now_ns;

	if (!q->properties.is_active || gq->next_off ||
	    !kfd_gpreempt_is_watchable(q))
		return 0;

	raw_spin_lock_irqsave(&gp->lock, flags);
	now_ns = ktime_get_ns();
	pending = kfd_gpreempt_ring_read(q, &rptr, &wptr);
	kfd_gpreempt_watch_sample(&gq->watch, rptr, wptr, pending,
				  gp->hold.held, now_ns);
	ns = now_ns - gq->watch.empty_since_ns;
	raw_spin_unlock_irqrestore(&gp->lock, flags);

	return pending ? 0 : max(ns, 1ULL);
}

/* @left: slots that have to become free; those that become so are taken off */
static bool is_due(struct kfd_gpreempt *gp, struct queue *q, u32 *left)
{
	struct kfd_gpreempt_queue *gq = &q->gpreempt;
	u64 limit_ns = (u64)READ_ONCE(gp->knobs.auto_deactivate_us) *
		       NSEC_PER_USEC;
	u64 ns;

	if (!limit_ns && !*left && !gq->deactivate_due)
		return false;
	ns = empty_ns(gp, q);
	if (!ns)
		return false;
	if (gq->deactivate_due)
		return true;
	if (!(gq->policy & KFD_GPREEMPT_AUTO_DEACTIVATE))
		return false;
	if (limit_ns && ns >= limit_ns + gq->idle_backoff_ns)
		return true;
	if (!*left || ns < SHORT_IDLE_NS + gq->idle_backoff_ns)
		return false;

	(*left)--;
	return true;
}

static u32 put_to_sleep(struct kfd_gpreempt *gp, struct list_head *queues,
			int *occupancy, u32 *left)
{
	struct kfd_gpreempt_queue *gq;
	struct queue *q;
	u32 slept = 0;

	list_for_each_entry(q, queues, gpreempt.node) {
		gq = &q->gpreempt;
		if (!is_due(gp, q, left))
			continue;
		if (*occupancy < 0)
			*occupancy = kfd_gpreempt_occupancy_read(gp);
		if (*occupancy && kfd_gpreempt_occupancy_of(gp, q))
			continue;

		gq->next_off |= gq->deactivate_due ? KFD_GPREEMPT_OFF_LAZY :
						     KFD_GPREEMPT_OFF_IDLE;
		gq->deactivate_due = false;
		kfd_gpreempt_count(&gq->stats.deactivations);
		slept++;
	}
	return slept;
}

/**
 * kfd_gpreempt_deactivate() - let idle queues give up their slots
 * @gp: the node's scheduler
 *
 * Puts the result into the batch under way.
 *
 * Context: process; dqm lock held.
 */
void kfd_gpreempt_deactivate(struct kfd_gpreempt *gp)
{
	u32 left = gp->count.slots_short;
	int occupancy = -1;
	u32 slept;

	lockdep_assert_held(&gp->dqm->lock_hidden);

	slept = put_to_sleep(gp, &gp->be, &occupancy, &left) +
		put_to_sleep(gp, &gp->lc, &occupancy, &left);
	if (!slept)
		return;

	count(gp, &gp->stats.deactivations, slept);
	if (gp->count.slots_short)
		gp->due.place = true;
}

static u32 wake_if_saved(struct list_head *queues)
{
	struct kfd_gpreempt_queue *gq;
	struct queue *q;
	u32 woken = 0;

	list_for_each_entry(q, queues, gpreempt.node) {
		gq = &q->gpreempt;
		if (!(gq->next_off & KFD_GPREEMPT_OFF_IDLE) ||
		    !kfd_gpreempt_has_saved_waves(q))
			continue;
		gq->next_off &= ~KFD_GPREEMPT_OFF_ASLEEP;
		gq->idle_backoff_ns = clamp(2 * gq->idle_backoff_ns,
					    BACKOFF_MIN_NS, BACKOFF_MAX_NS);
		woken++;
	}
	return woken;
}

/**
 * kfd_gpreempt_wake_false_idle() - wake queues that were not idle after all
 * @gp: the node's scheduler, after a batch that put queues to sleep
 *
 * Puts the result into the batch under way. The queues are not put to sleep
 * again so soon.
 *
 * Context: process; dqm lock held.
 *
 * Return: true if there are any.
 */
bool kfd_gpreempt_wake_false_idle(struct kfd_gpreempt *gp)
{
	u32 woken;

	lockdep_assert_held(&gp->dqm->lock_hidden);

	if (!gp->count.asleep)
		return false;

	woken = wake_if_saved(&gp->lc) + wake_if_saved(&gp->be);
	if (woken)
		count(gp, &gp->stats.false_idles, woken);
	return woken;
}

/* ---- the whole node ---------------------------------------------------- */

static bool all_empty(struct list_head *queues)
{
	struct queue *q;

	list_for_each_entry(q, queues, gpreempt.node) {
		if (!q->properties.is_active)
			continue;
		if (!kfd_gpreempt_is_watchable(q) ||
		    kfd_gpreempt_ring_pending(q))
			return false;
	}
	return true;
}

/**
 * kfd_gpreempt_is_quiet() - is there nothing to do on the whole node?
 * @gp: the node's scheduler
 *
 * A CPU's next ring is noticed, but a kernel that still runs may ring as well.
 * Where the hardware can't say whether one does, the timer must not sleep for
 * ever: see next_look_ns().
 *
 * Context: process; dqm lock held.
 *
 * Return: true if all rings of active queues are empty and no queue is known to
 * have waves; false also if there are queues without a slot, of which neither
 * is known.
 */
bool kfd_gpreempt_is_quiet(struct kfd_gpreempt *gp)
{
	lockdep_assert_held(&gp->dqm->lock_hidden);

	if (gp->dqm->active_cp_queue_count > gp->hqd_total ||
	    !all_empty(&gp->lc) || !all_empty(&gp->be))
		return false;

	return !kfd_gpreempt_occupancy_read(gp) ||
	       !kfd_gpreempt_occupancy_waves(gp);
}

// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: what is seen of the queues, above all those that are LC.
 *
 * Any user can make many of them, and the timer looks with interrupts off: it
 * looks at a few each time, in turn, and knows of the others what it saw last.
 * The worker looks at all of them.
 */
#include "kfd_device_queue_manager.h"
#include "kfd_gpreempt_seen.h"
#include "kfd_priv.h"

/* Queues that are looked at with interrupts off: some us. */
#define CHUNK	32

static void note_progress(struct kfd_gpreempt *gp, u64 now_ns)
{
	if (!gp->inversion.progress_from_ns)
		return;

	kfd_gpreempt_latency_add(&gp->latency[KFD_GPREEMPT_STAGE_PROGRESS],
				 now_ns - gp->inversion.progress_from_ns);
	kfd_gpreempt_wait_learn(&gp->mix.lc_cost_ns,
				now_ns - gp->inversion.began_ns);
	gp->inversion.progress_from_ns = 0;
}

/*
 * One wait is over: that of the packet that was read first since the last
 * sample. It was 0 if the queue was not seen to wait at all.
 */
static void note_wait(struct kfd_gpreempt *gp, struct kfd_gpreempt_queue *gq,
		      u64 waited_ns)
{
	kfd_gpreempt_latency_add(&gq->wait, waited_ns);
	kfd_gpreempt_latency_add(&gp->latency[KFD_GPREEMPT_STAGE_WAIT],
				 waited_ns);
}

/* It waits; is it the one that has waited for longest? */
static void note_stuck(struct kfd_gpreempt *gp, const struct queue *q,
		       struct kfd_gpreempt_view *view)
{
	u64 stuck_ns = view->now_ns - q->gpreempt.watch.stuck_since_ns;

	if (view->lc_stuck_ns && stuck_ns <= view->lc_stuck_ns)
		return;

	view->lc_stuck_ns = stuck_ns;
	gp->inversion.waiting = (struct kfd_gpreempt_name) {
		.pid = q->process->lead_thread->pid,
		.queue_id = q->properties.queue_id,
	};
}

/* A queue with unread packets: does it count? */
static u32 sample_waiting(struct kfd_gpreempt *gp, const struct queue *q,
			  struct kfd_gpreempt_view *view)
{
	const struct kfd_gpreempt_watch *watch = &q->gpreempt.watch;
	u64 doubt_ns;

	if (watch->blocked)
		return SEEN_BLOCKED;

	doubt_ns = kfd_gpreempt_watch_doubt_ns(watch, view->now_ns);
	if (doubt_ns) {
		if (!view->lc_doubt_in_ns || doubt_ns < view->lc_doubt_in_ns)
			view->lc_doubt_in_ns = doubt_ns;
		return SEEN_DOUBTED;
	}

	note_stuck(gp, q, view);
	view->lc_late_ns = max(view->lc_late_ns,
			       kfd_gpreempt_watch_late_ns(watch, view->now_ns));
	if (gp->hold.held &&
	    kfd_gpreempt_watch_overdue(&gp->knobs, watch, gp->occupancy.queues,
				       gp->hold.since_ns, view->now_ns))
		view->lc_overdue++;
	return SEEN_PENDING;
}

static void sample_queue(struct kfd_gpreempt *gp, struct queue *q,
			 struct kfd_gpreempt_view *view)
{
	struct kfd_gpreempt_queue *gq = &q->gpreempt;
	u32 seen = gq->seen & SEEN_RUNNING;
	u64 rptr, wptr, old_rptr, waited_ns;
	bool asleep, pending, elsewhere;

	if (!kfd_gpreempt_is_watchable(q)) {
		kfd_gpreempt_arm_sample(gp, q, true, view->now_ns);
		return;
	}

	seen |= SEEN_TRACKED;
	if (kfd_gpreempt_is_armed(q))
		seen |= SEEN_ARMED;

	asleep = READ_ONCE(gq->off) & KFD_GPREEMPT_OFF_ASLEEP;
	if (!READ_ONCE(q->properties.is_active) && !asleep) {
		gq->watch.pending = false;
		kfd_gpreempt_arm_sample(gp, q, false, view->now_ns);
		kfd_gpreempt_set_seen(gp, q, seen);
		return;
	}

	seen |= SEEN_ACTIVE;
	old_rptr = gq->watch.rptr;
	elsewhere = kfd_gpreempt_watch_elsewhere(&gq->watch);
	waited_ns = gq->watch.pending ?
		    view->now_ns - gq->watch.stuck_since_ns : 0;
	pending = kfd_gpreempt_ring_read(q, &rptr, &wptr);
	if (kfd_gpreempt_watch_sample(&gq->watch, rptr, wptr, pending,
				      gp->hold.held, view->now_ns))
		kfd_gpreempt_mix_progress(gp, gq->watch.late_ns);
	if (rptr != old_rptr) {
		gp->seen.progress++;
		if (!elsewhere)
			note_wait(gp, gq, waited_ns);
		note_progress(gp, view->now_ns);
	}
	if (pending && asleep)
		seen |= SEEN_ASLEEP_PENDING;
	if (pending)
		seen |= sample_waiting(gp, q, view);
	elsewhere = kfd_gpreempt_watch_elsewhere(&gq->watch);
	kfd_gpreempt_arm_sample(gp, q, pending && !elsewhere, view->now_ns);
	/* What it waits for comes without a ring. */
	if (pending && elsewhere)
		seen &= ~SEEN_ARMED;
	kfd_gpreempt_set_seen(gp, q, seen);
}

/**
 * kfd_gpreempt_sample_begin() - begin to look
 * @gp: the node's scheduler
 * @view: zeroed; what is to be filled in
 *
 * Context: any; &kfd_gpreempt.lock held.
 */
void kfd_gpreempt_sample_begin(struct kfd_gpreempt *gp,
			       struct kfd_gpreempt_view *view)
{
	lockdep_assert_held(&gp->lock);

	view->now_ns = ktime_get_ns();
	kfd_gpreempt_debt_update(&gp->debt, &gp->knobs,
				 gp->hold.held || gp->hold.taking ||
				 gp->crowded.out ||
				 (gp->count.be_throttled &&
				  !gp->count.be_active),
				 view->now_ns);
}

/**
 * kfd_gpreempt_sample_some() - look at some LC queues
 * @gp: the node's scheduler
 * @view: begun; longest waits and the like are of those that were looked at
 * @skip: leave out those that are settled
 * @next: the queue to begin with, NULL for the first one; the one to go on with
 *	afterwards, NULL when all were looked at
 *
 * Context: any; &kfd_gpreempt.lock held.
 */
void kfd_gpreempt_sample_some(struct kfd_gpreempt *gp,
			      struct kfd_gpreempt_view *view, bool skip,
			      struct queue **next)
{
	struct queue *q = *next;
	int i;

	lockdep_assert_held(&gp->lock);

	if (!q) {
		kfd_gpreempt_arm_sample_begin(gp);
		q = list_first_entry_or_null(&gp->lc, struct queue,
					     gpreempt.node);
	}
	for (i = 0; q && i < CHUNK; i++) {
		if (!skip || !kfd_gpreempt_is_settled(q))
			sample_queue(gp, q, view);
		q = kfd_gpreempt_next_lc(gp, q);
	}
	*next = q;
}

/* Whom the one that waits with the highest priority may take off */
static void grade(const struct kfd_gpreempt_seen *sum,
		  struct kfd_gpreempt_view *view)
{
	u32 priority = KFD_GPREEMPT_PRIORITIES - 1;

	while (priority && !sum->pending_at[priority])
		priority--;
	view->lc_grade = priority;
	while (priority)
		view->lc_below += sum->active_at[--priority];
}

/**
 * kfd_gpreempt_sample_end() - fill in what is known of all LC queues
 * @gp: the node's scheduler
 * @view: begun
 *
 * Context: any; &kfd_gpreempt.lock held.
 */
void kfd_gpreempt_sample_end(struct kfd_gpreempt *gp,
			     struct kfd_gpreempt_view *view)
{
	const struct kfd_gpreempt_seen *sum = &gp->seen;

	lockdep_assert_held(&gp->lock);

	view->lc_tracked = sum->tracked;
	view->lc_armed = gp->knobs.triggers & KFD_GPREEMPT_TRIGGER_DOORBELL ?
			 sum->armed : 0;
	view->lc_active = sum->active;
	view->lc_pending = sum->pending;
	view->lc_asleep_pending = sum->asleep_pending;
	if (gp->knobs.lc_graded && sum->pending)
		grade(sum, view);
	/* Some queue in doubt that was not looked at now */
	if (sum->doubted && !view->lc_doubt_in_ns)
		view->lc_doubt_in_ns = (u64)gp->knobs.lc_interval_us *
				       NSEC_PER_USEC;

	if (view->lc_pending)
		gp->seen.idle_since_ns = view->now_ns;
	view->lc_idle_ns = view->now_ns - gp->seen.idle_since_ns;
}

/* ---- rings ------------------------------------------------------------- */

/**
 * kfd_gpreempt_hear_rings() - what blocked queues waited for may have come
 * @gp: the node's scheduler
 *
 * Nothing else may show it: a packet can be completed, and its doorbell rung,
 * long after the write pointer has moved.
 *
 * Context: process; dqm lock held.
 */
void kfd_gpreempt_hear_rings(struct kfd_gpreempt *gp)
{
	unsigned long flags;
	struct queue *q;
	bool any = false;

	lockdep_assert_held(&gp->dqm->lock_hidden);

	gp->seen.rang_round++;
	list_for_each_entry(q, &gp->lc, gpreempt.node) {
		if (!kfd_gpreempt_doorbells_rang(q->gpreempt.doorbells))
			continue;
		q->gpreempt.pdd->gpreempt.rang_round = gp->seen.rang_round;
		any = true;
	}
	if (!any)
		return;

	list_for_each_entry(q, &gp->lc, gpreempt.node) {
		if (q->gpreempt.pdd->gpreempt.rang_round != gp->seen.rang_round)
			continue;
		raw_spin_lock_irqsave(&gp->lock, flags);
		kfd_gpreempt_watch_rung(&q->gpreempt.watch, ktime_get_ns());
		raw_spin_unlock_irqrestore(&gp->lock, flags);
	}
}

/* ---- BE ---------------------------------------------------------------- */

/**
 * kfd_gpreempt_sample_be_empty() - has no active BE queue unread packets?
 * @gp: the node's scheduler
 *
 * Looks at a few queues; where there are more it does not know.
 *
 * Context: any; &kfd_gpreempt.lock held.
 *
 * Return: true if all of them are known to have none.
 */
bool kfd_gpreempt_sample_be_empty(struct kfd_gpreempt *gp)
{
	struct queue *q;
	int i = 0;

	lockdep_assert_held(&gp->lock);

	list_for_each_entry(q, &gp->be, gpreempt.node) {
		if (i++ >= CHUNK)
			return false;
		if (READ_ONCE(q->properties.is_active) &&
		    (!kfd_gpreempt_is_watchable(q) ||
		     kfd_gpreempt_ring_pending(q)))
			return false;
	}
	return true;
}

// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: whose doorbells to arm, and when the timer may sleep.
 *
 * The doorbells of a process are armed while its LC queues are empty: then its
 * next ring is noticed at once. When nothing at all happens on a node, those of
 * every process are, and there is no need to look any more: no LC queue can
 * wait behind BE before a BE queue has been rung.
 *
 * Arming takes locks that may not be taken under the dqm lock, so it has two
 * ends with the arming itself between them.
 */
#include "kfd_device_queue_manager.h"
#include "kfd_gpreempt_priv.h"
#include "kfd_priv.h"

/* An idle node is asleep after this time; a busy one is asked as often. */
#define QUIET_RETRY_NS	(100ULL * NSEC_PER_MSEC)

/*
 * A process that has rung a moment ago is not armed. It may be back at once, so
 * the first attempts follow soon; what can't be armed at all is not asked more
 * often than the timer looks.
 */
#define ARM_RETRY_NS	(100ULL * NSEC_PER_USEC)

/**
 * kfd_gpreempt_is_armed() - would a ring of a queue's doorbell be noticed?
 * @q: a tracked queue
 *
 * Context: any; the caller keeps the queue tracked.
 *
 * Return: true if a CPU can't ring it without a fault.
 */
bool kfd_gpreempt_is_armed(const struct queue *q)
{
	return q->gpreempt.doorbells &&
	       kfd_gpreempt_doorbells_armed(q->gpreempt.doorbells);
}

static void want(struct queue *q, struct list_head *wanted)
{
	if (q->gpreempt.doorbells && !kfd_gpreempt_is_armed(q))
		kfd_gpreempt_doorbells_want(q->gpreempt.doorbells, wanted);
}

static void want_idle_lc(struct kfd_gpreempt *gp, struct list_head *wanted)
{
	struct queue *q;

	gp->round++;
	list_for_each_entry(q, &gp->lc, gpreempt.node) {
		if (!kfd_gpreempt_is_watchable(q) ||
		    kfd_gpreempt_ring_pending(q))
			q->gpreempt.pdd->gpreempt.busy = gp->round;
	}
	list_for_each_entry(q, &gp->lc, gpreempt.node) {
		if (q->gpreempt.pdd->gpreempt.busy != gp->round)
			want(q, wanted);
	}
}

static void want_asleep(struct list_head *queues, struct list_head *wanted)
{
	struct queue *q;

	list_for_each_entry(q, queues, gpreempt.node) {
		if (q->gpreempt.off & KFD_GPREEMPT_OFF_ASLEEP)
			want(q, wanted);
	}
}

static bool all_armed(struct list_head *queues)
{
	struct queue *q;

	list_for_each_entry(q, queues, gpreempt.node) {
		if (!kfd_gpreempt_is_armed(q))
			return false;
	}
	return true;
}

static bool may_be_quiet(struct kfd_gpreempt *gp, u64 now_ns)
{
	if (gp->quiet || gp->be_throttled || now_ns < gp->quiet_after_ns)
		return false;
	if (kfd_gpreempt_is_quiet(gp))
		return true;
	gp->quiet_after_ns = now_ns + QUIET_RETRY_NS;
	return false;
}

/**
 * kfd_gpreempt_arm_begin() - collect the doorbells that are to be armed
 * @gp: the node's scheduler, running
 * @wanted: where to put them, for kfd_gpreempt_doorbells_arm()
 *
 * Context: process; dqm lock held.
 *
 * Return: true if the node may be quiet when they are armed.
 */
bool kfd_gpreempt_arm_begin(struct kfd_gpreempt *gp, struct list_head *wanted)
{
	u64 now_ns = ktime_get_ns();
	struct queue *q;
	bool quiet;

	lockdep_assert_held(&gp->dqm->lock_hidden);

	if (!(READ_ONCE(gp->knobs.triggers) & KFD_GPREEMPT_TRIGGER_DOORBELL) ||
	    gp->held || now_ns < gp->arm_after_ns)
		return false;

	want_idle_lc(gp, wanted);
	if (gp->asleep) {
		want_asleep(&gp->lc, wanted);
		want_asleep(&gp->be, wanted);
	}

	quiet = may_be_quiet(gp, now_ns);
	if (quiet) {
		list_for_each_entry(q, &gp->be, gpreempt.node)
			want(q, wanted);
	}
	return quiet;
}

/**
 * kfd_gpreempt_arm_end() - look again after doorbells were armed
 * @gp: the node's scheduler
 * @quiet: what kfd_gpreempt_arm_begin() has said
 *
 * What was rung before is in the rings now; those of sleeping queues are looked
 * at by the next kfd_gpreempt_act().
 *
 * Context: process; dqm lock held.
 */
void kfd_gpreempt_arm_end(struct kfd_gpreempt *gp, bool quiet)
{
	u64 now_ns = ktime_get_ns();
	unsigned long flags;
	bool lc_armed;

	lockdep_assert_held(&gp->dqm->lock_hidden);

	kfd_gpreempt_recount(gp);
	lc_armed = all_armed(&gp->lc);
	if (quiet && !(lc_armed && all_armed(&gp->be) &&
		       kfd_gpreempt_is_quiet(gp))) {
		quiet = false;
		gp->quiet_after_ns = now_ns + QUIET_RETRY_NS;
	}

	raw_spin_lock_irqsave(&gp->lock, flags);
	gp->quiet = quiet && !gp->scan_due && !gp->place_due;
	if (gp->asleep)
		gp->scan_due = true;
	if (lc_armed && !gp->asleep_deaf) {
		gp->arm_retry_ns = 0;
	} else {
		gp->arm_retry_ns = min(2 * gp->arm_retry_ns,
				       gp->knobs.lc_interval_us *
				       (u64)NSEC_PER_USEC);
		gp->arm_retry_ns = max(gp->arm_retry_ns, ARM_RETRY_NS);
		gp->arm_after_ns = now_ns + gp->arm_retry_ns;
	}
	raw_spin_unlock_irqrestore(&gp->lock, flags);
	kfd_gpreempt_monitor_kick(gp);
}

// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: when to look.
 *
 * The timer only samples the LC queues and asks the policy; what is to be done
 * is decided again by the worker, under the dqm lock, with a new sample.
 */
#include "kfd_device_queue_manager.h"
#include "kfd_gpreempt_priv.h"
#include "kfd_gpreempt_trace.h"
#include "kfd_priv.h"

/*
 * How often to look when nothing can ring unnoticed but a kernel of which the
 * hardware can't say whether it runs.
 */
#define UNSURE_LOOK_NS	((u64)NSEC_PER_SEC)

/* ---- a check ----------------------------------------------------------- */

static bool must_scan(const struct kfd_gpreempt *gp,
		      const struct kfd_gpreempt_view *view)
{
	if (!gp->arming.quiet &&
	    (gp->count.asleep_deaf ||
	     (gp->count.asleep_be &&
	      gp->knobs.triggers & KFD_GPREEMPT_TRIGGER_TIMER)))
		return true;

	return (gp->knobs.auto_deactivate_us || gp->count.slots_short) &&
	       (view->lc_active > gp->count.asleep || view->be_active);
}

static u64 left_ns(u64 until_ns, u64 now_ns)
{
	return until_ns > now_ns ? until_ns - now_ns : 0;
}

/* Of all LC queues the one that is to be looked at most often */
static u32 lc_interval_us(const struct kfd_gpreempt *gp)
{
	if (!gp->count.lc_interval_us)
		return gp->knobs.lc_interval_us;

	return gp->count.lc_plain ?
		min(gp->count.lc_interval_us, gp->knobs.lc_interval_us) :
		gp->count.lc_interval_us;
}

static void view_be(struct kfd_gpreempt *gp, struct kfd_gpreempt_view *view)
{
	view->lc_interval_us = lc_interval_us(gp);
	view->be_held = gp->hold.held;
	view->be_held_since_ns = gp->hold.since_ns;
	view->be_resumed_ns = gp->hold.resumed_ns;
	view->be_tracked = gp->be_tracked;
	view->be_active = gp->count.be_active;
	view->be_empty = view->lc_pending && kfd_gpreempt_sample_be_empty(gp);
	if (gp->knobs.confirm_us == KFD_GPREEMPT_KNOB_AUTO)
		view->lc_wait_ns = kfd_gpreempt_mix_wait_ns(gp);
	view->lc_has_cus = gp->cus.reserved;
	view->be_throttled = gp->count.be_throttled;
	view->be_crowded_out = gp->crowded.out;
	view->slot_ns = gp->service.slot_ns + view->now_ns -
			gp->service.accounted_ns;
	if (view->lc_pending)
		gp->arming.quiet = false;
	view->quiet = gp->arming.quiet;
	view->idle_scan = must_scan(gp, view);
	view->be_clear_in_ns = left_ns(gp->verify.be_clear_until_ns,
				       view->now_ns);
	view->lc_runs_for_ns = left_ns(gp->verify.lc_runs_until_ns,
				       view->now_ns);
}

/* Is there something for the worker that the policy knows nothing of? */
static bool has_chores(struct kfd_gpreempt *gp,
		       const struct kfd_gpreempt_view *view)
{
	if (gp->due.reclassify || gp->due.place ||
	    kfd_gpreempt_cus_look_ns(gp, view->now_ns) == 1 ||
	    kfd_gpreempt_crowded_due(gp, view->now_ns) ||
	    view->lc_asleep_pending || kfd_gpreempt_debts_due(gp))
		return true;
	if ((gp->due.scan || view->idle_scan) &&
	    view->now_ns >= gp->due.chores_ns)
		return true;

	if (view->be_held || view->quiet ||
	    !(gp->knobs.triggers & KFD_GPREEMPT_TRIGGER_DOORBELL))
		return false;
	if (view->now_ns >= gp->arming.at_ns)
		return true;

	return !view->lc_pending && view->lc_armed == view->lc_tracked &&
	       view->now_ns >= gp->arming.quiet_after_ns;
}

/* What programs have asked for too often is done now, or later. */
static u64 place_later_ns(struct kfd_gpreempt *gp, u64 now_ns, u64 next_ns)
{
	u64 in_ns;

	if (!gp->due.place_at_ns)
		return next_ns;
	if (now_ns >= gp->due.place_at_ns) {
		gp->due.place_at_ns = 0;
		gp->due.place = true;
		return next_ns;
	}
	in_ns = gp->due.place_at_ns - now_ns;
	return next_ns ? min(next_ns, in_ns) : in_ns;
}

static u64 sooner_ns(u64 a_ns, u64 b_ns)
{
	return a_ns && b_ns ? min(a_ns, b_ns) : a_ns + b_ns;
}

/* When to look next: the policy's time, or that of the next try to arm. */
static u64 next_look_ns(const struct kfd_gpreempt *gp,
			const struct kfd_gpreempt_view *view, u64 next_ns)
{
	u64 arm_in_ns;

	next_ns = sooner_ns(next_ns,
			    kfd_gpreempt_cus_look_ns(gp, view->now_ns));
	next_ns = sooner_ns(next_ns,
			    kfd_gpreempt_crowded_look_ns(gp, view->now_ns));
	if (gp->due.scan)
		next_ns = sooner_ns(next_ns,
				    left_ns(gp->due.chores_ns, view->now_ns));

	if (view->quiet && !gp->occupancy.queues &&
	    gp->knobs.triggers & KFD_GPREEMPT_TRIGGER_TIMER)
		return sooner_ns(next_ns, UNSURE_LOOK_NS);

	if (view->be_held || view->quiet || gp->arming.at_ns == U64_MAX ||
	    !(gp->knobs.triggers & KFD_GPREEMPT_TRIGGER_DOORBELL) ||
	    view->now_ns >= gp->arming.at_ns)
		return next_ns;

	arm_in_ns = gp->arming.at_ns - view->now_ns;
	return sooner_ns(next_ns, arm_in_ns);
}

/* When it was first seen; the worker says whether it really is one. */
static void note_inversion(struct kfd_gpreempt *gp,
			   const struct kfd_gpreempt_view *view, bool inverted)
{
	gp->inversion.grade = inverted && view->lc_below ? view->lc_grade : 0;
	if (!inverted) {
		gp->inversion.detected_ns = 0;
	} else if (!gp->inversion.detected_ns) {
		gp->inversion.detected_ns = view->now_ns;
		gp->inversion.stuck_ns = view->lc_stuck_ns;
	}
}

static struct kfd_gpreempt_decision
decide(struct kfd_gpreempt *gp, struct kfd_gpreempt_view *view)
{
	struct kfd_gpreempt_decision decision;

	kfd_gpreempt_sample_end(gp, view);
	view_be(gp, view);
	decision = kfd_gpreempt_decide(&gp->knobs, &gp->debt, view);
	note_inversion(gp, view, decision.action == KFD_GPREEMPT_PREEMPT);
	return decision;
}

/**
 * kfd_gpreempt_check() - look at the node and ask the policy
 * @gp: the node's scheduler
 *
 * Looks at all LC queues of which there may be something new to see; interrupts
 * are on now and then.
 *
 * Context: process; dqm lock held.
 *
 * Return: what the policy wants.
 */
struct kfd_gpreempt_decision kfd_gpreempt_check(struct kfd_gpreempt *gp)
{
	struct kfd_gpreempt_decision decision;
	struct kfd_gpreempt_view view = {};
	struct queue *next = NULL;
	unsigned long flags;

	lockdep_assert_held(&gp->dqm->lock_hidden);

	raw_spin_lock_irqsave(&gp->lock, flags);
	for (;;) {
		kfd_gpreempt_sample_begin(gp, &view);
		kfd_gpreempt_sample_some(gp, &view, true, &next);
		if (!next)
			break;
		raw_spin_unlock_irqrestore(&gp->lock, flags);
		raw_spin_lock_irqsave(&gp->lock, flags);
	}
	decision = decide(gp, &view);
	raw_spin_unlock_irqrestore(&gp->lock, flags);
	return decision;
}

/* ---- the timer --------------------------------------------------------- */

/*
 * A worker that was woken looks by itself, and says when to look next. It may have to
 * wait for the dqm lock or for a CPU: until then the timer finds nothing new, and must
 * not be what keeps it from running.
 */
#define WOKEN_LOOK_NS	(50 * NSEC_PER_USEC)

static enum hrtimer_restart monitor_timer(struct hrtimer *timer)
{
	struct kfd_gpreempt *gp = container_of(timer, struct kfd_gpreempt,
					       timer);
	struct kfd_gpreempt_decision decision;
	struct kfd_gpreempt_view view = {};
	unsigned long flags;

	raw_spin_lock_irqsave(&gp->lock, flags);

	gp->stats.checks++;
	kfd_gpreempt_sample_begin(gp, &view);
	kfd_gpreempt_sample_some(gp, &view, false, &gp->seen.next);
	decision = decide(gp, &view);
	decision.next_ns = next_look_ns(gp, &view, decision.next_ns);
	decision.next_ns = place_later_ns(gp, view.now_ns, decision.next_ns);
	if (decision.action != KFD_GPREEMPT_NOTHING || has_chores(gp, &view)) {
		kfd_gpreempt_worker_wake(gp);
		decision.next_ns = max(decision.next_ns, WOKEN_LOOK_NS);
	}
	kfd_gpreempt_timer_set(gp, decision.next_ns);

	raw_spin_unlock_irqrestore(&gp->lock, flags);

	/* Armed by hand, because the worker may do so at the same time. */
	return HRTIMER_NORESTART;
}

/*
 * The packets are in the ring already, but whose store it is should make it
 * first: if there is room for them on the compute units nobody is needed, and
 * the worker, which nothing preempts, would only have delayed them.
 */
#define RUNG_CHECK_NS	(5 * NSEC_PER_USEC)

/* When to look at a process that has mapped its doorbells, if nobody looks. */
#define MAPPED_NS	(1ULL * NSEC_PER_MSEC)

/*
 * It can be armed now, perhaps for the first time. As there may be any number of
 * such calls, this costs no more than a look of the timer each MAPPED_NS.
 */
static void mapped(struct kfd_gpreempt *gp)
{
	if (!READ_ONCE(gp->arming.quiet) && !hrtimer_is_queued(&gp->timer))
		kfd_gpreempt_timer_arm(gp, MAPPED_NS);
}

static void rung(struct kfd_gpreempt *gp)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&gp->lock, flags);
	gp->stats.doorbells++;
	gp->arming.quiet = false;
	gp->verify.be_clear_until_ns = 0;
	trace_kfd_gpreempt_doorbell(gp->dqm->dev->id);
	if (gp->count.asleep_be)
		gp->due.scan = true;
	if (gp->count.asleep > gp->count.asleep_be || gp->seen.blocked ||
	    (gp->due.scan && ktime_get_ns() >= gp->due.chores_ns)) {
		if (gp->power.enabled && gp->power.started)
			kfd_gpreempt_worker_wake(gp);
	}
	raw_spin_unlock_irqrestore(&gp->lock, flags);

	kfd_gpreempt_timer_within(gp, RUNG_CHECK_NS);
}

/**
 * kfd_gpreempt_woken() - what is watched says that it is time to look
 * @gp: the node's scheduler
 * @why: what has happened
 *
 * Context: process, in a page fault or an mmap(); any lock but the dqm lock and
 * &kfd_gpreempt.lock.
 */
void kfd_gpreempt_woken(struct kfd_gpreempt *gp, enum kfd_gpreempt_wakeup why)
{
	if (why == KFD_GPREEMPT_RUNG)
		rung(gp);
	else
		mapped(gp);
}

/**
 * kfd_gpreempt_event() - amdkfd has seen something that may change a decision
 * @node: the node
 *
 * While BE is held, the end of any packet may be the end of the LC work.
 * Otherwise nothing that ends makes a queue wait.
 *
 * Context: any.
 */
void kfd_gpreempt_event(struct kfd_node *node)
{
	struct kfd_gpreempt *gp = node->gpreempt;
	unsigned long flags;

	if (!gp || !READ_ONCE(gp->hold.held))
		return;

	raw_spin_lock_irqsave(&gp->lock, flags);
	if (gp->knobs.triggers & KFD_GPREEMPT_TRIGGER_EVENT) {
		gp->stats.events++;
		kfd_gpreempt_timer_set(gp, 1);
	}
	raw_spin_unlock_irqrestore(&gp->lock, flags);
}

/**
 * kfd_gpreempt_monitor_init() - prepare the checks of the timer
 * @gp: the node's scheduler, being initialised
 */
void kfd_gpreempt_monitor_init(struct kfd_gpreempt *gp)
{
	kfd_gpreempt_timer_init(gp, monitor_timer);
}

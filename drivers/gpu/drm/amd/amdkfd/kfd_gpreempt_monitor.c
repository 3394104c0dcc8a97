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

/* ---- sampling ---------------------------------------------------------- */

static void note_progress(struct kfd_gpreempt *gp, u64 now_ns)
{
	if (!gp->progress_from_ns)
		return;

	kfd_gpreempt_latency_add(&gp->latency[KFD_GPREEMPT_STAGE_PROGRESS],
				 now_ns - gp->progress_from_ns);
	gp->progress_from_ns = 0;
}

static void sample_waiting(struct kfd_gpreempt *gp,
			   const struct kfd_gpreempt_watch *watch,
			   struct kfd_gpreempt_view *view)
{
	if (watch->blocked)
		return;

	view->lc_pending++;
	view->lc_stuck_ns = max(view->lc_stuck_ns,
				view->now_ns - watch->stuck_since_ns);
	if (gp->held && kfd_gpreempt_watch_overdue(&gp->knobs, watch,
						   gp->held_since_ns,
						   view->now_ns))
		view->lc_overdue++;
}

/* One queue; bounds the time with interrupts off by the number of LC queues. */
static void sample_queue(struct kfd_gpreempt *gp, struct queue *q,
			 struct kfd_gpreempt_view *view)
{
	struct kfd_gpreempt_queue *gq = &q->gpreempt;
	bool asleep = READ_ONCE(gq->off) & KFD_GPREEMPT_OFF_ASLEEP;
	u64 rptr, old_rptr = gq->watch.rptr;
	bool pending;

	view->lc_tracked++;
	if (kfd_gpreempt_is_armed(q))
		view->lc_armed++;

	if (!READ_ONCE(q->properties.is_active) && !asleep) {
		gq->watch.pending = false;
		return;
	}

	pending = kfd_gpreempt_ring_pending(q, &rptr);
	kfd_gpreempt_watch_sample(&gq->watch, rptr, pending, view->now_ns);
	if (rptr != old_rptr)
		note_progress(gp, view->now_ns);

	view->lc_active++;
	if (!pending)
		return;
	if (asleep)
		view->lc_asleep_pending++;
	sample_waiting(gp, &gq->watch, view);
}

static bool must_scan(const struct kfd_gpreempt *gp,
		      const struct kfd_gpreempt_view *view)
{
	if (gp->asleep_deaf ||
	    (gp->asleep && gp->knobs.triggers & KFD_GPREEMPT_TRIGGER_TIMER))
		return true;

	return gp->knobs.auto_deactivate_us &&
	       (view->lc_active > gp->asleep || view->be_active);
}

static void look(struct kfd_gpreempt *gp, struct kfd_gpreempt_view *view)
{
	struct queue *q;

	*view = (struct kfd_gpreempt_view) {
		.now_ns = ktime_get_ns(),
		.be_held = gp->held,
		.be_held_since_ns = gp->held_since_ns,
		.be_resumed_ns = gp->resumed_ns,
		.be_tracked = gp->be_tracked,
		.be_active = gp->be_active,
		.be_throttled = gp->be_throttled,
		.quiet = gp->quiet,
	};
	view->slot_ns = gp->slot_ns + view->now_ns - gp->accounted_ns;

	list_for_each_entry(q, &gp->lc, gpreempt.node) {
		if (kfd_gpreempt_is_watchable(q))
			sample_queue(gp, q, view);
	}
	if (!(gp->knobs.triggers & KFD_GPREEMPT_TRIGGER_DOORBELL))
		view->lc_armed = 0;

	if (view->lc_pending)
		gp->lc_idle_since_ns = view->now_ns;
	view->lc_idle_ns = view->now_ns - gp->lc_idle_since_ns;
	view->idle_scan = must_scan(gp, view);
}

/* Is there something for the worker that the policy knows nothing of? */
static bool has_chores(const struct kfd_gpreempt *gp,
		       const struct kfd_gpreempt_view *view)
{
	if (gp->reclassify || gp->place_due || gp->scan_due || view->idle_scan ||
	    view->lc_asleep_pending)
		return true;

	if (view->be_held || view->lc_pending || view->quiet ||
	    !(gp->knobs.triggers & KFD_GPREEMPT_TRIGGER_DOORBELL))
		return false;

	return view->lc_armed < view->lc_tracked ?
		view->now_ns >= gp->arm_after_ns :
		view->now_ns >= gp->quiet_after_ns;
}

/* When to look next: the policy's time, or that of the next try to arm. */
static u64 next_look_ns(const struct kfd_gpreempt *gp,
			const struct kfd_gpreempt_view *view, u64 next_ns)
{
	u64 arm_in_ns;

	if (view->be_held || view->lc_pending || view->quiet ||
	    !(gp->knobs.triggers & KFD_GPREEMPT_TRIGGER_DOORBELL) ||
	    view->lc_armed == view->lc_tracked ||
	    view->now_ns >= gp->arm_after_ns)
		return next_ns;

	arm_in_ns = gp->arm_after_ns - view->now_ns;
	return next_ns ? min(next_ns, arm_in_ns) : arm_in_ns;
}

static void note_inversion(struct kfd_gpreempt *gp,
			   const struct kfd_gpreempt_view *view, bool inverted)
{
	if (!inverted) {
		gp->detected_ns = 0;
		return;
	}
	if (gp->detected_ns)
		return;

	gp->detected_ns = view->now_ns;
	gp->stats.inversions++;
	kfd_gpreempt_latency_add(&gp->latency[KFD_GPREEMPT_STAGE_DETECT],
				 view->lc_stuck_ns);
	trace_kfd_gpreempt_inversion(gp->dqm->dev->id, gp->seq + 1);
}

static struct kfd_gpreempt_decision
check(struct kfd_gpreempt *gp, struct kfd_gpreempt_view *view)
{
	struct kfd_gpreempt_decision decision;

	lockdep_assert_held(&gp->lock);

	look(gp, view);
	kfd_gpreempt_debt_update(&gp->debt, &gp->knobs,
				 gp->held || (gp->be_throttled && !gp->be_active),
				 view->now_ns);
	decision = kfd_gpreempt_decide(&gp->knobs, &gp->debt, view);
	note_inversion(gp, view, decision.action == KFD_GPREEMPT_PREEMPT);
	return decision;
}

/**
 * kfd_gpreempt_check() - sample the node and ask the policy
 * @gp: the node's scheduler
 *
 * Context: any. What is known of BE queues is exact under the dqm lock.
 *
 * Return: what the policy wants.
 */
struct kfd_gpreempt_decision kfd_gpreempt_check(struct kfd_gpreempt *gp)
{
	struct kfd_gpreempt_decision decision;
	struct kfd_gpreempt_view view;
	unsigned long flags;

	raw_spin_lock_irqsave(&gp->lock, flags);
	decision = check(gp, &view);
	raw_spin_unlock_irqrestore(&gp->lock, flags);
	return decision;
}

/* ---- the timer --------------------------------------------------------- */

static void arm_locked(struct kfd_gpreempt *gp, u64 delay_ns)
{
	lockdep_assert_held(&gp->lock);

	if (gp->enabled && gp->started && delay_ns)
		hrtimer_start(&gp->timer, ns_to_ktime(delay_ns),
			      HRTIMER_MODE_REL_HARD);
}

static enum hrtimer_restart monitor_timer(struct hrtimer *timer)
{
	struct kfd_gpreempt *gp = container_of(timer, struct kfd_gpreempt,
					       timer);
	struct kfd_gpreempt_decision decision;
	struct kfd_gpreempt_view view;
	unsigned long flags;

	raw_spin_lock_irqsave(&gp->lock, flags);

	gp->stats.checks++;
	decision = check(gp, &view);
	decision.next_ns = next_look_ns(gp, &view, decision.next_ns);
	if (gp->worker && (decision.action != KFD_GPREEMPT_NOTHING ||
			   has_chores(gp, &view)))
		kthread_queue_work(gp->worker, &gp->work);
	arm_locked(gp, decision.next_ns);

	raw_spin_unlock_irqrestore(&gp->lock, flags);

	/* Armed by hand, because the worker may do so at the same time. */
	return HRTIMER_NORESTART;
}

/**
 * kfd_gpreempt_monitor_arm() - let the next check happen after a delay
 * @gp: the node's scheduler
 * @delay_ns: delay in ns; 0: not before something else arms the timer
 *
 * Replaces the time of a check that is already due. Does nothing while the
 * scheduler is off or the dqm is stopped.
 *
 * Context: any.
 */
void kfd_gpreempt_monitor_arm(struct kfd_gpreempt *gp, u64 delay_ns)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&gp->lock, flags);
	arm_locked(gp, delay_ns);
	raw_spin_unlock_irqrestore(&gp->lock, flags);
}

/**
 * kfd_gpreempt_monitor_kick() - check now
 * @gp: the node's scheduler
 *
 * Context: any.
 */
void kfd_gpreempt_monitor_kick(struct kfd_gpreempt *gp)
{
	kfd_gpreempt_monitor_arm(gp, 1);
}

/**
 * kfd_gpreempt_rung() - an armed doorbell is about to be rung
 * @gp: the node's scheduler
 *
 * The packets are in the ring already, so there is no need to wait for the
 * doorbell itself.
 *
 * Context: process, in a page fault; not under the dqm lock.
 */
void kfd_gpreempt_rung(struct kfd_gpreempt *gp)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&gp->lock, flags);
	gp->stats.doorbells++;
	gp->scan_due = true;
	gp->quiet = false;
	trace_kfd_gpreempt_doorbell(gp->dqm->dev->id);
	if (gp->worker && gp->enabled && gp->started)
		kthread_queue_work(gp->worker, &gp->work);
	raw_spin_unlock_irqrestore(&gp->lock, flags);
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

	if (!gp || !READ_ONCE(gp->held))
		return;

	raw_spin_lock_irqsave(&gp->lock, flags);
	if (gp->knobs.triggers & KFD_GPREEMPT_TRIGGER_EVENT) {
		gp->stats.events++;
		arm_locked(gp, 1);
	}
	raw_spin_unlock_irqrestore(&gp->lock, flags);
}

/**
 * kfd_gpreempt_monitor_cancel() - stop the timer and wait for a running check
 * @gp: the node's scheduler, with @enabled or @started already false
 *
 * Context: process; not under &kfd_gpreempt.lock.
 */
void kfd_gpreempt_monitor_cancel(struct kfd_gpreempt *gp)
{
	hrtimer_cancel(&gp->timer);
}

/**
 * kfd_gpreempt_monitor_init() - prepare the timer
 * @gp: the node's scheduler, being initialised
 */
void kfd_gpreempt_monitor_init(struct kfd_gpreempt *gp)
{
	hrtimer_init(&gp->timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	gp->timer.function = monitor_timer;
}

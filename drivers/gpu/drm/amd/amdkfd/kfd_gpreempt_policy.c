// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt policy: when to preempt, when to resume, when to look again.
 */
#include "kfd_gpreempt_policy_priv.h"

/*
 * While BE is held, the end of the LC work is what the timer waits for, and
 * every period that it is late is lost to BE: look several times as often as
 * the resume delay is long, but not so often that the timer itself becomes a
 * load. What has taken long will not be over in a moment: being late by a small
 * share of that costs BE next to nothing.
 */
#define DRAIN_POLL_MIN_NS	(20 * NS_PER_US)
#define DRAIN_POLL_SHARE	64

/*
 * BE queues with empty rings seldom run anything, and where compute units are free
 * an LC dispatch is launched in a few us: that long it is left to itself.
 */
#define LAUNCH_NS		(25 * NS_PER_US)

/*
 * LC waves that run for longer than this with nothing behind them in the ring
 * are no reason to hold BE: they have their compute units and are restored
 * first, and may run for ever.
 */
#define LC_RUN_MAX_NS		(10000 * NS_PER_US)

/**
 * kfd_gpreempt_classify() - class of a compute queue from its priority
 * @knobs: the node's knobs
 * @priority: queue priority, 0..15
 *
 * Return: KFD_GPREEMPT_LC, KFD_GPREEMPT_BE or, for a priority between the two
 * thresholds, KFD_GPREEMPT_SYSTEM.
 */
enum kfd_gpreempt_class
kfd_gpreempt_classify(const struct kfd_gpreempt_knobs *knobs, u32 priority)
{
	if (priority >= knobs->lc_priority_min)
		return KFD_GPREEMPT_LC;

	return priority <= knobs->be_priority_max ? KFD_GPREEMPT_BE :
						    KFD_GPREEMPT_SYSTEM;
}

static bool is_auto(u32 knob)
{
	return knob == KFD_GPREEMPT_KNOB_AUTO;
}

static bool has(const struct kfd_gpreempt_knobs *knobs, u32 trigger)
{
	return knobs->triggers & trigger;
}

/* Is there somebody for whom, and somebody who would have to make way? */
static bool may_be_inverted(const struct kfd_gpreempt_knobs *knobs, u32 lc,
			    u32 be)
{
	return lc && (be || (knobs->lc_graded && lc > 1));
}

/*
 * How often to look for LC work that no trigger shows; 0: never. With doorbells
 * as a trigger and without the timer, those that could not be armed yet are
 * looked at nevertheless: nobody else would try again.
 */
static u64 lc_period_ns(const struct kfd_gpreempt_knobs *knobs,
			const struct kfd_gpreempt_view *view)
{
	if (view->quiet ||
	    !may_be_inverted(knobs, view->lc_tracked, view->be_tracked))
		return 0;

	if (may_be_inverted(knobs, view->lc_active, view->be_active) &&
	    view->lc_armed < view->lc_tracked &&
	    has(knobs, KFD_GPREEMPT_TRIGGER_TIMER |
		       KFD_GPREEMPT_TRIGGER_DOORBELL))
		return view->lc_interval_us * NS_PER_US;

	return has(knobs, KFD_GPREEMPT_TRIGGER_TIMER) ?
		knobs->monitor_interval_us * NS_PER_US : 0;
}

/* Nobody's deadline: only so that what no trigger shows is seen some time. */
static u64 idle_period_ns(const struct kfd_gpreempt_knobs *knobs,
			  const struct kfd_gpreempt_view *view)
{
	u64 monitor_ns = knobs->monitor_interval_us * NS_PER_US;
	u64 lc_ns = lc_period_ns(knobs, view);

	if (!view->idle_scan)
		return lc_ns;

	return lc_ns ? min_ns(lc_ns, monitor_ns) : monitor_ns;
}

/* How long until the end of the LC work is looked for again. */
static u64 drain_poll_ns(const struct kfd_gpreempt_knobs *knobs,
			 const struct kfd_gpreempt_view *view)
{
	u64 held_ns = view->now_ns - view->be_held_since_ns;
	u64 poll_ns = max_ns(knobs->resume_delay_us * NS_PER_US / 2,
			     DRAIN_POLL_MIN_NS);

	if (!view->lc_pending)
		return poll_ns;

	return max_ns(poll_ns, min_ns(held_ns / DRAIN_POLL_SHARE,
				      knobs->lc_interval_us * NS_PER_US));
}

static bool has_victims(const struct kfd_gpreempt_view *view)
{
	return view->be_active || view->lc_below;
}

/* Have the LC queues done all that they had to do? */
static bool is_drained(const struct kfd_gpreempt_knobs *knobs,
		       const struct kfd_gpreempt_view *view)
{
	return !view->lc_pending &&
	       view->lc_idle_ns >= knobs->resume_delay_us * NS_PER_US &&
	       (!view->lc_runs_for_ns || view->lc_idle_ns >= LC_RUN_MAX_NS);
}

static struct kfd_gpreempt_decision
decide_held(const struct kfd_gpreempt_knobs *knobs,
	    const struct kfd_gpreempt_debt *debt,
	    const struct kfd_gpreempt_view *view)
{
	struct kfd_gpreempt_decision decision = { .action = KFD_GPREEMPT_RESUME };
	u64 wait_ns = knobs->be_max_wait_us * NS_PER_US;

	decision.next_ns = drain_poll_ns(knobs, view);
	if (wait_ns && !debt->owed && debt->waited_ns >= wait_ns) {
		decision.cause = KFD_GPREEMPT_CAUSE_STARVED;
	} else if (view->lc_overdue) {
		decision.cause = KFD_GPREEMPT_CAUSE_BLOCKED;
	} else if (is_drained(knobs, view)) {
		decision.cause = KFD_GPREEMPT_CAUSE_DRAINED;
		decision.ask = view->lc_idle_ns < LC_RUN_MAX_NS;
	} else if (view->lc_pending && has_victims(view) &&
		   !view->be_clear_in_ns) {
		/* Somebody came in by another door. */
		decision.action = KFD_GPREEMPT_PREEMPT;
		decision.cause = KFD_GPREEMPT_CAUSE_INVERSION;
	} else {
		decision.action = KFD_GPREEMPT_NOTHING;
		if (!view->lc_pending)
			decision.next_ns = max_ns(decision.next_ns,
						  view->lc_runs_for_ns);
		if (wait_ns && !debt->owed)
			decision.next_ns = min_ns(decision.next_ns,
						  wait_ns - debt->waited_ns);
	}

	return decision;
}

/* When BE may be preempted: ns from now, 0 is at once. */
static u64 preemptible_in_ns(const struct kfd_gpreempt_knobs *knobs,
			     const struct kfd_gpreempt_view *view)
{
	u64 confirm_ns = is_auto(knobs->confirm_us) ?
			 0 : knobs->confirm_us * NS_PER_US;
	u64 runtime_ns = knobs->be_min_runtime_us * NS_PER_US;
	u64 run_ns = view->now_ns - view->be_resumed_ns;
	u64 in_ns = 0;

	if (view->be_empty || view->lc_has_cus)
		confirm_ns = max_ns(confirm_ns, LAUNCH_NS);
	if (view->lc_stuck_ns < confirm_ns)
		in_ns = confirm_ns - view->lc_stuck_ns;
	if (view->lc_late_ns < view->lc_wait_ns)
		in_ns = max_ns(in_ns, view->lc_wait_ns - view->lc_late_ns);
	if (run_ns < runtime_ns && runtime_ns - run_ns > in_ns)
		in_ns = runtime_ns - run_ns;

	return max_ns(in_ns, view->be_clear_in_ns);
}

static void look_within(struct kfd_gpreempt_decision *decision, u64 in_ns)
{
	if (!decision->next_ns || in_ns < decision->next_ns)
		decision->next_ns = in_ns;
}

/* When BE has what it is owed, and those who pay come back. */
static u64 paid_in_ns(const struct kfd_gpreempt_knobs *knobs,
		      const struct kfd_gpreempt_debt *debt)
{
	return knobs->be_quantum_us * NS_PER_US - debt->served_ns +
	       debt->restore_ns;
}

/* BE has waited for too long, or this is when it will have: look again then. */
static bool is_starved(const struct kfd_gpreempt_knobs *knobs,
		       const struct kfd_gpreempt_debt *debt,
		       struct kfd_gpreempt_decision *decision)
{
	u64 wait_ns = knobs->be_max_wait_us * NS_PER_US;

	if (!wait_ns || debt->owed)
		return false;
	if (debt->waited_ns < wait_ns) {
		look_within(decision, wait_ns - debt->waited_ns);
		return false;
	}

	decision->cause = KFD_GPREEMPT_CAUSE_STARVED;
	return true;
}

static void decide_slots(const struct kfd_gpreempt_knobs *knobs,
			 const struct kfd_gpreempt_debt *debt,
			 const struct kfd_gpreempt_view *view,
			 struct kfd_gpreempt_decision *decision)
{
	u64 quantum_ns = knobs->be_quantum_us * NS_PER_US;

	if (view->be_active) {
		if (view->slot_ns < quantum_ns) {
			look_within(decision, quantum_ns - view->slot_ns);
			return;
		}
		decision->cause = KFD_GPREEMPT_CAUSE_SLOTS;
	} else {
		/* Others have taken all slots: BE is owed one after a while. */
		if (!is_starved(knobs, debt, decision))
			return;
	}
	decision->action = KFD_GPREEMPT_ROTATE;
}

/**
 * kfd_gpreempt_decide() - decide what to do about the queues of a node
 * @knobs: the node's knobs
 * @debt: BE's account, made up to now
 * @view: what was seen
 *
 * Return: the action and its cause, and when to look again: at the next
 * deadline, or after the period that fits the state.
 */
struct kfd_gpreempt_decision
kfd_gpreempt_decide(const struct kfd_gpreempt_knobs *knobs,
		    const struct kfd_gpreempt_debt *debt,
		    const struct kfd_gpreempt_view *view)
{
	struct kfd_gpreempt_decision decision = {};
	u64 in_ns;

	if (view->be_held)
		return decide_held(knobs, debt, view);

	decision.next_ns = idle_period_ns(knobs, view);
	if (debt->owed)
		look_within(&decision, paid_in_ns(knobs, debt));
	if (view->lc_doubt_in_ns)
		look_within(&decision, view->lc_doubt_in_ns);

	if (view->lc_pending && has_victims(view)) {
		in_ns = preemptible_in_ns(knobs, view);
		if (!in_ns) {
			decision.action = KFD_GPREEMPT_PREEMPT;
			decision.cause = KFD_GPREEMPT_CAUSE_INVERSION;
			return decision;
		}
		if (view->lc_late_ns < view->lc_wait_ns)
			in_ns = kfd_gpreempt_wait_look_ns(in_ns,
							  view->lc_wait_ns);
		look_within(&decision, in_ns);
	}

	if (view->be_crowded_out && is_starved(knobs, debt, &decision)) {
		decision.action = KFD_GPREEMPT_RESUME;
		return decision;
	}

	if (view->be_throttled)
		decide_slots(knobs, debt, view, &decision);

	return decision;
}

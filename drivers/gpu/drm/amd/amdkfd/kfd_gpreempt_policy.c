// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt policy: when to preempt, when to resume, when to look again.
 */
#include "kfd_gpreempt_policy.h"

#define NS_PER_US	1000ULL

/*
 * While BE is held, the end of the LC work is what the timer waits for, and
 * every period that it is late is lost to BE: look several times as often as
 * the resume delay is long, but not so often that the timer itself becomes a
 * load. What has taken long will not be over in a moment: being late by a small
 * share of that costs BE next to nothing.
 */
#define DRAIN_POLL_MIN_NS	(20 * NS_PER_US)
#define DRAIN_POLL_SHARE	64

static u64 min_ns(u64 a, u64 b)
{
	return a < b ? a : b;
}

static u64 max_ns(u64 a, u64 b)
{
	return a > b ? a : b;
}

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

/**
 * kfd_gpreempt_watch_sample() - note the state of a queue
 * @watch: what is remembered of the queue
 * @rptr: its read pointer
 * @pending: whether its ring has unread packets
 * @now_ns: time of the sample
 *
 * The wait starts anew whenever the queue was empty or the read pointer has
 * moved since the last sample. A queue that gets on is not blocked any more.
 */
void kfd_gpreempt_watch_sample(struct kfd_gpreempt_watch *watch, u64 rptr,
			       bool pending, u64 now_ns)
{
	bool moved = watch->rptr != rptr;

	if (!watch->pending || moved)
		watch->stuck_since_ns = now_ns;
	if (watch->pending || moved)
		watch->empty_since_ns = now_ns;
	if (!pending || moved)
		watch->blocked = false;

	watch->rptr = rptr;
	watch->pending = pending;
}

/**
 * kfd_gpreempt_watch_overdue() - has an LC queue waited too long without BE?
 * @knobs: the node's knobs
 * @watch: a queue that is pending
 * @held_since_ns: since when BE has been held off
 * @now_ns: time of the sample
 *
 * Return: true if the queue has made no progress for lc_progress_timeout_us
 * although BE was out of its way for all of that time.
 */
bool kfd_gpreempt_watch_overdue(const struct kfd_gpreempt_knobs *knobs,
				const struct kfd_gpreempt_watch *watch,
				u64 held_since_ns, u64 now_ns)
{
	u64 since_ns = watch->stuck_since_ns;

	if (!knobs->lc_progress_timeout_us)
		return false;

	if (since_ns < held_since_ns)
		since_ns = held_since_ns;

	return now_ns - since_ns >= knobs->lc_progress_timeout_us * NS_PER_US;
}

/**
 * kfd_gpreempt_debt_update() - make up BE's account
 * @debt: the account
 * @knobs: the node's knobs
 * @held: whether BE is held off, or without any slot, from now on
 * @now_ns: now
 *
 * A quantum may be served in pieces; when it is complete, all that BE had
 * waited is forgotten.
 */
void kfd_gpreempt_debt_update(struct kfd_gpreempt_debt *debt,
			      const struct kfd_gpreempt_knobs *knobs,
			      bool held, u64 now_ns)
{
	u64 elapsed_ns = now_ns - debt->since_ns;

	if (debt->held)
		debt->waited_ns += elapsed_ns;
	else
		debt->served_ns += elapsed_ns;

	if (debt->served_ns >= knobs->be_quantum_us * NS_PER_US) {
		debt->served_ns = 0;
		debt->waited_ns = 0;
		debt->owed = false;
	}

	debt->since_ns = now_ns;
	debt->held = held;
}

static bool has(const struct kfd_gpreempt_knobs *knobs, u32 trigger)
{
	return knobs->triggers & trigger;
}

/*
 * How often to look for LC work that no trigger shows; 0: never. With doorbells
 * as a trigger and without the timer, those that could not be armed yet are
 * looked at nevertheless: nobody else would try again.
 */
static u64 lc_period_ns(const struct kfd_gpreempt_knobs *knobs,
			const struct kfd_gpreempt_view *view)
{
	if (view->quiet || !view->lc_tracked || !view->be_tracked)
		return 0;

	if (view->lc_active && view->be_active &&
	    view->lc_armed < view->lc_tracked &&
	    has(knobs, KFD_GPREEMPT_TRIGGER_TIMER |
		       KFD_GPREEMPT_TRIGGER_DOORBELL))
		return knobs->lc_interval_us * NS_PER_US;

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

static struct kfd_gpreempt_decision
decide_held(const struct kfd_gpreempt_knobs *knobs,
	    const struct kfd_gpreempt_debt *debt,
	    const struct kfd_gpreempt_view *view)
{
	struct kfd_gpreempt_decision decision = { .action = KFD_GPREEMPT_RESUME };
	u64 delay_ns = knobs->resume_delay_us * NS_PER_US;
	u64 wait_ns = knobs->be_max_wait_us * NS_PER_US;

	decision.next_ns = drain_poll_ns(knobs, view);
	if (wait_ns && debt->waited_ns >= wait_ns) {
		decision.cause = KFD_GPREEMPT_CAUSE_STARVED;
	} else if (view->lc_overdue) {
		decision.cause = KFD_GPREEMPT_CAUSE_BLOCKED;
	} else if (!view->lc_pending && view->lc_idle_ns >= delay_ns) {
		decision.cause = KFD_GPREEMPT_CAUSE_DRAINED;
	} else if (view->lc_pending && view->be_active) {
		/* Somebody came in by another door. */
		decision.action = KFD_GPREEMPT_PREEMPT;
		decision.cause = KFD_GPREEMPT_CAUSE_INVERSION;
	} else {
		decision.action = KFD_GPREEMPT_NOTHING;
		if (wait_ns)
			decision.next_ns = min_ns(decision.next_ns,
						  wait_ns - debt->waited_ns);
	}

	return decision;
}

/* When BE may be preempted: ns from now, 0 is at once. */
static u64 preemptible_in_ns(const struct kfd_gpreempt_knobs *knobs,
			     const struct kfd_gpreempt_debt *debt,
			     const struct kfd_gpreempt_view *view)
{
	u64 confirm_ns = knobs->confirm_us * NS_PER_US;
	u64 runtime_ns = knobs->be_min_runtime_us * NS_PER_US;
	u64 run_ns = view->now_ns - view->be_resumed_ns;
	u64 in_ns = 0;

	if (view->lc_stuck_ns < confirm_ns)
		in_ns = confirm_ns - view->lc_stuck_ns;
	if (run_ns < runtime_ns && runtime_ns - run_ns > in_ns)
		in_ns = runtime_ns - run_ns;
	if (debt->owed) {
		u64 rest_ns = knobs->be_quantum_us * NS_PER_US - debt->served_ns;

		if (rest_ns > in_ns)
			in_ns = rest_ns;
	}

	return in_ns;
}

static void look_within(struct kfd_gpreempt_decision *decision, u64 in_ns)
{
	if (!decision->next_ns || in_ns < decision->next_ns)
		decision->next_ns = in_ns;
}

static void decide_slots(const struct kfd_gpreempt_knobs *knobs,
			 const struct kfd_gpreempt_debt *debt,
			 const struct kfd_gpreempt_view *view,
			 struct kfd_gpreempt_decision *decision)
{
	u64 quantum_ns = knobs->be_quantum_us * NS_PER_US;
	u64 wait_ns = knobs->be_max_wait_us * NS_PER_US;

	if (view->be_active) {
		if (view->slot_ns < quantum_ns) {
			look_within(decision, quantum_ns - view->slot_ns);
			return;
		}
		decision->cause = KFD_GPREEMPT_CAUSE_SLOTS;
	} else {
		/* Others have taken all slots: BE is owed one after a while. */
		if (!wait_ns || debt->owed)
			return;
		if (debt->waited_ns < wait_ns) {
			look_within(decision, wait_ns - debt->waited_ns);
			return;
		}
		decision->cause = KFD_GPREEMPT_CAUSE_STARVED;
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

	if (view->lc_pending && view->be_active) {
		in_ns = preemptible_in_ns(knobs, debt, view);
		if (!in_ns) {
			decision.action = KFD_GPREEMPT_PREEMPT;
			decision.cause = KFD_GPREEMPT_CAUSE_INVERSION;
			return decision;
		}
		look_within(&decision, in_ns);
	}

	if (view->be_throttled)
		decide_slots(knobs, debt, view, &decision);

	return decision;
}

// SPDX-License-Identifier: GPL-2.0 OR MIT
#include "kfd_gpreempt_policy.h"

#define NS_PER_US	1000ULL

/*
 * While BE is held, the end of the LC work is what the timer waits for, and
 * every period that it is late is lost to BE: look several times as often as
 * the resume delay is long, but not so often that the timer itself becomes a
 * load.
 */
#define DRAIN_POLL_MIN_NS	(20 * NS_PER_US)

/**
 * kfd_gpreempt_classify() - class of a compute queue from its priority
 * @knobs: the node's knobs
 * @priority: queue priority, 0..15
 *
 * Return: KFD_GPREEMPT_LC or KFD_GPREEMPT_BE.
 */
enum kfd_gpreempt_class
kfd_gpreempt_classify(const struct kfd_gpreempt_knobs *knobs, u32 priority)
{
	return priority >= knobs->lc_priority_min ? KFD_GPREEMPT_LC :
						    KFD_GPREEMPT_BE;
}

/**
 * kfd_gpreempt_watch_sample() - note the state of an LC queue
 * @watch: what is remembered of the queue
 * @rptr: its read pointer
 * @pending: whether its ring has unread packets
 * @now_ns: time of the sample
 *
 * The wait starts anew whenever the queue was empty or the read pointer has
 * moved since the last sample.
 */
void kfd_gpreempt_watch_sample(struct kfd_gpreempt_watch *watch, u64 rptr,
			       bool pending, u64 now_ns)
{
	if (!watch->pending || watch->rptr != rptr)
		watch->stuck_since_ns = now_ns;

	watch->rptr = rptr;
	watch->pending = pending;
}

static u64 poll_period_ns(const struct kfd_gpreempt_knobs *knobs,
			  const struct kfd_gpreempt_view *view)
{
	u64 drain_ns;

	if (view->be_held) {
		drain_ns = knobs->resume_delay_us * NS_PER_US / 2;
		return drain_ns > DRAIN_POLL_MIN_NS ? drain_ns :
						      DRAIN_POLL_MIN_NS;
	}

	if (!view->lc_tracked || !view->be_tracked)
		return 0;

	if (view->lc_active && view->be_active)
		return knobs->lc_interval_us * NS_PER_US;

	return knobs->monitor_interval_us * NS_PER_US;
}

/**
 * kfd_gpreempt_decide() - decide what to do about the queues of a node
 * @knobs: the node's knobs
 * @view: what was seen
 *
 * Return: the action, and when to look again. Of a wait that is shorter than
 * confirm_us, the rest; otherwise the period that fits the state.
 */
struct kfd_gpreempt_decision
kfd_gpreempt_decide(const struct kfd_gpreempt_knobs *knobs,
		    const struct kfd_gpreempt_view *view)
{
	struct kfd_gpreempt_decision decision = {
		.action = KFD_GPREEMPT_NOTHING,
		.next_ns = poll_period_ns(knobs, view),
	};
	u64 confirm_ns = knobs->confirm_us * NS_PER_US;
	u64 delay_ns = knobs->resume_delay_us * NS_PER_US;

	if (view->lc_pending && view->be_active) {
		if (view->lc_stuck_ns >= confirm_ns)
			decision.action = KFD_GPREEMPT_PREEMPT;
		else if (confirm_ns - view->lc_stuck_ns < decision.next_ns)
			decision.next_ns = confirm_ns - view->lc_stuck_ns;
	} else if (view->be_held && !view->lc_pending &&
		   view->lc_idle_ns >= delay_ns) {
		decision.action = KFD_GPREEMPT_RESUME;
	}

	return decision;
}

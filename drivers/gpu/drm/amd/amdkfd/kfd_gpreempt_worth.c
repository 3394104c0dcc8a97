// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt policy: whether it is worth hearing each ring of a process.
 *
 * A ring that is heard costs the process a page fault, and where BE leaves room
 * that is more than its packets would have waited. So who has rung often, and
 * needed no preemption, is not listened to any more while it goes on: the timer
 * looks at its rings. If BE is in the way then, one request waits for the timer;
 * that is less than one in a hundred, of which p99 tells.
 */
#include "kfd_gpreempt_policy_priv.h"

/* After so many rings without a preemption */
#define SMOOTH_RINGS	256

/* A request may have to wait for the timer, but not for longer than this. */
#define INTERVAL_MAX_US	10000

/* After so long without work its next ring is heard, so that the timer may sleep. */
#define IDLE_NS		(100000 * NS_PER_US)

/**
 * kfd_gpreempt_worth_rang() - a process had LC work
 * @worth: of the process
 * @now_ns: when that was found out
 */
void kfd_gpreempt_worth_rang(struct kfd_gpreempt_worth *worth, u64 now_ns)
{
	worth->smooth = min_ns(worth->smooth + 1, SMOOTH_RINGS);
	worth->rang_ns = now_ns;
}

/**
 * kfd_gpreempt_worth_inverted() - BE was in its way
 * @worth: of the process
 */
void kfd_gpreempt_worth_inverted(struct kfd_gpreempt_worth *worth)
{
	worth->smooth = 0;
}

/**
 * kfd_gpreempt_worth_in_ns() - when its rings are worth hearing
 * @knobs: the node's knobs
 * @worth: of the process
 * @now_ns: now
 *
 * Return: ns from now, unless it has work before; 0: they are.
 */
u64 kfd_gpreempt_worth_in_ns(const struct kfd_gpreempt_knobs *knobs,
			     const struct kfd_gpreempt_worth *worth, u64 now_ns)
{
	u64 idle_ns = now_ns - worth->rang_ns;

	if (worth->smooth < SMOOTH_RINGS ||
	    knobs->lc_interval_us > INTERVAL_MAX_US)
		return 0;

	return IDLE_NS - min_ns(idle_ns, IDLE_NS);
}

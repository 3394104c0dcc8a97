// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt policy: whether LC had better wait for BE, or preempt it at once.
 *
 * Rent or buy: nobody knows how soon a workgroup of BE will end. LC waits for as
 * long as a preemption would cost, and has BE preempted then: so it never waits for
 * more than that and a preemption. After one that is lost that way the next few are
 * spared it, and after two in a row waits are only tried now and then, until one is
 * won. One that is lost among many that were won changes nothing, and where most are
 * won a wait may take twice as long: what has not ended yet is likely to end soon.
 */
#include "kfd_gpreempt_policy_priv.h"

/* After one that may have been bad luck */
#define SKIP_FIRST	3

/* A wait that is lost has to be paid by so many that were won. */
#define LOSS_SHARE	16
/* And one that was won after longer than a preemption, by so many. */
#define LONG_SHARE	4
#define CREDIT_MAX	(4 * LOSS_SHARE)

/*
 * One in 512 tries: less than the hundredth of which p99 tells, and soon enough to
 * notice when BE's kernels have become short.
 */
#define SKIP_LATER	511

/*
 * Where LC has compute units of its own its first workgroups do not wait, and the
 * others seldom for long: every other time it waits.
 */
#define SKIP_WITH_CUS	1

/* What a preemption costs is an average over so many, about. */
#define COST_SHARE	8

/* Before the first one; and no wait is longer, whatever was measured. */
#define COST_INITIAL_NS	(100 * NS_PER_US)
#define COST_MAX_NS	(1000 * NS_PER_US)

/* In a wait LC is looked at so often, so that the next one begins in time. */
#define LOOKS		4
#define LOOK_MIN_NS	(20 * NS_PER_US)

/**
 * kfd_gpreempt_wait_cost_ns() - what a preemption costs
 * @lc_ns: what LC waited in the last ones, an average; 0: there was none
 * @be_ns: what BE did not run for a part of the last one that LC had no use of
 *
 * Return: ns; within bounds.
 */
u64 kfd_gpreempt_wait_cost_ns(u64 lc_ns, u64 be_ns)
{
	if (!lc_ns)
		return COST_INITIAL_NS;

	return min_ns(lc_ns + be_ns, COST_MAX_NS);
}

/**
 * kfd_gpreempt_wait_learn() - a preemption is over
 * @lc_ns: average, of which this becomes a part
 * @ns: from when LC was to wait no longer to its progress
 */
void kfd_gpreempt_wait_learn(u64 *lc_ns, u64 ns)
{
	ns = min_ns(ns, COST_MAX_NS);
	*lc_ns = *lc_ns ? *lc_ns - *lc_ns / COST_SHARE + ns / COST_SHARE : ns;
}

/**
 * kfd_gpreempt_wait_ns() - for how long LC waits before BE is preempted
 * @waits: what is known of waits beside these BE processes
 * @cost_ns: what a preemption costs
 *
 * Return: ns since LC was first seen to wait: 0, @cost_ns, or twice that.
 */
u64 kfd_gpreempt_wait_ns(const struct kfd_gpreempt_waits *waits, u64 cost_ns)
{
	if (waits->left)
		return 0;

	return waits->credit < LOSS_SHARE ? cost_ns : 2 * cost_ns;
}

/**
 * kfd_gpreempt_wait_look_ns() - when to look whether LC still waits
 * @in_ns: how much longer it may
 * @wait_ns: kfd_gpreempt_wait_ns()
 *
 * Return: ns from now.
 */
u64 kfd_gpreempt_wait_look_ns(u64 in_ns, u64 wait_ns)
{
	return min_ns(in_ns, max_ns(wait_ns / LOOKS, LOOK_MIN_NS));
}

/**
 * kfd_gpreempt_wait_won() - LC got on by itself, sooner than it would have had to
 * @waits: beside these BE processes
 * @waited_ns: after so long
 * @cost_ns: what a preemption costs
 */
void kfd_gpreempt_wait_won(struct kfd_gpreempt_waits *waits, u64 waited_ns,
			   u64 cost_ns)
{
	if (waited_ns > cost_ns) {
		waits->credit -= min_ns(waits->credit, LONG_SHARE);
		return;
	}

	waits->credit = min_ns(waits->credit + 1, CREDIT_MAX);
	waits->skip = 0;
	waits->left = 0;
}

/**
 * kfd_gpreempt_wait_lost() - BE is preempted after all, or at once
 * @waits: beside these BE processes
 * @has_cus: LC has compute units of its own
 *
 * Return: true if LC had waited.
 */
bool kfd_gpreempt_wait_lost(struct kfd_gpreempt_waits *waits, bool has_cus)
{
	if (waits->left) {
		waits->left--;
		return false;
	}

	if (waits->credit >= LOSS_SHARE) {
		waits->credit -= LOSS_SHARE;
		return true;
	}

	waits->credit = 0;
	if (!waits->skip)
		waits->skip = SKIP_FIRST;
	else
		waits->skip = has_cus ? SKIP_WITH_CUS : SKIP_LATER;
	waits->left = waits->skip;
	return true;
}

/**
 * kfd_gpreempt_wait_is_vain() - are waits known to be lost?
 * @waits: beside these BE processes
 *
 * Workgroups that do not end while LC waits for as long as a preemption takes do
 * not end in its grace period either, but for a few.
 *
 * Return: true after two that were lost in a row, until one is won.
 */
bool kfd_gpreempt_wait_is_vain(const struct kfd_gpreempt_waits *waits)
{
	return waits->skip > SKIP_FIRST;
}

/**
 * kfd_gpreempt_wait_join() - another process is among those beside which LC waits
 * @waits: of all of them; zeroed before the first one
 * @member: of that process, when it was last active
 *
 * Where LC waited in vain beside one, it is not to wait beside all.
 */
void kfd_gpreempt_wait_join(struct kfd_gpreempt_waits *waits,
			    const struct kfd_gpreempt_waits *member)
{
	if (member->skip > waits->skip)
		*waits = *member;
}

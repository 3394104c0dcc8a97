// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt policy: what BE is owed, and by whom.
 *
 * When BE has waited for be_max_wait_us in total it is owed be_quantum_us of
 * service. Those LC processes pay that made it wait: their queues are off until
 * BE has had its quantum. The others go on as ever.
 */
#include "kfd_gpreempt_policy_priv.h"

/* A process pays if it caused at least one in so many of an equal share. */
#define SHARE_DIVISOR	2

/**
 * kfd_gpreempt_debt_update() - make up BE's account
 * @debt: the account
 * @knobs: the node's knobs
 * @held: whether BE is held off, or without any slot, from now on
 * @now_ns: now
 *
 * A quantum may be served in pieces; when it is complete, all that BE had
 * waited is forgotten. The time in @debt->restore_ns is neither.
 */
void kfd_gpreempt_debt_update(struct kfd_gpreempt_debt *debt,
			      const struct kfd_gpreempt_knobs *knobs,
			      bool held, u64 now_ns)
{
	u64 elapsed_ns = now_ns - debt->since_ns;
	u64 restored_ns;

	if (debt->held) {
		debt->waited_ns += elapsed_ns;
	} else {
		restored_ns = min_ns(elapsed_ns, debt->restore_ns);
		debt->restore_ns -= restored_ns;
		debt->served_ns += elapsed_ns - restored_ns;
	}

	if (debt->served_ns >= knobs->be_quantum_us * NS_PER_US ||
	    (debt->owed && !knobs->be_max_wait_us)) {
		debt->served_ns = 0;
		debt->waited_ns = 0;
		debt->owed = false;
		debt->quantum++;
	}

	debt->since_ns = now_ns;
	debt->held = held;
}

/**
 * kfd_gpreempt_debt_call() - BE has waited for too long
 * @debt: the account, made up to now
 * @caused_ns: sum of kfd_gpreempt_blame_ns() over all LC processes
 * @processes: number of those for which that is not 0
 */
void kfd_gpreempt_debt_call(struct kfd_gpreempt_debt *debt, u64 caused_ns,
			    u32 processes)
{
	debt->owed = true;
	debt->served_ns = 0;
	debt->called_ns = debt->waited_ns;
	debt->share_ns = processes ? caused_ns / processes / SHARE_DIVISOR : 0;
}

/**
 * kfd_gpreempt_blame_ns() - how much of BE's waiting is a process' doing
 * @blame: what is known of the process
 * @debt: BE's account, made up to now
 *
 * Return: ns since BE last had a quantum.
 */
u64 kfd_gpreempt_blame_ns(const struct kfd_gpreempt_blame *blame,
			  const struct kfd_gpreempt_debt *debt)
{
	if (blame->quantum != debt->quantum)
		return blame->waits ? debt->waited_ns : 0;

	return blame->caused_ns +
	       (blame->waits ? debt->waited_ns - blame->from_ns : 0);
}

/**
 * kfd_gpreempt_blame_update() - BE is or is not held for a process from now on
 * @blame: what is known of the process
 * @debt: BE's account, made up to now
 * @waits: which of the two
 */
void kfd_gpreempt_blame_update(struct kfd_gpreempt_blame *blame,
			       const struct kfd_gpreempt_debt *debt,
			       bool waits)
{
	blame->caused_ns = kfd_gpreempt_blame_ns(blame, debt);
	blame->from_ns = debt->waited_ns;
	blame->quantum = debt->quantum;
	blame->waits = waits;
}

/**
 * kfd_gpreempt_blame_pays() - must a process step back for BE's quantum?
 * @blame: what is known of the process
 * @debt: BE's account, made up to now
 * @knobs: the node's knobs
 *
 * Those who have caused half of an equal share of what BE had waited, as soon as
 * they have; so the others together can't make it wait for half as long again.
 * If ever new ones do, everybody pays.
 *
 * Return: true while BE is owed a quantum and the process is one of those.
 */
bool kfd_gpreempt_blame_pays(const struct kfd_gpreempt_blame *blame,
			     const struct kfd_gpreempt_debt *debt,
			     const struct kfd_gpreempt_knobs *knobs)
{
	u64 caused_ns = kfd_gpreempt_blame_ns(blame, debt);

	if (!debt->owed)
		return false;
	if (caused_ns && caused_ns >= debt->share_ns)
		return true;

	return debt->waited_ns - debt->called_ns >=
	       knobs->be_max_wait_us * NS_PER_US / 2;
}

// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt policy: how many compute units LC has for itself.
 *
 * BE loses by both: what is reserved it can't use, and while it is preempted it
 * runs nothing. How much LC needs nobody says; but what BE loses can be measured.
 * So more is reserved for a while where preemption costs more than that would, and
 * less where it might not be missed, and what was better for BE stays.
 *
 * Compute units come in units here, as many as the hardware wants to be treated
 * alike.
 */
#include "kfd_gpreempt_policy_priv.h"

#define PER_MILLE	1000

/* A change has to gain so much, or what is measured may be chance. */
#define GAIN_MIN	20

/* In the first window of a trial waits are tried anew; the second one counts. */
#define TRIAL_WINDOWS	2

/* Windows until what did not pay is tried again: twice as many each time. */
#define REST_MIN	8
#define REST_MAX	128

/* So many windows without LC, and everything is given back. */
#define IDLE_WINDOWS	10

static u32 share_of(u32 units, u32 total)
{
	return units * PER_MILLE / total;
}

/* Of 1000 parts of the GPU, those that BE does not have */
static u32 loss_of(u32 units, u32 total, u32 off)
{
	u32 reserved = share_of(units, total);

	return reserved + (PER_MILLE - reserved) * off / PER_MILLE;
}

static void rest(struct kfd_gpreempt_reserve *reserve, u32 *windows)
{
	*windows = min_ns(*windows ? 2 * *windows : REST_MIN, REST_MAX);
	reserve->rest = *windows;
}

/*
 * Too few may help as little as none: LC does not fit, and BE is preempted all the
 * same. So half as many again are tried next, and as many as may be at last, as
 * long as they are clearly less than what preemption costs: LC may need little
 * more than what was too few, and twice that may be too dear.
 */
static u32 next_add(const struct kfd_gpreempt_reserve *reserve, u32 most)
{
	u32 add = reserve->add + (reserve->add + 1) / 2;
	u32 room = most - min_ns(most, reserve->units);

	return reserve->add < room ? min_ns(add, room) : add;
}

/* Return: how many more to try, or 0. */
static u32 more_units(struct kfd_gpreempt_reserve *reserve,
		      const struct kfd_gpreempt_window *window)
{
	u32 add = reserve->add;

	if (reserve->units + add <= window->most &&
	    4 * share_of(add, window->total) <= 3 * reserve->off_before)
		return add;

	/* All sizes were tried, or the first one is too large already. */
	reserve->add = 1;
	if (add > 1)
		rest(reserve, &reserve->rest_more);
	return 0;
}

static void begin_trial(struct kfd_gpreempt_reserve *reserve, u32 units)
{
	reserve->before = reserve->units;
	reserve->units = units;
	reserve->trial = TRIAL_WINDOWS;
}

/* Half way to what was too few; and when there is nothing between, later again. */
static void try_fewer(struct kfd_gpreempt_reserve *reserve)
{
	if (reserve->least < reserve->units) {
		begin_trial(reserve, (reserve->units + reserve->least) / 2);
		return;
	}

	reserve->least /= 2;
	rest(reserve, &reserve->rest_less);
}

static bool has_gained(const struct kfd_gpreempt_reserve *reserve, u32 total,
		       u32 off)
{
	u32 before = loss_of(reserve->before, total, reserve->off_before);
	u32 loss = loss_of(reserve->units, total, off);

	if (reserve->units < reserve->before)
		return loss <= before;

	/* What is reserved for LC should make most preemptions needless. */
	return loss + GAIN_MIN <= before && 2 * off <= reserve->off_before;
}

static void end_trial(struct kfd_gpreempt_reserve *reserve,
		      const struct kfd_gpreempt_window *window, u32 off)
{
	bool more = reserve->units > reserve->before;
	u32 add;

	if (has_gained(reserve, window->total, off)) {
		reserve->add = 1;
		reserve->rest_more = 0;
		if (more)
			reserve->least = reserve->before + 1;
		else
			reserve->rest_less = 0;
		return;
	}

	reserve->least = reserve->units + 1;
	reserve->units = reserve->before;
	if (!more)
		return;

	reserve->add = next_add(reserve, window->most);
	add = more_units(reserve, window);
	if (add)
		begin_trial(reserve, reserve->units + add);
}

static void clear(struct kfd_gpreempt_reserve *reserve)
{
	*reserve = (struct kfd_gpreempt_reserve) {};
}

/**
 * kfd_gpreempt_reserve_next() - how many units are LC's from now on
 * @reserve: what is known; @reserve->units is how many they have been
 * @window: what has happened since the last call
 *
 * To be called once in a window that is long enough for many LC requests.
 */
void kfd_gpreempt_reserve_next(struct kfd_gpreempt_reserve *reserve,
			       const struct kfd_gpreempt_window *window)
{
	u64 off_ns = min_ns(window->off_ns, window->ns);
	u32 off, add;

	if (!window->ns || !window->total || !window->most) {
		clear(reserve);
		return;
	}
	if (!window->lc_active) {
		if (++reserve->idle >= IDLE_WINDOWS)
			clear(reserve);
		return;
	}

	reserve->idle = 0;
	off = off_ns * PER_MILLE / window->ns;
	if (reserve->trial) {
		if (!--reserve->trial)
			end_trial(reserve, window, off);
		return;
	}
	if (reserve->rest) {
		reserve->rest--;
		return;
	}

	/* What BE loses when it starts, and once, is no reason. */
	reserve->off_before = min_ns(off, reserve->off_last);
	reserve->off_last = off;
	if (!reserve->add)
		reserve->add = 1;
	add = more_units(reserve, window);
	if (add)
		begin_trial(reserve, reserve->units + add);
	else if (reserve->units && !reserve->rest)
		try_fewer(reserve);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt: whether a process' rings are worth hearing. The file that the driver is
 * built from is compiled into this program, which needs no GPU and no module.
 */
#include "kselftest_harness.h"

#include "kfd_gpreempt_worth.c"

#define US	NS_PER_US
#define MS	(1000 * US)

static const struct kfd_gpreempt_knobs knobs = { .lc_interval_us = 1000 };

/* One ring each ms; returns when the last one was. */
static u64 ring(struct kfd_gpreempt_worth *worth, u32 times, u64 now_ns)
{
	while (times--)
		kfd_gpreempt_worth_rang(worth, now_ns += MS);
	return now_ns;
}

TEST(after_many_smooth_rings_they_are_not)
{
	struct kfd_gpreempt_worth worth = {};
	u64 now_ns;

	now_ns = ring(&worth, SMOOTH_RINGS - 1, 5000 * MS);
	EXPECT_EQ(0, kfd_gpreempt_worth_in_ns(&knobs, &worth, now_ns));
	now_ns = ring(&worth, 1, now_ns);
	EXPECT_EQ(IDLE_NS, kfd_gpreempt_worth_in_ns(&knobs, &worth, now_ns));
	now_ns = ring(&worth, 10000, now_ns);
	EXPECT_EQ(IDLE_NS - 1,
		  kfd_gpreempt_worth_in_ns(&knobs, &worth, now_ns + 1));
}

/* The timer may sleep then. */
TEST(the_first_ring_after_a_pause_is)
{
	struct kfd_gpreempt_worth worth = {};
	u64 now_ns = ring(&worth, SMOOTH_RINGS, 5000 * MS);

	EXPECT_EQ(0, kfd_gpreempt_worth_in_ns(&knobs, &worth, now_ns + IDLE_NS));
	EXPECT_EQ(0, kfd_gpreempt_worth_in_ns(&knobs, &worth,
					      now_ns + 1000 * IDLE_NS));
	/* And no other one */
	ring(&worth, 1, now_ns + IDLE_NS);
	EXPECT_LT(0, kfd_gpreempt_worth_in_ns(&knobs, &worth,
					      now_ns + IDLE_NS + 2 * MS));
}

TEST(one_inversion_makes_them_so_again)
{
	struct kfd_gpreempt_worth worth = {};
	u64 now_ns = ring(&worth, SMOOTH_RINGS, 5000 * MS);

	kfd_gpreempt_worth_inverted(&worth);
	EXPECT_EQ(0, kfd_gpreempt_worth_in_ns(&knobs, &worth, now_ns));
	now_ns = ring(&worth, SMOOTH_RINGS - 1, now_ns);
	EXPECT_EQ(0, kfd_gpreempt_worth_in_ns(&knobs, &worth, now_ns));
}

/* Fewer than p99 tells of wait for the timer, whenever BE comes and goes. */
TEST(few_wait_for_the_timer)
{
	struct kfd_gpreempt_worth worth = {};
	u64 now_ns = 5000 * MS;
	u32 unheard = 0, i;

	for (i = 0; i < 100000; i++) {
		/* The worst time for BE to come: when nobody listens any more. */
		if (kfd_gpreempt_worth_in_ns(&knobs, &worth, now_ns)) {
			kfd_gpreempt_worth_inverted(&worth);
			unheard++;
		}
		now_ns = ring(&worth, 1, now_ns);
	}
	EXPECT_GT(100000 / 200, unheard);
}

TEST(with_a_slow_timer_all_are)
{
	const struct kfd_gpreempt_knobs slow = {
		.lc_interval_us = INTERVAL_MAX_US + 1,
	};
	struct kfd_gpreempt_worth worth = {};
	u64 now_ns = ring(&worth, 2 * SMOOTH_RINGS, 5000 * MS);

	EXPECT_EQ(0, kfd_gpreempt_worth_in_ns(&slow, &worth, now_ns));
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt: what the policy makes of priorities and samples, and what it keeps
 * account of. The file that the driver is built from is compiled into this
 * program, which needs no GPU and no module.
 */
#include "kselftest_harness.h"

#include "kfd_gpreempt_policy.c"

#define US	NS_PER_US
#define MS	(1000 * US)

static const struct kfd_gpreempt_knobs knobs = {
	.lc_priority_min = 11,
	.be_priority_max = 10,
	.be_max_wait_us = 100000,
	.be_quantum_us = 10000,
	.lc_progress_timeout_us = 20000,
};

/* ---- classes ------------------------------------------------------------ */

TEST(classes_by_priority)
{
	u32 priority;

	for (priority = 0; priority <= 15; priority++) {
		EXPECT_EQ(priority < 11 ? KFD_GPREEMPT_BE : KFD_GPREEMPT_LC,
			  kfd_gpreempt_classify(&knobs, priority));
	}
}

TEST(what_is_between_the_thresholds_is_left_alone)
{
	struct kfd_gpreempt_knobs apart = knobs;
	u32 priority;

	apart.be_priority_max = 6;
	for (priority = 0; priority <= 15; priority++) {
		EXPECT_EQ(priority <= 6 ? KFD_GPREEMPT_BE :
			  priority < 11 ? KFD_GPREEMPT_SYSTEM : KFD_GPREEMPT_LC,
			  kfd_gpreempt_classify(&apart, priority));
	}
}

TEST(an_lc_priority_is_never_be)
{
	struct kfd_gpreempt_knobs overlap = knobs;

	overlap.be_priority_max = 15;
	EXPECT_EQ(KFD_GPREEMPT_LC, kfd_gpreempt_classify(&overlap, 11));
	EXPECT_EQ(KFD_GPREEMPT_BE, kfd_gpreempt_classify(&overlap, 10));
}

/* ---- samples ------------------------------------------------------------ */

TEST(wait_begins_with_the_first_sample_that_shows_it)
{
	struct kfd_gpreempt_watch watch = {};

	kfd_gpreempt_watch_sample(&watch, 0, true, 100);
	EXPECT_TRUE(watch.pending);
	EXPECT_EQ(100, watch.stuck_since_ns);
	kfd_gpreempt_watch_sample(&watch, 0, true, 200);
	EXPECT_EQ(100, watch.stuck_since_ns);
}

TEST(progress_restarts_the_wait)
{
	struct kfd_gpreempt_watch watch = {};

	kfd_gpreempt_watch_sample(&watch, 7, true, 100);
	kfd_gpreempt_watch_sample(&watch, 8, true, 300);
	EXPECT_EQ(300, watch.stuck_since_ns);
	kfd_gpreempt_watch_sample(&watch, 8, true, 400);
	EXPECT_EQ(300, watch.stuck_since_ns);
}

TEST(an_empty_ring_ends_the_wait)
{
	struct kfd_gpreempt_watch watch = {};

	kfd_gpreempt_watch_sample(&watch, 8, true, 100);
	kfd_gpreempt_watch_sample(&watch, 8, false, 200);
	EXPECT_FALSE(watch.pending);
	kfd_gpreempt_watch_sample(&watch, 8, true, 300);
	EXPECT_EQ(300, watch.stuck_since_ns);
}

TEST(empty_since_the_first_sample_that_shows_it)
{
	struct kfd_gpreempt_watch watch = {};

	kfd_gpreempt_watch_sample(&watch, 8, true, 100);
	kfd_gpreempt_watch_sample(&watch, 9, false, 200);
	EXPECT_EQ(200, watch.empty_since_ns);
	kfd_gpreempt_watch_sample(&watch, 9, false, 300);
	EXPECT_EQ(200, watch.empty_since_ns);
	/* Was rung and done in between. */
	kfd_gpreempt_watch_sample(&watch, 10, false, 400);
	EXPECT_EQ(400, watch.empty_since_ns);
}

TEST(only_progress_or_an_empty_ring_unblocks)
{
	struct kfd_gpreempt_watch watch = {};

	kfd_gpreempt_watch_sample(&watch, 8, true, 100);
	watch.blocked = true;
	kfd_gpreempt_watch_sample(&watch, 8, true, 200);
	EXPECT_TRUE(watch.blocked);
	kfd_gpreempt_watch_sample(&watch, 9, true, 300);
	EXPECT_FALSE(watch.blocked);

	watch.blocked = true;
	kfd_gpreempt_watch_sample(&watch, 9, false, 400);
	EXPECT_FALSE(watch.blocked);
}

TEST(overdue_counts_from_the_later_of_wait_and_preemption)
{
	const struct kfd_gpreempt_watch watch = {
		.stuck_since_ns = 50 * MS,
		.pending = true,
	};

	/* stuck since 50, held since 40: due at 70 */
	EXPECT_FALSE(kfd_gpreempt_watch_overdue(&knobs, &watch, 40 * MS,
						70 * MS - 1));
	EXPECT_TRUE(kfd_gpreempt_watch_overdue(&knobs, &watch, 40 * MS,
					       70 * MS));
	/* stuck since 50, held since 60: due at 80 */
	EXPECT_FALSE(kfd_gpreempt_watch_overdue(&knobs, &watch, 60 * MS,
						80 * MS - 1));
	EXPECT_TRUE(kfd_gpreempt_watch_overdue(&knobs, &watch, 60 * MS,
					       80 * MS));
}

TEST(never_overdue_without_a_timeout)
{
	const struct kfd_gpreempt_watch watch = { .pending = true };
	struct kfd_gpreempt_knobs patient = knobs;

	patient.lc_progress_timeout_us = 0;
	EXPECT_FALSE(kfd_gpreempt_watch_overdue(&patient, &watch, 0,
						1000000 * MS));
}

/* ---- what BE is owed ---------------------------------------------------- */

TEST(debt_counts_time_by_what_it_was_until_now)
{
	struct kfd_gpreempt_debt debt = { .since_ns = 10 * MS };

	kfd_gpreempt_debt_update(&debt, &knobs, true, 13 * MS);
	EXPECT_EQ(3 * MS, debt.served_ns);
	EXPECT_EQ(0, debt.waited_ns);
	EXPECT_TRUE(debt.held);
	kfd_gpreempt_debt_update(&debt, &knobs, false, 20 * MS);
	EXPECT_EQ(3 * MS, debt.served_ns);
	EXPECT_EQ(7 * MS, debt.waited_ns);
	EXPECT_FALSE(debt.held);
}

TEST(debt_is_paid_in_pieces)
{
	struct kfd_gpreempt_debt debt = { .owed = true };
	u64 now_ns = 0;
	int piece;

	/* Nine pieces of 1 ms, each with 5 ms off: not yet all. */
	for (piece = 0; piece < 9; piece++) {
		kfd_gpreempt_debt_update(&debt, &knobs, true, now_ns += MS);
		kfd_gpreempt_debt_update(&debt, &knobs, false, now_ns += 5 * MS);
	}
	EXPECT_EQ(9 * MS, debt.served_ns);
	EXPECT_EQ(45 * MS, debt.waited_ns);
	EXPECT_TRUE(debt.owed);

	kfd_gpreempt_debt_update(&debt, &knobs, false, now_ns + MS);
	EXPECT_EQ(0, debt.served_ns);
	EXPECT_EQ(0, debt.waited_ns);
	EXPECT_FALSE(debt.owed);
}

TEST_HARNESS_MAIN

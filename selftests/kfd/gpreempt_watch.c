// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt: what the policy makes of priorities and samples, and what it keeps
 * account of. The file that the driver is built from is compiled into this
 * program, which needs no GPU and no module.
 */
#include "kselftest_harness.h"

#include "kfd_gpreempt_policy.c"
#include "kfd_gpreempt_wait.c"
#include "kfd_gpreempt_debt.c"
#include "kfd_gpreempt_watch.c"

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

/* The write pointer is far ahead and stands still; best-effort is not held. */
static bool sample(struct kfd_gpreempt_watch *watch, u64 rptr, bool pending,
		   u64 now_ns)
{
	return kfd_gpreempt_watch_sample(watch, rptr, 1000, pending, false, now_ns);
}

TEST(wait_begins_with_the_first_sample_that_shows_it)
{
	struct kfd_gpreempt_watch watch = {};

	sample(&watch, 0, true, 100);
	EXPECT_TRUE(watch.pending);
	EXPECT_EQ(100, watch.stuck_since_ns);
	sample(&watch, 0, true, 200);
	EXPECT_EQ(100, watch.stuck_since_ns);
}

TEST(progress_restarts_the_wait)
{
	struct kfd_gpreempt_watch watch = {};

	sample(&watch, 7, true, 100);
	sample(&watch, 8, true, 300);
	EXPECT_EQ(300, watch.stuck_since_ns);
	sample(&watch, 8, true, 400);
	EXPECT_EQ(300, watch.stuck_since_ns);
}

TEST(an_empty_ring_ends_the_wait)
{
	struct kfd_gpreempt_watch watch = {};

	sample(&watch, 8, true, 100);
	sample(&watch, 8, false, 200);
	EXPECT_FALSE(watch.pending);
	sample(&watch, 8, true, 300);
	EXPECT_EQ(300, watch.stuck_since_ns);
}

TEST(empty_since_the_first_sample_that_shows_it)
{
	struct kfd_gpreempt_watch watch = {};

	sample(&watch, 8, true, 100);
	sample(&watch, 9, false, 200);
	EXPECT_EQ(200, watch.empty_since_ns);
	sample(&watch, 9, false, 300);
	EXPECT_EQ(200, watch.empty_since_ns);
	/* Was rung and done in between. */
	sample(&watch, 10, false, 400);
	EXPECT_EQ(400, watch.empty_since_ns);
}

TEST(progress_or_an_empty_ring_unblocks)
{
	struct kfd_gpreempt_watch watch = {};

	sample(&watch, 8, true, 100);
	watch.blocked = true;
	sample(&watch, 8, true, 200);
	EXPECT_TRUE(watch.blocked);
	sample(&watch, 9, true, 300);
	EXPECT_FALSE(watch.blocked);

	watch.blocked = true;
	sample(&watch, 9, false, 400);
	EXPECT_FALSE(watch.blocked);
}

TEST(a_ring_or_more_packets_unblock)
{
	struct kfd_gpreempt_watch watch = {};

	kfd_gpreempt_watch_sample(&watch, 8, 9, true, false, 100);
	kfd_gpreempt_watch_block(&watch, 0, 200);
	kfd_gpreempt_watch_sample(&watch, 8, 9, true, false, 300);
	EXPECT_TRUE(watch.blocked);
	EXPECT_EQ(100, watch.stuck_since_ns);
	kfd_gpreempt_watch_sample(&watch, 8, 10, true, false, 400);
	EXPECT_FALSE(watch.blocked);
	/* It waits for something else now. */
	EXPECT_EQ(400, watch.stuck_since_ns);

	kfd_gpreempt_watch_block(&watch, 0, 500);
	kfd_gpreempt_watch_rung(&watch, 600);
	EXPECT_FALSE(watch.blocked);
	EXPECT_EQ(600, watch.stuck_since_ns);
	kfd_gpreempt_watch_rung(&watch, 700);
	EXPECT_EQ(600, watch.stuck_since_ns);
}

/* ---- what a queue waits for --------------------------------------------- */

TEST(overdue_counts_from_the_later_of_wait_and_preemption)
{
	const struct kfd_gpreempt_watch watch = {
		.stuck_since_ns = 50 * MS,
		.pending = true,
	};

	/* stuck since 50, held since 40: due at 70 */
	EXPECT_FALSE(kfd_gpreempt_watch_overdue(&knobs, &watch, false, 40 * MS,
						70 * MS - 1));
	EXPECT_TRUE(kfd_gpreempt_watch_overdue(&knobs, &watch, false, 40 * MS,
					       70 * MS));
	/* stuck since 50, held since 60: due at 80 */
	EXPECT_FALSE(kfd_gpreempt_watch_overdue(&knobs, &watch, false, 60 * MS,
						80 * MS - 1));
	EXPECT_TRUE(kfd_gpreempt_watch_overdue(&knobs, &watch, false, 60 * MS,
					       80 * MS));
}

TEST(hardware_that_can_say_is_asked_soon)
{
	const struct kfd_gpreempt_watch watch = {
		.stuck_since_ns = 50 * MS,
		.pending = true,
	};
	struct kfd_gpreempt_knobs hasty = knobs;

	EXPECT_FALSE(kfd_gpreempt_watch_overdue(&knobs, &watch, true, 50 * MS,
						50 * MS + ASK_FIRST_NS - 1));
	EXPECT_TRUE(kfd_gpreempt_watch_overdue(&knobs, &watch, true, 50 * MS,
					       50 * MS + ASK_FIRST_NS));
	hasty.lc_progress_timeout_us = 1;
	EXPECT_TRUE(kfd_gpreempt_watch_overdue(&hasty, &watch, true, 50 * MS,
					       50 * MS + US));
}

TEST(it_is_asked_less_and_less_often)
{
	struct kfd_gpreempt_watch watch = { .pending = true };
	u64 now_ns = 10 * MS, gap_ns = 0;
	int i;

	for (i = 0; i < 40; i++) {
		kfd_gpreempt_watch_asked(&watch, 0, now_ns);
		EXPECT_FALSE(kfd_gpreempt_watch_overdue(&knobs, &watch, true, 0,
							watch.ask_ns - 1));
		EXPECT_TRUE(kfd_gpreempt_watch_overdue(&knobs, &watch, true, 0,
						       watch.ask_ns));
		EXPECT_GE(watch.ask_ns - now_ns, gap_ns);
		gap_ns = watch.ask_ns - now_ns;
		now_ns = watch.ask_ns;
	}
	EXPECT_EQ(DOUBT_MAX_NS, gap_ns);
	/* A new wait is asked about as the first one was. */
	sample(&watch, 7, true, now_ns);
	EXPECT_TRUE(kfd_gpreempt_watch_overdue(&knobs, &watch, true, 0,
					       now_ns + ASK_FIRST_NS));
}

TEST(asking_takes_a_small_part_of_the_time)
{
	struct kfd_gpreempt_watch watch = { .pending = true };

	kfd_gpreempt_watch_asked(&watch, MS, 10 * MS);
	EXPECT_EQ((10 + ASK_SHARE) * MS, watch.ask_ns);
}

TEST(never_overdue_without_a_timeout)
{
	const struct kfd_gpreempt_watch watch = { .pending = true };
	struct kfd_gpreempt_knobs patient = knobs;

	patient.lc_progress_timeout_us = 0;
	EXPECT_FALSE(kfd_gpreempt_watch_overdue(&patient, &watch, false, 0,
						1000000 * MS));
	EXPECT_FALSE(kfd_gpreempt_watch_overdue(&patient, &watch, true, 0,
						1000000 * MS));
}

/* ---- at a barrier packet ------------------------------------------------ */

TEST(at_a_barrier_it_is_not_believed_for_a_share_of_its_wait)
{
	struct kfd_gpreempt_watch watch = {};
	const struct {
		u64 waited_ns;
		u64 doubt_ns;
	} rows[] = {
		{ 0, BARRIER_MIN_NS }, { 100 * US, BARRIER_MIN_NS },
		{ 800 * US, 100 * US }, { 4 * MS, 500 * US },
		{ 8 * MS, BARRIER_MAX_NS }, { 1000 * MS, BARRIER_MAX_NS },
	};
	u64 now_ns;
	int i;

	sample(&watch, 1, false, 4000 * MS);
	sample(&watch, 1, true, 5000 * MS);
	for (i = 0; i < (int)ARRAY_SIZE(rows); i++) {
		now_ns = 5000 * MS + rows[i].waited_ns;
		EXPECT_EQ(0, kfd_gpreempt_watch_doubt_ns(&watch, now_ns));
		kfd_gpreempt_watch_barrier(&watch, true, now_ns);
		EXPECT_EQ(rows[i].doubt_ns,
			  kfd_gpreempt_watch_doubt_ns(&watch, now_ns));
		sample(&watch, 1, true, now_ns + 1);
		EXPECT_EQ(rows[i].doubt_ns - 1,
			  kfd_gpreempt_watch_doubt_ns(&watch, now_ns + 1));
	}
}

TEST(behind_a_barrier_a_wait_begins)
{
	struct kfd_gpreempt_watch watch = {};

	/* It gets on: that was no wait for BE. */
	sample(&watch, 1, false, 4000 * MS);
	sample(&watch, 1, true, 5000 * MS);
	kfd_gpreempt_watch_barrier(&watch, true, 5000 * MS);
	EXPECT_FALSE(sample(&watch, 2, true, 5007 * MS));
	EXPECT_EQ(0, kfd_gpreempt_watch_doubt_ns(&watch, 5007 * MS));
	EXPECT_EQ(5007 * MS, watch.stuck_since_ns);
	EXPECT_EQ(0, watch.late_ns);

	/* The signals are there, and it stays where it is. */
	kfd_gpreempt_watch_barrier(&watch, true, 5010 * MS);
	kfd_gpreempt_watch_barrier(&watch, false, 5020 * MS);
	EXPECT_EQ(0, kfd_gpreempt_watch_doubt_ns(&watch, 5020 * MS));
	EXPECT_EQ(5020 * MS, watch.stuck_since_ns);
	/* It is at no barrier: nothing begins anew. */
	kfd_gpreempt_watch_barrier(&watch, false, 5030 * MS);
	EXPECT_EQ(5020 * MS, watch.stuck_since_ns);

	/* The ring is empty after a barrier: again no wait for BE. */
	kfd_gpreempt_watch_barrier(&watch, true, 5040 * MS);
	EXPECT_FALSE(sample(&watch, 3, false, 5050 * MS));
}

/* ---- how far it is believed --------------------------------------------- */

/* Held in vain for 250 us */
static void mistake(struct kfd_gpreempt_watch *watch, u64 now_ns)
{
	kfd_gpreempt_watch_block(watch, 250 * US, now_ns);
}

TEST(one_mistake_is_free_more_are_not)
{
	struct kfd_gpreempt_watch watch = {};
	u64 now_ns = 5000 * MS, doubt_ns = 0;
	int i;

	sample(&watch, 1, true, now_ns);
	mistake(&watch, now_ns);
	EXPECT_EQ(0, kfd_gpreempt_watch_doubt_ns(&watch, now_ns));
	for (i = 0; i < 30; i++) {
		mistake(&watch, now_ns);
		EXPECT_GE(kfd_gpreempt_watch_doubt_ns(&watch, now_ns), doubt_ns);
		doubt_ns = kfd_gpreempt_watch_doubt_ns(&watch, now_ns);
		EXPECT_GT(doubt_ns, 0);
	}
	EXPECT_EQ(DOUBT_MAX_NS, doubt_ns);
	/* What it has waited counts. */
	EXPECT_EQ(doubt_ns - 3 * MS,
		  kfd_gpreempt_watch_doubt_ns(&watch, now_ns + 3 * MS));
	EXPECT_EQ(0, kfd_gpreempt_watch_doubt_ns(&watch, now_ns + doubt_ns));
}

TEST(rare_mistakes_are_free)
{
	struct kfd_gpreempt_watch watch = {};
	u64 now_ns = 5000 * MS;
	int i;

	for (i = 0; i < 100; i++) {
		mistake(&watch, now_ns += FREE_SHARE * 250 * US);
		EXPECT_EQ(0, kfd_gpreempt_watch_doubt_ns(&watch, now_ns));
	}
}

TEST(frequent_mistakes_take_a_small_part_of_the_time)
{
	struct kfd_gpreempt_watch watch = {};
	u64 now_ns = 5000 * MS;
	int i, mistakes = 0;

	/* A wait of 1 ms for something else, over and over again, for 10 s */
	for (i = 0; i < 10000; i++) {
		now_ns += MS;
		sample(&watch, i, false, now_ns);
		sample(&watch, i, true, now_ns);
		if (kfd_gpreempt_watch_doubt_ns(&watch, now_ns + MS - 1))
			continue;
		mistake(&watch, now_ns);
		mistakes++;
	}
	EXPECT_GT(mistakes, 4);
	EXPECT_LT(mistakes, 100);
}

TEST(who_needed_the_gpu_is_believed_again)
{
	struct kfd_gpreempt_watch watch = {};

	sample(&watch, 1, true, 5000 * MS);
	mistake(&watch, 5000 * MS);
	mistake(&watch, 5000 * MS);
	/* It gets on with best-effort on: that says nothing. */
	sample(&watch, 2, true, 5001 * MS);
	EXPECT_LT(0, kfd_gpreempt_watch_doubt_ns(&watch, 5001 * MS));
	kfd_gpreempt_watch_sample(&watch, 3, 1000, true, true, 5002 * MS);
	EXPECT_EQ(0, kfd_gpreempt_watch_doubt_ns(&watch, 5002 * MS));
	EXPECT_EQ(0, watch.memory_ns);
}

TEST(mistakes_are_forgotten)
{
	struct kfd_gpreempt_watch watch = {};
	u64 end_ns;
	int i;

	for (i = 0; i < 5; i++)
		mistake(&watch, 5000 * MS);
	EXPECT_EQ(16 * FREE_SHARE * 250 * US, watch.memory_ns);
	end_ns = 5000 * MS + watch.memory_ns;
	sample(&watch, 1, true, end_ns - 1);
	EXPECT_LT(0, kfd_gpreempt_watch_doubt_ns(&watch, end_ns - 1));
	EXPECT_EQ(0, kfd_gpreempt_watch_doubt_ns(&watch, end_ns));
	/* But not for ever, and what is made again is remembered for longer. */
	mistake(&watch, end_ns);
	EXPECT_EQ(1, watch.mistakes);
	for (i = 0; i < 100; i++)
		mistake(&watch, end_ns);
	EXPECT_EQ(MEMORY_MAX_NS, watch.memory_ns);
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
	EXPECT_EQ(1, debt.quantum);
}

TEST(a_restore_is_no_service)
{
	struct kfd_gpreempt_debt debt = { .held = true };
	u64 now_ns = 0;
	int i;

	/* 1 ms off and 60 us on, half of which the waves need to come back */
	for (i = 0; i < 95; i++) {
		kfd_gpreempt_debt_update(&debt, &knobs, false, now_ns += MS);
		debt.restore_ns = 30 * US;
		kfd_gpreempt_debt_update(&debt, &knobs, true,
					 now_ns += 60 * US);
	}
	EXPECT_EQ(95 * MS, debt.waited_ns);
	EXPECT_EQ(95 * 30 * US, debt.served_ns);
	/* A gap that is shorter than that gives nothing. */
	debt.held = false;
	debt.restore_ns = 30 * US;
	kfd_gpreempt_debt_update(&debt, &knobs, true, now_ns + 20 * US);
	EXPECT_EQ(95 * 30 * US, debt.served_ns);
}

/* ---- and by whom -------------------------------------------------------- */

TEST(blame_is_for_the_time_in_which_be_waited)
{
	struct kfd_gpreempt_debt debt = {};
	struct kfd_gpreempt_blame blame = {};

	kfd_gpreempt_blame_update(&blame, &debt, true);
	/* best-effort runs: no blame */
	kfd_gpreempt_debt_update(&debt, &knobs, true, 2 * MS);
	EXPECT_EQ(0, kfd_gpreempt_blame_ns(&blame, &debt));
	kfd_gpreempt_debt_update(&debt, &knobs, true, 5 * MS);
	EXPECT_EQ(3 * MS, kfd_gpreempt_blame_ns(&blame, &debt));
	kfd_gpreempt_blame_update(&blame, &debt, false);
	kfd_gpreempt_debt_update(&debt, &knobs, false, 9 * MS);
	EXPECT_EQ(3 * MS, kfd_gpreempt_blame_ns(&blame, &debt));
	/* All is forgotten with a quantum. */
	kfd_gpreempt_debt_update(&debt, &knobs, true, 20 * MS);
	EXPECT_EQ(0, kfd_gpreempt_blame_ns(&blame, &debt));
	kfd_gpreempt_blame_update(&blame, &debt, true);
	kfd_gpreempt_debt_update(&debt, &knobs, true, 21 * MS);
	EXPECT_EQ(MS, kfd_gpreempt_blame_ns(&blame, &debt));
}

TEST(blame_outlives_a_quantum_if_the_wait_does)
{
	struct kfd_gpreempt_debt debt = {};
	struct kfd_gpreempt_blame blame = {};

	kfd_gpreempt_blame_update(&blame, &debt, true);
	kfd_gpreempt_debt_update(&debt, &knobs, true, 10 * MS);
	EXPECT_EQ(1, debt.quantum);
	kfd_gpreempt_debt_update(&debt, &knobs, true, 14 * MS);
	EXPECT_EQ(4 * MS, kfd_gpreempt_blame_ns(&blame, &debt));
}

static void expect_pays(struct __test_metadata *_metadata, bool pays,
			u64 caused_ns, const struct kfd_gpreempt_debt *debt)
{
	struct kfd_gpreempt_blame blame = {
		.quantum = debt->quantum,
		.caused_ns = caused_ns,
	};

	EXPECT_EQ(pays, kfd_gpreempt_blame_pays(&blame, debt, &knobs));
}

TEST(those_pay_who_made_be_wait)
{
	struct kfd_gpreempt_debt debt = { .waited_ns = 100 * MS };

	expect_pays(_metadata, false, 100 * MS, &debt);
	/* 98, 1 and 1 ms */
	kfd_gpreempt_debt_call(&debt, 100 * MS, 3);
	expect_pays(_metadata, true, 98 * MS, &debt);
	expect_pays(_metadata, false, MS, &debt);
	expect_pays(_metadata, false, 0, &debt);
	/* Who only now does as much pays as well. */
	expect_pays(_metadata, true, 100 * MS / 6, &debt);
}

TEST(equals_all_pay)
{
	struct kfd_gpreempt_debt debt = { .waited_ns = 100 * MS };

	kfd_gpreempt_debt_call(&debt, 100 * MS, 50);
	expect_pays(_metadata, true, 2 * MS, &debt);
}

/* However many new ones come, one after the other. */
TEST(in_the_end_everybody_pays)
{
	struct kfd_gpreempt_debt debt = { .waited_ns = 100 * MS, .held = true };

	kfd_gpreempt_debt_call(&debt, 100 * MS, 1);
	kfd_gpreempt_debt_update(&debt, &knobs, true, 50 * MS - 1);
	expect_pays(_metadata, false, 0, &debt);
	kfd_gpreempt_debt_update(&debt, &knobs, true, 50 * MS);
	expect_pays(_metadata, true, 0, &debt);
}

TEST(without_a_bound_nothing_is_owed)
{
	struct kfd_gpreempt_debt debt = { .waited_ns = 100 * MS, .owed = true };
	struct kfd_gpreempt_knobs hard = knobs;

	hard.be_max_wait_us = 0;
	kfd_gpreempt_debt_update(&debt, &hard, true, MS);
	EXPECT_FALSE(debt.owed);
}

TEST_HARNESS_MAIN

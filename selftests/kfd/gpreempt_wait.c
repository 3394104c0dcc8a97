// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt: whether LC waits for best-effort work or preempts it, and what that
 * costs at the most, whatever best-effort workgroups take. The file that the
 * driver is built from is compiled into this program, which needs no GPU and no
 * module.
 */
#include "kselftest_harness.h"

#include "kfd_gpreempt_wait.c"

#define US	NS_PER_US
#define COST	(80 * US)

/**
 * struct outcome - what a row of LC's waits came to
 * @requests: how many
 * @waited_ns: sum
 * @longest_ns: of one
 * @tried_in_vain: waits after which BE was preempted all the same
 * @preemptions: these, and those at once
 */
struct outcome {
	u32 requests;
	u64 waited_ns;
	u64 longest_ns;
	u32 tried_in_vain;
	u32 preemptions;
};

/* LC has compute units of its own. */
static bool has_cus;

/* LC would get on by itself after @alone_ns. */
static void request(struct kfd_gpreempt_waits *waits, u64 alone_ns,
		    struct outcome *sum)
{
	u64 wait_ns = kfd_gpreempt_wait_ns(waits, COST);
	u64 ns = alone_ns;

	if (alone_ns <= wait_ns) {
		kfd_gpreempt_wait_won(waits, alone_ns, COST);
	} else {
		ns = wait_ns + COST;
		sum->tried_in_vain += kfd_gpreempt_wait_lost(waits, has_cus);
		sum->preemptions++;
	}
	sum->requests++;
	sum->waited_ns += ns;
	if (ns > sum->longest_ns)
		sum->longest_ns = ns;
}

static u64 random_below(u64 *state, u64 bound)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return (*state >> 16) % bound;
}

/* ---- what is cheap stays as it is without gpreempt ---------------------- */

TEST(nothing_is_preempted_where_waiting_is_cheaper)
{
	struct kfd_gpreempt_waits waits = {};
	struct outcome sum = {};
	u64 state = 1, alone_ns = 0, ns;

	while (sum.requests < 10000) {
		ns = random_below(&state, COST);
		alone_ns += ns;
		request(&waits, ns, &sum);
	}
	EXPECT_EQ(0, sum.preemptions);
	EXPECT_EQ(alone_ns, sum.waited_ns);
}

/* One in twenty takes for ever: the others need not pay for it. */
TEST(rare_long_ones_change_nothing)
{
	struct kfd_gpreempt_waits waits = {};
	struct outcome sum = {};
	u32 long_ones = 0;

	while (sum.requests < 10000) {
		bool is_long = sum.requests % 20 == 19;

		long_ones += is_long;
		request(&waits, is_long ? 1000000 * US : COST / 4, &sum);
	}
	EXPECT_EQ(long_ones, sum.preemptions);
	EXPECT_EQ(long_ones, sum.tried_in_vain);
}

/* ---- what is dear is bought at once ------------------------------------- */

TEST(long_workgroups_are_preempted_at_once)
{
	struct kfd_gpreempt_waits waits = {};
	struct outcome sum = {};

	while (sum.requests < 10000)
		request(&waits, 30000 * US, &sum);
	EXPECT_EQ(sum.requests, sum.preemptions);
	/* Two until it is believed, then one in 512: p99 does not see them. */
	EXPECT_GE(3 + 10000 / 512, sum.tried_in_vain);
	/* But it is tried. */
	EXPECT_LE(10000 / 512, sum.tried_in_vain);
}

/* The first workgroups do not wait then. */
TEST(with_compute_units_of_its_own_lc_tries_more_often)
{
	struct kfd_gpreempt_waits waits = {};
	struct outcome sum = {};

	has_cus = true;
	while (sum.requests < 10000)
		request(&waits, 30000 * US, &sum);
	EXPECT_EQ(sum.requests, sum.preemptions);
	EXPECT_GE(3 + 10000 / 2, sum.tried_in_vain);
	EXPECT_LE(10000 / 2 - 3, sum.tried_in_vain);
}

TEST(it_notices_when_workgroups_become_short)
{
	struct kfd_gpreempt_waits waits = {};
	struct outcome sum = {};
	u32 before;

	while (sum.requests < 2000)
		request(&waits, 30000 * US, &sum);
	while (waits.left)
		request(&waits, 30000 * US, &sum);
	before = sum.preemptions;
	while (sum.requests < 4000)
		request(&waits, 10 * US, &sum);
	EXPECT_EQ(before, sum.preemptions);
	EXPECT_EQ(0, waits.left);
}

/* ---- and nobody can make it do worse ------------------------------------ */

/*
 * Wins only where it does not gain, and loses whenever it may; or, when @long_ones,
 * wins as late as it may.
 */
static u64 worst_case(const struct kfd_gpreempt_waits *waits, u32 wins,
		      bool long_ones)
{
	u64 wait_ns = kfd_gpreempt_wait_ns(waits, COST);

	if (!wait_ns || (!long_ones && waits->credit >= wins && !waits->skip))
		return wait_ns + 1;
	if (!long_ones || waits->credit >= wins)
		return wait_ns;
	return COST;
}

TEST(whatever_comes_it_costs_a_quarter_more_than_always_preempting)
{
	u32 i;

	for (i = 0; i <= 4 * CREDIT_MAX + 1; i++) {
		struct kfd_gpreempt_waits waits = {};
		struct outcome sum = {};
		u32 wins = i / 4;

		has_cus = i & 2;
		while (sum.requests < 20000)
			request(&waits, worst_case(&waits, wins, i & 1), &sum);
		EXPECT_GE(3 * COST, sum.longest_ns);
		EXPECT_GE(sum.requests * COST / 4 * 5, sum.waited_ns)
			TH_LOG("%u wins: %u lost", wins, sum.tried_in_vain);
	}
}

TEST(whatever_comes_no_wait_is_longer_than_three_preemptions)
{
	struct kfd_gpreempt_waits waits = {};
	struct outcome sum = {};
	u64 state = 7, always_ns = 0, scale;

	while (sum.requests < 100000) {
		scale = US << random_below(&state, 12);
		request(&waits, random_below(&state, scale), &sum);
		always_ns += COST;
	}
	EXPECT_GE(3 * COST, sum.longest_ns);
	EXPECT_GE(always_ns, sum.waited_ns);
}

/* ---- what a preemption costs -------------------------------------------- */

TEST(the_cost_is_an_average_within_bounds)
{
	u64 lc_ns = 0;
	int i;

	EXPECT_EQ(COST_INITIAL_NS, kfd_gpreempt_wait_cost_ns(lc_ns, 10 * US));
	kfd_gpreempt_wait_learn(&lc_ns, 80 * US);
	EXPECT_EQ(80 * US, lc_ns);
	EXPECT_EQ(90 * US, kfd_gpreempt_wait_cost_ns(lc_ns, 10 * US));
	for (i = 0; i < 60; i++)
		kfd_gpreempt_wait_learn(&lc_ns, 160 * US);
	EXPECT_LT(158 * US, lc_ns);
	EXPECT_GE(160 * US, lc_ns);
	for (i = 0; i < 60; i++)
		kfd_gpreempt_wait_learn(&lc_ns, 1000000 * US);
	EXPECT_GE(COST_MAX_NS, kfd_gpreempt_wait_cost_ns(lc_ns, 10 * US));
}

TEST(a_wait_is_looked_at_four_times)
{
	EXPECT_EQ(20 * US, kfd_gpreempt_wait_look_ns(80 * US, 80 * US));
	EXPECT_EQ(5 * US, kfd_gpreempt_wait_look_ns(5 * US, 80 * US));
	EXPECT_EQ(LOOK_MIN_NS, kfd_gpreempt_wait_look_ns(40 * US, 40 * US));
	EXPECT_EQ(250 * US, kfd_gpreempt_wait_look_ns(900 * US, COST_MAX_NS));
}

/* ---- who else is there -------------------------------------------------- */

TEST(beside_several_it_is_as_beside_the_one_that_takes_longest)
{
	const struct kfd_gpreempt_waits quick = { .credit = 64 };
	const struct kfd_gpreempt_waits slow = { .skip = 63, .left = 5 };
	struct kfd_gpreempt_waits waits = {};

	kfd_gpreempt_wait_join(&waits, &quick);
	EXPECT_EQ(0, waits.skip);
	kfd_gpreempt_wait_join(&waits, &slow);
	EXPECT_EQ(63, waits.skip);
	EXPECT_EQ(5, waits.left);
	EXPECT_EQ(0, waits.credit);
	kfd_gpreempt_wait_join(&waits, &quick);
	EXPECT_EQ(63, waits.skip);
}

TEST_HARNESS_MAIN

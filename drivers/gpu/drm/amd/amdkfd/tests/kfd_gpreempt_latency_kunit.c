// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: what is known of how long the stages of a preemption took.
 *
 * Runs inside the driver, and in user-mode Linux with nothing but the histograms.
 */
#include <kunit/test.h>
#include <linux/prandom.h>
#include <linux/sort.h>

#include "../kfd_gpreempt_latency.h"

#define US	1000ULL
#define SEC	(1000 * 1000 * US)

#define ROUNDS	200
#define SAMPLES	150

static void a_sample_is_below_its_bucket(struct kunit *test)
{
	struct kfd_gpreempt_latency latency;
	u32 i;

	for (i = 0; i < KFD_GPREEMPT_LATENCY_BUCKETS - 1; i++) {
		latency = (struct kfd_gpreempt_latency) {};
		kfd_gpreempt_latency_add(&latency, (US << i) - 1);
		kfd_gpreempt_latency_add(&latency, US << i);
		KUNIT_EXPECT_EQ(test, 1, latency.bucket[i]);
		KUNIT_EXPECT_EQ(test, 1, latency.bucket[i + 1]);
		KUNIT_EXPECT_EQ(test, 2, latency.count);
	}
}

/*
 * @ns: one sample each; 0: no more
 * @p50_us, @p99_us, @max_us: what is said of them
 */
struct percentile_case {
	const char *name;
	u64 ns[4];
	u64 p50_us;
	u64 p99_us;
	u64 max_us;
};

static const struct percentile_case percentile_cases[] = {
	{ "none", {}, 0, 0, 0 },
	{ "shorter than 1 us", { 1 }, 1, 1, 1 },
	{ "1 us", { US }, 1, 1, 1 },
	{ "the longest is known", { 33 * US }, 33, 33, 33 },
	{ "rounded up", { 33 * US + 1 }, 34, 34, 34 },
	{ "upper end of the bucket", { 33 * US, 1000 * US }, 64, 1000, 1000 },
	{ "nearest rank of 3", { US / 2, 33 * US, 65 * US }, 64, 65, 65 },
	{ "nearest rank of 4", { 3 * US, 3 * US, 33 * US, 65 * US }, 4, 65, 65 },
	{ "last bucket", { 5 * SEC, 7 * SEC }, 7000000, 7000000, 7000000 },
};

KUNIT_ARRAY_PARAM_DESC(percentile, percentile_cases, name);

static void percentiles_of_few(struct kunit *test)
{
	const struct percentile_case *c = test->param_value;
	struct kfd_gpreempt_latency latency = {};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(c->ns) && c->ns[i]; i++)
		kfd_gpreempt_latency_add(&latency, c->ns[i]);
	KUNIT_EXPECT_EQ(test, c->p50_us,
			kfd_gpreempt_latency_percentile_us(&latency, 50));
	KUNIT_EXPECT_EQ(test, c->p99_us,
			kfd_gpreempt_latency_percentile_us(&latency, 99));
	KUNIT_EXPECT_EQ(test, c->max_us,
			kfd_gpreempt_latency_percentile_us(&latency, 100));
}

static int compare(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return (x > y) - (x < y);
}

/* Not less than the sample of that rank, and not more than twice as much */
static void percentiles_of_many(struct kunit *test)
{
	static const u32 percents[] = { 1, 50, 90, 99, 100 };
	u64 *ns = kunit_kcalloc(test, SAMPLES, sizeof(*ns), GFP_KERNEL);
	struct kfd_gpreempt_latency latency;
	struct rnd_state rnd;
	u32 round, num, i;
	u64 us, exact;

	KUNIT_ASSERT_NOT_NULL(test, ns);
	prandom_seed_state(&rnd, 1);
	for (round = 0; round < ROUNDS; round++) {
		latency = (struct kfd_gpreempt_latency) {};
		num = 1 + prandom_u32_state(&rnd) % SAMPLES;
		for (i = 0; i < num; i++) {
			ns[i] = prandom_u32_state(&rnd) >>
				prandom_u32_state(&rnd) % 32;
			kfd_gpreempt_latency_add(&latency, ns[i]);
		}
		sort(ns, num, sizeof(*ns), compare, NULL);
		for (i = 0; i < ARRAY_SIZE(percents); i++) {
			us = kfd_gpreempt_latency_percentile_us(&latency,
								percents[i]);
			exact = ns[(num * percents[i] + 99) / 100 - 1];
			KUNIT_ASSERT_GE(test, us * US, exact);
			KUNIT_ASSERT_LE(test, us * US,
					exact < US ? US : 2 * exact);
		}
		KUNIT_ASSERT_EQ(test, us, (ns[num - 1] + US - 1) / US);
	}
}

static struct kunit_case latency_cases[] = {
	KUNIT_CASE(a_sample_is_below_its_bucket),
	KUNIT_CASE_PARAM(percentiles_of_few, percentile_gen_params),
	KUNIT_CASE(percentiles_of_many),
	{}
};

static struct kunit_suite latency_suite = {
	.name = "kfd_gpreempt_latency",
	.test_cases = latency_cases,
};

kunit_test_suite(latency_suite);

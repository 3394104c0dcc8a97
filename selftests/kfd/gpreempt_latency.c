// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt: what the percentiles of a histogram say. The file that the driver is
 * built from is compiled into this program, which needs no GPU and no module.
 */
#include "kselftest_harness.h"

#include "kfd_gpreempt_latency.c"

#define US	NS_PER_US
#define SEC	(1000 * 1000 * US)

#define SAMPLES	150

static u64 percentile_us(const struct kfd_gpreempt_latency *latency, u32 percent)
{
	return kfd_gpreempt_latency_percentile_us(latency, percent);
}

TEST(every_stage_has_a_name)
{
	unsigned int i, j;

	for (i = 0; i < KFD_GPREEMPT_STAGES; i++) {
		ASSERT_NE(NULL, kfd_gpreempt_stage_name(i));
		for (j = 0; j < i; j++)
			EXPECT_STRNE(kfd_gpreempt_stage_name(i),
				     kfd_gpreempt_stage_name(j));
	}
}

/* ---- a few -------------------------------------------------------------- */

TEST(without_samples_there_is_nothing_to_say)
{
	static const struct kfd_gpreempt_latency none;

	EXPECT_EQ(0ULL, percentile_us(&none, 1));
	EXPECT_EQ(0ULL, percentile_us(&none, 100));
}

TEST(one_sample_is_known)
{
	static const struct { u64 ns, us; } cases[] = {
		{ 0, 0 }, { 1, 1 }, { US - 1, 1 }, { US, 1 }, { US + 1, 2 },
		{ 33 * US, 33 }, { 33 * US + 1, 34 }, { 64 * US, 64 },
		{ 64 * US + 1, 65 }, { 4 * SEC, 4000000 },
		{ 3600 * SEC, 3600000000 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct kfd_gpreempt_latency latency = { 0 };

		kfd_gpreempt_latency_add(&latency, cases[i].ns);
		EXPECT_EQ(cases[i].us, percentile_us(&latency, 1));
		EXPECT_EQ(cases[i].us, percentile_us(&latency, 50));
		EXPECT_EQ(cases[i].us, percentile_us(&latency, 100));
	}
}

/* Of the others the upper end of their buckets */
TEST(ranks_are_the_nearest)
{
	struct kfd_gpreempt_latency latency = { 0 };
	unsigned int i;

	for (i = 0; i < 50; i++)
		kfd_gpreempt_latency_add(&latency, 3 * US);
	for (i = 0; i < 49; i++)
		kfd_gpreempt_latency_add(&latency, 33 * US);
	kfd_gpreempt_latency_add(&latency, 700 * US);
	EXPECT_EQ(4ULL, percentile_us(&latency, 1));
	EXPECT_EQ(4ULL, percentile_us(&latency, 50));
	EXPECT_EQ(64ULL, percentile_us(&latency, 51));
	EXPECT_EQ(64ULL, percentile_us(&latency, 99));
	EXPECT_EQ(700ULL, percentile_us(&latency, 100));
	/* One more, and the longest but one is in the 99th. */
	kfd_gpreempt_latency_add(&latency, 600 * US);
	EXPECT_EQ(64ULL, percentile_us(&latency, 98));
	EXPECT_EQ(700ULL, percentile_us(&latency, 99));
}

/* ---- many --------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return (x > y) - (x < y);
}

/* From 1 ns to 2^47 ns, all magnitudes alike */
static u64 random_ns(void)
{
	u64 ns = (u64)random() << 16 | (random() & 0xffff);

	return ns >> random() % 47;
}

/*
 * Not less than the sample of that rank and not more than twice as much, whatever
 * the samples; what is beyond all buckets is at most the longest.
 */
TEST(a_percentile_is_within_a_bucket)
{
	u64 ns[SAMPLES];
	unsigned int round, i;
	u32 percent;

	srandom(1);
	for (round = 0; round < 1000; round++) {
		struct kfd_gpreempt_latency latency = { 0 };
		unsigned int num = 1 + random() % SAMPLES;
		u64 last = 0, sum = 0;

		for (i = 0; i < num; i++) {
			ns[i] = random_ns();
			kfd_gpreempt_latency_add(&latency, ns[i]);
		}
		for (i = 0; i < KFD_GPREEMPT_LATENCY_BUCKETS; i++)
			sum += latency.bucket[i];
		ASSERT_EQ(latency.count, sum);
		qsort(ns, num, sizeof(ns[0]), compare);
		for (percent = 1; percent <= 100; percent++) {
			u64 us = percentile_us(&latency, percent);
			u64 exact = ns[(num * percent + 99) / 100 - 1];

			ASSERT_LE(last, us);
			ASSERT_LE(exact, us * US);
			if (exact < US << (KFD_GPREEMPT_LATENCY_BUCKETS - 2))
				ASSERT_GE(exact < US ? US : 2 * exact, us * US);
			last = us;
		}
		ASSERT_EQ((ns[num - 1] + US - 1) / US, last);
	}
}

TEST_HARNESS_MAIN

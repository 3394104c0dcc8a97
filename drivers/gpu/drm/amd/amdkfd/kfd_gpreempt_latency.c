// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: how long the stages of a preemption take.
 *
 * Like the policy, plain functions of plain structures, which are compiled into
 * user-space programs as well.
 */
#include "kfd_gpreempt_latency.h"
#include "kfd_gpreempt_policy_priv.h"

/* At most as many steps as there are buckets: in the timer this is bounded. */
static u32 bucket_of(u64 us)
{
	u32 bucket = 0;

	while (bucket < KFD_GPREEMPT_LATENCY_BUCKETS - 1 && us >= 1ULL << bucket)
		bucket++;
	return bucket;
}

/**
 * kfd_gpreempt_latency_add() - count one sample
 * @latency: a histogram
 * @ns: how long it took
 *
 * Context: any; the caller serialises.
 */
void kfd_gpreempt_latency_add(struct kfd_gpreempt_latency *latency, u64 ns)
{
	latency->count++;
	latency->total_ns += ns;
	latency->max_ns = max_ns(latency->max_ns, ns);
	latency->bucket[bucket_of(ns / NS_PER_US)]++;
}

static u64 round_up_us(u64 ns)
{
	return (ns + NS_PER_US - 1) / NS_PER_US;
}

/**
 * kfd_gpreempt_latency_percentile_us() - what most samples did not exceed
 * @latency: a histogram
 * @percent: of how many of its samples, 1 to 100; 100: of all, the maximum
 *
 * The sample is the nearest in rank; of it no more is known than its bucket. What
 * is said is the upper end of that, so up to twice as much as it was, but never
 * more than the longest one took.
 *
 * Context: any; the caller serialises.
 *
 * Return: us, rounded up; 0 if there are no samples.
 */
u64 kfd_gpreempt_latency_percentile_us(const struct kfd_gpreempt_latency *latency,
				       u32 percent)
{
	u64 rank = (latency->count * percent + 99) / 100;
	u64 seen = 0;
	u32 i;

	for (i = 0; i < KFD_GPREEMPT_LATENCY_BUCKETS - 1; i++) {
		seen += latency->bucket[i];
		if (seen >= rank)
			return round_up_us(min_ns(NS_PER_US << i,
						  latency->max_ns));
	}
	return round_up_us(latency->max_ns);
}

/**
 * kfd_gpreempt_stage_name() - what files call a stage
 * @stage: below KFD_GPREEMPT_STAGES
 *
 * Return: a word.
 */
const char *kfd_gpreempt_stage_name(enum kfd_gpreempt_stage stage)
{
	static const char * const names[] = {
		[KFD_GPREEMPT_STAGE_DETECT] = "detect",
		[KFD_GPREEMPT_STAGE_DECIDE] = "decide",
		[KFD_GPREEMPT_STAGE_SUBMIT] = "submit",
		[KFD_GPREEMPT_STAGE_ACKNOWLEDGE] = "acknowledge",
		[KFD_GPREEMPT_STAGE_PROGRESS] = "progress",
		[KFD_GPREEMPT_STAGE_RESUME] = "resume",
		[KFD_GPREEMPT_STAGE_WAIT] = "wait",
	};

	return names[stage];
}

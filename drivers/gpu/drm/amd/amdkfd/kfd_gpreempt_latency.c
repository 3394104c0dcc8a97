// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: how long the stages of a preemption take.
 */
#include <linux/log2.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/time64.h>

#include "kfd_gpreempt_latency.h"

/**
 * kfd_gpreempt_latency_add() - count one sample
 * @latency: the stage's histogram
 * @ns: how long it took
 *
 * Context: any; the caller serialises.
 */
void kfd_gpreempt_latency_add(struct kfd_gpreempt_latency *latency, u64 ns)
{
	u64 us = div_u64(ns, NSEC_PER_USEC);
	unsigned int bucket = us ? ilog2(us) + 1 : 0;

	latency->count++;
	latency->total_ns += ns;
	latency->max_ns = max(latency->max_ns, ns);
	latency->bucket[min_t(unsigned int, bucket,
			      KFD_GPREEMPT_LATENCY_BUCKETS - 1)]++;
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
	};

	return names[stage];
}

/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef KFD_GPREEMPT_LATENCY_H_INCLUDED
#define KFD_GPREEMPT_LATENCY_H_INCLUDED

#include "kfd_gpreempt_policy.h"	/* u64, also in user space */

/**
 * enum kfd_gpreempt_stage - the parts of a preemption's time, and LC's waits
 *
 * @KFD_GPREEMPT_STAGE_DETECT: from when an LC queue was first seen to wait to
 *	the decision of a check to preempt BE
 * @KFD_GPREEMPT_STAGE_DECIDE: from there to the worker's own decision
 * @KFD_GPREEMPT_STAGE_SUBMIT: from there to the call that submits the batch
 * @KFD_GPREEMPT_STAGE_ACKNOWLEDGE: from there to the hardware's answer
 * @KFD_GPREEMPT_STAGE_PROGRESS: from there to the first sample in which an LC
 *	queue has got on
 * @KFD_GPREEMPT_STAGE_RESUME: from the submission of a resuming batch to the
 *	hardware's answer
 * @KFD_GPREEMPT_STAGE_WAIT: from when an LC queue was first seen to wait until it
 *	was seen to have got on, whether BE was preempted for it or not
 * @KFD_GPREEMPT_STAGES: how many there are
 */
enum kfd_gpreempt_stage {
	KFD_GPREEMPT_STAGE_DETECT,
	KFD_GPREEMPT_STAGE_DECIDE,
	KFD_GPREEMPT_STAGE_SUBMIT,
	KFD_GPREEMPT_STAGE_ACKNOWLEDGE,
	KFD_GPREEMPT_STAGE_PROGRESS,
	KFD_GPREEMPT_STAGE_RESUME,
	KFD_GPREEMPT_STAGE_WAIT,
	KFD_GPREEMPT_STAGES,
};

/* Bucket n holds what is shorter than 2^n us; the last one all the rest. */
#define KFD_GPREEMPT_LATENCY_BUCKETS	24

/**
 * struct kfd_gpreempt_latency - histogram of one stage, or of a queue's waits
 *
 * @count: number of samples
 * @total_ns: their sum
 * @max_ns: the longest
 * @bucket: how many there are of each length
 */
struct kfd_gpreempt_latency {
	u64 count;
	u64 total_ns;
	u64 max_ns;
	u64 bucket[KFD_GPREEMPT_LATENCY_BUCKETS];
};

void kfd_gpreempt_latency_add(struct kfd_gpreempt_latency *latency, u64 ns);
u64 kfd_gpreempt_latency_percentile_us(const struct kfd_gpreempt_latency *latency,
				       u32 percent);
const char *kfd_gpreempt_stage_name(enum kfd_gpreempt_stage stage);

#endif

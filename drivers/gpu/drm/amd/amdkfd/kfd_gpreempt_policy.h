/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * gpreempt policy: when to take the GPU from best-effort queues, and when to
 * give it back.
 *
 * Pure decisions over plain structures: no locks, no clock, no amdkfd, DRM or
 * amdgpu header, so that the same file is compiled into amdgpu, into KUnit and
 * into user-space programs.
 */
#ifndef KFD_GPREEMPT_POLICY_H_INCLUDED
#define KFD_GPREEMPT_POLICY_H_INCLUDED

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdbool.h>
#include <stdint.h>
typedef uint32_t u32;
typedef uint64_t u64;
#endif

/**
 * enum kfd_gpreempt_class - what a queue is to the scheduler
 *
 * @KFD_GPREEMPT_SYSTEM: never looked at and never preempted
 * @KFD_GPREEMPT_BE: best-effort, gives way to latency-critical queues
 * @KFD_GPREEMPT_LC: latency-critical
 */
enum kfd_gpreempt_class {
	KFD_GPREEMPT_SYSTEM,
	KFD_GPREEMPT_BE,
	KFD_GPREEMPT_LC,
};

/**
 * struct kfd_gpreempt_knobs - what the operator sets, per node
 *
 * @monitor_interval_us: timer period while LC and BE queues exist but either
 *	kind has no active queue
 * @lc_interval_us: timer period while both kinds have active queues
 * @lc_priority_min: queues with this priority or above are LC
 * @confirm_us: how long an LC queue must wait without progress before BE is
 *	preempted; 0: no time at all
 * @resume_delay_us: how long every LC queue must be empty before BE resumes
 */
struct kfd_gpreempt_knobs {
	u32 monitor_interval_us;
	u32 lc_interval_us;
	u32 lc_priority_min;
	u32 confirm_us;
	u32 resume_delay_us;
};

/**
 * struct kfd_gpreempt_watch - what is remembered of an LC queue between samples
 *
 * @rptr: read pointer at the last sample, in the ring's own unit
 * @stuck_since_ns: when the queue was first seen to wait at @rptr; meaningful
 *	while @pending
 * @pending: the ring had unread packets at the last sample
 */
struct kfd_gpreempt_watch {
	u64 rptr;
	u64 stuck_since_ns;
	bool pending;
};

/**
 * struct kfd_gpreempt_view - what a decision is made from
 *
 * @now_ns: time of the sample, monotonic
 * @be_held: BE queues are held off by an earlier decision
 * @be_tracked: number of BE queues that exist
 * @be_active: number of BE queues that the hardware may run
 * @lc_tracked: number of LC queues that exist and can be watched
 * @lc_active: number of those that the hardware may run
 * @lc_pending: number of active LC queues with unread packets
 * @lc_stuck_ns: longest time for which one of them has made no progress
 * @lc_idle_ns: for how long no active LC queue has had unread packets
 */
struct kfd_gpreempt_view {
	u64 now_ns;
	bool be_held;
	u32 be_tracked;
	u32 be_active;
	u32 lc_tracked;
	u32 lc_active;
	u32 lc_pending;
	u64 lc_stuck_ns;
	u64 lc_idle_ns;
};

/**
 * enum kfd_gpreempt_action - what to do now
 *
 * @KFD_GPREEMPT_NOTHING: leave all queues as they are
 * @KFD_GPREEMPT_PREEMPT: preempt every active BE queue, in one batch
 * @KFD_GPREEMPT_RESUME: resume every held BE queue, in one batch
 */
enum kfd_gpreempt_action {
	KFD_GPREEMPT_NOTHING,
	KFD_GPREEMPT_PREEMPT,
	KFD_GPREEMPT_RESUME,
};

/**
 * struct kfd_gpreempt_decision - what the policy wants
 *
 * @action: what to do now
 * @next_ns: look again after this many ns; 0: not before an event
 */
struct kfd_gpreempt_decision {
	enum kfd_gpreempt_action action;
	u64 next_ns;
};

enum kfd_gpreempt_class
kfd_gpreempt_classify(const struct kfd_gpreempt_knobs *knobs, u32 priority);
void kfd_gpreempt_watch_sample(struct kfd_gpreempt_watch *watch, u64 rptr,
			       bool pending, u64 now_ns);
struct kfd_gpreempt_decision
kfd_gpreempt_decide(const struct kfd_gpreempt_knobs *knobs,
		    const struct kfd_gpreempt_view *view);

#endif

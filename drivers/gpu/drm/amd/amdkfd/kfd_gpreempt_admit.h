/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * gpreempt policy: which best-effort queues may have a slot.
 *
 * Pure decisions, as in kfd_gpreempt_policy.h.
 */
#ifndef KFD_GPREEMPT_ADMIT_H_INCLUDED
#define KFD_GPREEMPT_ADMIT_H_INCLUDED

#include "kfd_gpreempt_policy.h"

/**
 * struct kfd_gpreempt_candidate - a BE queue that could have a slot
 *
 * @process: index of its process in the array of shares
 * @served_ns: how long it has had a slot so far, as kfd_gpreempt_level() left
 *	it
 * @wants: it has something to do
 * @keeps: it has a slot that may not be taken from it
 * @admitted: out: it has a slot from now on
 */
struct kfd_gpreempt_candidate {
	u32 process;
	u64 served_ns;
	bool wants;
	bool keeps;
	bool admitted;
};

/**
 * struct kfd_gpreempt_share - a process with BE queues
 *
 * @served_ns: how long it has had the slots that it wanted so far, as
 *	kfd_gpreempt_level() left it; see kfd_gpreempt_served_ns()
 * @in_runlist: it is in the runlist anyway and needs no place for a process
 * @wanted: out: slots that it would have if it were alone, for queues that have
 *	something to do; without those that keep theirs: they would be paid for
 *	all the time, and the others never get a turn
 * @admitted: out: how many of these it has from now on
 * @least_ns: scratch of kfd_gpreempt_level()
 * @first: scratch of kfd_gpreempt_admit(): where its queues begin
 * @queues: the same: how many they are
 */
struct kfd_gpreempt_share {
	u64 served_ns;
	bool in_runlist;
	u32 wanted;
	u32 admitted;
	u64 least_ns;
	u32 first;
	u32 queues;
};

u32 kfd_gpreempt_be_slots(const struct kfd_gpreempt_knobs *knobs, u32 total,
			  u32 others);
u64 kfd_gpreempt_served_ns(const struct kfd_gpreempt_share *share,
			   u64 elapsed_ns);
void kfd_gpreempt_level(struct kfd_gpreempt_candidate *candidates, u32 count,
			struct kfd_gpreempt_share *shares, u32 processes,
			u64 *floor_ns, u64 lead_ns);
void kfd_gpreempt_admit(struct kfd_gpreempt_candidate *candidates, u32 count,
			struct kfd_gpreempt_share *shares, u32 processes,
			u32 *order, u32 slots, u32 process_slots);

#endif

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What runs on compute units, and what waits for them.
 */
#ifndef KFDSIM_COMPUTE_H
#define KFDSIM_COMPUTE_H

#include <linux/bits.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/types.h>

#include "kfdsim_event.h"
#include "kfdsim_uapi.h"

#define KFDSIM_MAX_XCC		8
#define KFDSIM_MAX_CU		96	/* of one XCC */
#define KFDSIM_MAX_CUS		320	/* of a node */

struct kfdsim_hqd;
struct kfdsim_hw;
struct kfdsim_node;
struct seq_file;

/**
 * struct kfdsim_times - run times that workgroups of a dispatch take in turn
 *
 * @ns: the times, as many as kernel.num_times says
 * @building: of each, as kfdsim_dispatch.building
 */
struct kfdsim_times {
	u64 ns[KFDSIM_MAX_TIMES];
	struct kfdsim_cohort *building[KFDSIM_MAX_TIMES];
};

/**
 * struct kfdsim_dispatch - a kernel dispatch that has begun to launch
 *
 * @link: in hqd->dispatches, in packet order
 * @hqd: the queue
 * @packet_id: see kfdsim_hqd_packet_id()
 * @kernel: copy of the descriptor, with the derived fields filled in
 * @signal_va: completion signal, 0 for none
 * @total: workgroups
 * @outstanding: of them, those that have not finished
 * @unlaunched: of those, the ones that have not been launched
 * @rem: the share of each XCC in @unlaunched
 * @times: run times of fresh workgroups; NULL: kernel.workgroup_ns
 * @start_ns: when the first wave started; 0 before that
 * @cohorts: what runs
 * @saved: what was saved and waits for slots
 * @building: cohort being assembled by the launch pass, NULL outside it, and
 *	if there are @times
 * @eop: writes the completion signal
 */
struct kfdsim_dispatch {
	struct list_head link;
	struct kfdsim_hqd *hqd;
	u64 packet_id;
	struct kfdsim_kernel kernel;
	u64 signal_va;
	u32 total;
	u32 outstanding;
	u32 unlaunched;
	u32 rem[KFDSIM_MAX_XCC];
	struct kfdsim_times *times;
	u64 start_ns;
	struct list_head cohorts;
	struct list_head saved;
	struct kfdsim_cohort *building;
	struct kfdsim_event eop;
};

/**
 * struct kfdsim_launch - what a packet says of a dispatch
 *
 * @kernel_va: where the kernel is
 * @signal_va: completion signal, 0 for none
 * @lanes: of a workgroup
 * @total: workgroups
 * @xcc: of the node, that runs all of them; -1: each its share
 */
struct kfdsim_launch {
	u64 kernel_va;
	u64 signal_va;
	u64 lanes;
	u32 total;
	int xcc;
};

/**
 * struct kfdsim_cohort - workgroups of a dispatch that end together
 *
 * Thousands of workgroups are a few cohorts, so that their number costs
 * nothing to simulate.
 *
 * @link: in dispatch->cohorts
 * @end: the event that ends it
 * @dispatch: its dispatch
 * @building: where the launch pass of fresh ones finds it
 * @left_ns: run time that it had left when it was launched; what is left once
 *	it is frozen
 * @run_ns: what that takes beside others, see kfdsim_interference.c
 * @restored_on: XCC that its waves are restored on; -1 for fresh ones
 * @count: workgroups
 * @wgs: workgroups on each XCC
 * @cu: workgroups on each compute unit, XCC after XCC; see kfdsim_node_cu()
 */
struct kfdsim_cohort {
	struct list_head link;
	struct kfdsim_event end;
	struct kfdsim_dispatch *dispatch;
	struct kfdsim_cohort **building;
	u64 left_ns;
	u64 run_ns;
	int restored_on;
	u32 count;
	u16 wgs[KFDSIM_MAX_XCC];
	u8 cu[KFDSIM_MAX_CUS];
};

/* Saved workgroups of one XCC that wait for slots to be restored to */
struct kfdsim_saved {
	struct list_head link;
	unsigned int xcc;
	u32 wgs;
	u64 left_ns;
	struct kfdsim_cohort *building;
};

/* Workgroups to launch: restored from @saved, or fresh ones if that is NULL */
struct kfdsim_work {
	struct kfdsim_dispatch *dispatch;
	struct kfdsim_saved *saved;
};

/**
 * struct kfdsim_xcc - one compute die
 *
 * @free: free wave slots of each compute unit
 * @free_total: their sum
 * @cu_se: shader engine of each compute unit
 * @cu_bit: and its bit in that engine's static thread management mask
 * @swap_busy_ns: until when its share of memory bandwidth is taken by wave
 *	saves and restores, which share it
 */
struct kfdsim_xcc {
	u8 free[KFDSIM_MAX_CU];
	u32 free_total;
	u8 cu_se[KFDSIM_MAX_CU];
	u8 cu_bit[KFDSIM_MAX_CU];
	u64 swap_busy_ns;
};

/* As good as for ever, and no sum of it and a model time overflows */
#define KFDSIM_FOREVER_NS	BIT_ULL(60)

/* A time to run that a program has written */
static inline u64 kfdsim_run_ns(u64 ns)
{
	return min(ns, KFDSIM_FOREVER_NS);
}

/* kfdsim_xcc.c. Here and below: hw->lock is held. */
void kfdsim_xcc_init(struct kfdsim_hw *hw);
u64 kfdsim_xcc_swap(struct kfdsim_hw *hw, unsigned int xcc, u64 bytes, u64 now);

/* kfdsim_compute.c */
struct kfdsim_dispatch *kfdsim_dispatch_new(struct kfdsim_hqd *hqd,
					    u64 packet_id);
int kfdsim_dispatch_add_saved(struct kfdsim_dispatch *d, unsigned int xcc,
			      u32 wgs, u64 left_ns);
struct kfdsim_cohort *kfdsim_cohort_new(struct kfdsim_dispatch *d, u64 left_ns,
					int restored_on);
void kfdsim_compute_freeze(struct kfdsim_hqd *hqd, u64 now);
void kfdsim_compute_drop(struct kfdsim_hqd *hqd, u64 now);
void kfdsim_compute_drop_unstarted(struct kfdsim_hqd *hqd);
bool kfdsim_compute_has_work(const struct kfdsim_hqd *hqd);
u64 kfdsim_compute_bytes(const struct kfdsim_hqd *hqd, unsigned int xcc);

/* kfdsim_launch.c */
void kfdsim_launch_init(struct kfdsim_node *node);
void kfdsim_launch_ready(struct kfdsim_hqd *hqd, u64 now);

/* kfdsim_dispatch.c */
bool kfdsim_kernel_ok(const struct kfdsim_hw *hw,
		      const struct kfdsim_kernel *kernel);
void kfdsim_dispatch_start(struct kfdsim_hqd *hqd,
			   const struct kfdsim_launch *launch, u64 now);

/* kfdsim_interference.c */
u64 kfdsim_cohort_run_ns(const struct kfdsim_cohort *c);
u64 kfdsim_cohort_left_ns(const struct kfdsim_cohort *c, u64 now);

/* kfdsim_usage.c */
void kfdsim_usage_add(struct kfdsim_cohort *c, u64 ns);
void kfdsim_usage_show(struct seq_file *m, struct kfdsim_hw *hw, u64 now);
void kfdsim_usage_free(struct kfdsim_hw *hw);

/* kfdsim_cwsr.c */
int kfdsim_cwsr_save(struct kfdsim_hqd *hqd, unsigned int xcc, u32 *used);
int kfdsim_cwsr_restore(struct kfdsim_hqd *hqd);

#endif

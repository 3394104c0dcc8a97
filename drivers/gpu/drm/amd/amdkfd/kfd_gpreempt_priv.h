/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * gpreempt: what its own files share.
 *
 * Lock order, outermost first:
 *
 *   kfd_gpreempt.control   sysfs writers and teardown, one at a time
 *   dqm lock               every change of a queue's state, every submission
 *   kfd_gpreempt.lock      the lists, the samples, the knobs; taken by the
 *                          timer in hard interrupt context
 *
 * A sysfs writer never takes the dqm lock itself: amdkfd removes sysfs
 * entries under the topology lock and takes the topology lock under the dqm
 * lock, so that waiting for the dqm lock here could close a cycle. The worker
 * does what needs that lock.
 */
#ifndef KFD_GPREEMPT_PRIV_H_INCLUDED
#define KFD_GPREEMPT_PRIV_H_INCLUDED

#include <linux/hrtimer.h>
#include <linux/kobject.h>
#include <linux/kthread.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

#include "kfd_gpreempt.h"

/**
 * enum kfd_gpreempt_exit - why the scheduler of a node turned itself off
 *
 * @KFD_GPREEMPT_EXIT_NONE: it did not
 * @KFD_GPREEMPT_EXIT_HWS_HANG: the hardware scheduler did not answer an unmap
 *	in time; amdkfd resets the GPU
 * @KFD_GPREEMPT_EXIT_MAP_FAILED: the runlist could not be submitted again
 */
enum kfd_gpreempt_exit {
	KFD_GPREEMPT_EXIT_NONE,
	KFD_GPREEMPT_EXIT_HWS_HANG,
	KFD_GPREEMPT_EXIT_MAP_FAILED,
};

/**
 * struct kfd_gpreempt_stats - what a node's scheduler has done since boot
 *
 * @checks: samples taken by the timer
 * @inversions: checks that found an LC queue waiting behind BE
 * @preemptions: batches of BE queues that were preempted
 * @resumes: batches that were resumed
 * @queues_preempted: active queues in the preempted batches
 * @queues_resumed: queues that the resumed batches made active
 * @failures: submissions that amdkfd refused
 * @preempt_ns: total time from the submission of a preempting runlist to its
 *	acknowledgment
 * @resume_ns: the same for resuming runlists
 * @be_held_ns: total time for which BE was held off
 *
 * Protected by &kfd_gpreempt.lock.
 */
struct kfd_gpreempt_stats {
	u64 checks;
	u64 inversions;
	u64 preemptions;
	u64 resumes;
	u64 queues_preempted;
	u64 queues_resumed;
	u64 failures;
	u64 preempt_ns;
	u64 resume_ns;
	u64 be_held_ns;
};

/**
 * struct kfd_gpreempt - the scheduler of one node
 *
 * @dqm: the queues' manager
 * @control: serialises enable, disable and teardown
 * @lock: see the lock order above
 * @knobs: protected by @lock
 * @stats: protected by @lock
 * @enabled: the operator wants the scheduler; written under @control and
 *	@lock, or by kfd_gpreempt_exit() under the dqm lock and @lock
 * @started: the dqm is running; written under the dqm lock and @lock
 * @reclassify: lc_priority_min has changed; protected by @lock
 * @held: BE is held off; written under the dqm lock and @lock
 * @held_since_ns: since when; written with @held
 * @exit: why the scheduler turned itself off; written with @enabled
 * @seq: number of the current or last preemption; under the dqm lock
 * @lc: LC queues, by &kfd_gpreempt_queue.node
 * @be: BE queues, by &kfd_gpreempt_queue.node
 * @be_tracked: length of @be
 * @lc_idle_since_ns: when the LC queues were first seen to be empty; under
 *	@lock
 * @timer: the monitor
 * @worker: runs @work; exists from the first enable on; under @control
 * @work: checks again under the dqm lock, and acts
 * @settled: woken when @work has run
 * @kobj: directory nodes/<n>/gpreempt, NULL while the topology is rebuilt;
 *	under the directories' mutex in kfd_gpreempt_sysfs.c
 * @detached: no directory may be created any more; as @kobj
 */
struct kfd_gpreempt {
	struct device_queue_manager *dqm;
	struct mutex control;
	raw_spinlock_t lock;
	struct kfd_gpreempt_knobs knobs;
	struct kfd_gpreempt_stats stats;
	bool enabled;
	bool started;
	bool reclassify;
	bool held;
	u64 held_since_ns;
	enum kfd_gpreempt_exit exit;
	u32 seq;
	struct list_head lc;
	struct list_head be;
	u32 be_tracked;
	u64 lc_idle_since_ns;
	struct hrtimer timer;
	struct kthread_worker *worker;
	struct kthread_work work;
	wait_queue_head_t settled;
	struct kobject *kobj;
	bool detached;
};

/* kfd_gpreempt.c */
const struct kfd_gpreempt_knobs *kfd_gpreempt_default_knobs(void);
int kfd_gpreempt_enable(struct kfd_gpreempt *gp);
int kfd_gpreempt_disable(struct kfd_gpreempt *gp);
const char *kfd_gpreempt_exit_name(enum kfd_gpreempt_exit exit);
void kfd_gpreempt_exit(struct kfd_gpreempt *gp, enum kfd_gpreempt_exit reason);

/* kfd_gpreempt_queue.c */
void kfd_gpreempt_reclassify(struct kfd_gpreempt *gp);
void kfd_gpreempt_apply_priorities(struct kfd_gpreempt *gp);

/* kfd_gpreempt_monitor.c */
void kfd_gpreempt_monitor_init(struct kfd_gpreempt *gp);
void kfd_gpreempt_monitor_kick(struct kfd_gpreempt *gp);
void kfd_gpreempt_monitor_arm(struct kfd_gpreempt *gp, u64 delay_ns);
void kfd_gpreempt_monitor_cancel(struct kfd_gpreempt *gp);
struct kfd_gpreempt_decision kfd_gpreempt_check(struct kfd_gpreempt *gp);

/* kfd_gpreempt_dqm.c */
void kfd_gpreempt_preempt_be(struct kfd_gpreempt *gp);
void kfd_gpreempt_resume_be(struct kfd_gpreempt *gp);
void kfd_gpreempt_release_be(struct kfd_gpreempt *gp);
void kfd_gpreempt_promote(struct kfd_gpreempt *gp, struct list_head *promoted);

/* kfd_gpreempt_sysfs.c */
void kfd_gpreempt_sysfs_detach(struct kfd_gpreempt *gp);

/* kfd_gpreempt_ring.c */
int kfd_gpreempt_ring_map(struct queue *q);
void kfd_gpreempt_ring_unmap(struct queue *q);
bool kfd_gpreempt_ring_pending(const struct queue *q, u64 *rptr);

#endif

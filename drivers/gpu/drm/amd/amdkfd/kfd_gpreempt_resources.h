/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * gpreempt: what a scheduler needs to work; each part belongs to one file.
 */
#ifndef KFD_GPREEMPT_RESOURCES_H_INCLUDED
#define KFD_GPREEMPT_RESOURCES_H_INCLUDED

#include <linux/kobject.h>
#include <linux/kthread.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

struct kernfs_node;
struct kfd_cu_occupancy;
struct kfd_gpreempt_candidate;
struct kfd_gpreempt_share;

/**
 * struct kfd_gpreempt_slots - room to hand out slots (kfd_gpreempt_hqd.c)
 *
 * @candidates: for every tracked BE queue
 * @shares: for as many processes
 * @order: for twice as many numbers
 * @room: for how many
 *
 * Under the dqm lock.
 */
struct kfd_gpreempt_slots {
	struct kfd_gpreempt_candidate *candidates;
	struct kfd_gpreempt_share *shares;
	u32 *order;
	u32 room;
};

/**
 * struct kfd_gpreempt_occupancy - what the hardware last said of its waves
 * (kfd_gpreempt_waves.c)
 *
 * @queues: of each queue with waves; NULL if it can't say
 * @occupied: how many these are, from the first on
 * @waves: sum of their waves
 * @ask_cost_ns: how long asking took
 *
 * Under the dqm lock.
 */
struct kfd_gpreempt_occupancy {
	struct kfd_cu_occupancy *queues;
	u32 occupied;
	u32 waves;
	u64 ask_cost_ns;
};

/**
 * struct kfd_gpreempt_thread - in which the scheduler acts
 * (kfd_gpreempt_worker.c)
 *
 * @worker: runs @work; exists from the first enable on; written under
 *	&kfd_gpreempt.control and &kfd_gpreempt.lock
 * @task: its thread; a reference
 * @work: kfd_gpreempt_work()
 * @demotion: takes the thread its priority while it waits for long
 * @spins: it waits for the hardware; written by the thread
 * @demoted: it has lost its priority
 * @rest_ns: for how long it has not run; written by it, as the following
 * @run_began_ns: when it began to run last
 * @run_ended_ns: when it had run last
 * @run_ns: how long it runs, averaged
 */
struct kfd_gpreempt_thread {
	struct kthread_worker *worker;
	struct task_struct *task;
	struct kthread_work work;
	struct delayed_work demotion;
	bool spins;
	bool demoted;
	u64 rest_ns;
	u64 run_began_ns;
	u64 run_ended_ns;
	u64 run_ns;
};

/**
 * struct kfd_gpreempt_runlist - what is special about it (kfd_gpreempt_hws.c)
 *
 * @thins: processes without a queue get no entry; changes under the dqm lock
 *	only, so that a runlist is as long as was counted
 * @unmapped: the last one could not be submitted
 *
 * Under the dqm lock.
 */
struct kfd_gpreempt_runlist {
	bool thins;
	bool unmapped;
};

/**
 * struct kfd_gpreempt_files - the directory nodes/<n>/gpreempt
 * (kfd_gpreempt_sysfs.c, kfd_gpreempt_switch.c)
 *
 * @kobj: the directory, NULL while the topology is rebuilt; under the
 *	directories' mutex in kfd_gpreempt_sysfs.c, as @detached
 * @detached: no directory may be created any more
 * @state_lock: of the following; outside &kfd_gpreempt.lock
 * @state_file: the file "state", to wake who polls it; NULL as @kobj
 * @state_told: what it said when they were last woken
 */
struct kfd_gpreempt_files {
	struct kobject *kobj;
	bool detached;
	spinlock_t state_lock; /* the following */
	struct kernfs_node *state_file;
	char state_told[24];
};

#endif

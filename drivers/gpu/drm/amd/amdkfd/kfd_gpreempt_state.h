/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * gpreempt: what a scheduler knows and remembers; each part belongs to one file.
 */
#ifndef KFD_GPREEMPT_STATE_H_INCLUDED
#define KFD_GPREEMPT_STATE_H_INCLUDED

#include <linux/hrtimer.h>
#include <linux/kobject.h>
#include <linux/kthread.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "kfd_gpreempt.h"
#include "kfd_gpreempt_latency.h"

struct kernfs_node;
struct kfd_cu_occupancy;
struct kfd_gpreempt;

/**
 * enum kfd_gpreempt_exit - why the scheduler of a node turned itself off
 *
 * @KFD_GPREEMPT_EXIT_NONE: it did not
 * @KFD_GPREEMPT_EXIT_HWS_HANG: the hardware scheduler did not answer in time;
 *	amdkfd resets the GPU
 * @KFD_GPREEMPT_EXIT_MAP_FAILED: queues could not be mapped again
 */
enum kfd_gpreempt_exit {
	KFD_GPREEMPT_EXIT_NONE,
	KFD_GPREEMPT_EXIT_HWS_HANG,
	KFD_GPREEMPT_EXIT_MAP_FAILED,
};

/**
 * enum kfd_gpreempt_way - how an HQD is taken from its queue, in no-HWS mode
 *
 * @KFD_GPREEMPT_WAY_DEFAULT: save, or drain where CWSR is off; the only way
 *	that the scheduler uses
 * @KFD_GPREEMPT_WAY_SAVE: waves are saved and continue later
 * @KFD_GPREEMPT_WAY_DRAIN: waves run to their end
 * @KFD_GPREEMPT_WAY_RESET: waves are killed, their work is lost
 */
enum kfd_gpreempt_way {
	KFD_GPREEMPT_WAY_DEFAULT,
	KFD_GPREEMPT_WAY_SAVE,
	KFD_GPREEMPT_WAY_DRAIN,
	KFD_GPREEMPT_WAY_RESET,
};

/**
 * enum kfd_gpreempt_wakeup - what doorbells have to tell
 *
 * @KFD_GPREEMPT_RUNG: one that was armed is about to be rung
 * @KFD_GPREEMPT_MAPPED: a process has mapped its doorbells
 */
enum kfd_gpreempt_wakeup {
	KFD_GPREEMPT_RUNG,
	KFD_GPREEMPT_MAPPED,
};

/**
 * struct kfd_gpreempt_stats - what a node's scheduler has done since boot
 *
 * @checks: samples taken by the timer
 * @events: checks caused by an event of amdkfd
 * @doorbells: checks caused by an armed doorbell
 * @inversions: checks that found an LC queue waiting behind BE
 * @preemptions: batches of BE queues that were preempted
 * @resumes: batches that were resumed
 * @queues_preempted: active queues in the preempted batches
 * @queues_resumed: queues that the resumed batches made active
 * @rotations: batches that handed slots from queue to queue
 * @queues_throttled: queues that were left or put without a slot
 * @deactivations: queues that gave up their slot because they were idle
 * @wakeups: queues that got it back
 * @false_idles: of the deactivations, those undone because waves were found
 * @guards: times that BE was resumed because LC made no progress without it
 * @starvations: times that BE was resumed because it had waited too long
 * @failures: submissions that amdkfd refused
 * @preempt_ns: total time from the submission of a preempting batch to its
 *	acknowledgment
 * @resume_ns: the same for resuming batches
 * @be_held_ns: total time for which BE was held off
 * @guard_ns: total time for which BE was held off in vain, before a guard
 *
 * Protected by &kfd_gpreempt.lock.
 */
struct kfd_gpreempt_stats {
	u64 checks;
	u64 events;
	u64 doorbells;
	u64 inversions;
	u64 preemptions;
	u64 resumes;
	u64 queues_preempted;
	u64 queues_resumed;
	u64 rotations;
	u64 queues_throttled;
	u64 deactivations;
	u64 wakeups;
	u64 false_idles;
	u64 guards;
	u64 starvations;
	u64 failures;
	u64 preempt_ns;
	u64 resume_ns;
	u64 be_held_ns;
	u64 guard_ns;
};

/**
 * struct kfd_gpreempt_mechanism - how queues go off and on the hardware
 *
 * @unmap: take one queue off now, with its waves; NULL if @submit does it
 * @map: put one queue on now; NULL if @submit does it. -EBUSY: there is no slot
 * @slot: give a queue that is not active a slot of its own, if queues have such;
 *	-EBUSY: there is none
 * @submit: make what is active what is mapped, all at once, of which @on queues
 *	are new; NULL if @unmap and @map have done it
 * @processes: how many processes can be mapped without over-subscription
 *
 * Called under the dqm lock. All return 0 or a negative errno; the queue's
 * is_active and amdkfd's counts are the caller's.
 */
struct kfd_gpreempt_mechanism {
	int (*unmap)(struct kfd_gpreempt *gp, struct queue *q,
		     enum kfd_gpreempt_way way);
	int (*map)(struct kfd_gpreempt *gp, struct queue *q);
	int (*slot)(struct kfd_gpreempt *gp, struct queue *q);
	int (*submit)(struct kfd_gpreempt *gp, u32 on);
	u32 (*processes)(struct kfd_gpreempt *gp);
};

/**
 * struct kfd_gpreempt_batch - changes that are put together and then made
 *
 * @cause: why
 * @way: how queues are taken off
 * @off: active queues that the batch takes off
 * @on: queues that the batch makes active
 * @duration_ns: from the submission to the acknowledgment
 * @exit: after a failure: why the scheduler can't go on, if it can't
 */
struct kfd_gpreempt_batch {
	enum kfd_gpreempt_cause cause;
	enum kfd_gpreempt_way way;
	u32 off;
	u32 on;
	u64 duration_ns;
	enum kfd_gpreempt_exit exit;
};

/**
 * struct kfd_gpreempt_power - is the scheduler on? (kfd_gpreempt_switch.c)
 *
 * @enabled: the operator wants it to be; written under &kfd_gpreempt.control
 *	and &kfd_gpreempt.lock, or by kfd_gpreempt_exit() under the dqm lock and
 *	&kfd_gpreempt.lock
 * @exit: why it turned itself off; as @enabled
 * @started: the dqm is running, and not halted
 * @halted_since_ns: since when it is halted, or 0
 * @settling: a disable waits for the worker
 * @settled: woken when the worker has run
 *
 * Written under the dqm lock and &kfd_gpreempt.lock, if not said otherwise;
 * @settling under the latter.
 */
struct kfd_gpreempt_power {
	bool enabled;
	enum kfd_gpreempt_exit exit;
	bool started;
	u64 halted_since_ns;
	bool settling;
	wait_queue_head_t settled;
};

/**
 * struct kfd_gpreempt_due - what waits for the worker
 *
 * @reclassify: the class of any queue may have changed
 * @place: slots have to be handed out anew
 * @place_at_ns: when that becomes true; 0: not by itself
 * @scan: a doorbell of a sleeping queue may have rung
 *
 * Under &kfd_gpreempt.lock.
 */
struct kfd_gpreempt_due {
	bool reclassify;
	bool place;
	u64 place_at_ns;
	bool scan;
};

/**
 * struct kfd_gpreempt_hold - is BE off for LC's sake? (kfd_gpreempt_act.c)
 *
 * @seq: number of the current or last preemption
 * @taking: BE is being taken off
 * @held: it is off
 * @since_ns: since when
 * @resumed_ns: since when it is not
 * @save_ns: how long the last preemption took the hardware
 *
 * Written under the dqm lock and &kfd_gpreempt.lock; @seq under the dqm lock.
 */
struct kfd_gpreempt_hold {
	u32 seq;
	bool taking;
	bool held;
	u64 since_ns;
	u64 resumed_ns;
	u64 save_ns;
};

/**
 * struct kfd_gpreempt_inversion - the one that is being resolved
 *
 * @detected_ns: when it was noticed; 0: there is none
 * @stuck_ns: for how long LC had waited then
 * @progress_from_ns: when BE was out of the way; 0: an LC queue has made
 *	progress since
 *
 * Under &kfd_gpreempt.lock.
 */
struct kfd_gpreempt_inversion {
	u64 detected_ns;
	u64 stuck_ns;
	u64 progress_from_ns;
};

/**
 * struct kfd_gpreempt_repay - who pays what BE is owed (kfd_gpreempt_repay.c)
 *
 * @marked_ns: what BE had waited when it was last looked; under
 *	&kfd_gpreempt.lock
 * @round: number of the current look at all LC processes; under the dqm lock
 */
struct kfd_gpreempt_repay {
	u64 marked_ns;
	u32 round;
};

/**
 * struct kfd_gpreempt_seen - the last samples of the LC queues, summed up
 * (kfd_gpreempt_seen.c)
 *
 * @tracked: they can be watched
 * @armed: a CPU can't ring them unnoticed
 * @active: they may run, or may once they are woken
 * @pending: they wait
 * @doubted: they wait, and are not believed yet
 * @asleep_pending: they have to be woken
 * @blocked: they wait for something other than compute units
 * @idle_since_ns: when all were first seen to be empty
 * @next: which of them the timer looks at next; NULL: the first one
 * @rang_round: number of the last look for doorbells that were rung; under the
 *	dqm lock
 *
 * Under &kfd_gpreempt.lock.
 */
struct kfd_gpreempt_seen {
	u32 tracked;
	u32 armed;
	u32 active;
	u32 pending;
	u32 doubted;
	u32 asleep_pending;
	u32 blocked;
	u64 idle_since_ns;
	struct queue *next;
	u32 rang_round;
};

/**
 * struct kfd_gpreempt_verified - what the hardware has said
 * (kfd_gpreempt_verify.c)
 *
 * @lc_runs_until_ns: LC queues had waves, and are not asked again before
 * @be_clear_until_ns: BE queues had none, and are not asked again before
 * @be_clear_gap_ns: how far that was put off
 *
 * Under &kfd_gpreempt.lock.
 */
struct kfd_gpreempt_verified {
	u64 lc_runs_until_ns;
	u64 be_clear_until_ns;
	u64 be_clear_gap_ns;
};

/**
 * struct kfd_gpreempt_counts - queues by what they are (kfd_gpreempt_count.c)
 *
 * @be_active: active BE queues that may be taken off
 * @be_throttled: BE queues with work and without a slot for want of one
 * @asleep: queues that have nothing to do and are off for that, or for want of
 *	a slot
 * @asleep_be: those of these that are BE
 * @asleep_deaf: of @asleep, queues whose doorbell is not armed
 * @slots_short: slots that idle queues have to give up
 * @by_hand: queues held by hand
 * @in_debt: LC queues that are off because their process owes BE a quantum
 * @off: queues that are off for any reason
 *
 * Written under the dqm lock and &kfd_gpreempt.lock.
 */
struct kfd_gpreempt_counts {
	u32 be_active;
	u32 be_throttled;
	u32 asleep;
	u32 asleep_be;
	u32 asleep_deaf;
	u32 slots_short;
	u32 by_hand;
	u32 in_debt;
	u32 off;
};

/**
 * struct kfd_gpreempt_armings - when doorbells are armed, and when the timer may
 * sleep (kfd_gpreempt_arm.c)
 *
 * @quiet: nothing is known to run, and no CPU can ring unnoticed; written under
 *	&kfd_gpreempt.lock
 * @quiet_after_ns: not before then is it worth to ask whether the node is quiet
 * @sample: number of the current or last sample; under &kfd_gpreempt.lock
 * @at_ns: when the first of the idle processes may be armed that are not, as
 *	the last sample has seen them, or U64_MAX; under &kfd_gpreempt.lock
 * @round: number of the current round of arming
 * @chat_after_ns: not before then is a process armed whose rings tell nothing
 * @rest_ns: for how long the worker has not run; it only, as the following
 * @run_began_ns: when it began to run last
 * @run_ended_ns: when it had run last
 * @run_ns: how long it runs, averaged
 *
 * What is not said otherwise is under the dqm lock.
 */
struct kfd_gpreempt_armings {
	bool quiet;
	u64 quiet_after_ns;
	u32 sample;
	u64 at_ns;
	u32 round;
	u64 chat_after_ns;
	u64 rest_ns;
	u64 run_began_ns;
	u64 run_ended_ns;
	u64 run_ns;
};

/**
 * struct kfd_gpreempt_service - who has had slots (kfd_gpreempt_service.c)
 *
 * @accounted_ns: until when the service of the queues has been added up
 * @slot_ns: how long those that have slots have had them, up to then
 * @floor_ns: what the least served process has had
 *
 * Written under the dqm lock and &kfd_gpreempt.lock; @floor_ns under the former.
 */
struct kfd_gpreempt_service {
	u64 accounted_ns;
	u64 slot_ns;
	u64 floor_ns;
};

/**
 * struct kfd_gpreempt_slots - room to hand out slots (kfd_gpreempt_hqd.c)
 *
 * @candidates: for every tracked BE queue
 * @shares: for as many processes
 * @order: for as many numbers
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
 * (kfd_gpreempt_occupancy.c)
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
 */
struct kfd_gpreempt_thread {
	struct kthread_worker *worker;
	struct task_struct *task;
	struct kthread_work work;
	struct delayed_work demotion;
	bool spins;
	bool demoted;
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
 * (kfd_gpreempt_sysfs.c, kfd_gpreempt_notify.c)
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

/**
 * struct kfd_gpreempt - the scheduler of one node
 *
 * @dqm: the queues' manager
 * @mechanism: how its queues go off and on
 * @woken: what doorbells tell of a wakeup
 * @hqd_total: slots for compute queues; constant, as the above
 * @control: serialises enable, disable and teardown
 * @lock: see the lock order in kfd_gpreempt_priv.h
 * @knobs: what the operator has set; protected by @lock, as @stats and @latency
 * @default_knobs: what @knobs was in the beginning; constant
 * @stats: what it has done
 * @latency: how long that took
 * @lc: LC queues, by &kfd_gpreempt_queue.node; as @tracked
 * @be: BE queues
 * @system: other tracked queues
 * @tracked: queues in the three lists, which change under the dqm lock and @lock
 * @be_tracked: length of @be; as @tracked
 * @debt: what BE is owed; under @lock
 * @timer: the monitor
 * @power: is it on?
 * @due: what waits for the worker
 * @hold: is BE off?
 * @inversion: the one that is being resolved
 * @repay: who pays what BE is owed
 * @seen: what is known of the LC queues
 * @verify: what the hardware has said
 * @count: queues by what they are
 * @arming: when doorbells are armed
 * @service: who has had slots
 * @slots: room to hand out slots
 * @occupancy: waves
 * @thread: in which it acts
 * @runlist: what is special about it
 * @files: in sysfs
 */
struct kfd_gpreempt {
	struct device_queue_manager *dqm;
	const struct kfd_gpreempt_mechanism *mechanism;
	void (*woken)(struct kfd_gpreempt *gp, enum kfd_gpreempt_wakeup why);
	u32 hqd_total;

	struct mutex control; /* on and off */
	raw_spinlock_t lock; /* see the lock order */
	struct kfd_gpreempt_knobs knobs;
	struct kfd_gpreempt_knobs default_knobs;
	struct kfd_gpreempt_stats stats;
	struct kfd_gpreempt_latency latency[KFD_GPREEMPT_STAGES];

	struct list_head lc;
	struct list_head be;
	struct list_head system;
	u32 tracked;
	u32 be_tracked;
	struct kfd_gpreempt_debt debt;
	struct hrtimer timer;

	struct kfd_gpreempt_power power;
	struct kfd_gpreempt_due due;
	struct kfd_gpreempt_hold hold;
	struct kfd_gpreempt_inversion inversion;
	struct kfd_gpreempt_repay repay;
	struct kfd_gpreempt_seen seen;
	struct kfd_gpreempt_verified verify;
	struct kfd_gpreempt_counts count;
	struct kfd_gpreempt_armings arming;
	struct kfd_gpreempt_service service;
	struct kfd_gpreempt_slots slots;
	struct kfd_gpreempt_occupancy occupancy;
	struct kfd_gpreempt_thread thread;
	struct kfd_gpreempt_runlist runlist;
	struct kfd_gpreempt_files files;
};

#endif

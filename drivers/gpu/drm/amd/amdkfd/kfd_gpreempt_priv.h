/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * gpreempt: what its own files share.
 *
 * Lock order, outermost first:
 *
 *   mmap lock                    faults and mappings of doorbell pages
 *   kfd_gpreempt.control         sysfs writers and teardown, one at a time
 *   dqm lock                     every change of a queue's state, every
 *                                submission
 *   kfd_gpreempt_doorbells.lock  the mappings of one process' doorbells
 *   kfd_node.interrupt_lock      of amdkfd, when the GPU interrupts
 *   kfd_gpreempt.lock            the lists, the samples, the knobs; taken by
 *                                the timer in hard interrupt context
 *
 * A writer of nodes/<n>/gpreempt never takes the dqm lock itself: amdkfd
 * removes sysfs entries under the topology lock and takes the topology lock
 * under the dqm lock, so that waiting for the dqm lock here could close a
 * cycle. The worker does what needs that lock. Nobody takes the mmap lock
 * under the dqm lock: amdkfd takes the dqm lock in MMU notifiers.
 */
#ifndef KFD_GPREEMPT_PRIV_H_INCLUDED
#define KFD_GPREEMPT_PRIV_H_INCLUDED

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
 * struct kfd_gpreempt_seen - sums over the last samples of the LC queues
 *
 * @tracked: they can be watched
 * @armed: a CPU can't ring them unnoticed
 * @active: they may run, or may once they are woken
 * @pending: they wait
 * @doubted: they wait, and are not believed yet
 * @asleep_pending: they have to be woken
 * @blocked: they wait for something other than compute units
 */
struct kfd_gpreempt_seen {
	u32 tracked;
	u32 armed;
	u32 active;
	u32 pending;
	u32 doubted;
	u32 asleep_pending;
	u32 blocked;
};

/**
 * struct kfd_gpreempt - the scheduler of one node
 *
 * @dqm: the queues' manager
 * @mechanism: how its queues go off and on
 * @woken: what doorbells tell of a wakeup
 * @control: serialises enable, disable and teardown
 * @lock: see the lock order above
 * @knobs: protected by @lock
 * @default_knobs: what @knobs was in the beginning; constant
 * @hqd_total: slots for compute queues; constant
 * @stats: protected by @lock
 * @latency: protected by @lock
 * @enabled: the operator wants the scheduler; written under @control and
 *	@lock, or by kfd_gpreempt_exit() under the dqm lock and @lock
 * @started: the dqm is running, and not halted; written under the dqm lock and
 *	@lock
 * @halted_since_ns: since when it is halted, or 0; written with @started
 * @reclassify: the class of any queue may have changed; protected by @lock
 * @place_due: slots have to be handed out anew; protected by @lock
 * @place_at_ns: when that becomes true; 0: not by itself; protected by @lock
 * @scan_due: a doorbell of a sleeping queue may have rung; protected by @lock
 * @taking: BE is being taken off; written as @held
 * @held: BE is held off; written under the dqm lock and @lock
 * @held_since_ns: since when; written with @held
 * @resumed_ns: since when BE is not; written with @held
 * @exit: why the scheduler turned itself off; written with @enabled
 * @thins_runlist: processes without a queue get no entry; changes under the dqm
 *	lock only, so that a runlist is as long as was counted
 * @unmapped: the last runlist could not be submitted; under the dqm lock
 * @settling: a disable waits for the worker; under @lock
 * @seq: number of the current or last preemption; under the dqm lock
 * @debt: what BE is owed; under @lock
 * @marked_ns: what BE had waited when it was last looked who pays; under @lock
 * @in_debt: LC queues that are off for that; as @be_throttled
 * @debt_round: number of the current look at all LC processes; under the dqm
 *	lock
 * @save_ns: how long the last preemption took the hardware; under @lock
 * @seen: what is known of the LC queues; under @lock, as the following
 * @lc_next: which of them the timer looks at next; NULL: the first one
 * @lc_runs_until_ns: LC queues had waves, and are not asked again before
 * @be_clear_until_ns: BE queues had none, and are not asked again before
 * @be_clear_gap_ns: how far that was put off
 * @lc: LC queues, by &kfd_gpreempt_queue.node
 * @be: BE queues, by &kfd_gpreempt_queue.node
 * @system: other tracked queues, by &kfd_gpreempt_queue.node
 * @tracked: queues in the three lists
 * @be_tracked: length of @be
 * @be_active: active queues in @be that may be taken off; as @be_throttled
 * @be_throttled: queues in @be with work and without a slot for want of one;
 *	written under the dqm lock and @lock
 * @asleep: queues that have nothing to do and are off for that, or for want of
 *	a slot; as @be_throttled
 * @asleep_be: those of these that are in @be; as @be_throttled
 * @asleep_deaf: of @asleep, queues whose doorbell is not armed; as @be_throttled
 * @slots_short: slots that idle queues have to give up; as @be_throttled
 * @by_hand: queues held by hand; as @be_throttled
 * @off_queues: queues that are off for any reason; as @be_throttled
 * @quiet: nothing is known to run, and no CPU can ring unnoticed; as
 *	@be_throttled
 * @quiet_after_ns: not before then is it worth to ask whether the node is quiet;
 *	as @be_throttled
 * @sample: number of the current or last sample; under @lock
 * @arm_at_ns: when the first of the idle processes may be armed that are not, as
 *	the last sample has seen them, or U64_MAX; under @lock
 * @rest_ns: for how long the worker has not run; it only, as the following
 * @run_began_ns: when it began to run last
 * @run_ended_ns: when it had run last
 * @run_ns: how long it runs, averaged
 * @chat_after_ns: not before then is a process armed whose rings tell nothing;
 *	under the dqm lock
 * @accounted_ns: until when the service of the queues has been added up;
 *	under the dqm lock and @lock
 * @slot_ns: how long those that have slots have had them, up to @accounted_ns;
 *	as @accounted_ns
 * @served_floor_ns: what the least served process has had; under the dqm lock
 * @lc_idle_since_ns: when the LC queues were first seen to be empty; under
 *	@lock
 * @detected_ns: when the inversion was noticed that is being resolved; 0: none
 *	is; under @lock
 * @detected_stuck_ns: for how long LC had waited then; as @detected_ns
 * @progress_from_ns: when BE was out of the way; 0: an LC queue has made
 *	progress since; under @lock
 * @round: number of the current round of arming doorbells; under the dqm lock
 * @rang_round: number of the last look for doorbells that were rung; as @round
 * @candidates: room for every tracked BE queue, see kfd_gpreempt_hqd.c; under
 *	the dqm lock, as the following
 * @shares: room for as many processes
 * @order: room for as many numbers
 * @room: for how many
 * @occupancy: what the hardware last said of its waves; NULL if it can't say;
 *	under the dqm lock, as the following
 * @occupied: queues in @occupancy, from the first on
 * @waves: sum of their waves
 * @ask_cost_ns: how long asking took
 * @timer: the monitor
 * @worker: runs @work; exists from the first enable on; written under @control
 *	and @lock
 * @worker_task: its thread; a reference
 * @work: checks again under the dqm lock, and acts
 * @demotion: takes the thread its priority while it waits for long
 * @spins: it waits for the hardware; written by the thread
 * @demoted: it has lost its priority
 * @settled: woken when @work has run
 * @kobj: directory nodes/<n>/gpreempt, NULL while the topology is rebuilt;
 *	under the directories' mutex in kfd_gpreempt_sysfs.c
 * @detached: no directory may be created any more; as @kobj
 * @state_lock: protects @state_file and @state_told; outside @lock
 * @state_file: the file "state", to wake who polls it; NULL as @kobj
 * @state_told: what it said when they were last woken
 */
struct kfd_gpreempt {
	struct device_queue_manager *dqm;
	const struct kfd_gpreempt_mechanism *mechanism;
	void (*woken)(struct kfd_gpreempt *gp, enum kfd_gpreempt_wakeup why);
	struct mutex control;
	raw_spinlock_t lock;
	struct kfd_gpreempt_knobs knobs;
	struct kfd_gpreempt_knobs default_knobs;
	u32 hqd_total;
	struct kfd_gpreempt_stats stats;
	struct kfd_gpreempt_latency latency[KFD_GPREEMPT_STAGES];
	bool enabled;
	bool started;
	u64 halted_since_ns;
	bool reclassify;
	bool place_due;
	u64 place_at_ns;
	bool scan_due;
	bool taking;
	bool held;
	u64 held_since_ns;
	u64 resumed_ns;
	enum kfd_gpreempt_exit exit;
	bool thins_runlist;
	bool unmapped;
	bool settling;
	u32 seq;
	struct kfd_gpreempt_debt debt;
	u64 marked_ns;
	u32 in_debt;
	u32 debt_round;
	u64 save_ns;
	struct kfd_gpreempt_seen seen;
	struct queue *lc_next;
	u64 lc_runs_until_ns;
	u64 be_clear_until_ns;
	u64 be_clear_gap_ns;
	struct list_head lc;
	struct list_head be;
	struct list_head system;
	u32 tracked;
	u32 be_tracked;
	u32 be_active;
	u32 be_throttled;
	u32 asleep;
	u32 asleep_be;
	u32 asleep_deaf;
	u32 slots_short;
	u32 by_hand;
	u32 off_queues;
	bool quiet;
	u64 quiet_after_ns;
	u32 sample;
	u64 arm_at_ns;
	u64 rest_ns;
	u64 run_began_ns;
	u64 run_ended_ns;
	u64 run_ns;
	u64 chat_after_ns;
	u64 accounted_ns;
	u64 slot_ns;
	u64 served_floor_ns;
	u64 lc_idle_since_ns;
	u64 detected_ns;
	u64 detected_stuck_ns;
	u64 progress_from_ns;
	u32 round;
	u32 rang_round;
	struct kfd_gpreempt_candidate *candidates;
	struct kfd_gpreempt_share *shares;
	u32 *order;
	u32 room;
	struct kfd_cu_occupancy *occupancy;
	u32 occupied;
	u32 waves;
	u64 ask_cost_ns;
	struct hrtimer timer;
	struct kthread_worker *worker;
	struct task_struct *worker_task;
	struct kthread_work work;
	struct delayed_work demotion;
	bool spins;
	bool demoted;
	wait_queue_head_t settled;
	struct kobject *kobj;
	bool detached;
	spinlock_t state_lock;
	struct kernfs_node *state_file;
	char state_told[24];
};

static inline struct list_head *kfd_gpreempt_list_at(struct kfd_gpreempt *gp,
						     int i)
{
	struct list_head *lists[] = { &gp->lc, &gp->be, &gp->system };

	return i < ARRAY_SIZE(lists) ? lists[i] : NULL;
}

/* The three lists of tracked queues */
#define kfd_gpreempt_for_each_list(gp, i, list)			\
	for ((i) = 0; ((list) = kfd_gpreempt_list_at(gp, i)); (i)++)

/* ---- what amdkfd calls: kfd_gpreempt.c --------------------------------- */

void kfd_gpreempt_setup(struct kfd_gpreempt *gp,
			struct device_queue_manager *dqm,
			const struct kfd_gpreempt_mechanism *mechanism);

/* ---- face --------------------------------------------------------------- */

/* kfd_gpreempt_knobs.c */
void kfd_gpreempt_knobs_init(struct kfd_gpreempt *gp);

/* kfd_gpreempt_sysfs.c */
void kfd_gpreempt_sysfs_detach(struct kfd_gpreempt *gp);

/* kfd_gpreempt_debugfs.c */
void kfd_gpreempt_debugfs_add(struct kfd_gpreempt *gp);
void kfd_gpreempt_debugfs_remove(struct kfd_gpreempt *gp);

/* ---- core: what is done -------------------------------------------------- */

/* kfd_gpreempt_hand.c */
int kfd_gpreempt_hold(struct kfd_gpreempt *gp, pid_t pid, int qid,
		      enum kfd_gpreempt_way way);
int kfd_gpreempt_let_go(struct kfd_gpreempt *gp, pid_t pid, int qid);

/* kfd_gpreempt_act.c */
void kfd_gpreempt_work(struct kthread_work *work);
void kfd_gpreempt_act(struct kfd_gpreempt *gp);
void kfd_gpreempt_set_held(struct kfd_gpreempt *gp, bool held);
int kfd_gpreempt_commit(struct kfd_gpreempt *gp,
			struct kfd_gpreempt_batch *batch);
void kfd_gpreempt_release(struct kfd_gpreempt *gp);

/* kfd_gpreempt_verify.c */
bool kfd_gpreempt_verify(struct kfd_gpreempt *gp,
			 const struct kfd_gpreempt_decision *decision);

/* kfd_gpreempt_queue.c */
void kfd_gpreempt_apply_classes(struct kfd_gpreempt *gp);

/* kfd_gpreempt_hqd.c */
void kfd_gpreempt_hqd_init(struct kfd_gpreempt *gp);
void kfd_gpreempt_hqd_fini(struct kfd_gpreempt *gp);
int kfd_gpreempt_hqd_grow(struct kfd_gpreempt *gp);
void kfd_gpreempt_place(struct kfd_gpreempt *gp);
bool kfd_gpreempt_has_room(struct kfd_gpreempt *gp, struct queue *q);
void kfd_gpreempt_make_room(struct kfd_gpreempt *gp, struct queue *q);
u32 kfd_gpreempt_hqd_active(struct kfd_gpreempt *gp);

/* kfd_gpreempt_repay.c */
void kfd_gpreempt_call_debt(struct kfd_gpreempt *gp);
bool kfd_gpreempt_pays(struct kfd_gpreempt *gp, const struct queue *q);
bool kfd_gpreempt_debts_due(const struct kfd_gpreempt *gp);
void kfd_gpreempt_mark_debts(struct kfd_gpreempt *gp);

/* ---- core: when to look, and at what ------------------------------------ */

/* kfd_gpreempt_monitor.c */
void kfd_gpreempt_monitor_init(struct kfd_gpreempt *gp);
void kfd_gpreempt_woken(struct kfd_gpreempt *gp, enum kfd_gpreempt_wakeup why);
struct kfd_gpreempt_decision kfd_gpreempt_check(struct kfd_gpreempt *gp);

/* kfd_gpreempt_sample.c */
void kfd_gpreempt_sample_begin(struct kfd_gpreempt *gp,
			       struct kfd_gpreempt_view *view);
void kfd_gpreempt_sample_some(struct kfd_gpreempt *gp,
			      struct kfd_gpreempt_view *view, bool skip,
			      struct queue **next);
void kfd_gpreempt_sample_end(struct kfd_gpreempt *gp,
			     struct kfd_gpreempt_view *view);
void kfd_gpreempt_hear_rings(struct kfd_gpreempt *gp);
bool kfd_gpreempt_sample_be_empty(struct kfd_gpreempt *gp);

/* kfd_gpreempt_arm.c */
void kfd_gpreempt_arm_run_begin(struct kfd_gpreempt *gp);
void kfd_gpreempt_arm_run_end(struct kfd_gpreempt *gp);
void kfd_gpreempt_arm_sample_begin(struct kfd_gpreempt *gp);
void kfd_gpreempt_arm_sample(struct kfd_gpreempt *gp, const struct queue *q,
			     bool busy, u64 now_ns);
bool kfd_gpreempt_arm_begin(struct kfd_gpreempt *gp, struct list_head *wanted);
void kfd_gpreempt_arm_end(struct kfd_gpreempt *gp, bool quiet);

/* kfd_gpreempt_idle.c */
void kfd_gpreempt_wake(struct kfd_gpreempt *gp);
void kfd_gpreempt_deactivate(struct kfd_gpreempt *gp);
bool kfd_gpreempt_wake_false_idle(struct kfd_gpreempt *gp);
bool kfd_gpreempt_is_quiet(struct kfd_gpreempt *gp);

/* kfd_gpreempt_seen.c; kfd_gpreempt_seen.h has the rest */
bool kfd_gpreempt_is_settled(const struct queue *q);
void kfd_gpreempt_seen_forget(struct kfd_gpreempt *gp, struct queue *q);
void kfd_gpreempt_seen_running(struct kfd_gpreempt *gp, struct queue *q,
			       bool running);
void kfd_gpreempt_seen_block(struct kfd_gpreempt *gp, struct queue *q,
			     u64 now_ns);

/* ---- core: what everything else stands on ------------------------------- */

/* kfd_gpreempt_count.c */
bool kfd_gpreempt_rests(struct queue *q);
void kfd_gpreempt_recount(struct kfd_gpreempt *gp);

/* kfd_gpreempt_class.c */
enum kfd_gpreempt_class
kfd_gpreempt_class_of(const struct kfd_gpreempt *gp, const struct queue *q);
bool kfd_gpreempt_is_preemptible(const struct queue *q);
void kfd_gpreempt_reclassify(struct kfd_gpreempt *gp);
void kfd_gpreempt_set_class(struct queue *q, enum kfd_gpreempt_class class);
void kfd_gpreempt_set_process_class(struct kfd_process *p,
				    enum kfd_gpreempt_class class);
void kfd_gpreempt_set_policy(struct queue *q, u32 policy);

/* kfd_gpreempt_ask.c */
void kfd_gpreempt_look_again(struct kfd_gpreempt *gp);
void kfd_gpreempt_look_for(struct kfd_gpreempt *gp, const struct queue *q);

/* kfd_gpreempt_switch.c */
bool kfd_gpreempt_running(const struct kfd_gpreempt *gp);
bool kfd_gpreempt_in_charge(const struct kfd_gpreempt *gp);
int kfd_gpreempt_enable(struct kfd_gpreempt *gp);
void kfd_gpreempt_switch_off(struct kfd_gpreempt *gp);
int kfd_gpreempt_disable(struct kfd_gpreempt *gp);
void kfd_gpreempt_settle(struct kfd_gpreempt *gp, bool off);
void kfd_gpreempt_exit(struct kfd_gpreempt *gp, enum kfd_gpreempt_exit reason);

/* kfd_gpreempt_timer.c */
void kfd_gpreempt_timer_init(struct kfd_gpreempt *gp,
			     enum hrtimer_restart (*check)(struct hrtimer *));
void kfd_gpreempt_timer_set(struct kfd_gpreempt *gp, u64 delay_ns);
void kfd_gpreempt_timer_arm(struct kfd_gpreempt *gp, u64 delay_ns);
void kfd_gpreempt_timer_within(struct kfd_gpreempt *gp, u64 delay_ns);
void kfd_gpreempt_timer_kick(struct kfd_gpreempt *gp);
void kfd_gpreempt_timer_cancel(struct kfd_gpreempt *gp);

/* kfd_gpreempt_worker.c */
void kfd_gpreempt_worker_init(struct kfd_gpreempt *gp);
int kfd_gpreempt_worker_create(struct kfd_gpreempt *gp);
void kfd_gpreempt_worker_destroy(struct kfd_gpreempt *gp);
void kfd_gpreempt_spin_begin(struct kfd_gpreempt *gp);
void kfd_gpreempt_spin_end(struct kfd_gpreempt *gp);

/* kfd_gpreempt_notify.c */
void kfd_gpreempt_notify_file(struct kfd_gpreempt *gp,
			      struct kernfs_node *file);
void kfd_gpreempt_notify(struct kfd_gpreempt *gp);

/* ---- mechanism ----------------------------------------------------------- */

/* kfd_gpreempt_batch.c */
void kfd_gpreempt_batch_begin(struct kfd_gpreempt *gp);
int kfd_gpreempt_batch_commit(struct kfd_gpreempt *gp,
			      struct kfd_gpreempt_batch *batch);
int kfd_gpreempt_queue_off(struct kfd_gpreempt *gp, struct queue *q, u32 off);
void kfd_gpreempt_queue_set(struct kfd_gpreempt *gp, struct queue *q, u32 off);
void kfd_gpreempt_release_all(struct kfd_gpreempt *gp);
bool kfd_gpreempt_wants_active(const struct queue *q);

/* kfd_gpreempt_hws.c */
void kfd_gpreempt_runlist_forget(struct queue *q);
extern const struct kfd_gpreempt_mechanism kfd_gpreempt_cpsch;
extern const struct kfd_gpreempt_mechanism kfd_gpreempt_mes;

/* kfd_gpreempt_nohws.c */
extern const struct kfd_gpreempt_mechanism kfd_gpreempt_nohws;

/* kfd_gpreempt_service.c */
void kfd_gpreempt_set_off(struct queue *q, bool off);
void kfd_gpreempt_halt_clocks(struct kfd_gpreempt *gp);
void kfd_gpreempt_unhalt_clocks(struct kfd_gpreempt *gp);
void kfd_gpreempt_account(struct kfd_gpreempt *gp);
void kfd_gpreempt_read_stats(const struct queue *q,
			     struct kfd_gpreempt_queue_stats *stats);

/* One more, under the dqm lock, of what is read without it */
static inline void kfd_gpreempt_count(u64 *counter)
{
	WRITE_ONCE(*counter, *counter + 1);
}

/* ---- sense ---------------------------------------------------------------- */

/* kfd_gpreempt_doorbell.c */
struct kfd_gpreempt_doorbells *
kfd_gpreempt_doorbells_get(struct kfd_process_device *pdd);
void kfd_gpreempt_doorbells_put(struct kfd_gpreempt_doorbells *db);
bool kfd_gpreempt_is_armed(const struct queue *q);
bool kfd_gpreempt_doorbells_armed(const struct kfd_gpreempt_doorbells *db);
bool kfd_gpreempt_doorbells_armable(const struct kfd_gpreempt_doorbells *db);
u32 kfd_gpreempt_doorbells_rings(const struct kfd_gpreempt_doorbells *db);
bool kfd_gpreempt_doorbells_rang(struct kfd_gpreempt_doorbells *db);
void kfd_gpreempt_doorbells_want(struct kfd_gpreempt_doorbells *db,
				 struct list_head *wanted);
void kfd_gpreempt_doorbells_arm(struct list_head *wanted);
void kfd_gpreempt_doorbells_detach(struct kfd_gpreempt *gp);

/* kfd_gpreempt_ring.c */
enum kfd_gpreempt_unwatched kfd_gpreempt_ring_check(const struct queue *q);
void kfd_gpreempt_ring_map(struct queue *q);
void kfd_gpreempt_ring_unmap(struct queue *q);
bool kfd_gpreempt_is_watchable(const struct queue *q);
bool kfd_gpreempt_ring_read(const struct queue *q, u64 *rptr, u64 *wptr);
bool kfd_gpreempt_ring_pending(const struct queue *q);

/* kfd_gpreempt_pin.c */
struct kfd_gpreempt_pin *
kfd_gpreempt_pin_get(struct kfd_gpreempt_process *process, unsigned long addr);
void kfd_gpreempt_pin_put(struct kfd_gpreempt_pin *pin);
void *kfd_gpreempt_pin_address(const struct kfd_gpreempt_pin *pin);

/* kfd_gpreempt_occupancy.c */
int kfd_gpreempt_occupancy_init(struct kfd_gpreempt *gp);
bool kfd_gpreempt_occupancy_read(struct kfd_gpreempt *gp);
bool kfd_gpreempt_occupancy_of(const struct kfd_gpreempt *gp,
			       const struct queue *q);
u32 kfd_gpreempt_occupancy_waves(const struct kfd_gpreempt *gp);
u32 kfd_gpreempt_cus(const struct kfd_gpreempt *gp);

/* kfd_gpreempt_mqd.c */
bool kfd_gpreempt_has_saved_waves(const struct queue *q);
bool kfd_gpreempt_left_work(struct queue *q);

/* ---- words ---------------------------------------------------------------- */

/* kfd_gpreempt_names.c; kfd_gpreempt_names.h has the rest */
const char *kfd_gpreempt_exit_name(enum kfd_gpreempt_exit exit);
const char *kfd_gpreempt_class_name(enum kfd_gpreempt_class class);
int kfd_gpreempt_state_name(struct kfd_gpreempt *gp, char *buf, size_t size);

#endif

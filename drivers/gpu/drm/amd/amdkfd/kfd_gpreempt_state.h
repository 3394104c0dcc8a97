/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * gpreempt: what a scheduler knows and remembers; each part belongs to one file.
 */
#ifndef KFD_GPREEMPT_STATE_H_INCLUDED
#define KFD_GPREEMPT_STATE_H_INCLUDED

#include <linux/hrtimer.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

#include "kfd_gpreempt.h"
#include "kfd_gpreempt_latency.h"
#include "kfd_gpreempt_resources.h"

struct kfd_gpreempt;
struct kfd_gpreempt_mechanism;

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
 * @waits_won: waits that paid: LC got on before a preemption would have been over
 * @waits_lost: waits after which BE was preempted all the same
 * @barriers: barrier packets for which BE was not preempted, or not any longer
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
	u64 waits_won;
	u64 waits_lost;
	u64 barriers;
	u64 preempt_ns;
	u64 resume_ns;
	u64 be_held_ns;
	u64 guard_ns;
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
 * @scan: a doorbell of a sleeping BE queue may have rung
 * @chores_ns: not before then is done what nobody but BE waits for
 *
 * Under &kfd_gpreempt.lock.
 */
struct kfd_gpreempt_due {
	bool reclassify;
	bool place;
	u64 place_at_ns;
	bool scan;
	u64 chores_ns;
};

/**
 * struct kfd_gpreempt_hold - is BE off for LC's sake? (kfd_gpreempt_held.c)
 *
 * @seq: number of the current or last preemption
 * @grade: LC queues of a lower priority count as BE for now; 0: none do
 * @taking: BE is being taken off, and does not run
 * @drains: it is, and its waves run to their end, as they can't be saved
 * @held: it is off
 * @since_ns: since when
 * @resumed_ns: since when it is not
 * @save_ns: how long the last preemption took the hardware
 * @loses: it had work then that it can't do
 * @lost_ns: for how long BE has not run because of that, restoring included, but
 *	for the time since @since_ns
 *
 * Written under the dqm lock and &kfd_gpreempt.lock; @seq under the dqm lock.
 */
struct kfd_gpreempt_hold {
	u32 seq;
	u32 grade;
	bool taking;
	bool drains;
	bool held;
	u64 since_ns;
	u64 resumed_ns;
	u64 save_ns;
	bool loses;
	u64 lost_ns;
};

/**
 * struct kfd_gpreempt_inversion - the one that is being resolved
 *
 * @detected_ns: when it was noticed; 0: there is none
 * @stuck_ns: for how long LC had waited then
 * @grade: those of a lower priority than this are in its way, too; 0: none is
 * @waiting: the LC queue that had waited for so long, or waits now
 * @began_ns: when the last one was that led to a preemption
 * @progress_from_ns: when BE was out of the way; 0: an LC queue has made
 *	progress since
 *
 * Under &kfd_gpreempt.lock.
 */
struct kfd_gpreempt_inversion {
	u64 detected_ns;
	u64 stuck_ns;
	u32 grade;
	struct kfd_gpreempt_name waiting;
	u64 began_ns;
	u64 progress_from_ns;
};

/**
 * struct kfd_gpreempt_mix - the BE processes that are active, or will be again
 * when they are not held any more (kfd_gpreempt_mix.c)
 *
 * @id: who they are; under the dqm lock
 * @waits: whether waiting pays beside them
 * @lc_cost_ns: what LC waits when BE is preempted, an average
 *
 * What is not said otherwise is under &kfd_gpreempt.lock.
 */
struct kfd_gpreempt_mix {
	u32 id;
	struct kfd_gpreempt_waits waits;
	u64 lc_cost_ns;
};

/**
 * struct kfd_gpreempt_cus - the compute units that LC has for itself
 * (kfd_gpreempt_cus.c)
 *
 * @reserve: how their number is found
 * @reserved: how many they are; written under the dqm lock and
 *	&kfd_gpreempt.lock
 * @masked: some masks may differ from what programs said; under the dqm lock
 * @window_ns: since when it is watched what BE loses
 * @off_ns: what it had lost then
 * @progress: &kfd_gpreempt_seen.progress then
 *
 * What is not said otherwise is under &kfd_gpreempt.lock.
 */
struct kfd_gpreempt_cus {
	struct kfd_gpreempt_reserve reserve;
	u64 reserved;
	bool masked;
	u64 window_ns;
	u64 off_ns;
	u32 progress;
};

/**
 * struct kfd_gpreempt_crowded - does mapped BE get any compute units?
 * (kfd_gpreempt_crowded.c)
 *
 * @out: it had none when last asked, and unread packets
 * @at_ns: it is not asked again before
 * @progress: &kfd_gpreempt_seen.progress when last asked
 *
 * Written under the dqm lock and &kfd_gpreempt.lock.
 */
struct kfd_gpreempt_crowded {
	bool out;
	u64 at_ns;
	u32 progress;
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
 * @progress: how often one of them was seen to have got on
 * @active_at: of @active, those of each priority
 * @pending_at: of @pending, likewise
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
	u32 progress;
	u32 active_at[KFD_GPREEMPT_PRIORITIES];
	u32 pending_at[KFD_GPREEMPT_PRIORITIES];
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
 * struct kfd_gpreempt_counts - queues by what they are (kfd_gpreempt_class.c)
 *
 * @lc_interval_us: shortest timer period that an active LC queue has of its own;
 *	0: none has
 * @lc_plain: an active LC queue has that of the node
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
	u32 lc_interval_us;
	bool lc_plain;
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
 * @mix: beside whom LC waits
 * @cus: what is reserved for LC
 * @crowded: whether BE gets compute units beside LC
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
	struct kfd_gpreempt_mix mix;
	struct kfd_gpreempt_cus cus;
	struct kfd_gpreempt_crowded crowded;
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

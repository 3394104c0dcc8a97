/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * gpreempt policy: when to take the GPU from best-effort queues, and when to give
 * it back.
 *
 * Pure decisions over plain structures: no locks, no clock, no amdkfd, DRM or
 * amdgpu header, so that the same files are compiled into amdgpu, into KUnit
 * and into user-space programs.
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
 * @KFD_GPREEMPT_AUTO: as an override: the class follows from the priority;
 *	no tracked queue is of this class
 * @KFD_GPREEMPT_LC: latency-critical
 * @KFD_GPREEMPT_BE: best-effort, gives way to latency-critical queues
 * @KFD_GPREEMPT_SYSTEM: never looked at and never preempted
 */
enum kfd_gpreempt_class {
	KFD_GPREEMPT_AUTO,
	KFD_GPREEMPT_LC,
	KFD_GPREEMPT_BE,
	KFD_GPREEMPT_SYSTEM,
};

/* Why a queue is kept off the hardware; a set. */
#define KFD_GPREEMPT_OFF_INVERSION	0x01	/* an LC queue needs the GPU */
#define KFD_GPREEMPT_OFF_THROTTLED	0x02	/* there is no slot for it */
#define KFD_GPREEMPT_OFF_IDLE		0x04	/* it was empty for long */
#define KFD_GPREEMPT_OFF_LAZY		0x08	/* it was never rung */
#define KFD_GPREEMPT_OFF_HELD		0x10	/* held by hand */
#define KFD_GPREEMPT_OFF_DEBT		0x20	/* its process owes BE a quantum */
#define KFD_GPREEMPT_OFF_CUS		0x40	/* its CU mask is being changed */
#define KFD_GPREEMPT_OFF_ASLEEP \
	(KFD_GPREEMPT_OFF_IDLE | KFD_GPREEMPT_OFF_LAZY)

/* What makes the scheduler look; knob "triggers", a set. */
#define KFD_GPREEMPT_TRIGGER_TIMER	0x1
#define KFD_GPREEMPT_TRIGGER_EVENT	0x2
#define KFD_GPREEMPT_TRIGGER_DOORBELL	0x4
#define KFD_GPREEMPT_TRIGGER_ALL	0x7

/* A knob of which the scheduler finds out by itself what is best */
#define KFD_GPREEMPT_KNOB_AUTO		0xffffffff

/* Timer periods: with a shorter one it would be most of what a CPU does. */
#define KFD_GPREEMPT_INTERVAL_MIN_US	50
#define KFD_GPREEMPT_INTERVAL_MAX_US	10000000

/* grace_period_kclk: leave the register as the driver has set it. */
#define KFD_GPREEMPT_GRACE_DEFAULT	0xfffffffe
/* And the shortest that the hardware knows: 0 is none. Packet of the runlist. */
#define KFD_GPREEMPT_GRACE_SHORTEST	1

/**
 * struct kfd_gpreempt_knobs - what the operator sets, per node
 *
 * @triggers: set of KFD_GPREEMPT_TRIGGER_*, not empty
 * @monitor_interval_us: timer period while nothing urgent can happen
 * @lc_interval_us: timer period while LC and BE queues are active
 * @lc_priority_min: queues with this priority or above are LC
 * @be_priority_max: other queues with this priority or below are BE; what is
 *	between the two is left alone
 * @lc_graded: 1: an LC queue makes those LC queues give way, too, that have a
 *	lower priority
 * @confirm_us: how long an LC queue must wait without progress before BE is
 *	preempted; 0: no time at all; or KFD_GPREEMPT_KNOB_AUTO
 * @resume_delay_us: how long every LC queue must be empty before BE resumes
 * @grace_period_kclk: time that waves get to end by themselves before a
 *	preemption saves them, in 1000 GPU clocks; or KFD_GPREEMPT_GRACE_DEFAULT
 * @be_min_runtime_us: how long BE runs after a resume, at least
 * @be_max_wait_us: time for which BE may be kept off in total before it is
 *	owed @be_quantum_us by those who kept it off; 0: without bound
 * @be_quantum_us: what BE is owed then, and how long a BE queue keeps its slot
 *	while others wait for one
 * @lc_progress_timeout_us: how long after a preemption an LC queue may wait
 *	without progress before BE resumes because the wait can't be for the
 *	compute units, at the latest; hardware that can say what runs is asked
 *	sooner. 0: for ever, and never asked
 * @hqd_lc_reserved: slots that BE can't have
 * @hqd_be_max: BE queues that may have a slot at once; 0: as many as want to,
 *	and no admission at all
 * @cu_lc_reserved: compute units that BE can't have, rounded down to what the
 *	hardware wants to be treated alike; or KFD_GPREEMPT_KNOB_AUTO
 * @cu_lc_max: how many they are at most when they follow from what BE loses
 * @lazy_activation: 1: a queue takes no slot until its first doorbell
 * @auto_deactivate_us: how long a queue is empty before it gives up its slot;
 *	0: it keeps it
 */
struct kfd_gpreempt_knobs {
	u32 triggers;
	u32 monitor_interval_us;
	u32 lc_interval_us;
	u32 lc_priority_min;
	u32 be_priority_max;
	u32 lc_graded;
	u32 confirm_us;
	u32 resume_delay_us;
	u32 grace_period_kclk;
	u32 be_min_runtime_us;
	u32 be_max_wait_us;
	u32 be_quantum_us;
	u32 lc_progress_timeout_us;
	u32 hqd_lc_reserved;
	u32 hqd_be_max;
	u32 cu_lc_reserved;
	u32 cu_lc_max;
	u32 lazy_activation;
	u32 auto_deactivate_us;
};

/**
 * struct kfd_gpreempt_watch - what is remembered of a queue between samples
 *
 * @rptr: read pointer at the last sample, in the ring's own unit
 * @wptr: write pointer, likewise
 * @stuck_since_ns: when the queue was first seen to wait at @rptr; meaningful
 *	while @pending
 * @empty_since_ns: when the queue was first seen to be empty; meaningful while
 *	not @pending
 * @pace_ns: what a packet takes while BE is held, an average
 * @late_ns: for how long BE has held it up since its ring was empty, but for the
 *	packet at @rptr
 * @ask_ns: not before then is it worth asking again what the queue waits for
 * @ask_gap_ns: how far that was put off; 0: it was not asked in this wait
 * @mistaken_ns: when BE was last held for the queue in vain
 * @memory_ns: for how long that is remembered
 * @mistakes: how often in a row that has happened
 * @pending: the ring had unread packets at the last sample
 * @alone: it got to @rptr while BE was held, and BE has been since
 * @blocked: it waits at @rptr for something other than compute units
 * @barrier_ns: @rptr is at a barrier packet, and not before then is it worth reading
 *	whether it still waits there; 0: it is not, as far as is known
 */
struct kfd_gpreempt_watch {
	u64 rptr;
	u64 wptr;
	u64 stuck_since_ns;
	u64 empty_since_ns;
	u64 pace_ns;
	u64 late_ns;
	u64 ask_ns;
	u64 ask_gap_ns;
	u64 mistaken_ns;
	u64 memory_ns;
	u32 mistakes;
	bool pending;
	bool alone;
	bool blocked;
	u64 barrier_ns;
};

/**
 * struct kfd_gpreempt_worth - whether hearing a process' rings pays
 *
 * @smooth: LC rings that were heard since BE was last in its way, up to a bound
 * @rang_ns: when it was last found to have had LC work
 */
struct kfd_gpreempt_worth {
	u32 smooth;
	u64 rang_ns;
};

/**
 * struct kfd_gpreempt_waits - whether LC's waiting pays, beside some BE processes
 *
 * @skip: how many waits are spared after the last one that was lost
 * @left: how many of these are left
 * @credit: how many were won that no lost one was set off against
 */
struct kfd_gpreempt_waits {
	u32 skip;
	u32 left;
	u32 credit;
};

/**
 * struct kfd_gpreempt_reserve - compute units that are LC's alone
 *
 * @units: how many, in units that are treated alike
 * @before: how many they were before a trial
 * @off_before: for how much of the time BE was off then, of 1000
 * @off_last: the same in the last window in which nothing was tried
 * @least: fewer were not enough, when they were tried last
 * @add: how many more the next trial has that has more
 * @rest: windows until the next trial
 * @rest_more: windows to rest after the next trial with more that fails
 * @rest_less: the same with fewer
 * @idle: windows without LC in a row
 * @trial: windows for which another number is tried still; 0: none is
 */
struct kfd_gpreempt_reserve {
	u32 units;
	u32 before;
	u32 off_before;
	u32 off_last;
	u32 least;
	u32 add;
	u32 rest;
	u32 rest_more;
	u32 rest_less;
	u32 idle;
	u32 trial;
};

/**
 * struct kfd_gpreempt_window - what has happened for a while
 *
 * @ns: how long that was
 * @off_ns: for how much of it BE did not run because of preemptions
 * @lc_active: LC had work
 * @total: units that there are
 * @most: units that may be LC's alone
 */
struct kfd_gpreempt_window {
	u64 ns;
	u64 off_ns;
	bool lc_active;
	u32 total;
	u32 most;
};

/**
 * struct kfd_gpreempt_debt - what BE has waited and what it has got
 *
 * @since_ns: until when the account has been made up
 * @waited_ns: time held off since BE last had all of a quantum
 * @served_ns: time in which BE ran, of the quantum that is going on
 * @restore_ns: what is left of the time that does not count: in which BE's waves
 *	come back, and do not run, or run to their end, and no others can begin
 * @share_ns: who has caused so much of @waited_ns pays; while @owed
 * @called_ns: @waited_ns when BE's quantum was called in; while @owed
 * @quantum: number of quanta that BE has had
 * @held: BE has been held off, or without any slot, since @since_ns
 * @owed: BE is to have a quantum, from those who made it wait
 */
struct kfd_gpreempt_debt {
	u64 since_ns;
	u64 waited_ns;
	u64 served_ns;
	u64 restore_ns;
	u64 share_ns;
	u64 called_ns;
	u32 quantum;
	bool held;
	bool owed;
};

/**
 * struct kfd_gpreempt_blame - how much of BE's waiting is one process' doing
 *
 * @quantum: &kfd_gpreempt_debt.quantum that the rest is about
 * @waits: BE is held off for this process, among others, now
 * @from_ns: &kfd_gpreempt_debt.waited_ns when that began
 * @caused_ns: what BE had waited for it until then
 */
struct kfd_gpreempt_blame {
	u32 quantum;
	bool waits;
	u64 from_ns;
	u64 caused_ns;
};

/**
 * struct kfd_gpreempt_view - what a decision is made from
 *
 * @now_ns: time of the sample, monotonic
 * @be_held: BE queues are held off by an earlier decision
 * @be_held_since_ns: since when; meaningful while @be_held
 * @be_resumed_ns: when BE resumed; handing slots round does not count, or LC
 *	might wait for ever for be_min_runtime_us to be over; meaningful while
 *	not @be_held
 * @be_tracked: number of BE queues that exist
 * @be_active: number of BE queues that the hardware may run
 * @be_empty: none of these has unread packets; meaningful while @lc_pending
 * @be_clear_in_ns: these are not in LC's way, and it is not worth asking again
 *	for so long; 0: they are as far as anybody knows
 * @be_throttled: number of BE queues that wait for a slot and have work
 * @be_crowded_out: BE has no compute units although it may run, and has work
 * @slot_ns: for how long those that have the slots have had them to run
 * @lc_tracked: number of LC queues that exist and can be watched
 * @lc_armed: number of those that can't be rung by a CPU without our notice
 * @lc_active: number of those that the hardware may run, or may run as soon as
 *	they are woken
 * @lc_interval_us: how often to look at these
 * @lc_pending: number of active LC queues with unread packets, without those
 *	that are blocked or in doubt
 * @lc_below: number of active LC queues of a lower priority than one of those;
 *	0 unless lc_graded
 * @lc_grade: the highest priority of those; meaningful while @lc_below
 * @lc_doubt_in_ns: the next of those in doubt counts after so long; 0: none is
 * @lc_stuck_ns: longest time for which one of them has made no progress
 * @lc_late_ns: longest time for which BE has held one of them up since it was
 *	empty
 * @lc_wait_ns: for how long that may be before BE is preempted, where confirm_us
 *	is KFD_GPREEMPT_KNOB_AUTO; else 0
 * @lc_has_cus: compute units are LC's alone
 * @lc_overdue: number of those of which it is time to ask what they wait for
 * @lc_asleep_pending: number of those that have no slot because they were idle
 * @lc_idle_ns: for how long no active LC queue has had unread packets
 * @lc_runs_for_ns: LC queues had waves when last asked, and it is not worth
 *	asking again for so long; 0: ask
 * @idle_scan: there are queues that may have to give up or get back a slot
 *	because of what is in their rings
 * @quiet: every ring is empty, nothing is known to run, and no CPU can ring
 *	unnoticed
 */
struct kfd_gpreempt_view {
	u64 now_ns;
	bool be_held;
	u64 be_held_since_ns;
	u64 be_resumed_ns;
	u32 be_tracked;
	u32 be_active;
	bool be_empty;
	u64 be_clear_in_ns;
	u32 be_throttled;
	bool be_crowded_out;
	u64 slot_ns;
	u32 lc_tracked;
	u32 lc_armed;
	u32 lc_active;
	u32 lc_interval_us;
	u32 lc_pending;
	u32 lc_below;
	u32 lc_grade;
	u64 lc_doubt_in_ns;
	u64 lc_stuck_ns;
	bool lc_has_cus;
	u64 lc_late_ns;
	u64 lc_wait_ns;
	u32 lc_overdue;
	u32 lc_asleep_pending;
	u64 lc_idle_ns;
	u64 lc_runs_for_ns;
	bool idle_scan;
	bool quiet;
};

/**
 * enum kfd_gpreempt_action - what to do now
 *
 * @KFD_GPREEMPT_NOTHING: leave all queues as they are
 * @KFD_GPREEMPT_PREEMPT: preempt every active BE queue, in one batch, and the LC
 *	queues below @lc_grade, which count as BE until it resumes
 * @KFD_GPREEMPT_RESUME: resume every held BE queue, in one batch; BE that is owed
 *	a quantum is so although it is not held: those who pay make way for it
 * @KFD_GPREEMPT_ROTATE: hand the slots to BE queues that wait for one
 */
enum kfd_gpreempt_action {
	KFD_GPREEMPT_NOTHING,
	KFD_GPREEMPT_PREEMPT,
	KFD_GPREEMPT_RESUME,
	KFD_GPREEMPT_ROTATE,
};

/**
 * enum kfd_gpreempt_cause - why something is done
 *
 * @KFD_GPREEMPT_CAUSE_NONE: nothing is done
 * @KFD_GPREEMPT_CAUSE_INVERSION: an LC queue waits behind BE
 * @KFD_GPREEMPT_CAUSE_DRAINED: the LC queues are empty
 * @KFD_GPREEMPT_CAUSE_STARVED: BE has waited for be_max_wait_us
 * @KFD_GPREEMPT_CAUSE_BLOCKED: LC makes no progress without BE either
 * @KFD_GPREEMPT_CAUSE_REPAID: BE has had what it was owed, or not from all
 * @KFD_GPREEMPT_CAUSE_SLOTS: the slots go to others, or there are fewer or more
 * @KFD_GPREEMPT_CAUSE_IDLE: a queue has nothing to do, or has again
 * @KFD_GPREEMPT_CAUSE_CLASS: a queue is of another class now
 * @KFD_GPREEMPT_CAUSE_CUS: LC has more or fewer compute units for itself
 * @KFD_GPREEMPT_CAUSE_HAND: the operator said so
 * @KFD_GPREEMPT_CAUSE_OFF: the scheduler is being turned off
 */
enum kfd_gpreempt_cause {
	KFD_GPREEMPT_CAUSE_NONE,
	KFD_GPREEMPT_CAUSE_INVERSION,
	KFD_GPREEMPT_CAUSE_DRAINED,
	KFD_GPREEMPT_CAUSE_STARVED,
	KFD_GPREEMPT_CAUSE_BLOCKED,
	KFD_GPREEMPT_CAUSE_REPAID,
	KFD_GPREEMPT_CAUSE_SLOTS,
	KFD_GPREEMPT_CAUSE_IDLE,
	KFD_GPREEMPT_CAUSE_CLASS,
	KFD_GPREEMPT_CAUSE_CUS,
	KFD_GPREEMPT_CAUSE_HAND,
	KFD_GPREEMPT_CAUSE_OFF,
};

static inline bool kfd_gpreempt_is_preemption(enum kfd_gpreempt_cause cause)
{
	return cause == KFD_GPREEMPT_CAUSE_INVERSION;
}

static inline bool kfd_gpreempt_is_resume(enum kfd_gpreempt_cause cause)
{
	return cause == KFD_GPREEMPT_CAUSE_DRAINED ||
	       cause == KFD_GPREEMPT_CAUSE_STARVED ||
	       cause == KFD_GPREEMPT_CAUSE_BLOCKED ||
	       cause == KFD_GPREEMPT_CAUSE_OFF;
}

/**
 * struct kfd_gpreempt_decision - what the policy wants
 *
 * @action: what to do now
 * @cause: why
 * @ask: the rings say so, and hardware that can say what runs may know better
 * @next_ns: look again after this many ns; 0: not before an event
 */
struct kfd_gpreempt_decision {
	enum kfd_gpreempt_action action;
	enum kfd_gpreempt_cause cause;
	bool ask;
	u64 next_ns;
};

enum kfd_gpreempt_class
kfd_gpreempt_classify(const struct kfd_gpreempt_knobs *knobs, u32 priority);

bool kfd_gpreempt_watch_sample(struct kfd_gpreempt_watch *watch, u64 rptr,
			       u64 wptr, bool pending, bool be_held,
			       u64 now_ns);
u64 kfd_gpreempt_watch_late_ns(const struct kfd_gpreempt_watch *watch,
			       u64 now_ns);
void kfd_gpreempt_watch_rung(struct kfd_gpreempt_watch *watch, u64 now_ns);
u64 kfd_gpreempt_watch_doubt_ns(const struct kfd_gpreempt_watch *watch,
				u64 now_ns);
bool kfd_gpreempt_watch_overdue(const struct kfd_gpreempt_knobs *knobs,
				const struct kfd_gpreempt_watch *watch,
				bool can_ask, u64 held_since_ns, u64 now_ns);
void kfd_gpreempt_watch_barrier(struct kfd_gpreempt_watch *watch, bool waits,
				u64 now_ns);
bool kfd_gpreempt_watch_elsewhere(const struct kfd_gpreempt_watch *watch);
void kfd_gpreempt_watch_asked(struct kfd_gpreempt_watch *watch, u64 cost_ns,
			      u64 now_ns);
void kfd_gpreempt_watch_block(struct kfd_gpreempt_watch *watch, u64 vain_ns,
			      u64 now_ns);

u64 kfd_gpreempt_wait_cost_ns(u64 lc_ns, u64 be_ns);
void kfd_gpreempt_wait_learn(u64 *lc_ns, u64 ns);
void kfd_gpreempt_worth_rang(struct kfd_gpreempt_worth *worth, u64 now_ns);
void kfd_gpreempt_worth_inverted(struct kfd_gpreempt_worth *worth);
u64 kfd_gpreempt_worth_in_ns(const struct kfd_gpreempt_knobs *knobs,
			     const struct kfd_gpreempt_worth *worth, u64 now_ns);

u64 kfd_gpreempt_wait_ns(const struct kfd_gpreempt_waits *waits, u64 cost_ns);
u64 kfd_gpreempt_wait_look_ns(u64 in_ns, u64 wait_ns);
void kfd_gpreempt_wait_won(struct kfd_gpreempt_waits *waits, u64 waited_ns,
			   u64 cost_ns);
bool kfd_gpreempt_wait_lost(struct kfd_gpreempt_waits *waits, bool has_cus);
bool kfd_gpreempt_wait_is_vain(const struct kfd_gpreempt_waits *waits);
void kfd_gpreempt_wait_join(struct kfd_gpreempt_waits *waits,
			    const struct kfd_gpreempt_waits *member);

void kfd_gpreempt_reserve_next(struct kfd_gpreempt_reserve *reserve,
			       const struct kfd_gpreempt_window *window);

void kfd_gpreempt_debt_update(struct kfd_gpreempt_debt *debt,
			      const struct kfd_gpreempt_knobs *knobs,
			      bool held, u64 now_ns);
void kfd_gpreempt_debt_call(struct kfd_gpreempt_debt *debt, u64 caused_ns,
			    u32 processes);
u64 kfd_gpreempt_blame_ns(const struct kfd_gpreempt_blame *blame,
			  const struct kfd_gpreempt_debt *debt);
void kfd_gpreempt_blame_update(struct kfd_gpreempt_blame *blame,
			       const struct kfd_gpreempt_debt *debt,
			       bool waits);
bool kfd_gpreempt_blame_pays(const struct kfd_gpreempt_blame *blame,
			     const struct kfd_gpreempt_debt *debt,
			     const struct kfd_gpreempt_knobs *knobs);

struct kfd_gpreempt_decision
kfd_gpreempt_decide(const struct kfd_gpreempt_knobs *knobs,
		    const struct kfd_gpreempt_debt *debt,
		    const struct kfd_gpreempt_view *view);

#endif

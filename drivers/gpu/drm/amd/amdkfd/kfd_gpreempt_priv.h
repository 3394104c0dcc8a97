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

#include "kfd_gpreempt_state.h"

struct kfd_gpreempt_plan;
struct seq_file;

static inline struct list_head *kfd_gpreempt_list_at(struct kfd_gpreempt *gp,
						     int i)
{
	struct list_head *lists[] = { &gp->lc, &gp->be, &gp->system };

	return i < ARRAY_SIZE(lists) ? lists[i] : NULL;
}

/* The three lists of tracked queues */
#define kfd_gpreempt_for_each_list(gp, i, list)			\
	for ((i) = 0; ((list) = kfd_gpreempt_list_at(gp, i)); (i)++)

/* ---- what core and mechanism hand each other ---------------------------- */

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

/* kfd_gpreempt_mqd_show.c */
void kfd_gpreempt_mqd_show(struct seq_file *m, struct queue *q);

/* ---- core: what is done -------------------------------------------------- */

/* kfd_gpreempt_hand.c */
int kfd_gpreempt_hold(struct kfd_gpreempt *gp, pid_t pid, int qid,
		      enum kfd_gpreempt_way way);
int kfd_gpreempt_let_go(struct kfd_gpreempt *gp, pid_t pid, int qid);

/* kfd_gpreempt_act.c */
void kfd_gpreempt_work(struct kthread_work *work);
void kfd_gpreempt_act(struct kfd_gpreempt *gp);
int kfd_gpreempt_commit(struct kfd_gpreempt *gp,
			struct kfd_gpreempt_batch *batch);
void kfd_gpreempt_release(struct kfd_gpreempt *gp);

/* kfd_gpreempt_verify.c */
bool kfd_gpreempt_verify(struct kfd_gpreempt *gp,
			 const struct kfd_gpreempt_decision *decision);

/* kfd_gpreempt_queue.c */
void kfd_gpreempt_apply_classes(struct kfd_gpreempt *gp);

/**
 * struct kfd_gpreempt_usage - slots that are taken
 *
 * @be: by BE queues
 * @others: by all others
 */
struct kfd_gpreempt_usage {
	u32 be;
	u32 others;
};

/* kfd_gpreempt_hqd.c */
void kfd_gpreempt_hqd_init(struct kfd_gpreempt *gp);
void kfd_gpreempt_hqd_fini(struct kfd_gpreempt *gp);
int kfd_gpreempt_hqd_grow(struct kfd_gpreempt *gp);
bool kfd_gpreempt_takes_slot(const struct kfd_gpreempt *gp,
			     const struct queue *q);
struct kfd_gpreempt_usage kfd_gpreempt_hqd_usage(struct kfd_gpreempt *gp);
bool kfd_gpreempt_has_room(struct kfd_gpreempt *gp, struct queue *q);
void kfd_gpreempt_make_room(struct kfd_gpreempt *gp, struct queue *q);
u32 kfd_gpreempt_hqd_active(struct kfd_gpreempt *gp);

/* kfd_gpreempt_place.c */
void kfd_gpreempt_carry_out(struct kfd_gpreempt *gp,
			    const struct kfd_gpreempt_plan *plan);

/* kfd_gpreempt_held.c */
void kfd_gpreempt_set_grade(struct kfd_gpreempt *gp, u32 grade);
void kfd_gpreempt_set_taking(struct kfd_gpreempt *gp, bool taking, u64 now_ns);
u64 kfd_gpreempt_lost_ns(const struct kfd_gpreempt *gp, u64 now_ns);
void kfd_gpreempt_set_held(struct kfd_gpreempt *gp, bool held);

/* kfd_gpreempt_crowded.c */
bool kfd_gpreempt_crowded_due(struct kfd_gpreempt *gp, u64 now_ns);
u64 kfd_gpreempt_crowded_look_ns(const struct kfd_gpreempt *gp, u64 now_ns);
void kfd_gpreempt_crowded_update(struct kfd_gpreempt *gp);
void kfd_gpreempt_crowded_end(struct kfd_gpreempt *gp);

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
void kfd_gpreempt_arm_inverted(struct kfd_gpreempt *gp);
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
bool kfd_gpreempt_seen_running(struct kfd_gpreempt *gp);
void kfd_gpreempt_seen_forget_running(struct kfd_gpreempt *gp);
bool kfd_gpreempt_seen_barrier(struct kfd_gpreempt *gp, struct queue *q,
			       u64 rptr, bool waits);
void kfd_gpreempt_seen_block(struct kfd_gpreempt *gp, struct queue *q,
			     u64 now_ns);

/* ---- core: what everything else stands on ------------------------------- */

/* kfd_gpreempt_cus.c */
u64 kfd_gpreempt_cus_look_ns(const struct kfd_gpreempt *gp, u64 now_ns);
void kfd_gpreempt_cus_decide(struct kfd_gpreempt *gp);
bool kfd_gpreempt_cus_mark(struct kfd_gpreempt *gp);
void kfd_gpreempt_cus_write(struct kfd_gpreempt *gp);
void kfd_gpreempt_cus_none(struct kfd_gpreempt *gp);
void kfd_gpreempt_cus_release(struct kfd_gpreempt *gp);

/* kfd_gpreempt_mix.c */
void kfd_gpreempt_mix_update(struct kfd_gpreempt *gp);
u64 kfd_gpreempt_mix_cost_ns(const struct kfd_gpreempt *gp);
u64 kfd_gpreempt_mix_wait_ns(const struct kfd_gpreempt *gp);
void kfd_gpreempt_mix_forget(struct kfd_gpreempt *gp);
void kfd_gpreempt_mix_progress(struct kfd_gpreempt *gp, u64 waited_ns);
void kfd_gpreempt_mix_preempted(struct kfd_gpreempt *gp);

/* kfd_gpreempt_class.c */
enum kfd_gpreempt_class
kfd_gpreempt_class_of(const struct kfd_gpreempt *gp, const struct queue *q);
bool kfd_gpreempt_is_lowerable(const struct queue *q);
bool kfd_gpreempt_is_lowered(const struct kfd_gpreempt *gp,
			     const struct queue *q);
bool kfd_gpreempt_is_preemptible(const struct queue *q);
void kfd_gpreempt_reclassify(struct kfd_gpreempt *gp);
void kfd_gpreempt_set_class(struct queue *q, enum kfd_gpreempt_class class);
void kfd_gpreempt_set_process_class(struct kfd_process *p,
				    enum kfd_gpreempt_class class);
void kfd_gpreempt_set_policy(struct queue *q, u32 policy);
void kfd_gpreempt_set_lc_interval(struct queue *q, u32 interval_us);
bool kfd_gpreempt_rests(struct queue *q);
void kfd_gpreempt_recount(struct kfd_gpreempt *gp);

/* kfd_gpreempt_switch.c */
bool kfd_gpreempt_running(const struct kfd_gpreempt *gp);
bool kfd_gpreempt_in_charge(const struct kfd_gpreempt *gp);
int kfd_gpreempt_enable(struct kfd_gpreempt *gp);
void kfd_gpreempt_switch_off(struct kfd_gpreempt *gp);
int kfd_gpreempt_disable(struct kfd_gpreempt *gp);
void kfd_gpreempt_settle(struct kfd_gpreempt *gp, bool off);
void kfd_gpreempt_exit(struct kfd_gpreempt *gp, enum kfd_gpreempt_exit reason);
void kfd_gpreempt_notify_file(struct kfd_gpreempt *gp,
			      struct kernfs_node *file);
void kfd_gpreempt_notify(struct kfd_gpreempt *gp);

/* kfd_gpreempt_timer.c */
void kfd_gpreempt_timer_init(struct kfd_gpreempt *gp,
			     enum hrtimer_restart (*check)(struct hrtimer *));
void kfd_gpreempt_timer_set(struct kfd_gpreempt *gp, u64 delay_ns);
void kfd_gpreempt_timer_arm(struct kfd_gpreempt *gp, u64 delay_ns);
void kfd_gpreempt_timer_within(struct kfd_gpreempt *gp, u64 delay_ns);
void kfd_gpreempt_timer_kick(struct kfd_gpreempt *gp);
void kfd_gpreempt_timer_cancel(struct kfd_gpreempt *gp);
void kfd_gpreempt_look_again(struct kfd_gpreempt *gp);
void kfd_gpreempt_look_for(struct kfd_gpreempt *gp, const struct queue *q);

/* kfd_gpreempt_worker.c */
void kfd_gpreempt_worker_init(struct kfd_gpreempt *gp);
int kfd_gpreempt_worker_create(struct kfd_gpreempt *gp);
void kfd_gpreempt_worker_wake(struct kfd_gpreempt *gp);
void kfd_gpreempt_worker_run_begin(struct kfd_gpreempt *gp);
void kfd_gpreempt_worker_run_end(struct kfd_gpreempt *gp);
u64 kfd_gpreempt_worker_rested_ns(const struct kfd_gpreempt *gp, u64 now_ns);
void kfd_gpreempt_worker_destroy(struct kfd_gpreempt *gp);
void kfd_gpreempt_spin_begin(struct kfd_gpreempt *gp);
void kfd_gpreempt_spin_end(struct kfd_gpreempt *gp);

/* ---- mechanism ----------------------------------------------------------- */

/* kfd_gpreempt_batch.c */
void kfd_gpreempt_batch_begin(struct kfd_gpreempt *gp);
int kfd_gpreempt_batch_commit(struct kfd_gpreempt *gp,
			      struct kfd_gpreempt_batch *batch);
int kfd_gpreempt_queue_off(struct kfd_gpreempt *gp, struct queue *q, u32 off);
void kfd_gpreempt_queue_set(struct kfd_gpreempt *gp, struct queue *q, u32 off);
void kfd_gpreempt_release_all(struct kfd_gpreempt *gp);
bool kfd_gpreempt_wants_active(const struct queue *q);

/* kfd_gpreempt_cumask.c */
u32 kfd_gpreempt_cumask_unit(const struct kfd_gpreempt *gp);
void kfd_gpreempt_cumask_set(struct kfd_gpreempt *gp, struct queue *q, u32 cus);

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
bool kfd_gpreempt_waits_at_barrier(const struct queue *q, u64 rptr);

/* kfd_gpreempt_waves.c */
int kfd_gpreempt_occupancy_init(struct kfd_gpreempt *gp);
bool kfd_gpreempt_occupancy_read(struct kfd_gpreempt *gp);
u32 kfd_gpreempt_occupancy_of(const struct kfd_gpreempt *gp,
			      const struct queue *q);
u32 kfd_gpreempt_occupancy_waves(const struct kfd_gpreempt *gp);
u32 kfd_gpreempt_cus(const struct kfd_gpreempt *gp);
bool kfd_gpreempt_saves_waves(const struct kfd_gpreempt *gp);
bool kfd_gpreempt_has_saved_waves(const struct queue *q);
bool kfd_gpreempt_left_work(struct queue *q);

/* What it takes to restore BE: as many bytes as were saved; no grace, no fence. */
static inline u64 kfd_gpreempt_restore_ns(const struct kfd_gpreempt *gp)
{
	return kfd_gpreempt_saves_waves(gp) ? gp->hold.save_ns / 2 : 0;
}

/* ---- words ---------------------------------------------------------------- */

/*
 * kfd_gpreempt_names.c. What is named *_show() writes what a file of sysfs shows,
 * with its newline; *_parse() reads what was written to one.
 */
const char *kfd_gpreempt_exit_name(enum kfd_gpreempt_exit exit);
const char *kfd_gpreempt_class_name(enum kfd_gpreempt_class class);
int kfd_gpreempt_state_name(struct kfd_gpreempt *gp, char *buf, size_t size);
int kfd_gpreempt_class_show(char *buf, enum kfd_gpreempt_class class);
int kfd_gpreempt_class_parse(const char *buf, enum kfd_gpreempt_class *class);
int kfd_gpreempt_triggers_show(char *buf, u32 triggers);
int kfd_gpreempt_triggers_show_default(char *buf, u32 triggers);
int kfd_gpreempt_triggers_parse(const char *buf, u32 *triggers);
int kfd_gpreempt_policy_show(char *buf, u32 policy);
int kfd_gpreempt_policy_name(u32 policy, char *buf, size_t size);
int kfd_gpreempt_policy_parse(const char *buf, u32 *policy);
int kfd_gpreempt_queue_state_name(const struct queue *q, char separator,
				  char *buf, size_t size);
int kfd_gpreempt_way_parse(const char *word, enum kfd_gpreempt_way *way);

#endif

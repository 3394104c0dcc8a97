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
void kfd_gpreempt_worker_wake(struct kfd_gpreempt *gp);
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

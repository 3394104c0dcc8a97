/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * gpreempt: what the rest of amdkfd calls, and what it embeds.
 *
 * Every function here is safe to call on a node without gpreempt.
 */
#ifndef KFD_GPREEMPT_H_INCLUDED
#define KFD_GPREEMPT_H_INCLUDED

#include <linux/list.h>
#include <linux/seqlock.h>

#include "kfd_gpreempt_latency.h"
#include "kfd_gpreempt_policy.h"

struct amdgpu_bo;
struct device_queue_manager;
struct kfd_gpreempt_doorbells;
struct kfd_gpreempt_pin;
struct kfd_node;
struct kfd_process;
struct kfd_process_device;
struct kfd_topology_device;
struct kobject;
struct qcm_process_device;
struct queue;
struct vm_area_struct;

/* What may be done with a queue; a set. */
#define KFD_GPREEMPT_PREEMPTIBLE	0x1	/* the scheduler may take it off */
#define KFD_GPREEMPT_LAZY		0x2	/* off until it is rung */
#define KFD_GPREEMPT_AUTO_DEACTIVATE	0x4	/* off while it is idle */

#ifdef CONFIG_HSA_AMD_GPREEMPT

/**
 * struct kfd_gpreempt_queue_stats - what has been done with one queue
 *
 * @preemptions: times that it was taken off while active
 * @resumes: times that it became active again
 * @rotations: times that it gave its slot to another queue
 * @deactivations: times that it gave up its slot because it was idle
 * @wakeups: times that it got it back
 * @guards: times that it was found to wait for something that BE had to do
 * @off_ns: time for which it was kept off, for any reason
 * @active_ns: time for which the hardware could run it
 *
 * Written under the dqm lock, with kfd_gpreempt_count(), and the times within
 * &kfd_gpreempt_queue.seq; read without a lock by kfd_gpreempt_read_stats().
 */
struct kfd_gpreempt_queue_stats {
	u64 preemptions;
	u64 resumes;
	u64 rotations;
	u64 deactivations;
	u64 wakeups;
	u64 guards;
	u64 off_ns;
	u64 active_ns;
};

/* Has a queue that is off left off in the middle of work? */
enum kfd_gpreempt_left {
	KFD_GPREEMPT_LEFT_UNKNOWN,
	KFD_GPREEMPT_LEFT_NOTHING,
	KFD_GPREEMPT_LEFT_WAVES,
};

/**
 * enum kfd_gpreempt_unwatched - why a queue's ring can't be looked into
 *
 * @KFD_GPREEMPT_WATCHED: it can
 * @KFD_GPREEMPT_UNWATCHED_SVM: its pointers are in no buffer object
 * @KFD_GPREEMPT_UNWATCHED_MISALIGNED: they could not be read in one piece, or
 *	not without what is behind their page
 * @KFD_GPREEMPT_UNWATCHED_PART: they are in an object of several pages
 * @KFD_GPREEMPT_UNWATCHED_VRAM: they are in an object that is not in GTT
 * @KFD_GPREEMPT_UNWATCHED_FOREIGN: they are in memory of another process than
 *	that which created the queue
 * @KFD_GPREEMPT_UNWATCHED_MEMLOCK: their page can't be pinned because of
 *	RLIMIT_MEMLOCK
 * @KFD_GPREEMPT_UNWATCHED_PIN: their page could not be pinned
 */
enum kfd_gpreempt_unwatched {
	KFD_GPREEMPT_WATCHED,
	KFD_GPREEMPT_UNWATCHED_SVM,
	KFD_GPREEMPT_UNWATCHED_MISALIGNED,
	KFD_GPREEMPT_UNWATCHED_PART,
	KFD_GPREEMPT_UNWATCHED_VRAM,
	KFD_GPREEMPT_UNWATCHED_FOREIGN,
	KFD_GPREEMPT_UNWATCHED_MEMLOCK,
	KFD_GPREEMPT_UNWATCHED_PIN,
};

/**
 * struct kfd_gpreempt_name - which queue; it may be gone
 *
 * @pid: of its process, 0: none
 * @queue_id: of its process' queues
 */
struct kfd_gpreempt_name {
	int pid;
	u32 queue_id;
};

/* Of a queue: 0 to KFD_MAX_QUEUE_PRIORITY of the ABI */
#define KFD_GPREEMPT_PRIORITIES	16

/* As many as MI300X has on one node; of the others the mask stays as it is. */
#define KFD_GPREEMPT_MAX_XCC	8
#define KFD_GPREEMPT_MAX_SE	8

/**
 * struct kfd_gpreempt_cu_mask - what was taken out of a queue's CU mask
 *
 * @cus: it is kept off so many compute units
 * @changed: its program has set another one since
 * @own: what its program wants, for each XCC and shader engine; while @cus
 * @written: what was made of that
 */
struct kfd_gpreempt_cu_mask {
	u32 cus;
	bool changed;
	u32 own[KFD_GPREEMPT_MAX_XCC][KFD_GPREEMPT_MAX_SE];
	u32 written[KFD_GPREEMPT_MAX_XCC][KFD_GPREEMPT_MAX_SE];
};

/**
 * struct kfd_gpreempt_queue - gpreempt's part of a &struct queue
 *
 * @node: entry in the list of its class, while @tracked
 * @tracked: the scheduler knows the queue
 * @pdd: its process on its node
 * @class: the class that says which list
 * @class_override: class given by the operator, or KFD_GPREEMPT_AUTO
 * @policy: set of KFD_GPREEMPT_PREEMPTIBLE and so on
 * @lc_interval_us: timer period while it is an active LC queue; 0: the node's
 * @off: set of KFD_GPREEMPT_OFF_*; not empty exactly while
 *	&queue_properties.is_gpreempted
 * @next_off: what @off becomes with the batch that is being put together
 * @candidate: it could have a slot when they were last handed out
 * @no_hqd: no-HWS mode: it has no HQD of its own now
 * @refuses: no-HWS mode: it could not be taken off its HQD, and is left alone
 * @deactivate_due: the policy KFD_GPREEMPT_LAZY came when it was in use
 * @idle_backoff_ns: it looked idle and was not: how much longer to wait
 * @seq: protects for readers the next two, and the times in @stats
 * @off_since_ns: since when it is off, or 0
 * @active_since_ns: since when amdkfd counts it as active, or 0
 * @served_since_ns: from when on its service is still to be added to
 *	@served_ns, or 0
 * @served_ns: how long it has had a slot, for comparison with other queues of
 *	its process
 * @seen_priority: with which it was counted in @seen; as that
 * @seen: what the last sample showed, see kfd_gpreempt_sample.c; protected by
 *	&kfd_gpreempt.lock
 * @watch: samples; protected by &kfd_gpreempt.lock
 * @wait: while it was LC, how long it was seen to wait each time; protected by
 *	&kfd_gpreempt.lock
 * @preempted_for: for whom it was last taken off; protected by
 *	&kfd_gpreempt.lock
 * @left_work: what its descriptor says: whether waves were saved when it was
 *	last taken off
 * @cu_mask: the compute units that it is kept off
 * @stats: see there
 * @doorbells: its process' doorbell mapping; a reference
 * @unwatched: why there is no @rptr and @wptr; constant while tracked
 * @rptr: kernel address of the read pointer, NULL if it can't be read
 * @wptr: kernel address of the write pointer, NULL if it can't be read
 * @rptr_bo: pinned for @rptr, or NULL
 * @wptr_bo: pinned for @wptr, or NULL
 * @rptr_pin: page pinned for @rptr, or NULL
 * @wptr_pin: page pinned for @wptr, or NULL
 * @kobj: directory proc/<pid>/queues/<qid>/gpreempt, or NULL
 *
 * @node, @tracked and @class change under the dqm lock and &kfd_gpreempt.lock,
 * so that either is enough to read them. The rest, where nothing else is said, is
 * under the dqm lock. One value of @class, @class_override, @policy,
 * @lc_interval_us or @off may be read without a lock.
 */
struct kfd_gpreempt_queue {
	struct list_head node;
	bool tracked;
	struct kfd_process_device *pdd;
	enum kfd_gpreempt_class class;
	enum kfd_gpreempt_class class_override;
	u32 policy;
	u32 lc_interval_us;
	u32 off;
	u32 next_off;
	bool candidate;
	bool no_hqd;
	bool refuses;
	bool deactivate_due;
	u64 idle_backoff_ns;
	seqcount_t seq;
	u64 off_since_ns;
	u64 active_since_ns;
	u64 served_since_ns;
	u64 served_ns;
	u32 seen_priority;
	u32 seen;
	struct kfd_gpreempt_watch watch;
	struct kfd_gpreempt_latency wait;
	struct kfd_gpreempt_name preempted_for;
	enum kfd_gpreempt_left left_work;
	struct kfd_gpreempt_cu_mask cu_mask;
	struct kfd_gpreempt_queue_stats stats;
	struct kfd_gpreempt_doorbells *doorbells;
	enum kfd_gpreempt_unwatched unwatched;
	void *rptr;
	void *wptr;
	struct amdgpu_bo *rptr_bo;
	struct amdgpu_bo *wptr_bo;
	struct kfd_gpreempt_pin *rptr_pin;
	struct kfd_gpreempt_pin *wptr_pin;
	struct kobject *kobj;
};

/**
 * struct kfd_gpreempt_arming - when the doorbells of a process are armed
 *
 * @round: of kfd_gpreempt_arm_begin(), in which the following three were made up
 * @busy: one of its LC queues has work
 * @written: sum of its queues' write pointers
 * @awaited: of these, the queues whose rings the scheduler waits for
 * @written_before: what @written was when it was armed or rang last
 * @awaited_before: what @awaited was when it was last found to have moved
 * @rings: number of its rings that were noticed
 * @rang: the last one was not judged yet
 * @rang_rest_ns: what &kfd_gpreempt.thread.rest_ns was when it was noticed
 * @empty: how many in a row left nothing new in any ring
 * @chat: it has rung since it last left something in a ring that the scheduler
 *	waits for
 * @told: the last ring that was judged left such a thing
 * @asked: the round in which it is to be armed, or 0
 * @retry_ns: for how long it is left alone after an attempt that failed
 * @retry_after_ns: until then
 * @armed_ns: when it was armed last
 * @due_ns: when it may be armed, as far as is known; written by the worker, read
 *	by the timer
 * @worth: whether that pays
 * @busy_sample: number of the last sample in which one of its LC queues had
 *	work; under &kfd_gpreempt.lock
 *
 * Under the dqm lock, as far as nothing else is said.
 */
struct kfd_gpreempt_arming {
	u32 round;
	bool busy;
	u64 written;
	u64 awaited;
	u64 written_before;
	u64 awaited_before;
	u32 rings;
	bool rang;
	u64 rang_rest_ns;
	int empty;
	bool chat;
	bool told;
	u32 asked;
	u64 retry_ns;
	u64 retry_after_ns;
	u64 armed_ns;
	u64 due_ns;
	struct kfd_gpreempt_worth worth;
	u32 busy_sample;
};

/**
 * struct kfd_gpreempt_process - gpreempt's part of a &struct kfd_process_device
 *
 * @class_override: class given by the operator to all queues of the process on
 *	this node that have none of their own, or KFD_GPREEMPT_AUTO
 * @served_ns: how long its BE queues have had the slots that they wanted, for
 *	comparison with other processes
 * @charged_ns: until when it has been charged for that
 * @served_queues: how many of its queues are being served
 * @wanted: slots that its BE queues wanted when slots were last handed out
 * @admitted: how many they got
 * @share: its index while slots are handed out
 * @runlist_first: which of its queues a runlist begins with, after those that
 *	are LC; NULL: the first of the list
 * @rang_round: number of the last round in which it was found to have rung
 * @debt_round: number of the last round in which it was asked for its blame
 * @blamed: number of its LC queues for which BE is held, if it is; protected by
 *	&kfd_gpreempt.lock, as the following
 * @blame: how much of BE's waiting is its doing
 * @mix_id: the last &kfd_gpreempt_mix.id that it was part of
 * @waits: whether LC's waiting paid beside it then
 * @asked_ns: until when what it has asked of the worker is paid for
 * @arming: when to arm its doorbells
 * @doorbells: its doorbell mapping, or NULL; set once, see
 *	kfd_gpreempt_doorbell.c
 * @pins: pages of the program that are pinned, see kfd_gpreempt_ring.c
 *
 * What is not said otherwise is under the dqm lock.
 */
struct kfd_gpreempt_process {
	enum kfd_gpreempt_class class_override;
	u64 served_ns;
	u64 charged_ns;
	u32 served_queues;
	u32 wanted;
	u32 admitted;
	u32 share;
	struct queue *runlist_first;
	u32 rang_round;
	u32 debt_round;
	u32 blamed;
	struct kfd_gpreempt_blame blame;
	u32 mix_id;
	struct kfd_gpreempt_waits waits;
	u64 asked_ns;
	struct kfd_gpreempt_arming arming;
	struct kfd_gpreempt_doorbells *doorbells;
	struct hlist_head pins;
};

/* Of a &struct queue_properties; a macro, as that is not known here. */
#define kfd_gpreempt_is_off(properties)	((properties)->is_gpreempted)

/* A node's device queue manager comes, starts, stops and goes. */
void kfd_gpreempt_init(struct device_queue_manager *dqm);
void kfd_gpreempt_fini(struct device_queue_manager *dqm);
void kfd_gpreempt_node_added(struct kfd_node *node);
void kfd_gpreempt_start(struct device_queue_manager *dqm);
void kfd_gpreempt_start_nocpsch(struct device_queue_manager *dqm);
void kfd_gpreempt_stop(struct device_queue_manager *dqm);
void kfd_gpreempt_halt(struct device_queue_manager *dqm);
void kfd_gpreempt_unhalt(struct device_queue_manager *dqm);

/* A queue comes, changes and goes. */
void kfd_gpreempt_create_queue(struct device_queue_manager *dqm,
			       struct qcm_process_device *qpd, struct queue *q);
void kfd_gpreempt_add_queue(struct queue *q);
void kfd_gpreempt_update_queue(struct device_queue_manager *dqm,
			       struct queue *q);
void kfd_gpreempt_activate_queue(struct device_queue_manager *dqm,
				 struct queue *q);
void kfd_gpreempt_remove_queue(struct device_queue_manager *dqm,
			       struct queue *q);
void kfd_gpreempt_release_queue(struct queue *q);
void kfd_gpreempt_count_queue(struct queue *q, bool active);

/* Slots. */
bool kfd_gpreempt_has_hqd(const struct queue *q);
bool kfd_gpreempt_in_runlist(const struct qcm_process_device *qpd);
u32 kfd_gpreempt_runlist_processes(const struct device_queue_manager *dqm);
struct queue *kfd_gpreempt_runlist_next(struct qcm_process_device *qpd,
					struct queue *q);

#define kfd_gpreempt_for_each_in_runlist(q, qpd)			\
	for (q = kfd_gpreempt_runlist_next(qpd, NULL); q;		\
	     q = kfd_gpreempt_runlist_next(qpd, q))

/* The end of a packet was signalled; queues became inactive. */
void kfd_gpreempt_event(struct kfd_node *node);
void kfd_gpreempt_evicted(struct device_queue_manager *dqm);

/* Doorbell pages. */
int kfd_gpreempt_doorbell_mmap(struct kfd_process_device *pdd,
			       struct vm_area_struct *vma);
void kfd_gpreempt_doorbell_release(struct kfd_process_device *pdd);

/* Directories. */
void kfd_gpreempt_sysfs_add(struct kfd_topology_device *dev);
void kfd_gpreempt_sysfs_remove(struct kfd_topology_device *dev);
void kfd_gpreempt_procfs_add_process(struct kfd_process *p);
void kfd_gpreempt_procfs_remove_process(struct kfd_process *p);
void kfd_gpreempt_procfs_add_queue(struct queue *q);
void kfd_gpreempt_procfs_remove_queue(struct queue *q);

#else

/* Without the option nothing is added to what amdkfd has. */
struct kfd_gpreempt_queue {};
struct kfd_gpreempt_process {};

/* No function: the compiler would compute the address for it. */
#define kfd_gpreempt_is_off(properties)	((void)sizeof(properties), false)

static inline void kfd_gpreempt_init(struct device_queue_manager *dqm) {}
static inline void kfd_gpreempt_fini(struct device_queue_manager *dqm) {}
static inline void kfd_gpreempt_node_added(struct kfd_node *node) {}
static inline void kfd_gpreempt_start(struct device_queue_manager *dqm) {}
static inline void
kfd_gpreempt_start_nocpsch(struct device_queue_manager *dqm) {}
static inline void kfd_gpreempt_stop(struct device_queue_manager *dqm) {}
static inline void kfd_gpreempt_halt(struct device_queue_manager *dqm) {}
static inline void kfd_gpreempt_unhalt(struct device_queue_manager *dqm) {}
static inline void
kfd_gpreempt_create_queue(struct device_queue_manager *dqm,
			  struct qcm_process_device *qpd, struct queue *q) {}
static inline void kfd_gpreempt_add_queue(struct queue *q) {}
static inline void kfd_gpreempt_update_queue(struct device_queue_manager *dqm,
					     struct queue *q) {}
static inline void kfd_gpreempt_activate_queue(struct device_queue_manager *dqm,
					       struct queue *q) {}
static inline void kfd_gpreempt_remove_queue(struct device_queue_manager *dqm,
					     struct queue *q) {}
static inline void kfd_gpreempt_release_queue(struct queue *q) {}
static inline void kfd_gpreempt_count_queue(struct queue *q, bool active) {}

static inline bool kfd_gpreempt_has_hqd(const struct queue *q)
{
	return true;
}

static inline bool kfd_gpreempt_in_runlist(const struct qcm_process_device *qpd)
{
	return true;
}

#define kfd_gpreempt_for_each_in_runlist(q, qpd)			\
	list_for_each_entry(q, &(qpd)->queues_list, list)

/* A macro, so that this header need not know the dqm. */
#define kfd_gpreempt_runlist_processes(dqm)	((dqm)->processes_count)

static inline void kfd_gpreempt_event(struct kfd_node *node) {}
static inline void kfd_gpreempt_evicted(struct device_queue_manager *dqm) {}

static inline int kfd_gpreempt_doorbell_mmap(struct kfd_process_device *pdd,
					     struct vm_area_struct *vma)
{
	return 0;
}

static inline void
kfd_gpreempt_doorbell_release(struct kfd_process_device *pdd) {}
static inline void kfd_gpreempt_sysfs_add(struct kfd_topology_device *dev) {}
static inline void kfd_gpreempt_sysfs_remove(struct kfd_topology_device *dev) {}
static inline void kfd_gpreempt_procfs_add_process(struct kfd_process *p) {}
static inline void kfd_gpreempt_procfs_remove_process(struct kfd_process *p) {}
static inline void kfd_gpreempt_procfs_add_queue(struct queue *q) {}
static inline void kfd_gpreempt_procfs_remove_queue(struct queue *q) {}

#endif

#endif

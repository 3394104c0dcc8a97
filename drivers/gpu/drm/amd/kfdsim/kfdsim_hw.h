/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Inside the simulated hardware.
 *
 * Model time. Everything happens in events, each at its own time, and an
 * event's handler takes that time, not the clock's, for "now": however long
 * the CPU needs to simulate a thing, the thing takes as long as the model
 * says. With several CPUs, where programs run on meanwhile, "now" is when the
 * handler runs, see kfdsim_seen(). hw->now never goes back. What comes from
 * outside (doorbells, register writes, what a program has in memory) is stamped
 * with the clock's time when it is seen.
 *
 * Locks. hw->lock covers everything here but the inbox (hw->inbox_lock).
 * Order: hw->lock, then the host side's memory locks. Nothing may be allocated
 * with reclaim under hw->lock, since kfd2kgd calls take it under the dqm's
 * lock: kfdsim_hw_lock() sees to that.
 */
#ifndef KFDSIM_HW_H
#define KFDSIM_HW_H

#include <linux/completion.h>
#include <linux/hrtimer.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/xarray.h>

#include "kfdsim.h"
#include "kfdsim_compute.h"
#include "v9_structs.h"

#define KFDSIM_MAX_SLOTS	64	/* bits of SET_RESOURCES' queue mask */
#define KFDSIM_NUM_VMID		16
#define KFDSIM_NUM_PRIORITY	3	/* CP_HQD_PIPE_PRIORITY: low, medium, high */

#define KFDSIM_NO_DOORBELL	U32_MAX	/* not an index in any BAR */

/* ---- queues ------------------------------------------------------------- */

enum kfdsim_hqd_kind { KFDSIM_AQL, KFDSIM_PM4, KFDSIM_SDMA };

enum kfdsim_hqd_state {
	KFDSIM_HQD_FREE,
	KFDSIM_HQD_ACTIVE,
	KFDSIM_HQD_DEQUEUE,	/* asked to leave, may still hold waves */
};

enum kfdsim_dequeue { KFDSIM_DRAIN, KFDSIM_RESET, KFDSIM_SAVE };

enum kfdsim_dequeue_stage {
	KFDSIM_STAGE_RUN,	/* waves go on, until they end or grace does */
	KFDSIM_STAGE_SAVE,	/* waves are stopped, state is being written */
	KFDSIM_STAGE_STORE,	/* waves are gone, the MQD is being written */
};

/* CP_MQD_BASE_ADDR to CP_HQD_PQ_WPTR_HI */
#define KFDSIM_HQD_REGS		56

/* The compute registers of which a dispatch is made */
struct kfdsim_sh_regs {
	u32 start[3];
	u32 num_thread[3];
	u32 pgm_lo;
	u32 pgm_hi;
};

struct kfdsim_waiter {
	struct completion done;
	bool ok;
};

/**
 * struct kfdsim_hqd - one hardware queue slot, on all XCCs of its node
 *
 * @node: its node
 * @active_link: in hw->active while @state is not KFDSIM_HQD_FREE
 * @launch_link: in node->launch[] while it has workgroups to launch
 * @sdma: an SDMA RLC queue; @pipe is then the engine of the node
 * @pipe: MEC pipe
 * @queue: queue of the pipe or RLC queue of the engine
 * @kind: what its packets are
 * @state: see enum kfdsim_hqd_state
 * @xcc_mask: XCCs of the node on which the slot is active
 * @is_static: not touched by "all non-static" requests
 * @error: stopped by a bad packet or a memory fault, until reset
 * @deaf: does not answer to dequeue requests (fault injection)
 * @vmid: its VMID
 * @pasid: what that VMID is mapped to
 * @vm: the address space
 * @mqd: GPU address of each XCC's MQD; 0 for an SDMA queue loaded by register
 * @doorbell: dword index in the doorbell BAR
 * @ring: GPU address of the ring
 * @ring_bytes: its size
 * @rptr_va: where to report the read pointer; 0 is nowhere
 * @wptr_va: where to read the write pointer
 * @rptr: next packet (AQL: packets, PM4: dwords, SDMA: bytes); never wraps
 * @wptr: what @rptr may go up to
 * @priority: CP_HQD_PIPE_PRIORITY
 * @target_xcc: PM4: the XCC that executes the packets
 * @sh: PM4: compute registers
 * @ib_next: PM4: one more than the next dword of the indirect buffer at @rptr;
 *	0 before it
 * @cwsr: waves can be saved
 * @ctx_base: save area of each XCC
 * @ctx_size: its size
 * @cntl_stack_size: size of the control stack at its head
 * @cu_mask: compute units that it may use, XCC after XCC
 * @save_mask: XCCs in whose save area waves wait
 * @waves: resident waves on each XCC, all dispatches
 * @dispatches: dispatches that have begun and not completed
 * @nsaved: elements on the saved lists of @dispatches
 * @head: the dispatch of the packet at @rptr, while it launches
 * @next: what it launches next on the XCC that the launch pass is at
 * @eops: completion signals under way
 * @barrier_wait: the packet at @rptr waits for all @dispatches
 * @poll_ns: next poll interval of a barrier packet's dependencies; 0 if none
 * @fetch: looks at the packet at @rptr
 * @how: of the dequeue request
 * @stage: how far that has got
 * @saved_waves: waves that it has saved
 * @saved_bytes: what they held
 * @save_used: bytes of saved state on each XCC
 * @dequeue: next step of the dequeue request
 * @timeout: ends a dequeue request that is not answered
 * @dequeued: called once when the request ends; @ok says how
 * @waiter: whoever dequeues it by register and waits for that
 * @loaded: XCCs whose registers the driver has written, before it is active
 * @copy_fill: SDMA copy under way: it fills, with @copy_src
 * @copy_src: from here
 * @copy_dst: to here
 * @copy_left: bytes to go; 0 when there is none
 * @copy_dwords: length of its packet
 */
struct kfdsim_hqd {
	struct kfdsim_node *node;
	struct list_head active_link;
	struct list_head launch_link;
	bool sdma;
	u8 pipe;
	u8 queue;
	enum kfdsim_hqd_kind kind;
	enum kfdsim_hqd_state state;
	u32 xcc_mask;
	bool is_static;
	bool error;
	bool deaf;
	u8 vmid;
	u16 pasid;
	struct kfdsim_vm *vm;
	u64 mqd[KFDSIM_MAX_XCC];
	u32 doorbell;
	u64 ring;
	u32 ring_bytes;
	u64 rptr_va;
	u64 wptr_va;
	u64 rptr;
	u64 wptr;
	u8 priority;
	u8 target_xcc;
	struct kfdsim_sh_regs sh;
	u32 ib_next;
	bool cwsr;
	u64 ctx_base[KFDSIM_MAX_XCC];
	u32 ctx_size;
	u32 cntl_stack_size;
	DECLARE_BITMAP(cu_mask, KFDSIM_MAX_CUS);
	u32 save_mask;
	u32 waves[KFDSIM_MAX_XCC];
	struct list_head dispatches;
	unsigned int nsaved;
	struct kfdsim_dispatch *head;
	struct kfdsim_work next;
	unsigned int eops;
	bool barrier_wait;
	u32 poll_ns;
	struct kfdsim_event fetch;
	enum kfdsim_dequeue how;
	enum kfdsim_dequeue_stage stage;
	u32 saved_waves;
	u64 saved_bytes;
	u32 save_used[KFDSIM_MAX_XCC];
	struct kfdsim_event dequeue;
	struct kfdsim_event timeout;
	void (*dequeued)(struct kfdsim_hqd *hqd, bool ok, u64 now);
	struct kfdsim_waiter *waiter;
	u32 loaded;
	bool copy_fill;
	u64 copy_src;
	u64 copy_dst;
	u32 copy_left;
	u32 copy_dwords;
};

/* ---- nodes -------------------------------------------------------------- */

struct kfdsim_vmid {
	bool used;
	u16 pasid;
	u64 page_table_base;
	struct kfdsim_vm *vm;
	unsigned int queues;	/* HQDs that use it */
	u32 sh_mem_config;
	u32 sh_mem_bases;
	u64 tba;
	u64 tma;
};

/* One entry of a decoded runlist: a process, or a queue of the last process */
struct kfdsim_rl_entry {
	bool is_process;
	union {
		struct {
			u16 pasid;
			u8 quantum;
			u64 page_table_base;
			u32 sh_mem_config;
			u32 sh_mem_bases;
			u64 tba;
			u64 tma;
		};
		struct {
			bool sdma;
			bool is_static;
			u8 engine;
			u32 doorbell;
			u64 mqd;
			u64 wptr_va;
		};
	};
};

/**
 * struct kfdsim_runlist - what the last RUN_LIST packet asked for
 *
 * @entries: decoded, in the order of the IB; @n of them
 * @n: number of entries
 * @process_cnt: processes to map at a time
 * @chained: the IB leads back to its start: it is over-subscribed, rotate
 * @pos: next entry to map
 * @todo: entries of the current round that have not been looked at
 * @mapped: processes mapped in this round
 * @quantum_ns: of the first process of this round
 */
struct kfdsim_runlist {
	struct kfdsim_rl_entry *entries;
	unsigned int n;
	unsigned int process_cnt;
	bool chained;
	unsigned int pos;
	unsigned int todo;
	unsigned int mapped;
	u64 quantum_ns;
};

/**
 * struct kfdsim_node - a partition, which is a KFD node: XCCs and one HWS
 *
 * @hw: the GPU
 * @id: number of the partition
 * @first_xcc: its master, as logical XCC of the device
 * @num_xcc: number of XCCs
 * @hiq_mqd: GPU addresses of the HIQ's MQDs
 * @hiq_mask: XCCs on which the HIQ is active
 * @hiq_doorbell: its doorbell
 * @hiq_ring: GPU address of its ring
 * @hiq_dwords: size of its ring
 * @hiq_rptr: next packet, in dwords; never wraps
 * @hiq_wptr: last value written to the doorbell
 * @hiq_packet: length of the packet that HWS is working on, in dwords
 * @hung: HWS has stopped answering
 * @busy: HWS is working on a packet or on a rotation
 * @rotate: the quantum is over
 * @rotating: that is what HWS is working on
 * @step: continues that work
 * @step_fn: how
 * @quantum: ends the quantum
 * @store_busy_ns: until when HWS is storing MQDs
 * @dequeues: dequeue requests that HWS waits for
 * @unanswered: of the current packet's requests, those that timed out
 * @fence_va: where QUERY_STATUS wants its fence
 * @fence: and its value
 * @vmid_mask: VMIDs of HWS
 * @queue_mask: HQDs of HWS
 * @unmap_latency: how long a queue may take to leave, in 100 ms
 * @iq_wait_time2: register CP_IQ_WAIT_TIME2
 * @rl: runlist
 * @mes: the other kind of scheduler, which has none of the above but
 *	@vmid_mask, @queue_mask and @store_busy_ns; NULL with HWS
 * @vmids: by number
 * @irq_mask: pipes of each XCC whose end-of-pipe interrupts are enabled
 * @hqds: compute slots, by pipe * queues_per_pipe + queue
 * @rlcs: SDMA slots, by engine * sdma_queues_per_engine + queue
 * @num_rlcs: of them
 * @launch: by priority, queues that have workgroups to launch
 * @launch_ev: the launch pass
 */
struct kfdsim_node {
	struct kfdsim_hw *hw;
	unsigned int id;
	unsigned int first_xcc;
	unsigned int num_xcc;
	u64 hiq_mqd[KFDSIM_MAX_XCC];
	u32 hiq_mask;
	u32 hiq_doorbell;
	u64 hiq_ring;
	u32 hiq_dwords;
	u64 hiq_rptr;
	u64 hiq_wptr;
	unsigned int hiq_packet;
	bool hung;
	bool busy;
	bool rotate;
	bool rotating;
	struct kfdsim_event step;
	void (*step_fn)(struct kfdsim_node *node, u64 now);
	struct kfdsim_event quantum;
	u64 store_busy_ns;
	unsigned int dequeues;
	unsigned int unanswered;
	u64 fence_va;
	u64 fence;
	u32 vmid_mask;
	u64 queue_mask;
	u32 unmap_latency;
	u32 iq_wait_time2;
	struct kfdsim_runlist rl;
	struct kfdsim_mes *mes;
	struct kfdsim_vmid vmids[KFDSIM_NUM_VMID];
	u32 irq_mask[KFDSIM_MAX_XCC];
	struct kfdsim_hqd *hqds;
	struct kfdsim_hqd *rlcs;
	unsigned int num_rlcs;
	struct list_head launch[KFDSIM_NUM_PRIORITY];
	struct kfdsim_event launch_ev;
};

/* Counters since load; names are those of debugfs "stats" */
struct kfdsim_stats {
	u64 hiq_set_resources, hiq_run_list, hiq_unmap_queues;
	u64 hiq_query_status, hiq_write_data, hiq_nop;
	u64 runlist_map_process, runlist_map_queues;
	u64 mes_add_queue, mes_remove_queue, mes_suspend, mes_resume, mes_misc;
	u64 hqd_maps, hqd_unmaps, map_refused, preempt_failed;
	u64 hws_rotations, hws_hangs;
	u64 waves_saved, waves_restored, bytes_saved, bytes_restored;
	u64 cwsr_errors, queue_errors, vm_faults;
	u64 dispatches, workgroups, barriers, pm4_packets, sdma_packets;
	u64 doorbells, doorbells_unclaimed, eop_interrupts, resets;
};

/* Faults on demand; names are those of debugfs "fail_*" */
struct kfdsim_faults {
	bool hws_hang;
	u32 preempt;		/* doorbell of the queue; 0 is none */
	u32 map;		/* MAP_QUEUES to refuse */
	u32 slow_fence_us;
	u32 mes_refuse;		/* requests of MES to refuse */
};

struct kfdsim_hiq_log;
struct kfdsim_mes;

/**
 * struct kfdsim_hw - the hardware of one GPU
 *
 * @sim: the GPU
 * @lock: see the top of this file
 * @noreclaim: the lock holder's allocation scope
 * @thread: runs the events
 * @events: by time
 * @now: model time; that of the event being handled
 * @inbox_lock: protects @kick, @fault_pending, @fault_ns and @kernel_*; raw: a
 *	hard timer takes it
 * @kick: the thread has to look again
 * @fault_pending: user doorbell pages were opened
 * @fault_ns: when
 * @kernel_pending: nodes whose HIQ doorbell was rung
 * @kernel_ns: when, per node
 * @kernel_value: what was written, per node
 * @kernel_doorbell: copy of the nodes' hiq_doorbell
 * @active: slots that are not free
 * @doorbell: event that looks for rings
 * @close: event that closes doorbell pages, so that the next ring is seen
 * @look: makes the thread run @doorbell when the store should have landed
 * @xcc: the compute dies
 * @nodes: the partitions, @num_nodes of them
 * @num_nodes: number of partitions
 * @wave_bytes: what saving one wave moves unless the kernel says otherwise
 * @stats: counters
 * @usage: by PASID, what waves have run, see kfdsim_usage.c
 * @fail: fault injection
 * @hiq_log: capture of HIQ packets
 * @off: powered off; nothing may ask it for anything
 */
struct kfdsim_hw {
	struct kfdsim *sim;
	struct mutex lock; /* see the top of this file */
	unsigned int noreclaim;
	struct task_struct *thread;
	struct timerqueue_head events;
	u64 now;
	raw_spinlock_t inbox_lock; /* see @inbox_lock above */
	bool kick;
	bool fault_pending;
	u64 fault_ns;
	u32 kernel_pending;
	u64 kernel_ns[KFDSIM_MAX_XCC];
	u64 kernel_value[KFDSIM_MAX_XCC];
	u32 kernel_doorbell[KFDSIM_MAX_XCC];
	struct list_head active;
	struct kfdsim_event doorbell;
	struct kfdsim_event close;
	struct hrtimer look;
	struct kfdsim_xcc xcc[KFDSIM_MAX_XCC];
	struct kfdsim_node *nodes;
	unsigned int num_nodes;
	u32 wave_bytes;
	struct kfdsim_stats stats;
	struct xarray usage;
	struct kfdsim_faults fail;
	struct kfdsim_hiq_log *hiq_log;
	bool off;
};

/* Register address as packets have it: segment 0 of the GC block of gfx9 */
#define KFDSIM_GC_REG(name)	(0x2000 + reg##name)

#define KFDSIM_GPU_TICKS(ns)	div_u64(ns, KFDSIM_GPU_CLOCK_NS)

/* kfdsim_hw.c. All but kfdsim_hw_lock(): hw->lock is held. */
void kfdsim_hw_lock(struct kfdsim_hw *hw);
void kfdsim_hw_unlock(struct kfdsim_hw *hw);
u64 kfdsim_hw_enter(struct kfdsim_hw *hw);
u64 kfdsim_seen(u64 now);
void kfdsim_event_at(struct kfdsim_hw *hw, struct kfdsim_event *ev, u64 when);
void kfdsim_event_cancel(struct kfdsim_hw *hw, struct kfdsim_event *ev);
void kfdsim_event_init(struct kfdsim_event *ev,
		       void (*fn)(struct kfdsim_hw *hw, struct kfdsim_event *ev,
				  u64 now));

static inline bool kfdsim_event_pending(struct kfdsim_event *ev)
{
	return !RB_EMPTY_NODE(&ev->node.node);
}

/* The partition that a logical XCC of the device belongs to */
struct kfdsim_node *kfdsim_node_of(struct kfdsim_hw *hw, unsigned int xcc);

/* kfdsim_inbox.c */
void kfdsim_inbox_init(struct kfdsim_hw *hw);
void kfdsim_inbox_take(struct kfdsim_hw *hw);
void kfdsim_inbox_drop(struct kfdsim_hw *hw);
void kfdsim_kick(struct kfdsim_hw *hw);
void kfdsim_hiq_doorbell_set(struct kfdsim_node *node, u32 doorbell_off);

/* kfdsim_hws.c */
void kfdsim_hws_init(struct kfdsim_node *node);
void kfdsim_hws_start(struct kfdsim_node *node, u64 now);
void kfdsim_hws_step(struct kfdsim_node *node,
		     void (*fn)(struct kfdsim_node *node, u64 now), u64 when);
void kfdsim_hws_idle(struct kfdsim_node *node, u64 now);
void kfdsim_hws_stop(struct kfdsim_node *node);
void kfdsim_hws_mapped(struct kfdsim_node *node, u64 now);
void kfdsim_hws_unmap(struct kfdsim_node *node, enum kfdsim_dequeue how,
		      bool (*match)(const struct kfdsim_hqd *hqd, u32 arg),
		      u32 arg, u64 now);
bool kfdsim_match_dynamic(const struct kfdsim_hqd *hqd, u32 arg);

/* kfdsim_mes.c; requests: kfdsim_mes_request.c */
int kfdsim_mes_init(struct kfdsim_node *node);
void kfdsim_mes_free(struct kfdsim_node *node);
void kfdsim_mes_stop(struct kfdsim_node *node);
bool kfdsim_mes_rung(struct kfdsim_node *node, u32 doorbell, u64 now);

/* kfdsim_runlist.c */
int kfdsim_runlist_load(struct kfdsim_node *node, u64 ib, u32 dwords);
void kfdsim_runlist_map(struct kfdsim_node *node, u64 now);
void kfdsim_runlist_rotate(struct kfdsim_node *node, u64 now);
void kfdsim_runlist_clear(struct kfdsim_node *node);
void kfdsim_runlist_init(struct kfdsim_node *node);

/* kfdsim_vmid.c */
int kfdsim_vmid_get(struct kfdsim_node *node, u16 pasid, u64 page_table_base);
bool kfdsim_vmid_available(const struct kfdsim_node *node, u16 pasid,
			   u64 page_table_base);
int kfdsim_vmid_set_base(struct kfdsim_node *node, unsigned int vmid, u64 base);
void kfdsim_vmid_put_unused(struct kfdsim_node *node);
void kfdsim_vmid_clear(struct kfdsim_node *node, unsigned int vmid);

/* kfdsim_hqd.c */
void kfdsim_hqd_init(struct kfdsim_hqd *hqd, struct kfdsim_node *node,
		     unsigned int pipe, unsigned int queue, bool sdma);
struct kfdsim_hqd *kfdsim_hqd_free_slot(struct kfdsim_node *node, bool sdma,
					unsigned int engine);
int kfdsim_hqd_map(struct kfdsim_hqd *hqd, unsigned int vmid, u64 wptr_va,
		   const struct v9_sdma_mqd *image, u64 now);
void kfdsim_hqd_rung(struct kfdsim_hqd *hqd, u64 value, u64 now);
void kfdsim_hqd_fetch_at(struct kfdsim_hqd *hqd, u64 when);
void kfdsim_hqd_poll(struct kfdsim_hqd *hqd, u64 now);
u64 kfdsim_hqd_packet_id(const struct kfdsim_hqd *hqd);
bool kfdsim_compare(u32 func, u32 value, u32 ref);
void kfdsim_hqd_report_rptr(struct kfdsim_hqd *hqd);
void kfdsim_hqd_error(struct kfdsim_hqd *hqd, unsigned int code,
		      const char *what);
void kfdsim_hqd_fault(struct kfdsim_hqd *hqd, u64 va, bool write);
void kfdsim_hqd_free(struct kfdsim_hqd *hqd);
int kfdsim_hqd_read(struct kfdsim_hqd *hqd, u64 va, void *buf, size_t len);
int kfdsim_hqd_write(struct kfdsim_hqd *hqd, u64 va, const void *buf,
		     size_t len);
u32 kfdsim_hqd_waves(const struct kfdsim_hqd *hqd);
struct v9_mqd *kfdsim_hqd_mqd(const struct kfdsim_hqd *hqd, unsigned int xcc);

/* kfdsim_dequeue.c */
void kfdsim_dequeue_init(struct kfdsim_hqd *hqd);
void kfdsim_dequeue(struct kfdsim_hqd *hqd, enum kfdsim_dequeue how,
		    void (*done)(struct kfdsim_hqd *hqd, bool ok, u64 now),
		    u64 timeout_ns, u64 now);
void kfdsim_dequeue_progress(struct kfdsim_hqd *hqd, u64 now);

/* kfdsim_mqd.c: MQD images */
u32 kfdsim_mqd_stride(struct kfdsim_node *node, u64 mqd, bool sdma);
bool kfdsim_mqd_has_work(struct kfdsim_node *node, u64 mqd, bool sdma,
			 u64 wptr);
u8 kfdsim_mqd_sdma_engine(struct kfdsim_node *node, u64 mqd);
int kfdsim_mqd_load(struct kfdsim_hqd *hqd, const struct v9_sdma_mqd *image);
void kfdsim_mqd_store(struct kfdsim_hqd *hqd);
int kfdsim_mqd_dump(struct kfdsim_hqd *hqd, unsigned int xcc, u32 *regs);
int kfdsim_mqd_dump_hiq(struct kfdsim_node *node, u32 xcc_bit, u32 *regs);

/* Packet processors: look at the packet at hqd->rptr */
void kfdsim_aql_fetch(struct kfdsim_hqd *hqd, u64 now);
void kfdsim_aql_retire(struct kfdsim_hqd *hqd, u64 now);
void kfdsim_pm4_fetch(struct kfdsim_hqd *hqd, u64 now);
void kfdsim_pm4_launched(struct kfdsim_hqd *hqd, u64 now);
u64 kfdsim_pm4_packet_id(const struct kfdsim_hqd *hqd);
bool kfdsim_pm4_set_sh_reg(struct kfdsim_hqd *hqd, const u32 *p, unsigned int n);
bool kfdsim_pm4_dispatch(struct kfdsim_hqd *hqd, const u32 *p, u64 now);
void kfdsim_sdma_fetch(struct kfdsim_hqd *hqd, u64 now);

/* kfdsim_dispatch.c */
u64 kfdsim_run_ns(u64 ns);
bool kfdsim_kernel_ok(const struct kfdsim_hw *hw,
		      const struct kfdsim_kernel *kernel);
void kfdsim_dispatch_start(struct kfdsim_hqd *hqd,
			   const struct kfdsim_launch *launch, u64 now);
unsigned int kfdsim_dispatch_next_time(const struct kfdsim_dispatch *d,
				       unsigned int xcc);
void kfdsim_dispatch_launched(struct kfdsim_dispatch *d, u64 now);
void kfdsim_dispatch_completed(struct kfdsim_hqd *hqd, u64 now);

/* kfdsim_signal.c */
void kfdsim_signal_send(struct kfdsim_hqd *hqd, u64 signal_va, u64 start_ns,
			u64 end_ns);
int kfdsim_signal_value(struct kfdsim_hqd *hqd, u64 signal_va, s64 *value);
void kfdsim_eop_irq(struct kfdsim_hqd *hqd, unsigned int xcc, u32 context_id);

/* kfdsim_hiq_log.c */
void kfdsim_hiq_log_packet(struct kfdsim_node *node, const char *name,
			   const u32 *packet, unsigned int dwords);
struct kfdsim_hiq_log *kfdsim_hiq_log_new(struct dentry *dir);
void kfdsim_hiq_log_free(struct kfdsim_hiq_log *log);

/* kfdsim_hw_debugfs.c */
void kfdsim_hw_debugfs(struct kfdsim_hw *hw);

#endif

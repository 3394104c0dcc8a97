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
#include "kfdsim_board.h"
#include "kfdsim_compute.h"
#include "kfdsim_gpu.h"
#include "kfdsim_hqd.h"

#define KFDSIM_MAX_SLOTS	64	/* bits of SET_RESOURCES' queue mask */
#define KFDSIM_NUM_VMID		16
#define KFDSIM_NUM_PRIORITY	3	/* CP_HQD_PIPE_PRIORITY: low, medium, high */

#define KFDSIM_NO_DOORBELL	U32_MAX	/* not an index in any BAR */

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
 * @mapped_fn: what HWS goes on with when the round is over
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
	void (*mapped_fn)(struct kfdsim_node *node, u64 now);
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

/* An XCC of a node */
static inline struct kfdsim_xcc *kfdsim_node_xcc(struct kfdsim_node *node,
						 unsigned int xcc)
{
	return &node->hw->xcc[node->first_xcc + xcc];
}

/* The number of a compute unit among those of its node */
static inline unsigned int kfdsim_node_cu(const struct kfdsim_node *node,
					  unsigned int xcc, unsigned int cu)
{
	return xcc * node->hw->sim->model.cu_per_xcc + cu;
}

/* HWS goes on with @fn at @when */
static inline void kfdsim_node_step(struct kfdsim_node *node,
				    void (*fn)(struct kfdsim_node *node,
					       u64 now), u64 when)
{
	node->step_fn = fn;
	kfdsim_event_at(node->hw, &node->step, when);
}

/* kfdsim_hw.c: the partition that a logical XCC of the device belongs to */
struct kfdsim_node *kfdsim_node_of(struct kfdsim_hw *hw, unsigned int xcc);

/* kfdsim_inbox.c */
void kfdsim_inbox_init(struct kfdsim_hw *hw);
void kfdsim_kick(struct kfdsim_hw *hw);
void kfdsim_hiq_doorbell_set(struct kfdsim_node *node, u32 doorbell_off);

/* kfdsim_hw_doorbell.c */
void kfdsim_hw_doorbells_init(struct kfdsim_hw *hw);
void kfdsim_hw_doorbells_take(struct kfdsim_hw *hw);
void kfdsim_hw_doorbells_drop(struct kfdsim_hw *hw);

/* kfdsim_hws.c */
void kfdsim_hws_init(struct kfdsim_node *node);
void kfdsim_hws_start(struct kfdsim_node *node, u64 now);
void kfdsim_hws_stop(struct kfdsim_node *node);

/* kfdsim_mes.c; requests: kfdsim_mes_request.c */
int kfdsim_mes_init(struct kfdsim_node *node);
void kfdsim_mes_free(struct kfdsim_node *node);
void kfdsim_mes_stop(struct kfdsim_node *node);
bool kfdsim_mes_rung(struct kfdsim_node *node, u32 doorbell, u64 now);

/* kfdsim_runlist.c */
int kfdsim_runlist_load(struct kfdsim_node *node, u64 ib, u32 dwords);
void kfdsim_runlist_map(struct kfdsim_node *node,
			void (*mapped)(struct kfdsim_node *node, u64 now),
			u64 now);
void kfdsim_runlist_clear(struct kfdsim_node *node);

/* kfdsim_vmid.c */
int kfdsim_vmid_get(struct kfdsim_node *node, u16 pasid, u64 page_table_base);
bool kfdsim_vmid_available(const struct kfdsim_node *node, u16 pasid,
			   u64 page_table_base);
int kfdsim_vmid_set_base(struct kfdsim_node *node, unsigned int vmid, u64 base);
void kfdsim_vmid_put_unused(struct kfdsim_node *node);
void kfdsim_vmid_clear(struct kfdsim_node *node, unsigned int vmid);

/* kfdsim_hiq_log.c */
void kfdsim_hiq_log_packet(struct kfdsim_node *node, const char *name,
			   const u32 *packet, unsigned int dwords);
struct kfdsim_hiq_log *kfdsim_hiq_log_new(struct dentry *dir);
void kfdsim_hiq_log_free(struct kfdsim_hiq_log *log);

/* kfdsim_hw_debugfs.c */
void kfdsim_hw_debugfs(struct kfdsim_hw *hw);

#endif

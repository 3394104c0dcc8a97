/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A hardware queue slot (HQD), and those who work on it: its registers, its
 * packet processor, and who maps a queue into it and takes it off.
 */
#ifndef KFDSIM_HQD_H
#define KFDSIM_HQD_H

#include <linux/completion.h>
#include <linux/list.h>
#include <linux/types.h>

#include "kfdsim_compute.h"
#include "kfdsim_event.h"
#include "v9_structs.h"

struct kfdsim_vm;

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
 * struct kfdsim_hqd_ops - what those who run waves and copies tell the slot
 *
 * @launched: every workgroup of the dispatch at @rptr has got its wave slots
 * @ended: workgroups, a dispatch or a copy have ended; a queue that was asked
 *	to leave may now be able to
 *
 * Context: hw->lock is held.
 */
struct kfdsim_hqd_ops {
	void (*launched)(struct kfdsim_hqd *hqd, u64 now);
	void (*ended)(struct kfdsim_hqd *hqd, u64 now);
};

/**
 * struct kfdsim_hqd - one hardware queue slot, on all XCCs of its node
 *
 * @node: its node
 * @ops: who is told of what its waves do; constant
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
	const struct kfdsim_hqd_ops *ops;
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

/* What IB_SIZE of an INDIRECT_BUFFER can say */
#define KFDSIM_IB_MAX_DWORDS	0xfffffU

/* Launch nothing more of @hqd; what runs goes on */
static inline void kfdsim_launch_stop(struct kfdsim_hqd *hqd)
{
	list_del_init(&hqd->launch_link);
}

/* kfdsim_hqd.c. Here and below: hw->lock is held. */
void kfdsim_hqd_free(struct kfdsim_hqd *hqd);
void kfdsim_hqd_rung(struct kfdsim_hqd *hqd, u64 value, u64 now);
void kfdsim_hqd_fetch_at(struct kfdsim_hqd *hqd, u64 when);
void kfdsim_hqd_poll(struct kfdsim_hqd *hqd, u64 now);
void kfdsim_hqd_completed(struct kfdsim_hqd *hqd, u64 now);
u64 kfdsim_hqd_packet_id(const struct kfdsim_hqd *hqd);
void kfdsim_hqd_report_rptr(struct kfdsim_hqd *hqd);
int kfdsim_hqd_read(struct kfdsim_hqd *hqd, u64 va, void *buf, size_t len);
int kfdsim_hqd_write(struct kfdsim_hqd *hqd, u64 va, const void *buf,
		     size_t len);
void kfdsim_hqd_fault(struct kfdsim_hqd *hqd, u64 va, bool write);
void kfdsim_hqd_error(struct kfdsim_hqd *hqd, unsigned int code,
		      const char *what);
u32 kfdsim_hqd_waves(const struct kfdsim_hqd *hqd);
bool kfdsim_compare(u32 func, u32 value, u32 ref);

/* kfdsim_mqd.c: MQD images */
struct v9_mqd *kfdsim_hqd_mqd(const struct kfdsim_hqd *hqd, unsigned int xcc);
u32 kfdsim_mqd_stride(struct kfdsim_node *node, u64 mqd, bool sdma);
bool kfdsim_mqd_has_work(struct kfdsim_node *node, u64 mqd, bool sdma,
			 u64 wptr);
u8 kfdsim_mqd_sdma_engine(struct kfdsim_node *node, u64 mqd);
int kfdsim_mqd_load(struct kfdsim_hqd *hqd, const struct v9_sdma_mqd *image);
void kfdsim_mqd_store(struct kfdsim_hqd *hqd);
int kfdsim_mqd_dump(struct kfdsim_hqd *hqd, unsigned int xcc, u32 *regs);
int kfdsim_mqd_dump_hiq(struct kfdsim_node *node, u32 xcc_bit, u32 *regs);

/* kfdsim_signal.c */
void kfdsim_signal_send(struct kfdsim_hqd *hqd, u64 signal_va, u64 start_ns,
			u64 end_ns);
int kfdsim_signal_value(struct kfdsim_hqd *hqd, u64 signal_va, s64 *value);
void kfdsim_eop_irq(struct kfdsim_hqd *hqd, unsigned int xcc, u32 context_id);

/* Packet processors: look at the packet at hqd->rptr */
void kfdsim_aql_fetch(struct kfdsim_hqd *hqd, u64 now);
void kfdsim_aql_retire(struct kfdsim_hqd *hqd, u64 now);
void kfdsim_pm4_fetch(struct kfdsim_hqd *hqd, u64 now);
void kfdsim_pm4_launched(struct kfdsim_hqd *hqd, u64 now);
bool kfdsim_pm4_set_sh_reg(struct kfdsim_hqd *hqd, const u32 *p, unsigned int n);
bool kfdsim_pm4_dispatch(struct kfdsim_hqd *hqd, const u32 *p, u64 now);
void kfdsim_sdma_fetch(struct kfdsim_hqd *hqd, u64 now);

/* kfdsim_hqd_map.c */
void kfdsim_hqd_init(struct kfdsim_hqd *hqd, struct kfdsim_node *node,
		     unsigned int pipe, unsigned int queue, bool sdma);
struct kfdsim_hqd *kfdsim_hqd_free_slot(struct kfdsim_node *node, bool sdma,
					unsigned int engine);
int kfdsim_hqd_map(struct kfdsim_hqd *hqd, unsigned int vmid, u64 wptr_va,
		   const struct v9_sdma_mqd *image, u64 now);

/* kfdsim_dequeue.c */
void kfdsim_dequeue_init(struct kfdsim_hqd *hqd);
void kfdsim_dequeue(struct kfdsim_hqd *hqd, enum kfdsim_dequeue how,
		    void (*done)(struct kfdsim_hqd *hqd, bool ok, u64 now),
		    u64 timeout_ns, u64 now);
void kfdsim_dequeue_progress(struct kfdsim_hqd *hqd, u64 now);

#endif

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A small user-space library over the raw interfaces of amdkfd: /dev/kfd,
 * the render nodes and sysfs. It needs no ROCm and links statically.
 *
 *   struct kfd_proc	one open of /dev/kfd: address range, event page
 *   struct kfd_gpu	one GPU node of that process: VM, doorbells
 *   struct kfd_bo	memory, at the same address for CPU and GPU
 *   struct kfd_queue	a user queue and its buffers
 *
 * Conventions: every function returns 0 (or a count) or a negative errno,
 * nothing exits, prints or keeps global state, and no function is safe
 * against concurrent calls on the same object. Structures are the caller's;
 * an initialized one must not move, because others point to it.
 */
#ifndef KFD_LIB_H
#define KFD_LIB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/types.h>
#include <linux/kfd_ioctl.h>

#include "kfdsim_uapi.h"

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#endif

#define KFD_PAGE_SIZE		4096UL
#define KFD_MAX_GPUS		64

/* Memory that the GPU writes; what it wrote before is visible afterwards. */
#define kfd_load(ptr)		__atomic_load_n(ptr, __ATOMIC_ACQUIRE)

#define KFD_TOPOLOGY		"/sys/class/kfd/kfd/topology/nodes"
#define KFD_PROCESSES		"/sys/class/kfd/kfd/proc"

/* ---- topology ---------------------------------------------------------- */

/*
 * struct kfd_props - what sysfs says about one GPU node
 * @node: number of the topology node, which names its sysfs directory
 * @sim: number of the kfdsim device that this node is a partition of, which
 *	names its debugfs directory
 * @debug_size: bytes of one XCC's debugger area; not in sysfs, derived as the
 *	driver derives it
 *
 * The other fields have the names of the properties file.
 */
struct kfd_props {
	unsigned int node;
	unsigned int sim;
	__u32 gpu_id;
	__u32 simd_count;
	__u32 simd_per_cu;
	__u32 max_waves_per_simd;
	__u32 array_count;
	__u32 simd_arrays_per_engine;
	__u32 gfx_target_version;
	__u32 location_id;
	__u32 domain;
	__u32 drm_render_minor;
	__u32 num_sdma_engines;
	__u32 num_sdma_xgmi_engines;
	__u32 num_sdma_queues_per_engine;
	__u32 num_cp_queues;
	__u32 cwsr_size;
	__u32 ctl_stack_size;
	__u32 num_xcc;
	__u32 debug_size;
};

/* Compute units of the whole node */
static inline __u32 kfd_props_cus(const struct kfd_props *p)
{
	return p->simd_per_cu ? p->simd_count / p->simd_per_cu : 0;
}

/* Waves that the whole node holds at once */
static inline __u32 kfd_props_waves(const struct kfd_props *p)
{
	return p->simd_count * p->max_waves_per_simd;
}

int kfd_topology_count(void);
int kfd_topology_gpu(unsigned int index, struct kfd_props *props);
int kfd_topology_property(unsigned int node, const char *name, __u64 *value);

/* ---- process and GPU --------------------------------------------------- */

struct kfd_gpu;

/**
 * struct kfd_bo - one allocation, at @va for the CPU and for the GPUs
 * @proc: owner; NULL when the structure holds nothing
 * @next: neighbour in the process' address range, in order of @va
 * @va: address
 * @size: bytes, a multiple of the page size
 * @handle: KFD's handle
 * @flags: KFD_IOC_ALLOC_MEM_FLAGS_*
 * @cpu_mapped: the CPU may access it
 */
struct kfd_bo {
	struct kfd_proc *proc;
	struct kfd_bo *next;
	__u64 va;
	__u64 size;
	__u64 handle;
	__u32 flags;
	bool cpu_mapped;
};

static inline void *kfd_bo_ptr(const struct kfd_bo *bo)
{
	return (void *)(uintptr_t)bo->va;
}

/**
 * struct kfd_proc - this process as amdkfd knows it
 * @fd: /dev/kfd
 * @base: the reserved address range that all memory comes from. It is always
 *	at the same place, so that packets with addresses in them are the same
 *	in every run.
 * @bos: allocations in order of address
 * @gpus: GPUs that kfd_gpu_open() opened
 * @num_gpus: how many
 * @other_fds: render nodes of the others, after kfd_proc_open_others()
 * @num_others: how many
 * @event_page: GTT memory with a slot for each signal event; allocated with
 *	the first event
 */
struct kfd_proc {
	int fd;
	void *base;
	struct kfd_bo *bos;
	struct kfd_gpu *gpus[KFD_MAX_GPUS];
	unsigned int num_gpus;
	int other_fds[KFD_MAX_GPUS];
	unsigned int num_others;
	struct kfd_bo event_page;
};

/**
 * struct kfd_gpu - one GPU node, opened by this process
 * @proc: the process
 * @props: its properties
 * @drm_fd: its render node
 * @doorbells: the process' doorbell pages on this GPU; NULL before the first
 *	queue
 */
struct kfd_gpu {
	struct kfd_proc *proc;
	struct kfd_props props;
	int drm_fd;
	void *doorbells;
};

int kfd_ioctl(int fd, unsigned long cmd, void *arg);
int kfd_proc_open(struct kfd_proc *proc);
int kfd_proc_open_others(struct kfd_proc *proc);
void kfd_proc_close(struct kfd_proc *proc);
int kfd_gpu_open(struct kfd_proc *proc, struct kfd_gpu *gpu,
		 unsigned int index);
void kfd_gpu_close(struct kfd_gpu *gpu);
int kfd_gpu_map_doorbells(struct kfd_gpu *gpu, __u64 mmap_offset);
int kfd_gpu_clock(const struct kfd_gpu *gpu, __u64 *ticks);

/* ---- memory ------------------------------------------------------------ */

#define KFD_MEM_GTT	(KFD_IOC_ALLOC_MEM_FLAGS_GTT | \
			 KFD_IOC_ALLOC_MEM_FLAGS_WRITABLE | \
			 KFD_IOC_ALLOC_MEM_FLAGS_EXECUTABLE | \
			 KFD_IOC_ALLOC_MEM_FLAGS_COHERENT | \
			 KFD_IOC_ALLOC_MEM_FLAGS_NO_SUBSTITUTE)
#define KFD_MEM_VRAM	(KFD_IOC_ALLOC_MEM_FLAGS_VRAM | \
			 KFD_IOC_ALLOC_MEM_FLAGS_WRITABLE | \
			 KFD_IOC_ALLOC_MEM_FLAGS_EXECUTABLE | \
			 KFD_IOC_ALLOC_MEM_FLAGS_NO_SUBSTITUTE)
#define KFD_MEM_USERPTR	(KFD_IOC_ALLOC_MEM_FLAGS_USERPTR | \
			 KFD_IOC_ALLOC_MEM_FLAGS_WRITABLE | \
			 KFD_IOC_ALLOC_MEM_FLAGS_EXECUTABLE | \
			 KFD_IOC_ALLOC_MEM_FLAGS_COHERENT)

int kfd_bo_alloc(struct kfd_gpu *gpu, struct kfd_bo *bo, __u64 size,
		 __u32 flags);
int kfd_bo_map(struct kfd_bo *bo, struct kfd_gpu *gpu);
int kfd_bo_unmap(struct kfd_bo *bo, struct kfd_gpu *gpu);
int kfd_bo_free(struct kfd_bo *bo);
int kfd_bo_create(struct kfd_gpu *gpu, struct kfd_bo *bo, __u64 size,
		  __u32 flags);
int kfd_bo_create_shared(struct kfd_gpu *gpu, struct kfd_bo *bo, __u64 size,
			 int fd, __u64 offset);
int kfd_bo_destroy(struct kfd_bo *bo, struct kfd_gpu *gpu);

/* ---- events and signals ------------------------------------------------ */

/**
 * struct kfd_event - a KFD signal event
 * @proc: owner
 * @id: event id, which an interrupt carries
 * @slot: address of the event's mailbox in the event page
 */
struct kfd_event {
	struct kfd_proc *proc;
	__u32 id;
	__u64 slot;
};

/**
 * struct kfd_signal - what the packet processor knows as a signal
 * @kind: 1 is a user signal; the packet processor ignores it
 * @value: counted down by one when the packet completes
 * @event_mailbox_ptr: receives @event_id before the interrupt; 0 for none
 * @event_id: carried by the interrupt
 * @reserved1: unused
 * @start_ts: GPU clock at the start of the packet
 * @end_ts: GPU clock at its end
 * @queue_ptr: whose doorbell it is, of the kind that is a doorbell; unused
 * @reserved2: unused
 *
 * The layout is the HSA runtime's; 64-byte aligned, in memory that the GPU
 * has mapped.
 */
struct kfd_signal {
	__s64 kind;
	__s64 value;
	__u64 event_mailbox_ptr;
	__u32 event_id;
	__u32 reserved1;
	__u64 start_ts;
	__u64 end_ts;
	__u64 queue_ptr;
	__u64 reserved2;
};

int kfd_event_create(struct kfd_gpu *gpu, struct kfd_event *ev,
		     bool auto_reset);
int kfd_event_destroy(struct kfd_event *ev);
int kfd_event_set(struct kfd_event *ev);
int kfd_event_reset(struct kfd_event *ev);
int kfd_event_wait(struct kfd_event *ev, unsigned int timeout_ms);
int kfd_events_wait(struct kfd_event *ev, unsigned int num, bool all,
		    unsigned int timeout_ms);
void kfd_signal_init(struct kfd_signal *sig, __s64 value,
		     const struct kfd_event *ev);
int kfd_signal_wait_below(struct kfd_signal *sig, __s64 bound,
			  struct kfd_event *ev, unsigned int timeout_ms);

__u64 kfd_now_ns(void);
int kfd_poll_eq64(const __u64 *addr, __u64 value,
		  unsigned int timeout_ms);
int kfd_poll_ge64(const __u64 *addr, __u64 value,
		  unsigned int timeout_ms);
int kfd_poll_eq32(const __u32 *addr, __u32 value,
		  unsigned int timeout_ms);

/* ---- queues ------------------------------------------------------------ */

/**
 * struct kfd_shared - where in a file a queue's pointers are
 * @fd: memory that others have mapped as well
 * @offset: a page with the read pointer at its beginning; one with the write
 *	pointer follows
 */
struct kfd_shared {
	int fd;
	__u64 offset;
};

/**
 * struct kfd_queue_attr - what a new queue shall be
 * @type: KFD_IOC_QUEUE_TYPE_*
 * @ring_bytes: power of two, a page or more
 * @priority: 0..KFD_MAX_QUEUE_PRIORITY
 * @percent: 0..KFD_MAX_QUEUE_PERCENTAGE; 0 creates the queue unmapped
 * @target_xcc: for PM4 queues: which XCC executes the packets
 * @sdma_engine: for KFD_IOC_QUEUE_TYPE_SDMA_BY_ENG_ID
 * @pointers: where others see the pointers; NULL: in memory of the queue's own
 */
struct kfd_queue_attr {
	__u32 type;
	__u32 ring_bytes;
	__u32 priority;
	__u32 percent;
	__u32 target_xcc;
	__u32 sdma_engine;
	const struct kfd_shared *pointers;
};

#define KFD_QUEUE_ATTR(queue_type) {			\
	.type = (queue_type),				\
	.ring_bytes = 4096,				\
	.priority = 7,					\
	.percent = KFD_MAX_QUEUE_PERCENTAGE,		\
}

/**
 * struct kfd_queue - a user queue
 * @gpu: where it runs; NULL when the structure holds nothing
 * @attr: as created or last updated
 * @args: the arguments of the create ioctl; a test of the ioctl may alter
 *	them between kfd_queue_prepare() and kfd_queue_submit()
 * @ring: packets
 * @rptr: read pointer: AQL packets, PM4 dwords modulo ring, SDMA bytes
 * @wptr: write pointer: AQL packets, PM4 dwords, SDMA bytes; never wraps
 * @eop: end-of-pipe buffer; compute only
 * @cwsr: context save area of all XCCs; compute only
 * @doorbell: in the process' doorbell pages; NULL before the queue exists
 * @next: the write pointer with the packets not yet submitted
 * @id: KFD's queue id
 * @created: the queue exists
 */
struct kfd_queue {
	struct kfd_gpu *gpu;
	struct kfd_queue_attr attr;
	struct kfd_ioctl_create_queue_args args;
	struct kfd_bo ring;
	struct kfd_bo rptr;
	struct kfd_bo wptr;
	struct kfd_bo eop;
	struct kfd_bo cwsr;
	__u64 *doorbell;
	__u64 next;
	__u32 id;
	bool created;
};

int kfd_queue_prepare(struct kfd_gpu *gpu, const struct kfd_queue_attr *attr,
		      struct kfd_queue *q);
int kfd_queue_submit(struct kfd_queue *q);
int kfd_queue_create(struct kfd_gpu *gpu, const struct kfd_queue_attr *attr,
		     struct kfd_queue *q);
int kfd_queue_update(struct kfd_queue *q, const struct kfd_queue_attr *attr);
int kfd_queue_set_priority(struct kfd_queue *q, __u32 priority);
int kfd_queue_set_percent(struct kfd_queue *q, __u32 percent);
int kfd_queue_set_cu_mask(struct kfd_queue *q, const __u32 *mask,
			  unsigned int bits);
int kfd_queue_destroy(struct kfd_queue *q);
__u64 kfd_queue_rptr(const struct kfd_queue *q);
bool kfd_queue_idle(const struct kfd_queue *q);
int kfd_queue_wait_idle(const struct kfd_queue *q, unsigned int timeout_ms);
void kfd_queue_ring(struct kfd_queue *q);

static inline bool kfd_queue_is_compute(const struct kfd_queue *q)
{
	return q->attr.type == KFD_IOC_QUEUE_TYPE_COMPUTE ||
	       q->attr.type == KFD_IOC_QUEUE_TYPE_COMPUTE_AQL;
}

/* ---- packets: AQL ------------------------------------------------------ */

#define KFD_AQL_PACKET_SIZE	64

/**
 * struct kfd_aql_dispatch - a kernel dispatch
 * @kernel: the simulated kernel, in memory that the GPU has mapped
 * @workgroups: how many
 * @workgroup_size: lanes of one workgroup
 * @completion: signal that counts down at the end; NULL for none
 * @barrier: wait for the packets before this one
 */
struct kfd_aql_dispatch {
	const struct kfdsim_kernel *kernel;
	__u32 workgroups;
	__u16 workgroup_size;
	struct kfd_signal *completion;
	bool barrier;
};

enum kfd_condition {
	KFD_CONDITION_EQ,
	KFD_CONDITION_NE,
	KFD_CONDITION_LT,
	KFD_CONDITION_GTE,
};

/**
 * struct kfd_aql_barrier_value - a barrier on the value of a signal
 * @signal: waits until (value & @mask) @cond @value; NULL: for nothing
 * @value: what to compare with, signed
 * @mask: bits of the signal's value that are compared
 * @cond: enum kfd_condition
 * @completion: signal that counts down then; NULL for none
 */
struct kfd_aql_barrier_value {
	struct kfd_signal *signal;
	__s64 value;
	__s64 mask;
	__u32 cond;
	struct kfd_signal *completion;
};

void kfd_kernel_init(struct kfdsim_kernel *kernel, __u64 workgroup_ns,
		     const __u64 *counter, __u32 waves_per_workgroup);
void kfd_kernel_set_times(struct kfdsim_kernel *kernel, const __u64 *times,
			  __u32 num);
int kfd_aql_space(const struct kfd_queue *q);
int kfd_aql_dispatch(struct kfd_queue *q, const struct kfd_aql_dispatch *d);
int kfd_aql_barrier_and(struct kfd_queue *q, struct kfd_signal *const *deps,
			unsigned int num, struct kfd_signal *completion);
int kfd_aql_barrier_or(struct kfd_queue *q, struct kfd_signal *const *deps,
		       unsigned int num, struct kfd_signal *completion);
int kfd_aql_barrier_value(struct kfd_queue *q,
			  const struct kfd_aql_barrier_value *b);
int kfd_aql_raw(struct kfd_queue *q, const void *packet);

/* ---- packets: PM4 and SDMA --------------------------------------------- */

int kfd_ring_write(struct kfd_queue *q, const __u32 *dw, unsigned int num);

int kfd_pm4_nop(struct kfd_queue *q, unsigned int dwords);
int kfd_pm4_write_data(struct kfd_queue *q, __u64 va, __u32 value);
int kfd_pm4_release_mem(struct kfd_queue *q, __u64 va, __u64 value,
			const struct kfd_event *ev);
int kfd_pm4_timestamp(struct kfd_queue *q, __u64 va,
		      const struct kfd_event *ev);

int kfd_sdma_nop(struct kfd_queue *q, unsigned int dwords);
int kfd_sdma_write(struct kfd_queue *q, __u64 va, __u32 value);
int kfd_sdma_copy(struct kfd_queue *q, __u64 dst, __u64 src,
		  __u32 bytes);
int kfd_sdma_fill(struct kfd_queue *q, __u64 va, __u32 value, __u32 bytes);
int kfd_sdma_fence(struct kfd_queue *q, __u64 va, __u32 value);
int kfd_sdma_trap(struct kfd_queue *q, const struct kfd_event *ev);
int kfd_sdma_timestamp(struct kfd_queue *q, __u64 va);

/* ---- debugger ---------------------------------------------------------- */

int kfd_runtime_enable(struct kfd_proc *proc, bool enable);
int kfd_dbg_enable(struct kfd_proc *proc, int notify_fd);
int kfd_dbg_disable(struct kfd_proc *proc);
int kfd_dbg_snapshot(struct kfd_proc *proc,
		     struct kfd_queue_snapshot_entry *entries,
		     unsigned int num);
int kfd_dbg_suspend(struct kfd_proc *proc, __u32 *ids, unsigned int num);
int kfd_dbg_resume(struct kfd_proc *proc, __u32 *ids, unsigned int num);

/* ---- system management events ------------------------------------------ */

int kfd_smi_open(struct kfd_gpu *gpu, unsigned int event);
int kfd_smi_wait(int fd, unsigned int timeout_ms);

/* ---- sysfs and debugfs ------------------------------------------------- */

int kfd_system_sleep(void);
int kfd_file_read(const char *path, char *buf, size_t size);
int kfd_file_write(const char *path, const char *buf, size_t len);
int kfd_table_find(const char *text, const char *name, __u64 *value);

int kfd_pasid(__u32 *pasid);
int kfd_knob_read(unsigned int node, const char *knob, char *buf, size_t size);
int kfd_knob_write(unsigned int node, const char *knob, const char *text);
int kfd_knob_get(unsigned int node, const char *knob, __u64 *value);
int kfd_knob_set(unsigned int node, const char *knob, __u64 value);
int kfd_knob_wait_state(unsigned int node, const char *state,
			unsigned int timeout_ms);
int kfd_knob_wait_above(unsigned int node, const char *knob, __u64 than,
			unsigned int timeout_ms);
int kfd_knob_poll_state(int fd, const char *state, unsigned int timeout_ms);
int kfd_knobs_reset(unsigned int node);

int kfd_process_read(int pid, int qid, const char *file, char *buf,
		     size_t size);
int kfd_process_write(int pid, int qid, const char *file, const char *text);
int kfd_process_stat(int pid, int qid, const char *name, __u64 *value);
int kfd_debug_read(__u32 gpu_id, const char *file, char *buf, size_t size);
int kfd_debug_write(__u32 gpu_id, const char *file, const char *text);

/**
 * struct kfdsim_hqd - a hardware queue slot as the simulator decoded it
 * @type: "aql", "pm4" or "sdma"
 * @pipe: where the slot is
 * @queue: and which one of the pipe
 * @doorbell: dword index in the doorbell BAR
 * @ring: address
 * @ring_bytes: size
 * @rptr: read pointer
 * @wptr: write pointer
 * @priority: pipe priority: 0, 1 or 2
 * @cwsr: waves can be saved
 * @ctx_bytes: size of one XCC's save area
 * @ctx: address of each XCC's save area
 * @num_ctx: number of XCCs in @ctx
 * @vmid: VMID
 */
struct kfdsim_hqd {
	char type[8];
	__u64 pipe;
	__u64 queue;
	__u64 doorbell;
	__u64 ring;
	__u64 ring_bytes;
	__u64 rptr;
	__u64 wptr;
	__u64 priority;
	__u64 cwsr;
	__u64 ctx_bytes;
	__u64 ctx[8];
	unsigned int num_ctx;
	__u64 vmid;
};

int kfdsim_hqd_find(unsigned int sim, __u64 ring, struct kfdsim_hqd *hqd);
int kfdsim_hqd_count(unsigned int sim, __u64 priority);
int kfdsim_required(void);
int kfdsim_read(unsigned int sim, const char *file, char *buf, size_t size);
int kfdsim_write(unsigned int sim, const char *file, const char *text);
int kfdsim_evict(unsigned int sim);
int kfdsim_stat(unsigned int sim, const char *name, __u64 *value);

#endif

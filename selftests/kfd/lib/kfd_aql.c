// SPDX-License-Identifier: GPL-2.0
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "kfd_lib.h"

/* HSA packet types and header fields */
#define AQL_TYPE_VENDOR		0
#define AQL_TYPE_DISPATCH	2
#define AQL_TYPE_BARRIER_AND	3
#define AQL_TYPE_BARRIER_OR	5
#define AQL_BARRIER_BIT		0x0100
#define AQL_ACQUIRE_SYSTEM	0x0400
#define AQL_RELEASE_SYSTEM	0x1000
#define AQL_SCOPES		(AQL_ACQUIRE_SYSTEM | AQL_RELEASE_SYSTEM)
#define AQL_BARRIER_DEPS	5
/* AMD's own packet types */
#define AQL_AMD_BARRIER_VALUE	2

struct aql_dispatch_packet {
	__u16 header;
	__u16 setup;
	__u16 workgroup_size_x;
	__u16 workgroup_size_y;
	__u16 workgroup_size_z;
	__u16 reserved0;
	__u32 grid_size_x;
	__u32 grid_size_y;
	__u32 grid_size_z;
	__u32 private_segment_size;
	__u32 group_segment_size;
	__u64 kernel_object;
	__u64 kernarg_address;
	__u64 reserved2;
	__u64 completion_signal;
};

struct aql_barrier_packet {
	__u16 header;
	__u16 reserved0;
	__u32 reserved1;
	__u64 dep_signal[AQL_BARRIER_DEPS];
	__u64 reserved2;
	__u64 completion_signal;
};

struct aql_barrier_value_packet {
	__u16 header;
	__u8 amd_format;
	__u8 reserved0;
	__u32 reserved1;
	__u64 signal;
	__s64 value;
	__s64 mask;
	__u32 cond;
	__u32 reserved2;
	__u64 reserved3;
	__u64 reserved4;
	__u64 completion_signal;
};

static_assert(sizeof(struct aql_barrier_value_packet) == KFD_AQL_PACKET_SIZE,
	      "");
static_assert(sizeof(struct aql_dispatch_packet) == KFD_AQL_PACKET_SIZE, "");
static_assert(sizeof(struct aql_barrier_packet) == KFD_AQL_PACKET_SIZE, "");

static __u64 addr_of(const void *ptr)
{
	return (__u64)(uintptr_t)ptr;
}

/**
 * kfd_kernel_init() - describe a simulated kernel
 * @kernel: 64-byte aligned, in memory that the GPU has mapped
 * @workgroup_ns: how long a workgroup runs
 * @counter: to which each finished workgroup adds one; NULL for none
 * @waves_per_workgroup: wave slots of a workgroup; 0 derives them from the
 *	dispatch
 */
void kfd_kernel_init(struct kfdsim_kernel *kernel, __u64 workgroup_ns,
		     const __u64 *counter, __u32 waves_per_workgroup)
{
	memset(kernel, 0, sizeof(*kernel));
	kernel->magic = KFDSIM_KERNEL_MAGIC;
	kernel->workgroup_ns = workgroup_ns;
	kernel->counter_va = addr_of(counter);
	kernel->waves_per_workgroup = waves_per_workgroup;
}

/**
 * kfd_kernel_set_times() - let workgroups run for times of their own
 * @kernel: as kfd_kernel_init() has left it
 * @times: ns, in memory that the GPU has mapped; workgroup i takes number i
 *	modulo @num
 * @num: how many, at most KFDSIM_MAX_TIMES
 */
void kfd_kernel_set_times(struct kfdsim_kernel *kernel, const __u64 *times,
			  __u32 num)
{
	kernel->times_va = addr_of(times);
	kernel->num_times = num;
}

/**
 * kfd_aql_space() - packets that still fit into the ring
 * @q: an AQL queue
 *
 * Return: how many.
 */
int kfd_aql_space(const struct kfd_queue *q)
{
	return q->attr.ring_bytes / KFD_AQL_PACKET_SIZE -
	       (q->next - kfd_queue_rptr(q));
}

/**
 * kfd_aql_raw() - append any packet, without ringing
 * @q: an AQL queue
 * @packet: 64 bytes; the header is stored last
 *
 * Return: 0; -EAGAIN when the ring is full.
 */
int kfd_aql_raw(struct kfd_queue *q, const void *packet)
{
	__u32 index = q->next % (q->attr.ring_bytes / KFD_AQL_PACKET_SIZE);
	char *slot = (char *)kfd_bo_ptr(&q->ring) + index * KFD_AQL_PACKET_SIZE;
	__u32 header;

	if (kfd_aql_space(q) <= 0)
		return -EAGAIN;
	memcpy(slot + sizeof(header), (const char *)packet + sizeof(header),
	       KFD_AQL_PACKET_SIZE - sizeof(header));
	memcpy(&header, packet, sizeof(header));
	__atomic_store_n((__u32 *)(void *)slot, header, __ATOMIC_RELEASE);
	q->next++;
	return 0;
}

/**
 * kfd_aql_dispatch() - append a kernel dispatch, without ringing
 * @q: an AQL queue
 * @d: what to dispatch
 *
 * Return: 0; -EAGAIN when the ring is full.
 */
int kfd_aql_dispatch(struct kfd_queue *q, const struct kfd_aql_dispatch *d)
{
	struct aql_dispatch_packet p = {
		.header = AQL_TYPE_DISPATCH | AQL_SCOPES |
			  (d->barrier ? AQL_BARRIER_BIT : 0),
		.setup = 1,
		.workgroup_size_x = d->workgroup_size,
		.workgroup_size_y = 1,
		.workgroup_size_z = 1,
		.grid_size_x = d->workgroups * d->workgroup_size,
		.grid_size_y = 1,
		.grid_size_z = 1,
		.kernel_object = addr_of(d->kernel),
		.completion_signal = addr_of(d->completion),
	};

	return kfd_aql_raw(q, &p);
}

static int barrier(struct kfd_queue *q, __u16 type,
		   struct kfd_signal *const *deps, unsigned int num,
		   struct kfd_signal *completion)
{
	struct aql_barrier_packet p = {
		.header = type | AQL_SCOPES,
		.completion_signal = addr_of(completion),
	};
	unsigned int i;

	if (num > AQL_BARRIER_DEPS)
		return -EINVAL;
	for (i = 0; i < num; i++)
		p.dep_signal[i] = addr_of(deps[i]);
	return kfd_aql_raw(q, &p);
}

/**
 * kfd_aql_barrier_and() - append a wait for all of some signals to be 0
 * @q: an AQL queue
 * @deps: the signals
 * @num: how many, at most 5
 * @completion: counted down when the barrier is passed; NULL for none
 *
 * Return: 0; -EAGAIN when the ring is full; -EINVAL.
 */
int kfd_aql_barrier_and(struct kfd_queue *q, struct kfd_signal *const *deps,
			unsigned int num, struct kfd_signal *completion)
{
	return barrier(q, AQL_TYPE_BARRIER_AND, deps, num, completion);
}

/**
 * kfd_aql_barrier_or() - append a wait for any of some signals to be 0
 * @q: an AQL queue
 * @deps: the signals
 * @num: how many, at most 5
 * @completion: counted down when the barrier is passed; NULL for none
 *
 * Return: 0; -EAGAIN when the ring is full; -EINVAL.
 */
int kfd_aql_barrier_or(struct kfd_queue *q, struct kfd_signal *const *deps,
		       unsigned int num, struct kfd_signal *completion)
{
	return barrier(q, AQL_TYPE_BARRIER_OR, deps, num, completion);
}

/**
 * kfd_aql_barrier_value() - append a barrier on the value of a signal
 * @q: an AQL queue
 * @b: what it waits for
 *
 * Return: 0; -EAGAIN when the ring is full.
 */
int kfd_aql_barrier_value(struct kfd_queue *q,
			  const struct kfd_aql_barrier_value *b)
{
	struct aql_barrier_value_packet p = {
		.header = AQL_TYPE_VENDOR | AQL_SCOPES,
		.amd_format = AQL_AMD_BARRIER_VALUE,
		.signal = addr_of(b->signal),
		.value = b->value,
		.mask = b->mask,
		.cond = b->cond,
		.completion_signal = addr_of(b->completion),
	};

	return kfd_aql_raw(q, &p);
}

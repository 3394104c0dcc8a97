// SPDX-License-Identifier: GPL-2.0
#include <errno.h>

#include "kfd_lib.h"

#define PM4_NOP			0x10
#define PM4_WRITE_DATA		0x37
#define PM4_RELEASE_MEM		0x49

#define WRITE_DATA_DST_MEMORY	0x00000500
#define WRITE_DATA_CONFIRM	0x00100000

#define RELEASE_MEM_EVENT_TS	0x14U		/* CACHE_FLUSH_AND_INV_TS */
#define RELEASE_MEM_INDEX_EOP	0x00000500
#define RELEASE_MEM_INT_CONFIRM	0x02000000
#define RELEASE_MEM_DATA_64	0x40000000
#define RELEASE_MEM_DATA_CLOCK	0x60000000

static __u32 pm4_header(__u32 op, unsigned int dwords)
{
	return 3U << 30 | (dwords - 2) << 16 | op << 8;
}

/**
 * kfd_ring_write() - append dwords to a PM4 or SDMA ring, without ringing
 * @q: the queue
 * @dw: dwords
 * @num: how many
 *
 * The ring wraps at any dword. One dword always stays free, so that a full
 * ring does not look like an empty one.
 *
 * Return: 0; -EAGAIN when they don't fit now.
 */
int kfd_ring_write(struct kfd_queue *q, const __u32 *dw, unsigned int num)
{
	bool sdma = q->attr.type != KFD_IOC_QUEUE_TYPE_COMPUTE;
	__u64 size = q->attr.ring_bytes / 4;
	__u64 next = sdma ? q->next / 4 : q->next;
	__u64 rptr = kfd_queue_rptr(q) / (sdma ? 4 : 1);
	__u32 *ring = kfd_bo_ptr(&q->ring);
	unsigned int i;

	if (((next - rptr) & (size - 1)) + num >= size)
		return -EAGAIN;
	for (i = 0; i < num; i++)
		ring[(next + i) & (size - 1)] = dw[i];
	q->next += sdma ? num * 4 : num;
	return 0;
}

/**
 * kfd_pm4_nop() - append a NOP
 * @q: a PM4 queue
 * @dwords: length of the whole packet, 2..64
 *
 * Return: 0; -EAGAIN when the ring is full; -EINVAL.
 */
int kfd_pm4_nop(struct kfd_queue *q, unsigned int dwords)
{
	__u32 dw[64] = {};

	if (dwords < 2 || dwords > 64)
		return -EINVAL;
	dw[0] = pm4_header(PM4_NOP, dwords);
	return kfd_ring_write(q, dw, dwords);
}

/**
 * kfd_pm4_write_data() - append a write of a dword to memory
 * @q: a PM4 queue
 * @va: where, 4-byte aligned
 * @value: what
 *
 * Return: 0; -EAGAIN when the ring is full.
 */
int kfd_pm4_write_data(struct kfd_queue *q, __u64 va, __u32 value)
{
	__u32 dw[] = {
		pm4_header(PM4_WRITE_DATA, 5),
		WRITE_DATA_DST_MEMORY | WRITE_DATA_CONFIRM,
		va, va >> 32, value,
	};

	return kfd_ring_write(q, dw, 5);
}

static int release_mem(struct kfd_queue *q, __u32 data_sel, __u64 va,
		       __u64 value, const struct kfd_event *ev)
{
	__u32 dw[] = {
		pm4_header(PM4_RELEASE_MEM, 8),
		RELEASE_MEM_EVENT_TS | RELEASE_MEM_INDEX_EOP,
		data_sel | (ev ? RELEASE_MEM_INT_CONFIRM : 0),
		va, va >> 32, value, value >> 32, ev ? ev->id : 0,
	};

	return kfd_ring_write(q, dw, 8);
}

/**
 * kfd_pm4_release_mem() - append an end-of-pipe write of 64 bits
 * @q: a PM4 queue
 * @va: where, 8-byte aligned
 * @value: what
 * @ev: event to raise by an interrupt afterwards; NULL for none
 *
 * Return: 0; -EAGAIN when the ring is full.
 */
int kfd_pm4_release_mem(struct kfd_queue *q, __u64 va, __u64 value,
			const struct kfd_event *ev)
{
	return release_mem(q, RELEASE_MEM_DATA_64, va, value, ev);
}

/**
 * kfd_pm4_timestamp() - append an end-of-pipe write of the GPU's clock
 * @q: a PM4 queue
 * @va: where, 8-byte aligned
 * @ev: event to raise by an interrupt afterwards; NULL for none
 *
 * Return: 0; -EAGAIN when the ring is full.
 */
int kfd_pm4_timestamp(struct kfd_queue *q, __u64 va, const struct kfd_event *ev)
{
	return release_mem(q, RELEASE_MEM_DATA_CLOCK, va, 0, ev);
}

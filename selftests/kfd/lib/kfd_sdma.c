// SPDX-License-Identifier: GPL-2.0
#include <errno.h>

#include "kfd_lib.h"

#define SDMA_NOP		0
#define SDMA_COPY		1
#define SDMA_WRITE		2
#define SDMA_FENCE		5
#define SDMA_TRAP		6
#define SDMA_FILL		11
#define SDMA_FILL_DWORDS	0x80000000
#define SDMA_TIMESTAMP		13
#define SDMA_TIMESTAMP_GLOBAL	0x200

/* The byte count of a copy has 22 bits and counts from 0. */
#define SDMA_MAX_BYTES		0x400000

/**
 * kfd_sdma_nop() - append a NOP
 * @q: an SDMA queue
 * @dwords: length of the whole packet, 1..64
 *
 * Return: 0; -EAGAIN when the ring is full; -EINVAL.
 */
int kfd_sdma_nop(struct kfd_queue *q, unsigned int dwords)
{
	__u32 dw[64] = {};

	if (!dwords || dwords > 64)
		return -EINVAL;
	dw[0] = SDMA_NOP | (dwords - 1) << 16;
	return kfd_ring_write(q, dw, dwords);
}

/**
 * kfd_sdma_write() - append a write of a dword
 * @q: an SDMA queue
 * @va: where, 4-byte aligned
 * @value: what
 *
 * Return: 0; -EAGAIN when the ring is full.
 */
int kfd_sdma_write(struct kfd_queue *q, __u64 va, __u32 value)
{
	__u32 dw[] = { SDMA_WRITE, va, va >> 32, 0, value };

	return kfd_ring_write(q, dw, 5);
}

/**
 * kfd_sdma_copy() - append a linear copy
 * @q: an SDMA queue
 * @dst: destination
 * @src: source
 * @bytes: 1..4 MiB
 *
 * Return: 0; -EAGAIN when the ring is full; -EINVAL.
 */
int kfd_sdma_copy(struct kfd_queue *q, __u64 dst, __u64 src,
		  __u32 bytes)
{
	__u32 dw[] = {
		SDMA_COPY, bytes - 1, 0, src, src >> 32, dst, dst >> 32,
	};

	if (!bytes || bytes > SDMA_MAX_BYTES)
		return -EINVAL;
	return kfd_ring_write(q, dw, 7);
}

/**
 * kfd_sdma_fill() - append a fill with a dword
 * @q: an SDMA queue
 * @va: where, 4-byte aligned
 * @value: what
 * @bytes: 4 to 4 MiB, whole dwords
 *
 * Return: 0; -EAGAIN when the ring is full; -EINVAL.
 */
int kfd_sdma_fill(struct kfd_queue *q, __u64 va, __u32 value, __u32 bytes)
{
	__u32 dw[] = {
		SDMA_FILL | SDMA_FILL_DWORDS, va, va >> 32, value, bytes - 4,
	};

	if (!bytes || bytes % 4 || bytes > SDMA_MAX_BYTES)
		return -EINVAL;
	return kfd_ring_write(q, dw, 5);
}

/**
 * kfd_sdma_fence() - append a write of a dword after all before it
 * @q: an SDMA queue
 * @va: where, 4-byte aligned
 * @value: what
 *
 * Return: 0; -EAGAIN when the ring is full.
 */
int kfd_sdma_fence(struct kfd_queue *q, __u64 va, __u32 value)
{
	__u32 dw[] = { SDMA_FENCE, va, va >> 32, value };

	return kfd_ring_write(q, dw, 4);
}

/**
 * kfd_sdma_trap() - append an interrupt
 * @q: an SDMA queue
 * @ev: the event that it raises
 *
 * Return: 0; -EAGAIN when the ring is full.
 */
int kfd_sdma_trap(struct kfd_queue *q, const struct kfd_event *ev)
{
	__u32 dw[] = { SDMA_TRAP, ev->id };

	return kfd_ring_write(q, dw, 2);
}

/**
 * kfd_sdma_timestamp() - append a write of the GPU's clock
 * @q: an SDMA queue
 * @va: where, 8-byte aligned
 *
 * Return: 0; -EAGAIN when the ring is full.
 */
int kfd_sdma_timestamp(struct kfd_queue *q, __u64 va)
{
	__u32 dw[] = { SDMA_TIMESTAMP | SDMA_TIMESTAMP_GLOBAL, va, va >> 32 };

	return kfd_ring_write(q, dw, 3);
}

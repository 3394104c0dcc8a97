// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: seeing whether a user queue has work, without the user's help.
 *
 * Programs hand the addresses of their read and write pointers to amdkfd, and
 * the GPU writes the one and reads the other. A timer can't follow user
 * addresses, so the buffer objects behind them are pinned and mapped into the
 * kernel for the life of the queue. What is read there is the program's word:
 * nothing but the scheduling of its own queue may depend on it.
 */
#include "amdgpu_object.h"
#include "kfd_gpreempt_priv.h"
#include "kfd_priv.h"

static void *pin_and_map(struct amdgpu_bo *bo, const void __user *addr)
{
	void *page;
	int ret;

	ret = amdgpu_bo_reserve(bo, true);
	if (ret)
		return ERR_PTR(ret);

	/* Moving a buffer to make it readable would change the program. */
	if (!(bo->preferred_domains & AMDGPU_GEM_DOMAIN_GTT)) {
		ret = -EOPNOTSUPP;
		goto unreserve;
	}

	ret = amdgpu_bo_pin(bo, AMDGPU_GEM_DOMAIN_GTT);
	if (ret)
		goto unreserve;

	ret = amdgpu_bo_kmap(bo, &page);
	if (ret)
		amdgpu_bo_unpin(bo);

unreserve:
	amdgpu_bo_unreserve(bo);
	return ret ? ERR_PTR(ret) : page + offset_in_page(addr);
}

static void unpin(struct amdgpu_bo **bo)
{
	if (!*bo)
		return;

	/* Uninterruptible: fails only if the reservation would deadlock. */
	if (!WARN_ON_ONCE(amdgpu_bo_reserve(*bo, true))) {
		amdgpu_bo_unpin(*bo);
		amdgpu_bo_unreserve(*bo);
	}
	amdgpu_bo_unref(bo);
}

/**
 * kfd_gpreempt_ring_map() - make a queue's pointers readable by the kernel
 * @q: a compute queue with its buffers acquired
 *
 * Context: process, may sleep and allocate; not under the dqm lock.
 *
 * Return: 0, or a negative errno when they can't be read: -EPERM for user
 * memory, -EOPNOTSUPP for memory that is not in GTT. The queue then works as
 * it does without gpreempt, but can't be watched.
 */
int kfd_gpreempt_ring_map(struct queue *q)
{
	struct kfd_gpreempt_queue *gq = &q->gpreempt;
	void *rptr, *wptr;

	if (!q->properties.rptr_bo || !q->properties.wptr_bo)
		return -EOPNOTSUPP;

	rptr = pin_and_map(q->properties.rptr_bo, q->properties.read_ptr);
	if (IS_ERR(rptr))
		return PTR_ERR(rptr);
	gq->rptr_bo = amdgpu_bo_ref(q->properties.rptr_bo);

	wptr = pin_and_map(q->properties.wptr_bo, q->properties.write_ptr);
	if (IS_ERR(wptr)) {
		unpin(&gq->rptr_bo);
		return PTR_ERR(wptr);
	}
	gq->wptr_bo = amdgpu_bo_ref(q->properties.wptr_bo);

	gq->rptr = rptr;
	gq->wptr = wptr;
	return 0;
}

/**
 * kfd_gpreempt_ring_unmap() - undo kfd_gpreempt_ring_map(), if it was done
 * @q: a queue that is no longer tracked
 *
 * The kernel mapping goes with the buffer object, as amdgpu does it.
 *
 * Context: process, may sleep; not under the dqm lock.
 */
void kfd_gpreempt_ring_unmap(struct queue *q)
{
	q->gpreempt.rptr = NULL;
	q->gpreempt.wptr = NULL;
	unpin(&q->gpreempt.rptr_bo);
	unpin(&q->gpreempt.wptr_bo);
}

/**
 * kfd_gpreempt_ring_pending() - does a queue have packets it has not consumed?
 * @q: a queue with mapped pointers
 * @rptr: where to put the read pointer, in the ring's unit: packets of 64
 *	bytes for AQL, dwords for PM4
 *
 * Context: any; the caller holds &kfd_gpreempt.lock and found @q in a list.
 *
 * Return: true if the write pointer is elsewhere than the read pointer.
 */
bool kfd_gpreempt_ring_pending(const struct queue *q, u64 *rptr)
{
	const struct kfd_gpreempt_queue *gq = &q->gpreempt;
	u32 ring_mask;

	if (q->properties.format == KFD_QUEUE_FORMAT_AQL) {
		*rptr = READ_ONCE(*(u64 *)gq->rptr);
		return READ_ONCE(*(u64 *)gq->wptr) != *rptr;
	}

	ring_mask = q->properties.queue_size / sizeof(u32) - 1;
	*rptr = READ_ONCE(*(u32 *)gq->rptr) & ring_mask;
	return (READ_ONCE(*(u32 *)gq->wptr) & ring_mask) != *rptr;
}

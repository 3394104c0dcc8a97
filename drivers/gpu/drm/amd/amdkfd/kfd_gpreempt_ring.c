// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: seeing whether a user queue has work, without the user's help.
 *
 * Programs hand the addresses of their read and write pointers to amdkfd, and
 * the GPU writes the one and reads the other. A timer can't follow user
 * addresses, so what is behind them is pinned and mapped into the kernel for
 * the life of the queue: a buffer object, or, where that only stands for memory
 * of the program (as ROCr has it, by default), the page of that memory. What is
 * read there is the program's word: nothing but the scheduling of its own queue
 * may depend on it.
 */
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/sched.h>

#include "amdgpu_object.h"
#include "kfd_gpreempt_priv.h"
#include "kfd_priv.h"

static void *map_bo(struct amdgpu_bo *bo)
{
	void *start;
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

	ret = amdgpu_bo_kmap(bo, &start);
	if (ret)
		amdgpu_bo_unpin(bo);

unreserve:
	amdgpu_bo_unreserve(bo);
	return ret ? ERR_PTR(ret) : start;
}

static void unmap_bo(struct amdgpu_bo **bo)
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

/*
 * The page stays what the program and the GPU use for as long as the program
 * doesn't map something else there; then the queue is seen as it was last.
 * For writing, so that it is not a page that another process shares until then.
 */
static void *map_page(const struct queue *q, const void __user *addr,
		      struct page **page)
{
	int ret;

	/* CRIU may create a queue for another process. */
	if (current->mm != q->process->mm)
		return ERR_PTR(-EPERM);

	ret = pin_user_pages_fast((unsigned long)addr & PAGE_MASK, 1,
				  FOLL_WRITE | FOLL_LONGTERM, page);
	if (ret == 1 && !PageHighMem(*page))
		return page_address(*page);

	if (ret == 1)
		unpin_user_page(*page);
	*page = NULL;
	return ERR_PTR(ret < 0 ? ret : -EOPNOTSUPP);
}

/* Takes a reference of the object, or of the page. */
static void *map_pointer(const struct queue *q, struct amdgpu_bo *bo,
			 const void __user *addr, struct amdgpu_bo **mapped_bo,
			 struct page **mapped_page)
{
	void *start;

	if (bo->flags & AMDGPU_AMDKFD_CREATE_USERPTR_BO) {
		start = map_page(q, addr, mapped_page);
	} else {
		start = map_bo(bo);
		if (!IS_ERR(start))
			*mapped_bo = amdgpu_bo_ref(bo);
	}
	return IS_ERR(start) ? start : start + offset_in_page(addr);
}

static void unmap_pointer(struct amdgpu_bo **bo, struct page **page)
{
	unmap_bo(bo);
	if (*page)
		unpin_user_page(*page);
	*page = NULL;
}

/**
 * kfd_gpreempt_ring_map() - make a queue's pointers readable by the kernel
 * @q: a compute queue with its buffers acquired
 *
 * Context: process, may sleep and allocate; not under the dqm lock, nor with
 * the mmap lock held.
 *
 * Return: 0, or a negative errno when they can't be read: -EPERM for memory of
 * another process, -EOPNOTSUPP for memory that is not in GTT. The queue then
 * works as it does without gpreempt, but can't be watched.
 */
int kfd_gpreempt_ring_map(struct queue *q)
{
	struct kfd_gpreempt_queue *gq = &q->gpreempt;
	void *rptr, *wptr;

	if (!q->properties.rptr_bo || !q->properties.wptr_bo)
		return -EOPNOTSUPP;

	rptr = map_pointer(q, q->properties.rptr_bo, q->properties.read_ptr,
			   &gq->rptr_bo, &gq->rptr_page);
	if (IS_ERR(rptr))
		return PTR_ERR(rptr);

	wptr = map_pointer(q, q->properties.wptr_bo, q->properties.write_ptr,
			   &gq->wptr_bo, &gq->wptr_page);
	if (IS_ERR(wptr)) {
		unmap_pointer(&gq->rptr_bo, &gq->rptr_page);
		return PTR_ERR(wptr);
	}

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
	struct kfd_gpreempt_queue *gq = &q->gpreempt;

	gq->rptr = NULL;
	gq->wptr = NULL;
	unmap_pointer(&gq->rptr_bo, &gq->rptr_page);
	unmap_pointer(&gq->wptr_bo, &gq->wptr_page);
}

/**
 * kfd_gpreempt_ring_read() - read a queue's pointers
 * @q: a queue with mapped pointers
 * @rptr: where to put the read pointer, in the ring's unit: packets of 64
 *	bytes for AQL, dwords for PM4
 * @wptr: where to put the write pointer, likewise
 *
 * Context: any; the caller holds &kfd_gpreempt.lock or the dqm lock, and found
 * @q in a list.
 *
 * Return: true if the queue has packets that it has not consumed.
 */
bool kfd_gpreempt_ring_read(const struct queue *q, u64 *rptr, u64 *wptr)
{
	const struct kfd_gpreempt_queue *gq = &q->gpreempt;
	u32 ring_mask;

	if (q->properties.format == KFD_QUEUE_FORMAT_AQL) {
		*rptr = READ_ONCE(*(u64 *)gq->rptr);
		*wptr = READ_ONCE(*(u64 *)gq->wptr);
	} else {
		ring_mask = q->properties.queue_size / sizeof(u32) - 1;
		*rptr = READ_ONCE(*(u32 *)gq->rptr) & ring_mask;
		*wptr = READ_ONCE(*(u32 *)gq->wptr) & ring_mask;
	}
	return *wptr != *rptr;
}

/**
 * kfd_gpreempt_ring_pending() - does a queue have packets it has not consumed?
 * @q: a queue with mapped pointers
 *
 * Context: as kfd_gpreempt_ring_read().
 *
 * Return: true if it has.
 */
bool kfd_gpreempt_ring_pending(const struct queue *q)
{
	u64 rptr, wptr;

	return kfd_gpreempt_ring_read(q, &rptr, &wptr);
}

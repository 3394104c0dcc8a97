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
#include <linux/capability.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "amdgpu_object.h"
#include "amdgpu_ttm.h"
#include "kfd_gpreempt_priv.h"
#include "kfd_priv.h"

/* ---- which pointers can be read ---------------------------------------- */

/* Hardware and programs access a pointer as one word of this size. */
static size_t word_size(const struct queue *q)
{
	return q->properties.format == KFD_QUEUE_FORMAT_AQL ? sizeof(u64) :
							      sizeof(u32);
}

/*
 * What is behind a pointer is read as it was handed over: at its offset in its
 * page. amdkfd makes sure that a mapping begins with that page and ends with it.
 * Such a mapping is a whole object if amdkfd made it; but amdgpu can map one page
 * out of the middle of an object, and nobody has noted which.
 */
static enum kfd_gpreempt_unwatched
check_pointer(const struct queue *q, struct amdgpu_bo *bo,
	      const void __user *addr)
{
	if (!bo)
		return KFD_GPREEMPT_UNWATCHED_SVM;
	/* Also keeps it from crossing the end of the page. */
	if (!IS_ALIGNED((unsigned long)addr, word_size(q)))
		return KFD_GPREEMPT_UNWATCHED_MISALIGNED;
	if (amdgpu_bo_size(bo) != PAGE_SIZE)
		return KFD_GPREEMPT_UNWATCHED_PART;
	/* Moving a buffer to make it readable would change the program. */
	if (!(bo->flags & AMDGPU_AMDKFD_CREATE_USERPTR_BO) &&
	    !(bo->preferred_domains & AMDGPU_GEM_DOMAIN_GTT))
		return KFD_GPREEMPT_UNWATCHED_VRAM;
	return KFD_GPREEMPT_WATCHED;
}

/**
 * kfd_gpreempt_ring_check() - would a queue's pointers be safe to read?
 * @q: a compute queue with its buffers acquired
 *
 * Context: any.
 *
 * Return: KFD_GPREEMPT_WATCHED, or why not. kfd_gpreempt_ring_map() may find
 * another reason.
 */
enum kfd_gpreempt_unwatched kfd_gpreempt_ring_check(const struct queue *q)
{
	const struct queue_properties *p = &q->properties;
	enum kfd_gpreempt_unwatched why;

	why = check_pointer(q, p->rptr_bo, p->read_ptr);
	if (why == KFD_GPREEMPT_WATCHED)
		why = check_pointer(q, p->wptr_bo, p->write_ptr);
	return why;
}

/* ---- pages of a program that stay where they are, on its account ------- */

/*
 * Both pointers of a queue, and those of several queues, may be in one page:
 * that is pinned once for each process on each node, and counted once against
 * RLIMIT_MEMLOCK, in the mm that had it pinned. Which page that is, is asked anew
 * each time: the program may have mapped something else at the same address.
 */

/**
 * struct kfd_gpreempt_pin - a page that is pinned
 *
 * @node: entry in &kfd_gpreempt_process.pins
 * @users: how many pointers are in it
 * @mm: on whose account; a reference of the structure, not of what is mapped
 * @page: the page
 *
 * @node and @users are protected by pins_lock.
 */
struct kfd_gpreempt_pin {
	struct hlist_node node;
	u32 users;
	struct mm_struct *mm;
	struct page *page;
};

/* For all processes: it is held for a few instructions for each pin. */
static DEFINE_MUTEX(pins_lock);

static int pin_account(struct mm_struct *mm)
{
	s64 limit = rlimit(RLIMIT_MEMLOCK) >> PAGE_SHIFT;

	if (atomic64_inc_return(&mm->pinned_vm) <= limit ||
	    capable(CAP_IPC_LOCK))
		return 0;

	atomic64_dec(&mm->pinned_vm);
	return -EDQUOT;
}

static struct kfd_gpreempt_pin *pin_find(struct kfd_gpreempt_process *process,
					 const struct page *page)
{
	struct kfd_gpreempt_pin *pin;

	lockdep_assert_held(&pins_lock);

	hlist_for_each_entry(pin, &process->pins, node) {
		if (pin->page == page)
			return pin;
	}
	return NULL;
}

/* Takes over the caller's pin of @page if this succeeds with a new one. */
static struct kfd_gpreempt_pin *
pin_create(struct kfd_gpreempt_process *process, struct page *page)
{
	struct kfd_gpreempt_pin *pin;
	int ret;

	pin = kzalloc(sizeof(*pin), GFP_KERNEL);
	if (!pin)
		return ERR_PTR(-ENOMEM);

	ret = pin_account(current->mm);
	if (ret) {
		kfree(pin);
		return ERR_PTR(ret);
	}

	mmgrab(current->mm);
	pin->mm = current->mm;
	pin->page = page;
	pin->users = 1;
	hlist_add_head(&pin->node, &process->pins);
	return pin;
}

/*
 * Of the calling program, for writing, so that it is not a page that another
 * process shares until then. -EDQUOT if the program has pinned all that it may.
 */
static struct kfd_gpreempt_pin *pin_get(struct kfd_gpreempt_process *process,
					unsigned long addr)
{
	struct kfd_gpreempt_pin *pin;
	struct page *page;
	int ret;

	ret = pin_user_pages_fast(addr, 1, FOLL_WRITE | FOLL_LONGTERM, &page);
	if (ret != 1)
		return ERR_PTR(ret < 0 ? ret : -EFAULT);

	mutex_lock(&pins_lock);
	pin = pin_find(process, page);
	if (pin) {
		pin->users++;
		unpin_user_page(page);
	} else {
		pin = pin_create(process, page);
		if (IS_ERR(pin))
			unpin_user_page(page);
	}
	mutex_unlock(&pins_lock);
	return pin;
}

/* Of any mm, or none */
static void pin_put(struct kfd_gpreempt_pin *pin)
{
	bool last;

	mutex_lock(&pins_lock);
	last = !--pin->users;
	if (last)
		hlist_del(&pin->node);
	mutex_unlock(&pins_lock);
	if (!last)
		return;

	unpin_user_page(pin->page);
	atomic64_dec(&pin->mm->pinned_vm);
	mmdrop(pin->mm);
	kfree(pin);
}

/* ---- making them readable ---------------------------------------------- */

static void *map_bo(struct amdgpu_bo *bo)
{
	void *start;
	int ret;

	ret = amdgpu_bo_reserve(bo, true);
	if (ret)
		return ERR_PTR(ret);

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
 * doesn't map something else there; then the queue is seen as it was last. The
 * program may have told the GPU another address than its own.
 */
static struct kfd_gpreempt_pin *pin_page(const struct queue *q,
					 struct amdgpu_bo *bo)
{
	u64 addr;
	int ret;

	ret = amdgpu_ttm_tt_get_userptr(&bo->tbo, &addr);
	if (ret)
		return ERR_PTR(ret);
	if (!PAGE_ALIGNED(addr))
		return ERR_PTR(-EINVAL);
	return pin_get(&q->gpreempt.pdd->gpreempt, addr);
}

/* Takes a reference of the object, or of the page. */
static void *map_pointer(const struct queue *q, struct amdgpu_bo *bo,
			 const void __user *addr, struct amdgpu_bo **mapped_bo,
			 struct kfd_gpreempt_pin **mapped_pin)
{
	struct kfd_gpreempt_pin *pin;
	void *start;

	if (bo->flags & AMDGPU_AMDKFD_CREATE_USERPTR_BO) {
		pin = pin_page(q, bo);
		if (IS_ERR(pin))
			return ERR_CAST(pin);
		*mapped_pin = pin;
		start = page_address(pin->page);
	} else {
		start = map_bo(bo);
		if (IS_ERR(start))
			return start;
		*mapped_bo = amdgpu_bo_ref(bo);
	}
	return start + offset_in_page(addr);
}

static void unmap_pointer(struct amdgpu_bo **bo, struct kfd_gpreempt_pin **pin)
{
	unmap_bo(bo);
	if (*pin)
		pin_put(*pin);
	*pin = NULL;
}

static enum kfd_gpreempt_unwatched why_not(const void *error)
{
	return PTR_ERR(error) == -EDQUOT ? KFD_GPREEMPT_UNWATCHED_MEMLOCK :
					   KFD_GPREEMPT_UNWATCHED_PIN;
}

static bool is_user_memory(const struct queue *q)
{
	return (q->properties.rptr_bo->flags | q->properties.wptr_bo->flags) &
	       AMDGPU_AMDKFD_CREATE_USERPTR_BO;
}

static enum kfd_gpreempt_unwatched map_pointers(struct queue *q)
{
	struct kfd_gpreempt_queue *gq = &q->gpreempt;
	enum kfd_gpreempt_unwatched why = kfd_gpreempt_ring_check(q);
	void *rptr, *wptr;

	if (why != KFD_GPREEMPT_WATCHED)
		return why;
	/* CRIU may create a queue for another process. */
	if (is_user_memory(q) && current->mm != q->process->mm)
		return KFD_GPREEMPT_UNWATCHED_FOREIGN;

	rptr = map_pointer(q, q->properties.rptr_bo, q->properties.read_ptr,
			   &gq->rptr_bo, &gq->rptr_pin);
	if (IS_ERR(rptr))
		return why_not(rptr);

	wptr = map_pointer(q, q->properties.wptr_bo, q->properties.write_ptr,
			   &gq->wptr_bo, &gq->wptr_pin);
	if (IS_ERR(wptr)) {
		unmap_pointer(&gq->rptr_bo, &gq->rptr_pin);
		return why_not(wptr);
	}

	gq->rptr = rptr;
	gq->wptr = wptr;
	return KFD_GPREEMPT_WATCHED;
}

/**
 * kfd_gpreempt_ring_map() - make a queue's pointers readable by the kernel
 * @q: a compute queue with its buffers acquired
 *
 * If that can't be done, &kfd_gpreempt_queue.unwatched says why, and the queue
 * works as it does without gpreempt.
 *
 * Context: process, may sleep and allocate; not under the dqm lock, nor with
 * the mmap lock held.
 */
void kfd_gpreempt_ring_map(struct queue *q)
{
	q->gpreempt.unwatched = map_pointers(q);
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
	unmap_pointer(&gq->rptr_bo, &gq->rptr_pin);
	unmap_pointer(&gq->wptr_bo, &gq->wptr_pin);
}

/* ---- reading them ------------------------------------------------------- */

/* Aligned, see check_pointer(): in one piece, and within the page. */
static u64 read_word(const struct queue *q, const void *pointer)
{
	if (word_size(q) == sizeof(u64))
		return READ_ONCE(*(const u64 *)pointer);
	return READ_ONCE(*(const u32 *)pointer);
}

/*
 * AQL's pointers never wrap, PM4's may. Whatever size a program says that its
 * ring has: it masks numbers that are compared, and nothing is read there.
 */
static u64 in_ring(const struct queue *q, u64 pointer)
{
	if (q->properties.format == KFD_QUEUE_FORMAT_AQL)
		return pointer;
	return pointer & (u32)(q->properties.queue_size / sizeof(u32) - 1);
}

/**
 * kfd_gpreempt_is_watchable() - can the kernel see what is in a queue's ring?
 * @q: a queue
 *
 * Context: any; the caller keeps the queue tracked.
 *
 * Return: false if the kernel can't read its pointers; its @unwatched says why.
 */
bool kfd_gpreempt_is_watchable(const struct queue *q)
{
	return q->gpreempt.rptr;
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
	*rptr = in_ring(q, read_word(q, q->gpreempt.rptr));
	*wptr = in_ring(q, read_word(q, q->gpreempt.wptr));
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

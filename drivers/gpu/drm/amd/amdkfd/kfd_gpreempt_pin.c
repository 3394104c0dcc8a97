// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: pages of a program that stay where they are, on its account.
 *
 * Both pointers of a queue, and those of several queues, may be in one page:
 * that is pinned once for each process on each node, and counted once against
 * RLIMIT_MEMLOCK, in the mm that had it pinned. Which page that is, is asked anew
 * each time: the program may have mapped something else at the same address.
 */
#include <linux/capability.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "kfd_gpreempt_priv.h"

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

static int account(struct mm_struct *mm)
{
	s64 limit = rlimit(RLIMIT_MEMLOCK) >> PAGE_SHIFT;

	if (atomic64_inc_return(&mm->pinned_vm) <= limit ||
	    capable(CAP_IPC_LOCK))
		return 0;

	atomic64_dec(&mm->pinned_vm);
	return -EDQUOT;
}

static struct kfd_gpreempt_pin *find(struct kfd_gpreempt_process *process,
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
static struct kfd_gpreempt_pin *create(struct kfd_gpreempt_process *process,
				       struct page *page)
{
	struct kfd_gpreempt_pin *pin;
	int ret;

	pin = kzalloc(sizeof(*pin), GFP_KERNEL);
	if (!pin)
		return ERR_PTR(-ENOMEM);

	ret = account(current->mm);
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

/**
 * kfd_gpreempt_pin_get() - pin a page of the calling program
 * @process: the program on a node
 * @addr: address of the page
 *
 * For writing, so that it is not a page that another process shares until then.
 *
 * Context: process, may sleep and allocate; takes the mmap lock.
 *
 * Return: the pin, to be given back with kfd_gpreempt_pin_put(); or an ERR_PTR,
 * -EDQUOT if the program has pinned all that it may.
 */
struct kfd_gpreempt_pin *
kfd_gpreempt_pin_get(struct kfd_gpreempt_process *process, unsigned long addr)
{
	struct kfd_gpreempt_pin *pin;
	struct page *page;
	int ret;

	ret = pin_user_pages_fast(addr, 1, FOLL_WRITE | FOLL_LONGTERM, &page);
	if (ret != 1)
		return ERR_PTR(ret < 0 ? ret : -EFAULT);

	mutex_lock(&pins_lock);
	pin = find(process, page);
	if (pin) {
		pin->users++;
		unpin_user_page(page);
	} else {
		pin = create(process, page);
		if (IS_ERR(pin))
			unpin_user_page(page);
	}
	mutex_unlock(&pins_lock);
	return pin;
}

/**
 * kfd_gpreempt_pin_put() - give back a pin
 * @pin: what kfd_gpreempt_pin_get() returned
 *
 * Context: process, of any mm or none; may sleep.
 */
void kfd_gpreempt_pin_put(struct kfd_gpreempt_pin *pin)
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

/**
 * kfd_gpreempt_pin_address() - where the kernel has a page that is pinned
 * @pin: the pin
 *
 * Context: any.
 *
 * Return: address of its first byte; amdkfd is for machines with a direct map
 * of all memory only.
 */
void *kfd_gpreempt_pin_address(const struct kfd_gpreempt_pin *pin)
{
	return page_address(pin->page);
}

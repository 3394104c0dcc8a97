// SPDX-License-Identifier: GPL-2.0
/*
 * The pages of buffer objects: where they come from, see enum kfdsim_bo_kind.
 */
#include <linux/mm.h>

#include "kfdsim_host.h"

/**
 * kfdsim_page_lookup - the page that is there
 * @bo: the object
 * @index: page index
 *
 * Context: any. The page lives as long as the object.
 * Return: NULL for a page that was never written (it reads as zeros).
 */
struct page *kfdsim_page_lookup(struct kfdsim_bo *bo, pgoff_t index)
{
	return xa_load(&bo->pages, index);
}

/**
 * kfdsim_page_populate - the page, allocated if need be
 * @bo: the object
 * @index: page index
 *
 * Context: may sleep.
 * Return: the page; NULL when there is no memory, or nothing could be there.
 */
struct page *kfdsim_page_populate(struct kfdsim_bo *bo, pgoff_t index)
{
	struct page *page = xa_load(&bo->pages, index);
	struct page *old;

	if (page || bo->kind != KFDSIM_BO_LAZY)
		return page;

	page = alloc_page(GFP_KERNEL | __GFP_ZERO | __GFP_RETRY_MAYFAIL |
			  __GFP_NOWARN);
	if (!page)
		return NULL;
	old = xa_cmpxchg(&bo->pages, index, NULL, page, GFP_KERNEL);
	if (old) {
		put_page(page);
		page = xa_is_err(old) ? NULL : old;
	}
	return page;
}

/**
 * kfdsim_pages_pin - back a userptr object with the caller's memory
 * @bo: a KFDSIM_BO_USERPTR object without pages
 * @addr: page-aligned address in current->mm
 * @write: the GPU may write
 *
 * The pages stay pinned until the object is freed: the MMU notifier of the
 * real driver, which lets them move, has no equivalent here.
 *
 * Context: process context of the owner, may sleep, takes mmap_lock.
 * Return: 0, -EFAULT or -ENOMEM.
 */
int kfdsim_pages_pin(struct kfdsim_bo *bo, u64 addr, bool write)
{
	unsigned long i, total = bo->base.tbo.base.size >> PAGE_SHIFT;
	unsigned int gup = FOLL_LONGTERM | (write ? FOLL_WRITE : 0);
	struct page *batch[16];
	int n, j, ret;

	bo->base.flags |= AMDGPU_AMDKFD_CREATE_USERPTR_BO;
	/* so amdgpu has it, though the GPU uses the pages like those of GTT */
	bo->base.preferred_domains = AMDGPU_GEM_DOMAIN_CPU;
	bo->user_write = write;
	bo->user_addr = addr;
	for (i = 0; i < total; i += n) {
		n = pin_user_pages_fast(addr + (i << PAGE_SHIFT),
					min(total - i, ARRAY_SIZE(batch)),
					gup, batch);
		if (n <= 0)
			return n ?: -EFAULT;
		for (j = 0; j < n; j++) {
			ret = xa_err(xa_store(&bo->pages, i + j, batch[j],
					      GFP_KERNEL));
			if (ret) {
				unpin_user_pages(batch + j, n - j);
				return ret;
			}
		}
	}
	return 0;
}

/**
 * kfdsim_pages_set_aperture - back an object with pages of a simulated BAR
 * @bo: a KFDSIM_BO_APERTURE object without pages
 * @phys: the first page's address
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int kfdsim_pages_set_aperture(struct kfdsim_bo *bo, phys_addr_t phys)
{
	unsigned long i, total = bo->base.tbo.base.size >> PAGE_SHIFT;
	int ret;

	for (i = 0; i < total; i++) {
		ret = xa_err(xa_store(&bo->pages, i,
				      pfn_to_page(PHYS_PFN(phys) + i),
				      GFP_KERNEL));
		if (ret)
			return ret;
	}
	return 0;
}

/**
 * kfdsim_pages_free - give back what an object is backed with
 * @bo: the object, which nobody uses any more
 */
void kfdsim_pages_free(struct kfdsim_bo *bo)
{
	struct page *page;
	unsigned long i;

	xa_for_each(&bo->pages, i, page) {
		if (bo->kind == KFDSIM_BO_USERPTR)
			unpin_user_pages_dirty_lock(&page, 1, bo->user_write);
		else if (bo->kind == KFDSIM_BO_LAZY)
			put_page(page);
	}
	xa_destroy(&bo->pages);
}

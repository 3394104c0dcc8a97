// SPDX-License-Identifier: GPL-2.0
/*
 * The GART: addresses in VMID 0 of what the driver allocates for itself (MQDs,
 * HIQ, runlists, fences), and of what processes lend to it (write pointers that
 * MES looks at). One flat range; a page is never given out twice at
 * a time, and there is an unmapped page after each allocation so that an
 * overrun is noticed.
 */
#include <linux/maple_tree.h>

#include "amdgpu_object.h"
#include "kfdsim_host.h"

/* Where amdgpu puts the GART is a property of the board; any place will do */
#define KFDSIM_GART_START	0x00007fff00000000ULL
#define KFDSIM_GART_SIZE	(512ULL << 20)

/**
 * kfdsim_gart_insert - give a kernel BO an address
 * @bo: has a kernel mapping; sets @bo->offset
 *
 * Context: may sleep.
 * Return: 0, -EBUSY when the range is full, or -ENOMEM.
 */
int kfdsim_gart_insert(struct kfdsim_bo *bo)
{
	unsigned long pages = bo->base.tbo.base.size >> PAGE_SHIFT;
	unsigned long first;
	int ret;

	ret = mtree_alloc_range(&bo->sim->host->gart, &first, bo, pages + 1,
				KFDSIM_GART_START >> PAGE_SHIFT,
				(KFDSIM_GART_START + KFDSIM_GART_SIZE - 1) >>
				PAGE_SHIFT, GFP_KERNEL);
	if (ret)
		return ret;
	bo->offset = (u64)first << PAGE_SHIFT;
	return 0;
}

/**
 * kfdsim_gart_remove - take the address back
 * @bo: may never have got one
 */
void kfdsim_gart_remove(struct kfdsim_bo *bo)
{
	if (bo->offset)
		mtree_erase(&bo->sim->host->gart, bo->offset >> PAGE_SHIFT);
}

void *kfdsim_gart_ptr(struct kfdsim *sim, u64 gpu_addr, size_t len)
{
	struct kfdsim_bo *bo = mtree_load(&sim->host->gart,
					  gpu_addr >> PAGE_SHIFT);
	u64 size, skip;

	if (!bo)
		return NULL;
	size = bo->base.tbo.base.size;
	skip = gpu_addr - bo->offset;
	if (skip >= size || len > size - skip)
		return NULL;
	return bo->kptr + skip;
}

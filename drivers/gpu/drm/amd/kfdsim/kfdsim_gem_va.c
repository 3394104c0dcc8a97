// SPDX-License-Identifier: GPL-2.0
/*
 * Where a program maps memory that it has allocated through the render node:
 * addresses in the file's address space, which is the one that KFD's queues
 * use.
 */
#include <linux/slab.h>
#include <drm/amdgpu_drm.h>
#include <drm/drm_gem.h>

#include "amdgpu_object.h"
#include "kfdsim_host.h"

#define KFDSIM_VA_FLAGS		(AMDGPU_VM_DELAY_UPDATE | \
				 AMDGPU_VM_PAGE_READABLE | \
				 AMDGPU_VM_PAGE_WRITEABLE | \
				 AMDGPU_VM_PAGE_EXECUTABLE | \
				 AMDGPU_VM_MTYPE_MASK | \
				 AMDGPU_VM_PAGE_NOALLOC)

/**
 * struct kfdsim_gem_map - memory at an address of a file
 *
 * @link: in kfdsim_fpriv->gem_maps
 * @bo_va: what amdkfd finds when a queue is made of it
 * @mapping: and what the hardware side does
 */
struct kfdsim_gem_map {
	struct list_head link;
	struct amdgpu_bo_va bo_va;
	struct amdgpu_bo_va_mapping mapping;
};

static int gem_va_check(struct kfdsim *sim, const struct drm_amdgpu_gem_va *args,
			const struct drm_gem_object *obj)
{
	u64 end = sim->adev->vm_manager.max_pfn << AMDGPU_GPU_PAGE_SHIFT;

	if (args->flags & ~KFDSIM_VA_FLAGS)
		return -EINVAL;
	if (!args->map_size || !PAGE_ALIGNED(args->va_address) ||
	    !PAGE_ALIGNED(args->map_size) || !PAGE_ALIGNED(args->offset_in_bo))
		return -EINVAL;
	if (args->va_address < AMDGPU_VA_RESERVED_BOTTOM ||
	    args->va_address >= end || args->map_size > end - args->va_address)
		return -EINVAL;
	if (args->offset_in_bo > obj->size ||
	    args->map_size > obj->size - args->offset_in_bo)
		return -EINVAL;
	return 0;
}

static u64 gem_pte_flags(u32 flags)
{
	u64 pte = AMDGPU_PTE_VALID;

	if (flags & AMDGPU_VM_PAGE_READABLE)
		pte |= AMDGPU_PTE_READABLE;
	if (flags & AMDGPU_VM_PAGE_WRITEABLE)
		pte |= AMDGPU_PTE_WRITEABLE;
	if (flags & AMDGPU_VM_PAGE_EXECUTABLE)
		pte |= AMDGPU_PTE_EXECUTABLE;
	return pte;
}

static int gem_map(struct kfdsim_fpriv *fpriv, struct amdgpu_bo *bo,
		   const struct drm_amdgpu_gem_va *args)
{
	struct kfdsim_gem_map *map = kzalloc(sizeof(*map), GFP_KERNEL);
	struct amdgpu_vm *avm = &fpriv->base.vm;
	int ret;

	if (!map)
		return -ENOMEM;
	map->bo_va.ref_count = 1;
	map->bo_va.base.vm = avm;
	map->bo_va.base.bo = bo;
	INIT_LIST_HEAD(&map->bo_va.valids);
	INIT_LIST_HEAD(&map->bo_va.invalids);
	map->mapping.bo_va = &map->bo_va;
	map->mapping.start = args->va_address >> PAGE_SHIFT;
	map->mapping.last = map->mapping.start +
			    (args->map_size >> PAGE_SHIFT) - 1;
	map->mapping.offset = args->offset_in_bo;
	map->mapping.flags = gem_pte_flags(args->flags);
	ret = kfdsim_vm_insert(fpriv->vm, &map->mapping);
	if (ret) {
		kfree(map);
		return ret;
	}
	list_add(&map->mapping.list, &map->bo_va.valids);
	list_add_tail(&map->bo_va.base.vm_status, &avm->idle);
	list_add(&map->link, &fpriv->gem_maps);
	/* the handle may be closed by now, and must not take it along */
	drm_gem_object_get(&bo->tbo.base);
	return 0;
}

static void gem_unmap(struct kfdsim_fpriv *fpriv, struct kfdsim_gem_map *map)
{
	struct amdgpu_bo *bo = map->bo_va.base.bo;

	kfdsim_vm_erase(fpriv->vm, &map->mapping);
	list_del(&map->bo_va.base.vm_status);
	list_del(&map->link);
	kfree(map);
	drm_gem_object_put(&bo->tbo.base);
}

/* What is at an address. A queue may rely on it: it stays until that is gone. */
static int gem_unmap_at(struct kfdsim_fpriv *fpriv, struct amdgpu_bo *bo, u64 va)
{
	struct kfdsim_gem_map *map;

	list_for_each_entry(map, &fpriv->gem_maps, link) {
		if (map->bo_va.base.bo != bo ||
		    map->mapping.start != va >> PAGE_SHIFT)
			continue;
		if (map->bo_va.queue_refcount)
			return -EBUSY;
		gem_unmap(fpriv, map);
		return 0;
	}
	return -ENOENT;
}

/**
 * kfdsim_gem_va_ioctl - DRM_IOCTL_AMDGPU_GEM_VA
 * @ddev: a partition's DRM device
 * @data: struct drm_amdgpu_gem_va
 * @file: the open render node
 *
 * Return: 0; -ENOENT; -EBUSY for memory of a queue; -EINVAL for what is not
 * there, is in use, or is another operation; -ENOMEM; -EINTR.
 */
int kfdsim_gem_va_ioctl(struct drm_device *ddev, void *data,
			struct drm_file *file)
{
	const struct drm_amdgpu_gem_va *args = data;
	struct drm_gem_object *obj = drm_gem_object_lookup(file, args->handle);
	struct kfdsim_fpriv *fpriv = to_kfdsim_fpriv(drm_priv_to_vm(file));
	struct amdgpu_bo *bo;
	int ret;

	if (!obj)
		return -ENOENT;
	bo = gem_to_amdgpu_bo(obj);
	ret = gem_va_check(kfdsim_from_drm(ddev), args, obj);
	if (!ret)
		ret = amdgpu_bo_reserve(fpriv->base.vm.root.bo, false);
	if (ret)
		goto out;
	switch (args->operation) {
	case AMDGPU_VA_OP_MAP:
		ret = gem_map(fpriv, bo, args);
		break;
	case AMDGPU_VA_OP_UNMAP:
		ret = gem_unmap_at(fpriv, bo, args->va_address);
		break;
	default:
		ret = -EINVAL;
	}
	amdgpu_bo_unreserve(fpriv->base.vm.root.bo);
out:
	drm_gem_object_put(obj);
	return ret;
}

/* What @fpriv has mapped of @bo, or of all */
static void gem_unmap_all(struct kfdsim_fpriv *fpriv, struct amdgpu_bo *bo)
{
	struct kfdsim_gem_map *map, *tmp;

	WARN_ON(amdgpu_bo_reserve(fpriv->base.vm.root.bo, true));
	list_for_each_entry_safe(map, tmp, &fpriv->gem_maps, link)
		if (!bo || map->bo_va.base.bo == bo)
			gem_unmap(fpriv, map);
	amdgpu_bo_unreserve(fpriv->base.vm.root.bo);
}

/**
 * kfdsim_gem_close - a handle is closed, and with it what it had mapped
 * @obj: the object; it may have handles in other files
 * @file: the open render node
 *
 * Whoever closes memory that a queue still uses, breaks that queue.
 */
void kfdsim_gem_close(struct drm_gem_object *obj, struct drm_file *file)
{
	gem_unmap_all(to_kfdsim_fpriv(drm_priv_to_vm(file)),
		      gem_to_amdgpu_bo(obj));
}

/**
 * kfdsim_gem_release - the render node is closed
 * @fpriv: the file; its handles are gone
 */
void kfdsim_gem_release(struct kfdsim_fpriv *fpriv)
{
	gem_unmap_all(fpriv, NULL);
}

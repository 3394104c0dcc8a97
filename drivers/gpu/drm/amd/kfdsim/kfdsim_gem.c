// SPDX-License-Identifier: GPL-2.0
/*
 * Memory that a program allocates through the render node, without KFD:
 * amdgpu's GEM ioctls, and its addresses in the file's address space, which is
 * the one that KFD's queues use.
 *
 * There is no ring of the graphics driver's to submit anything to, so nothing
 * here is ever busy.
 */
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <drm/amdgpu_drm.h>
#include <drm/drm_gem.h>
#include <uapi/linux/kfd_ioctl.h>

#include "amdgpu_object.h"
#include "kfdsim_host.h"

/* What makes no difference to memory that never moves, and is coherent */
#define KFDSIM_GEM_FLAGS	(AMDGPU_GEM_CREATE_CPU_ACCESS_REQUIRED | \
				 AMDGPU_GEM_CREATE_NO_CPU_ACCESS | \
				 AMDGPU_GEM_CREATE_CPU_GTT_USWC | \
				 AMDGPU_GEM_CREATE_VRAM_CLEARED | \
				 AMDGPU_GEM_CREATE_VRAM_CONTIGUOUS | \
				 AMDGPU_GEM_CREATE_VM_ALWAYS_VALID | \
				 AMDGPU_GEM_CREATE_EXPLICIT_SYNC | \
				 AMDGPU_GEM_CREATE_VRAM_WIPE_ON_RELEASE | \
				 AMDGPU_GEM_CREATE_DISCARDABLE | \
				 AMDGPU_GEM_CREATE_COHERENT | \
				 AMDGPU_GEM_CREATE_UNCACHED | \
				 AMDGPU_GEM_CREATE_EXT_COHERENT)
#define KFDSIM_GEM_DOMAINS	(AMDGPU_GEM_DOMAIN_CPU | \
				 AMDGPU_GEM_DOMAIN_GTT | \
				 AMDGPU_GEM_DOMAIN_VRAM)

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

static struct kfdsim_fpriv *gem_fpriv(struct drm_file *file)
{
	return to_kfdsim_fpriv(drm_priv_to_vm(file));
}

/* ---- allocate ------------------------------------------------------------- */

static struct kfdsim_bo *gem_create(struct kfdsim *sim, struct drm_file *file,
				    size_t size, u64 domains, u64 flags)
{
	int ret, xcp_id = gem_fpriv(file)->base.xcp_id;
	bool vram = domains & AMDGPU_GEM_DOMAIN_VRAM;
	struct kfdsim_bo *bo;

	if (vram) {
		ret = kfdsim_mem_reserve(sim->adev, size,
					 KFD_IOC_ALLOC_MEM_FLAGS_VRAM, xcp_id);
		if (ret)
			return ERR_PTR(ret);
	}
	bo = kfdsim_bo_create(sim, file->minor->dev, KFDSIM_BO_LAZY, size,
			      domains);
	if (IS_ERR(bo)) {
		if (vram)
			kfdsim_mem_unreserve(sim->adev, size,
					     KFD_IOC_ALLOC_MEM_FLAGS_VRAM,
					     xcp_id);
		return bo;
	}
	bo->base.xcp_id = xcp_id;
	bo->base.flags = flags;
	bo->gem_vram = vram;
	return bo;
}

/**
 * kfdsim_gem_create_ioctl - DRM_IOCTL_AMDGPU_GEM_CREATE
 * @ddev: a partition's DRM device
 * @data: union drm_amdgpu_gem_create
 * @file: the open render node
 *
 * Return: 0; -EINVAL for what is not memory, or memory that there is not;
 * -ENOMEM.
 */
int kfdsim_gem_create_ioctl(struct drm_device *ddev, void *data,
			    struct drm_file *file)
{
	union drm_amdgpu_gem_create *args = data;
	u64 size = args->in.bo_size, domains = args->in.domains;
	struct kfdsim_bo *bo;
	int ret;

	if (!domains || domains & ~KFDSIM_GEM_DOMAINS ||
	    args->in.domain_flags & ~KFDSIM_GEM_FLAGS)
		return -EINVAL;
	if (!size || size > S64_MAX - PAGE_SIZE)
		return -EINVAL;
	bo = gem_create(kfdsim_from_drm(ddev), file, PAGE_ALIGN(size), domains,
			args->in.domain_flags);
	if (IS_ERR(bo))
		return PTR_ERR(bo);
	memset(args, 0, sizeof(*args));
	ret = drm_gem_handle_create(file, &bo->base.tbo.base,
				    &args->out.handle);
	/* the handle has a reference of its own, or it is gone */
	drm_gem_object_put(&bo->base.tbo.base);
	return ret;
}

/**
 * kfdsim_gem_mmap_ioctl - DRM_IOCTL_AMDGPU_GEM_MMAP: where to map it
 * @ddev: a partition's DRM device
 * @data: union drm_amdgpu_gem_mmap
 * @file: the open render node
 *
 * Return: 0; -ENOENT; -EPERM for memory that the CPU must not see.
 */
int kfdsim_gem_mmap_ioctl(struct drm_device *ddev, void *data,
			  struct drm_file *file)
{
	union drm_amdgpu_gem_mmap *args = data;
	struct drm_gem_object *obj = drm_gem_object_lookup(file,
							   args->in.handle);
	struct amdgpu_bo *abo;
	int ret = 0;

	if (!obj)
		return -ENOENT;
	abo = gem_to_amdgpu_bo(obj);
	memset(args, 0, sizeof(*args));
	if (to_kfdsim_bo(abo)->kind != KFDSIM_BO_LAZY ||
	    abo->flags & AMDGPU_GEM_CREATE_NO_CPU_ACCESS)
		ret = -EPERM;
	else
		args->out.addr_ptr = amdgpu_bo_mmap_offset(abo);
	drm_gem_object_put(obj);
	return ret;
}

/**
 * kfdsim_gem_wait_idle_ioctl - DRM_IOCTL_AMDGPU_GEM_WAIT_IDLE
 * @ddev: a partition's DRM device
 * @data: union drm_amdgpu_gem_wait_idle
 * @file: the open render node
 *
 * Return: 0, at once; -ENOENT.
 */
int kfdsim_gem_wait_idle_ioctl(struct drm_device *ddev, void *data,
			       struct drm_file *file)
{
	union drm_amdgpu_gem_wait_idle *args = data;
	struct drm_gem_object *obj = drm_gem_object_lookup(file,
							   args->in.handle);

	if (!obj)
		return -ENOENT;
	memset(args, 0, sizeof(*args));
	args->out.domain = gem_to_amdgpu_bo(obj)->preferred_domains;
	drm_gem_object_put(obj);
	return 0;
}

/**
 * kfdsim_gem_op_ioctl - DRM_IOCTL_AMDGPU_GEM_OP: what it was created as
 * @ddev: a partition's DRM device
 * @data: struct drm_amdgpu_gem_op
 * @file: the open render node
 *
 * Return: 0; -ENOENT; -EFAULT; -EINVAL for another operation: nothing moves.
 */
int kfdsim_gem_op_ioctl(struct drm_device *ddev, void *data,
			struct drm_file *file)
{
	struct drm_amdgpu_gem_op *args = data;
	struct drm_gem_object *obj = drm_gem_object_lookup(file, args->handle);
	struct drm_amdgpu_gem_create_in info = { .alignment = PAGE_SIZE };
	int ret = -EINVAL;

	if (!obj)
		return -ENOENT;
	info.bo_size = obj->size;
	info.domains = gem_to_amdgpu_bo(obj)->preferred_domains;
	info.domain_flags = gem_to_amdgpu_bo(obj)->flags;
	if (args->op == AMDGPU_GEM_OP_GET_GEM_CREATE_INFO)
		ret = copy_to_user(u64_to_user_ptr(args->value), &info,
				   sizeof(info)) ? -EFAULT : 0;
	drm_gem_object_put(obj);
	return ret;
}

/**
 * kfdsim_gem_metadata_ioctl - DRM_IOCTL_AMDGPU_GEM_METADATA: how it is tiled
 * @ddev: a partition's DRM device
 * @data: struct drm_amdgpu_gem_metadata
 * @file: the open render node
 *
 * Return: 0: not at all; -ENOENT; -EINVAL for another way.
 */
int kfdsim_gem_metadata_ioctl(struct drm_device *ddev, void *data,
			      struct drm_file *file)
{
	struct drm_amdgpu_gem_metadata *args = data;
	struct drm_gem_object *obj = drm_gem_object_lookup(file, args->handle);

	if (!obj)
		return -ENOENT;
	drm_gem_object_put(obj);
	if (args->op != AMDGPU_GEM_METADATA_OP_GET_METADATA)
		return -EINVAL;
	memset(&args->data, 0, sizeof(args->data));
	return 0;
}

/* ---- addresses ------------------------------------------------------------ */

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
	amdgpu_bo_ref(bo);
	return 0;
}

static void gem_unmap(struct kfdsim_fpriv *fpriv, struct kfdsim_gem_map *map)
{
	struct amdgpu_bo *bo = map->bo_va.base.bo;

	kfdsim_vm_erase(fpriv->vm, &map->mapping);
	list_del(&map->bo_va.base.vm_status);
	list_del(&map->link);
	kfree(map);
	amdgpu_bo_unref(&bo);
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
	struct kfdsim_fpriv *fpriv = gem_fpriv(file);
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
	gem_unmap_all(gem_fpriv(file), gem_to_amdgpu_bo(obj));
}

/**
 * kfdsim_gem_release - the render node is closed
 * @fpriv: the file; its handles are gone
 */
void kfdsim_gem_release(struct kfdsim_fpriv *fpriv)
{
	gem_unmap_all(fpriv, NULL);
}

/* ---- dma-bufs ------------------------------------------------------------- */

/**
 * kfdsim_gem_to_fd - DRM_IOCTL_PRIME_HANDLE_TO_FD
 * @ddev: a partition's DRM device
 * @file: the open render node
 * @handle: the memory
 * @flags: O_CLOEXEC, O_RDWR
 * @fd: set to a dma-buf
 *
 * Return: 0; -ENOENT; what kfdsim_dmabuf_export() returns.
 */
int kfdsim_gem_to_fd(struct drm_device *ddev, struct drm_file *file, u32 handle,
		     u32 flags, int *fd)
{
	struct drm_gem_object *obj = drm_gem_object_lookup(file, handle);
	struct dma_buf *dmabuf;
	int ret;

	if (!obj)
		return -ENOENT;
	dmabuf = kfdsim_dmabuf_export(gem_to_amdgpu_bo(obj), flags);
	drm_gem_object_put(obj);
	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);
	ret = dma_buf_fd(dmabuf, flags);
	if (ret < 0) {
		dma_buf_put(dmabuf);
		return ret;
	}
	*fd = ret;
	return 0;
}

/* The handle that a file has of an object, or 0 */
static u32 gem_handle_of(struct drm_file *file, struct drm_gem_object *obj)
{
	struct drm_gem_object *other;
	int id;

	spin_lock(&file->table_lock);
	idr_for_each_entry(&file->object_idr, other, id)
		if (other == obj)
			break;
	spin_unlock(&file->table_lock);
	return other ? id : 0;
}

/**
 * kfdsim_gem_from_fd - DRM_IOCTL_PRIME_FD_TO_HANDLE
 * @ddev: a partition's DRM device
 * @file: the open render node
 * @fd: a dma-buf
 * @handle: set to the file's handle of its memory
 *
 * Return: 0; -EINVAL for what is not memory of this partition: nothing of
 * another device can be attached here; -ENOMEM.
 */
int kfdsim_gem_from_fd(struct drm_device *ddev, struct drm_file *file, int fd,
		       u32 *handle)
{
	struct dma_buf *dmabuf = kfdsim_dmabuf_get(fd);
	struct drm_gem_object *obj;
	int ret = 0;

	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);
	obj = dmabuf->priv;
	if (obj->dev != ddev) {
		ret = -EINVAL;
		goto out;
	}
	*handle = gem_handle_of(file, obj);
	if (!*handle)
		ret = drm_gem_handle_create(file, obj, handle);
out:
	dma_buf_put(dmabuf);
	return ret;
}

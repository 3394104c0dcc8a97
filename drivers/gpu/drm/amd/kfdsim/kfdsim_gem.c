// SPDX-License-Identifier: GPL-2.0
/*
 * Memory that a program allocates through the render node, without KFD:
 * amdgpu's GEM ioctls. Its addresses: kfdsim_gem_va.c.
 *
 * There is no ring of the graphics driver's to submit anything to, so nothing
 * here is ever busy.
 */
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
		ret = kfdsim_vram_reserve(sim->adev, size,
					  KFD_IOC_ALLOC_MEM_FLAGS_VRAM, xcp_id);
		if (ret)
			return ERR_PTR(ret);
	}
	bo = kfdsim_bo_create(sim, file->minor->dev, KFDSIM_BO_LAZY, size,
			      domains);
	if (IS_ERR(bo)) {
		if (vram)
			kfdsim_vram_unreserve(sim->adev, size,
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

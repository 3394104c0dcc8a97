// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "kfd_lib.h"
#include "kfd_internal.h"

#define KFD_MEM_CPU_VISIBLE	(KFD_IOC_ALLOC_MEM_FLAGS_GTT | \
				 KFD_IOC_ALLOC_MEM_FLAGS_PUBLIC)

/* First fit; the list is in order of address, so the same calls give the
 * same addresses in every run.
 */
static int va_insert(struct kfd_proc *proc, struct kfd_bo *bo, __u64 size)
{
	__u64 va = (__u64)(uintptr_t)proc->base;
	__u64 end = va + KFD_VA_SIZE;
	struct kfd_bo **link = &proc->bos;

	while (*link && (*link)->va - va < size) {
		va = (*link)->va + (*link)->size;
		link = &(*link)->next;
	}
	if (end - va < size)
		return -ENOMEM;
	bo->va = va;
	bo->size = size;
	bo->next = *link;
	*link = bo;
	return 0;
}

static void va_remove(struct kfd_proc *proc, struct kfd_bo *bo)
{
	struct kfd_bo **link = &proc->bos;

	while (*link != bo)
		link = &(*link)->next;
	*link = bo->next;
	memset(bo, 0, sizeof(*bo));
}

/* Make the range inaccessible again, but keep it reserved. */
static int va_close(__u64 va, __u64 size)
{
	void *ptr = mmap((void *)(uintptr_t)va, size, PROT_NONE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE |
			 MAP_FIXED, -1, 0);

	if (ptr == MAP_FAILED)
		return -errno;
	return madvise(ptr, size, MADV_DONTFORK) ? -errno : 0;
}

static int va_open(const struct kfd_bo *bo, int flags, int fd, __u64 offset)
{
	void *ptr = mmap(kfd_bo_ptr(bo), bo->size, PROT_READ | PROT_WRITE,
			 flags | MAP_FIXED, fd, offset);

	if (ptr == MAP_FAILED)
		return -errno;
	return madvise(ptr, bo->size, MADV_DONTFORK) ? -errno : 0;
}

static int bo_alloc(struct kfd_gpu *gpu, struct kfd_bo *bo, __u64 size,
		    __u32 flags, int user_fd, __u64 user_offset)
{
	struct kfd_ioctl_alloc_memory_of_gpu_args args = {};
	struct kfd_proc *proc = gpu->proc;
	int ret;

	memset(bo, 0, sizeof(*bo));
	if (!size)
		return -EINVAL;
	ret = va_insert(proc, bo, kfd_align(size, KFD_PAGE_SIZE));
	if (ret)
		return ret;

	args.va_addr = bo->va;
	args.size = bo->size;
	args.gpu_id = gpu->props.gpu_id;
	args.flags = flags;
	if (flags & KFD_IOC_ALLOC_MEM_FLAGS_USERPTR) {
		ret = va_open(bo, user_fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS :
						MAP_SHARED,
			      user_fd, user_offset);
		if (ret)
			goto err_va;
		args.mmap_offset = bo->va;
	}
	ret = kfd_ioctl(proc->fd, AMDKFD_IOC_ALLOC_MEMORY_OF_GPU, &args);
	if (ret)
		goto err_close;

	bo->proc = proc;
	bo->handle = args.handle;
	bo->flags = flags;
	if (flags & KFD_MEM_CPU_VISIBLE) {
		ret = va_open(bo, MAP_SHARED, gpu->drm_fd, args.mmap_offset);
		if (ret) {
			kfd_bo_free(bo);
			return ret;
		}
	}
	bo->cpu_mapped = flags & (KFD_MEM_CPU_VISIBLE |
				  KFD_IOC_ALLOC_MEM_FLAGS_USERPTR);
	return 0;

err_close:
	va_close(bo->va, bo->size);
err_va:
	va_remove(proc, bo);
	return ret;
}

/**
 * kfd_bo_alloc() - allocate memory and map it for the CPU, but for no GPU
 * @gpu: whose memory, and whose render node maps it
 * @bo: filled in; must stay where it is until kfd_bo_free()
 * @size: bytes, rounded up to whole pages
 * @flags: KFD_MEM_GTT, KFD_MEM_VRAM or KFD_MEM_USERPTR, and more of
 *	KFD_IOC_ALLOC_MEM_FLAGS_*; the CPU sees VRAM if it is PUBLIC
 *
 * Return: 0 or a negative errno.
 */
int kfd_bo_alloc(struct kfd_gpu *gpu, struct kfd_bo *bo, __u64 size,
		 __u32 flags)
{
	return bo_alloc(gpu, bo, size, flags, -1, 0);
}

/**
 * kfd_bo_create_shared() - memory that several processes share, for a GPU
 * @gpu: GPU
 * @bo: filled in; must stay where it is until kfd_bo_destroy()
 * @size: bytes, rounded up to whole pages
 * @fd: file with the memory, as of memfd_create(); long enough
 * @offset: of the memory in the file, a multiple of the page size
 *
 * Return: 0 or a negative errno.
 */
int kfd_bo_create_shared(struct kfd_gpu *gpu, struct kfd_bo *bo, __u64 size,
			 int fd, __u64 offset)
{
	int ret = bo_alloc(gpu, bo, size, KFD_MEM_USERPTR, fd, offset);

	if (ret)
		return ret;
	ret = kfd_bo_map(bo, gpu);
	if (ret)
		kfd_bo_free(bo);
	return ret;
}

/**
 * kfd_bo_map() - map memory for a GPU
 * @bo: memory
 * @gpu: GPU
 *
 * Return: 0 or a negative errno.
 */
int kfd_bo_map(struct kfd_bo *bo, struct kfd_gpu *gpu)
{
	__u32 gpu_id = gpu->props.gpu_id;
	struct kfd_ioctl_map_memory_to_gpu_args args = {
		.handle = bo->handle,
		.device_ids_array_ptr = (__u64)(uintptr_t)&gpu_id,
		.n_devices = 1,
	};

	return kfd_ioctl(gpu->proc->fd, AMDKFD_IOC_MAP_MEMORY_TO_GPU, &args);
}

/**
 * kfd_bo_unmap() - take a GPU's mapping away
 * @bo: memory
 * @gpu: GPU
 *
 * Return: 0; -EBUSY while a queue needs the mapping; another negative errno.
 */
int kfd_bo_unmap(struct kfd_bo *bo, struct kfd_gpu *gpu)
{
	__u32 gpu_id = gpu->props.gpu_id;
	struct kfd_ioctl_unmap_memory_from_gpu_args args = {
		.handle = bo->handle,
		.device_ids_array_ptr = (__u64)(uintptr_t)&gpu_id,
		.n_devices = 1,
	};

	return kfd_ioctl(gpu->proc->fd, AMDKFD_IOC_UNMAP_MEMORY_FROM_GPU,
			 &args);
}

/**
 * kfd_bo_free() - free memory that no GPU has mapped
 * @bo: memory; empty afterwards, also for a repeated call
 *
 * Return: 0 or a negative errno, and then @bo is unchanged.
 */
int kfd_bo_free(struct kfd_bo *bo)
{
	struct kfd_ioctl_free_memory_of_gpu_args args = {
		.handle = bo->handle,
	};
	struct kfd_proc *proc = bo->proc;
	int ret;

	if (!proc)
		return 0;
	ret = kfd_ioctl(proc->fd, AMDKFD_IOC_FREE_MEMORY_OF_GPU, &args);
	if (ret)
		return ret;
	ret = va_close(bo->va, bo->size);
	va_remove(proc, bo);
	return ret;
}

/**
 * kfd_bo_create() - allocate memory and map it for the CPU and its GPU
 * @gpu: GPU
 * @bo: filled in
 * @size: bytes
 * @flags: as for kfd_bo_alloc()
 *
 * Return: 0 or a negative errno.
 */
int kfd_bo_create(struct kfd_gpu *gpu, struct kfd_bo *bo, __u64 size,
		  __u32 flags)
{
	int ret;

	ret = kfd_bo_alloc(gpu, bo, size, flags);
	if (ret)
		return ret;
	ret = kfd_bo_map(bo, gpu);
	if (ret)
		kfd_bo_free(bo);
	return ret;
}

/**
 * kfd_bo_destroy() - undo kfd_bo_create()
 * @bo: memory; an empty one is fine
 * @gpu: the GPU that has it mapped
 *
 * Return: 0 or a negative errno, and then the memory still exists.
 */
int kfd_bo_destroy(struct kfd_bo *bo, struct kfd_gpu *gpu)
{
	int ret;

	if (!bo->proc)
		return 0;
	ret = kfd_bo_unmap(bo, gpu);
	if (ret)
		return ret;
	return kfd_bo_free(bo);
}

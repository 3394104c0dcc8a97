// SPDX-License-Identifier: GPL-2.0
/*
 * Memory of KFD processes: allocate, map into address spaces, unmap, free.
 * struct kgd_mem and its attachments have the meaning that they have in
 * amdgpu; see Documentation/gpu/amdgpu/kfdsim.rst for what is simpler here.
 */
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <drm/drm_gem.h>
#include <uapi/linux/kfd_ioctl.h>

#include "amdgpu_object.h"
#include "kfdsim_host.h"

#define KFDSIM_APERTURE_FLAGS	(KFD_IOC_ALLOC_MEM_FLAGS_DOORBELL | \
				 KFD_IOC_ALLOC_MEM_FLAGS_MMIO_REMAP)

/* ---- allocate and free -------------------------------------------------- */

static int kfdsim_bo_kind_of(u32 flags, u64 *offset, u32 *domain,
			     enum kfdsim_bo_kind *kind)
{
	*domain = AMDGPU_GEM_DOMAIN_GTT;
	*kind = KFDSIM_BO_LAZY;
	if (flags & KFD_IOC_ALLOC_MEM_FLAGS_VRAM) {
		*domain = AMDGPU_GEM_DOMAIN_VRAM;
	} else if (flags & KFD_IOC_ALLOC_MEM_FLAGS_GTT) {
		return 0;
	} else if (flags & KFD_IOC_ALLOC_MEM_FLAGS_USERPTR) {
		*kind = KFDSIM_BO_USERPTR;
		if (!offset || !*offset || offset_in_page(*offset))
			return -EINVAL;
	} else if (flags & KFDSIM_APERTURE_FLAGS) {
		*kind = KFDSIM_BO_APERTURE;
		if (!offset)
			return -EINVAL;
	} else {
		return -EINVAL;
	}
	return 0;
}

static int kfdsim_bo_attach_pages(struct kfdsim_bo *bo, u32 flags, u64 *offset)
{
	switch (bo->kind) {
	case KFDSIM_BO_USERPTR:
		return kfdsim_pages_pin(bo, untagged_addr(*offset),
					flags & KFD_IOC_ALLOC_MEM_FLAGS_WRITABLE);
	case KFDSIM_BO_APERTURE:
		return kfdsim_pages_set_aperture(bo, *offset);
	default:
		return 0;
	}
}

/**
 * kfdsim_mem_create - what a KFD handle names
 * @avm: an address space of the process
 * @bo: the memory; the caller's reference becomes the result's
 * @va: where it is to be mapped
 * @flags: KFD_IOC_ALLOC_MEM_FLAGS_*
 *
 * Context: takes the process info's lock.
 * Return: NULL when there is no memory.
 */
struct kgd_mem *kfdsim_mem_create(struct amdgpu_vm *avm, struct kfdsim_bo *bo,
				  u64 va, u32 flags)
{
	struct kgd_mem *mem = kzalloc(sizeof(*mem), GFP_KERNEL);

	if (!mem)
		return NULL;
	mutex_init(&mem->lock);
	INIT_LIST_HEAD(&mem->attachments);
	mem->bo = &bo->base;
	mem->va = va;
	mem->domain = bo->kind == KFDSIM_BO_USERPTR ? AMDGPU_GEM_DOMAIN_GTT :
						      bo->base.preferred_domains;
	mem->alloc_flags = flags;
	mem->aql_queue = !!(flags & KFD_IOC_ALLOC_MEM_FLAGS_AQL_QUEUE_MEM);
	mem->process_info = avm->process_info;
	mutex_lock(&mem->process_info->lock);
	list_add_tail(&mem->validate_list, &mem->process_info->kfd_bo_list);
	mutex_unlock(&mem->process_info->lock);
	return mem;
}

int amdgpu_amdkfd_gpuvm_alloc_memory_of_gpu(struct amdgpu_device *adev,
					    u64 va, u64 size,
					    void *drm_priv,
					    struct kgd_mem **mem,
					    u64 *offset, u32 flags,
					    bool criu_resume)
{
	struct drm_file *file = drm_priv;
	struct kfdsim *sim = kfdsim_from_adev(adev);
	struct amdgpu_vm *avm = drm_priv_to_vm(drm_priv);
	int xcp_id = to_kfdsim_fpriv(avm)->base.xcp_id;
	enum kfdsim_bo_kind kind;
	struct amdgpu_bo *abo;
	struct kfdsim_bo *bo;
	u32 domain;
	int ret;

	/* An AQL ring of old is mapped twice in a row: half is allocated */
	if (flags & KFD_IOC_ALLOC_MEM_FLAGS_AQL_QUEUE_MEM)
		size /= 2;
	size = PAGE_ALIGN(size);
	if (!size)
		return -EINVAL;
	ret = kfdsim_bo_kind_of(flags, offset, &domain, &kind);
	if (ret)
		return ret;

	ret = kfdsim_vram_reserve(adev, size, flags, xcp_id);
	if (ret)
		return ret;
	bo = kfdsim_bo_create(sim, file->minor->dev, kind, size, domain);
	if (IS_ERR(bo)) {
		ret = PTR_ERR(bo);
		goto err_unreserve;
	}
	abo = &bo->base;
	abo->xcp_id = xcp_id;
	ret = kfdsim_bo_attach_pages(bo, flags, offset);
	if (ret)
		goto err_unref;
	ret = drm_vma_node_allow(&abo->tbo.base.vma_node, file);
	if (ret)
		goto err_unref;
	*mem = kfdsim_mem_create(avm, bo, va, flags);
	if (!*mem) {
		ret = -ENOMEM;
		goto err_revoke;
	}
	/* from here on freeing the BO frees *mem and the reservation */
	abo->kfd_bo = *mem;
	if (offset)
		*offset = amdgpu_bo_mmap_offset(abo);
	return 0;

err_revoke:
	drm_vma_node_revoke(&abo->tbo.base.vma_node, file);
err_unref:
	amdgpu_bo_unref(&abo);
err_unreserve:
	kfdsim_vram_unreserve(adev, size, flags, xcp_id);
	return ret;
}

static void kfdsim_mem_detach(struct kfd_mem_attachment *entry)
{
	struct amdgpu_bo *root = entry->bo_va->base.vm->root.bo;

	/* nothing can interrupt this: freeing must not fail halfway */
	WARN_ON(amdgpu_bo_reserve(root, true));
	list_del(&entry->bo_va->base.vm_status);
	amdgpu_bo_unreserve(root);
	list_del(&entry->list);
	kfree(entry->bo_va);
	kfree(entry);
}

int amdgpu_amdkfd_gpuvm_free_memory_of_gpu(struct amdgpu_device *adev,
					   struct kgd_mem *mem, void *drm_priv,
					   u64 *size)
{
	struct kfd_mem_attachment *entry, *tmp;
	struct amdgpu_bo *bo = mem->bo;
	bool imported = mem->is_imported;

	mutex_lock(&mem->lock);
	if (mem->mapped_to_gpu_memory) {
		mutex_unlock(&mem->lock);
		return -EBUSY;
	}
	mutex_unlock(&mem->lock);

	mutex_lock(&mem->process_info->lock);
	list_del(&mem->validate_list);
	mutex_unlock(&mem->process_info->lock);
	list_for_each_entry_safe(entry, tmp, &mem->attachments, list)
		kfdsim_mem_detach(entry);

	if (size)
		*size = !imported && mem->domain == AMDGPU_GEM_DOMAIN_VRAM ?
			amdgpu_bo_size(bo) : 0;
	drm_vma_node_revoke(&bo->tbo.base.vma_node, drm_priv);
	if (mem->dmabuf)
		dma_buf_put(mem->dmabuf);
	mem->dmabuf = NULL;
	mutex_destroy(&mem->lock);
	/* A BO's own kgd_mem lives as long as it: queues may hold the BO */
	if (bo->kfd_bo != mem)
		kfree(mem);
	amdgpu_bo_unref(&bo);
	return 0;
}

/* ---- map and unmap ------------------------------------------------------ */

static int kfdsim_mem_attach(struct amdgpu_device *adev, struct kgd_mem *mem,
			     struct amdgpu_vm *avm, u64 va)
{
	struct kfd_mem_attachment *entry = kzalloc(sizeof(*entry), GFP_KERNEL);
	struct amdgpu_bo_va *bo_va = kzalloc(sizeof(*bo_va), GFP_KERNEL);

	if (!entry || !bo_va) {
		kfree(entry);
		kfree(bo_va);
		return -ENOMEM;
	}
	bo_va->ref_count = 1;
	bo_va->base.vm = avm;
	bo_va->base.bo = mem->bo;
	INIT_LIST_HEAD(&bo_va->valids);
	INIT_LIST_HEAD(&bo_va->invalids);
	list_add_tail(&bo_va->base.vm_status, &avm->idle);

	entry->type = KFD_MEM_ATT_SHARED;
	entry->adev = adev;
	entry->bo_va = bo_va;
	entry->va = va;
	entry->pte_flags = AMDGPU_PTE_VALID | AMDGPU_PTE_READABLE;
	if (mem->alloc_flags & KFD_IOC_ALLOC_MEM_FLAGS_WRITABLE)
		entry->pte_flags |= AMDGPU_PTE_WRITEABLE;
	if (mem->alloc_flags & KFD_IOC_ALLOC_MEM_FLAGS_EXECUTABLE)
		entry->pte_flags |= AMDGPU_PTE_EXECUTABLE;
	list_add_tail(&entry->list, &mem->attachments);
	return 0;
}

static int kfdsim_mem_attach_all(struct amdgpu_device *adev,
				 struct kgd_mem *mem, struct amdgpu_vm *avm)
{
	struct kfd_mem_attachment *entry;
	int ret;

	list_for_each_entry(entry, &mem->attachments, list)
		if (entry->bo_va->base.vm == avm)
			return 0;
	ret = kfdsim_mem_attach(adev, mem, avm, mem->va);
	if (!ret && mem->aql_queue)
		ret = kfdsim_mem_attach(adev, mem, avm,
					mem->va + amdgpu_bo_size(mem->bo));
	return ret;
}

static int kfdsim_mem_map_entry(struct kfd_mem_attachment *entry)
{
	struct amdgpu_bo_va *bo_va = entry->bo_va;
	struct kfdsim_vm *vm = to_kfdsim_fpriv(bo_va->base.vm)->vm;
	u64 size = amdgpu_bo_size(bo_va->base.bo);
	struct amdgpu_bo_va_mapping *mapping;
	int ret;

	if (!IS_ALIGNED(entry->va, PAGE_SIZE) || entry->va + size < entry->va ||
	    entry->va + size > entry->adev->vm_manager.max_pfn << PAGE_SHIFT)
		return -EINVAL;
	mapping = kzalloc(sizeof(*mapping), GFP_KERNEL);
	if (!mapping)
		return -ENOMEM;
	mapping->bo_va = bo_va;
	mapping->start = entry->va >> PAGE_SHIFT;
	mapping->last = ((entry->va + size) >> PAGE_SHIFT) - 1;
	mapping->flags = entry->pte_flags;
	ret = kfdsim_vm_insert(vm, mapping);
	if (ret) {
		kfree(mapping);
		return ret;
	}
	list_add(&mapping->list, &bo_va->valids);
	entry->is_mapped = true;
	return 0;
}

static int kfdsim_mem_unmap_entry(struct kfd_mem_attachment *entry)
{
	struct amdgpu_bo_va *bo_va = entry->bo_va;
	struct kfdsim_vm *vm = to_kfdsim_fpriv(bo_va->base.vm)->vm;
	struct amdgpu_bo_va_mapping *mapping;

	/* a queue relies on it: kfd_queue_acquire_buffers() */
	if (bo_va->queue_refcount)
		return -EBUSY;
	mapping = list_first_entry(&bo_va->valids, typeof(*mapping), list);
	list_del(&mapping->list);
	kfdsim_vm_erase(vm, mapping);
	kfree(mapping);
	entry->is_mapped = false;
	return 0;
}

int amdgpu_amdkfd_gpuvm_map_memory_to_gpu(struct amdgpu_device *adev,
					  struct kgd_mem *mem, void *drm_priv)
{
	struct amdgpu_vm *avm = drm_priv_to_vm(drm_priv);
	struct kfd_mem_attachment *entry;
	int ret;

	mutex_lock(&mem->lock);
	ret = amdgpu_bo_reserve(avm->root.bo, false);
	if (ret)
		goto out;
	ret = kfdsim_mem_attach_all(adev, mem, avm);
	list_for_each_entry(entry, &mem->attachments, list) {
		if (ret)
			break;
		if (entry->bo_va->base.vm != avm || entry->is_mapped)
			continue;
		ret = kfdsim_mem_map_entry(entry);
		if (!ret)
			mem->mapped_to_gpu_memory++;
	}
	amdgpu_bo_unreserve(avm->root.bo);
out:
	mutex_unlock(&mem->lock);
	return ret;
}

int amdgpu_amdkfd_gpuvm_unmap_memory_from_gpu(struct amdgpu_device *adev,
					      struct kgd_mem *mem,
					      void *drm_priv)
{
	struct amdgpu_vm *avm = drm_priv_to_vm(drm_priv);
	struct kfdsim_fpriv *fpriv = to_kfdsim_fpriv(avm);
	struct kfd_mem_attachment *entry;
	bool found = false;
	int ret;

	mutex_lock(&mem->lock);
	ret = amdgpu_bo_reserve(avm->root.bo, false);
	if (ret)
		goto out;
	list_for_each_entry(entry, &mem->attachments, list) {
		if (entry->bo_va->base.vm != avm || !entry->is_mapped)
			continue;
		found = true;
		ret = kfdsim_mem_unmap_entry(entry);
		if (ret)
			break;
		mem->mapped_to_gpu_memory--;
	}
	amdgpu_bo_unreserve(avm->root.bo);
	if (!found)
		ret = -EINVAL;
out:
	mutex_unlock(&mem->lock);
	if (!ret)
		kfdsim_hw_vm_gone(kfdsim_from_adev(adev), fpriv->vm);
	return ret;
}

/* Page tables are updated by the time that map and unmap return */
int amdgpu_amdkfd_gpuvm_sync_memory(struct amdgpu_device *adev,
				    struct kgd_mem *mem, bool intr)
{
	return 0;
}

/* There is no IOMMU between simulated memory and the simulated GPU */
int amdgpu_amdkfd_gpuvm_dmaunmap_mem(struct kgd_mem *mem, void *drm_priv)
{
	return 0;
}

bool amdgpu_amdkfd_bo_mapped_to_dev(void *drm_priv, struct kgd_mem *mem)
{
	struct amdgpu_vm *avm = drm_priv_to_vm(drm_priv);
	struct kfd_mem_attachment *entry;

	list_for_each_entry(entry, &mem->attachments, list)
		if (entry->is_mapped && entry->bo_va->base.vm == avm)
			return true;
	return false;
}

/* ---- kernel access ------------------------------------------------------ */

int amdgpu_amdkfd_gpuvm_map_gtt_bo_to_kernel(struct kgd_mem *mem, void **kptr,
					     u64 *size)
{
	int ret = amdgpu_bo_reserve(mem->bo, true);

	if (ret)
		return ret;
	ret = amdgpu_bo_kmap(mem->bo, kptr);
	amdgpu_bo_unreserve(mem->bo);
	if (!ret && size)
		*size = amdgpu_bo_size(mem->bo);
	return ret;
}

void amdgpu_amdkfd_gpuvm_unmap_gtt_bo_from_kernel(struct kgd_mem *mem)
{
	if (WARN_ON(amdgpu_bo_reserve(mem->bo, true)))
		return;
	amdgpu_bo_kunmap(mem->bo);
	amdgpu_bo_unreserve(mem->bo);
}

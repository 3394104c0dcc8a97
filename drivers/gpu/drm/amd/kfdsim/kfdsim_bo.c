// SPDX-License-Identifier: GPL-2.0
/*
 * Buffer objects. A simulated GPU has no memory of its own: VRAM is RAM, as
 * GTT is. Nothing moves, so there is no TTM here; what amdkfd expects of a BO
 * is a GEM object, a reservation, references and, sometimes, a kernel mapping.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <drm/drm_gem.h>
#include <uapi/linux/kfd_ioctl.h>

#include "amdgpu_object.h"
#include "kfdsim_host.h"

static void kfdsim_bo_free(struct drm_gem_object *obj)
{
	struct kfdsim_bo *bo = to_kfdsim_bo(gem_to_amdgpu_bo(obj));
	struct kgd_mem *mem = bo->base.kfd_bo;
	bool doorbells = bo->base.preferred_domains & AMDGPU_GEM_DOMAIN_DOORBELL;

	WARN_ON_ONCE(bo->base.tbo.pin_count);
	if (bo->kind == KFDSIM_BO_KERNEL) {
		kfdsim_gart_remove(bo);
		vfree(bo->kptr);
	} else if (doorbells) {
		kfdsim_doorbells_free(bo->sim, obj->size, bo->offset);
	} else {
		kfdsim_gart_remove(bo);
		vunmap(bo->kptr);
	}
	kfdsim_pages_free(bo);
	if (mem) {
		kfdsim_vram_unreserve(bo->sim->adev, obj->size,
				      mem->alloc_flags, bo->base.xcp_id);
		kfree(mem);
	}
	if (bo->gem_vram)
		kfdsim_vram_unreserve(bo->sim->adev, obj->size,
				      KFD_IOC_ALLOC_MEM_FLAGS_VRAM,
				      bo->base.xcp_id);
	drm_gem_object_release(obj);
	kfree(bo);
}

static vm_fault_t kfdsim_bo_fault(struct vm_fault *vmf)
{
	struct drm_gem_object *obj = vmf->vma->vm_private_data;
	struct kfdsim_bo *bo = to_kfdsim_bo(gem_to_amdgpu_bo(obj));
	pgoff_t index = vmf->pgoff - drm_vma_node_start(&obj->vma_node);
	struct page *page;

	if (index >= obj->size >> PAGE_SHIFT)
		return VM_FAULT_SIGBUS;
	page = kfdsim_page_populate(bo, index);
	if (!page)
		return VM_FAULT_OOM;
	get_page(page);
	vmf->page = page;
	return 0;
}

static const struct vm_operations_struct kfdsim_bo_vm_ops = {
	.fault = kfdsim_bo_fault,
	.open = drm_gem_vm_open,
	.close = drm_gem_vm_close,
};

/* Only lazy pages are mapped here: the others have mappings of their own */
static int kfdsim_bo_mmap(struct drm_gem_object *obj,
			  struct vm_area_struct *vma)
{
	struct kfdsim_bo *bo = to_kfdsim_bo(gem_to_amdgpu_bo(obj));

	if (bo->kind != KFDSIM_BO_LAZY ||
	    bo->base.flags & AMDGPU_GEM_CREATE_NO_CPU_ACCESS)
		return -EPERM;
	/*
	 * ROCm's thunk maps VRAM that the CPU is not to use private, without
	 * any access. It must stay so; other private mappings make no sense.
	 */
	if (is_cow_mapping(vma->vm_flags)) {
		if (vma->vm_flags & VM_ACCESS_FLAGS)
			return -EINVAL;
		vm_flags_clear(vma, VM_MAYWRITE);
	}
	vm_flags_set(vma, VM_DONTEXPAND | VM_DONTDUMP);
	return 0;
}

static const struct drm_gem_object_funcs kfdsim_bo_funcs = {
	.free = kfdsim_bo_free,
	.close = kfdsim_gem_close,
	.mmap = kfdsim_bo_mmap,
	.vm_ops = &kfdsim_bo_vm_ops,
};

/**
 * kfdsim_bo_create - allocate a buffer object, without any page
 * @sim: the GPU
 * @ddev: the partition's DRM device, through which it can be mapped
 * @kind: where its pages will come from
 * @size: in bytes, a multiple of the page size
 * @domain: AMDGPU_GEM_DOMAIN_*
 *
 * Context: may sleep. amdgpu_bo_unref() drops the reference.
 * Return: the object or an ERR_PTR.
 */
struct kfdsim_bo *kfdsim_bo_create(struct kfdsim *sim, struct drm_device *ddev,
				   enum kfdsim_bo_kind kind, size_t size,
				   u32 domain)
{
	struct kfdsim_bo *bo = kzalloc(sizeof(*bo), GFP_KERNEL);
	struct drm_gem_object *obj;
	int ret;

	if (!bo)
		return ERR_PTR(-ENOMEM);

	bo->sim = sim;
	bo->kind = kind;
	xa_init(&bo->pages);
	bo->base.preferred_domains = domain;
	bo->base.allowed_domains = domain;
	bo->base.xcp_id = -1;
	bo->base.tbo.bdev = &sim->adev->mman.bdev;

	obj = &bo->base.tbo.base;
	obj->funcs = &kfdsim_bo_funcs;
	drm_gem_private_object_init(ddev, obj, size);
	ret = drm_gem_create_mmap_offset(obj);
	if (ret) {
		/* nothing is owned yet: the free callback would undo too much */
		drm_gem_object_release(obj);
		kfree(bo);
		return ERR_PTR(ret);
	}
	return bo;
}

/* ---- the interface of amdgpu_object.h, as far as amdkfd uses it --------- */

static int kfdsim_bo_create_doorbells(struct kfdsim *sim, unsigned long size,
				      struct amdgpu_bo **bo_ptr,
				      void **cpu_addr)
{
	struct kfdsim_bo *bo;
	u64 offset;
	int ret;

	ret = kfdsim_doorbells_alloc(sim, size, &offset, cpu_addr);
	if (ret)
		return ret;
	bo = kfdsim_bo_create(sim, adev_to_drm(sim->adev), KFDSIM_BO_EMPTY,
			      size, AMDGPU_GEM_DOMAIN_DOORBELL);
	if (IS_ERR(bo)) {
		kfdsim_doorbells_free(sim, size, offset);
		return PTR_ERR(bo);
	}
	bo->offset = offset;
	*bo_ptr = &bo->base;
	return 0;
}

/* Allocate a kernel BO: a range of doorbells, or GTT with a kernel mapping */
int amdgpu_bo_create_kernel(struct amdgpu_device *adev, unsigned long size,
			    int align, u32 domain, struct amdgpu_bo **bo_ptr,
			    u64 *gpu_addr, void **cpu_addr)
{
	struct kfdsim *sim = kfdsim_from_adev(adev);
	struct kfdsim_bo *bo;
	int ret;

	size = ALIGN(size, PAGE_SIZE);
	if (domain == AMDGPU_GEM_DOMAIN_DOORBELL)
		return kfdsim_bo_create_doorbells(sim, size, bo_ptr, cpu_addr);
	if (domain != AMDGPU_GEM_DOMAIN_GTT || align > PAGE_SIZE)
		return -EINVAL;

	bo = kfdsim_bo_create(sim, adev_to_drm(adev), KFDSIM_BO_KERNEL, size,
			      domain);
	if (IS_ERR(bo))
		return PTR_ERR(bo);
	bo->kptr = vzalloc(size);
	ret = bo->kptr ? kfdsim_gart_insert(bo) : -ENOMEM;
	*bo_ptr = &bo->base;
	if (ret) {
		amdgpu_bo_unref(bo_ptr);
		return ret;
	}
	if (gpu_addr)
		*gpu_addr = bo->offset;
	if (cpu_addr)
		*cpu_addr = bo->kptr;
	return 0;
}

void amdgpu_bo_free_kernel(struct amdgpu_bo **bo, u64 *gpu_addr,
			   void **cpu_addr)
{
	if (cpu_addr)
		*cpu_addr = NULL;
	if (gpu_addr)
		*gpu_addr = 0;
	amdgpu_bo_unref(bo);
}

struct amdgpu_bo *amdgpu_bo_ref(struct amdgpu_bo *bo)
{
	if (bo)
		drm_gem_object_get(&bo->tbo.base);
	return bo;
}

void amdgpu_bo_unref(struct amdgpu_bo **bo)
{
	if (*bo)
		drm_gem_object_put(&(*bo)->tbo.base);
	*bo = NULL;
}

u64 amdgpu_bo_gpu_offset(struct amdgpu_bo *bo)
{
	return to_kfdsim_bo(bo)->offset;
}

u32 amdgpu_doorbell_index_on_bar(struct amdgpu_device *adev,
				 struct amdgpu_bo *db_bo, u32 doorbell_index,
				 u32 db_size)
{
	return to_kfdsim_bo(db_bo)->offset / sizeof(u32) +
	       doorbell_index * DIV_ROUND_UP(db_size, sizeof(u32));
}

/*
 * Map into the kernel; not counted, as in amdgpu. The caller holds the
 * reservation. As with TTM, pages of a user's are not ours to map.
 */
int amdgpu_bo_kmap(struct amdgpu_bo *abo, void **ptr)
{
	struct kfdsim_bo *bo = to_kfdsim_bo(abo);
	unsigned long i, n = abo->tbo.base.size >> PAGE_SHIFT;
	struct page **pages;
	int ret = 0;

	dma_resv_assert_held(abo->tbo.base.resv);
	if (bo->kptr)
		goto out;
	if (bo->kind != KFDSIM_BO_LAZY)
		return -EPERM;

	pages = kvmalloc_array(n, sizeof(*pages), GFP_KERNEL);
	if (!pages)
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		pages[i] = kfdsim_page_populate(bo, i);
		if (!pages[i]) {
			ret = -ENOMEM;
			break;
		}
	}
	if (!ret) {
		bo->kptr = vmap(pages, n, VM_MAP, PAGE_KERNEL);
		ret = bo->kptr ? 0 : -ENOMEM;
	}
	kvfree(pages);
out:
	if (!ret && ptr)
		*ptr = bo->kptr;
	return ret;
}

void *amdgpu_bo_kptr(struct amdgpu_bo *bo)
{
	return to_kfdsim_bo(bo)->kptr;
}

void amdgpu_bo_kunmap(struct amdgpu_bo *abo)
{
	struct kfdsim_bo *bo = to_kfdsim_bo(abo);

	dma_resv_assert_held(abo->tbo.base.resv);
	/* the hardware side uses the same mapping for what is in the GART */
	if (bo->kind != KFDSIM_BO_LAZY || bo->offset)
		return;
	vunmap(bo->kptr);
	bo->kptr = NULL;
}

/* Where the user has the memory behind a userptr object */
int amdgpu_ttm_tt_get_userptr(const struct ttm_buffer_object *tbo,
			      u64 *user_addr)
{
	const struct kfdsim_bo *bo =
		container_of(tbo, const struct kfdsim_bo, base.tbo);

	if (bo->kind != KFDSIM_BO_USERPTR)
		return -EINVAL;
	*user_addr = bo->user_addr;
	return 0;
}

/*
 * Keep the BO where it is. Nothing moves here, so all that is left is to say
 * no as TTM does, and to notice who forgets to unpin. The caller holds the
 * reservation.
 */
int amdgpu_bo_pin(struct amdgpu_bo *abo, u32 domain)
{
	dma_resv_assert_held(abo->tbo.base.resv);
	if (to_kfdsim_bo(abo)->kind == KFDSIM_BO_USERPTR)
		return -EPERM;
	if (!(abo->preferred_domains & domain))
		return -EINVAL;
	abo->tbo.pin_count++;
	return 0;
}

void amdgpu_bo_unpin(struct amdgpu_bo *abo)
{
	dma_resv_assert_held(abo->tbo.base.resv);
	if (!WARN_ON_ONCE(!abo->tbo.pin_count))
		abo->tbo.pin_count--;
}

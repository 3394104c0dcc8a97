// SPDX-License-Identifier: GPL-2.0
/*
 * GPU virtual memory as the hardware side sees it: reads, writes and atomics
 * at an address of a process. Translation is a lookup in the interval tree of
 * the mappings, with the last one remembered; there is no page table, so an
 * unmap takes effect at once.
 */
#include <linux/highmem.h>
#include <linux/interval_tree_generic.h>
#include <linux/refcount.h>
#include <linux/slab.h>

#include "amdgpu_object.h"
#include "kfdsim_host.h"

/**
 * struct kfdsim_vm - a process address space on one GPU
 *
 * @ref: one of the render node's file, one of each VMID or queue that uses it
 * @sim: the GPU
 * @id: page directory number, see struct kfdsim_host
 * @lock: protects the tree and @last. Innermost lock of the host side; the
 *	hardware side may hold its own lock around it, never the reverse.
 * @va: mappings; @none when the file is closed. What amdkfd looks up in it
 *	(amdgpu_vm_bo_lookup_mapping()) it looks up with the root BO reserved;
 *	changing it takes both the reservation and @lock.
 * @none: an empty tree
 * @last: the mapping of the last access, or NULL
 */
struct kfdsim_vm {
	refcount_t ref;
	struct kfdsim *sim;
	u32 id;
	struct mutex lock; /* the tree and @last */
	struct rb_root_cached *va;
	struct rb_root_cached none;
	struct amdgpu_bo_va_mapping *last;
};

#define START(node) ((node)->start)
#define LAST(node) ((node)->last)
INTERVAL_TREE_DEFINE(struct amdgpu_bo_va_mapping, rb, u64, __subtree_last,
		     START, LAST, static __maybe_unused, kfdsim_vm_it)

/**
 * kfdsim_vm_create - make an address space known to the hardware side
 * @sim: the GPU
 * @avm: what amdkfd knows of it; @avm->va is an empty tree
 *
 * Return: the address space, to be destroyed before @avm is freed; ERR_PTR.
 */
struct kfdsim_vm *kfdsim_vm_create(struct kfdsim *sim, struct amdgpu_vm *avm)
{
	struct kfdsim_vm *vm = kzalloc(sizeof(*vm), GFP_KERNEL);
	int ret;

	if (!vm)
		return ERR_PTR(-ENOMEM);
	refcount_set(&vm->ref, 1);
	mutex_init(&vm->lock);
	vm->sim = sim;
	vm->va = &avm->va;
	vm->none = RB_ROOT_CACHED;
	ret = xa_alloc(&sim->host->vms, &vm->id, vm, XA_LIMIT(1, INT_MAX),
		       GFP_KERNEL);
	if (ret) {
		kfree(vm);
		return ERR_PTR(ret);
	}
	return vm;
}

/**
 * kfdsim_vm_destroy - the address space's file is closed
 * @vm: references of the hardware side may outlive this; they find nothing
 *	mapped from now on
 */
void kfdsim_vm_destroy(struct kfdsim_vm *vm)
{
	mutex_lock(&vm->lock);
	vm->va = &vm->none;
	vm->last = NULL;
	mutex_unlock(&vm->lock);
	kfdsim_hw_vm_gone(vm->sim, vm);
	kfdsim_vm_put(vm);
}

/**
 * kfdsim_vm_page_directory - the name that MAP_PROCESS carries
 * @vm: the address space
 */
u64 kfdsim_vm_page_directory(const struct kfdsim_vm *vm)
{
	return (u64)vm->id << PAGE_SHIFT | AMDGPU_PTE_VALID;
}

struct kfdsim_vm *kfdsim_vm_get(struct kfdsim *sim, u64 page_table_base)
{
	struct xarray *vms = &sim->host->vms;
	struct kfdsim_vm *vm;

	xa_lock(vms);
	vm = xa_load(vms, page_table_base >> PAGE_SHIFT);
	if (vm)
		refcount_inc(&vm->ref);
	xa_unlock(vms);
	return vm;
}

void kfdsim_vm_put(struct kfdsim_vm *vm)
{
	struct xarray *vms;

	if (!vm)
		return;
	vms = &vm->sim->host->vms;
	xa_lock(vms);
	if (!refcount_dec_and_test(&vm->ref)) {
		xa_unlock(vms);
		return;
	}
	__xa_erase(vms, vm->id);
	xa_unlock(vms);
	mutex_destroy(&vm->lock);
	kfree(vm);
}

/**
 * kfdsim_vm_insert - map
 * @vm: the address space; its root BO is reserved
 * @mapping: in GPU pages, @mapping->bo_va set
 *
 * Return: 0, or -EINVAL when something is mapped there.
 */
int kfdsim_vm_insert(struct kfdsim_vm *vm,
		     struct amdgpu_bo_va_mapping *mapping)
{
	int ret = 0;

	mutex_lock(&vm->lock);
	if (kfdsim_vm_it_iter_first(vm->va, mapping->start, mapping->last))
		ret = -EINVAL;
	else
		kfdsim_vm_it_insert(mapping, vm->va);
	mutex_unlock(&vm->lock);
	return ret;
}

/**
 * kfdsim_vm_erase - unmap
 * @vm: the address space; its root BO is reserved
 * @mapping: nobody uses it when this returns
 */
void kfdsim_vm_erase(struct kfdsim_vm *vm,
		     struct amdgpu_bo_va_mapping *mapping)
{
	mutex_lock(&vm->lock);
	kfdsim_vm_it_remove(mapping, vm->va);
	vm->last = NULL;
	mutex_unlock(&vm->lock);
}

static struct kfdsim_bo *kfdsim_vm_translate(struct kfdsim_vm *vm, u64 va,
					     bool write, pgoff_t *index)
{
	struct amdgpu_bo_va_mapping *m = vm->last;
	u64 page = va >> PAGE_SHIFT;

	lockdep_assert_held(&vm->lock);
	if (!m || page < m->start || page > m->last) {
		m = kfdsim_vm_it_iter_first(vm->va, page, page);
		if (!m)
			return NULL;
		vm->last = m;
	}
	if (write && !(m->flags & AMDGPU_PTE_WRITEABLE))
		return NULL;
	*index = page - m->start + (m->offset >> PAGE_SHIFT);
	return to_kfdsim_bo(m->bo_va->base.bo);
}

/*
 * CPUs read and write signals, queue pointers and doorbells while this does: a
 * naturally aligned word is copied in one piece, and in order.
 */
static void kfdsim_copy(void *to, const void *from, size_t len)
{
	unsigned long mask = (unsigned long)to | (unsigned long)from;
	u64 v;

	if (len == 8 && IS_ALIGNED(mask, 8)) {
		/* pairs with the program's: a packet before its index */
		v = smp_load_acquire((u64 *)from);
		/* pairs with the program's: results before their signal */
		smp_store_release((u64 *)to, v);
	} else if (len == 4 && IS_ALIGNED(mask, 4)) {
		/* as above */
		v = smp_load_acquire((u32 *)from);
		/* as above */
		smp_store_release((u32 *)to, (u32)v);
	} else {
		memcpy(to, from, len);
	}
}

static int kfdsim_vm_read_page(struct kfdsim_vm *vm, u64 va, void *buf,
			       size_t len)
{
	struct kfdsim_bo *bo;
	struct page *page;
	pgoff_t index;
	void *ptr;

	bo = kfdsim_vm_translate(vm, va, false, &index);
	if (!bo)
		return -EFAULT;
	page = kfdsim_page_lookup(bo, index);
	if (!page) {
		memset(buf, 0, len);
		return 0;
	}
	ptr = kmap_local_page(page);
	kfdsim_copy(buf, ptr + offset_in_page(va), len);
	kunmap_local(ptr);
	return 0;
}

static int kfdsim_vm_write_page(struct kfdsim_vm *vm, u64 va, const void *buf,
				size_t len)
{
	struct kfdsim_bo *bo;
	struct page *page;
	pgoff_t index;
	void *ptr;

	bo = kfdsim_vm_translate(vm, va, true, &index);
	page = bo ? kfdsim_page_populate(bo, index) : NULL;
	if (!page)
		return -EFAULT;
	ptr = kmap_local_page(page);
	kfdsim_copy(ptr + offset_in_page(va), buf, len);
	kunmap_local(ptr);
	if (bo->kind == KFDSIM_BO_APERTURE)
		kfdsim_doorbell_gpu_store(bo->sim, page);
	return 0;
}

int kfdsim_vm_read(struct kfdsim_vm *vm, u64 va, void *buf, size_t len)
{
	int ret = 0;

	mutex_lock(&vm->lock);
	while (len && !ret) {
		size_t n = min_t(size_t, len, PAGE_SIZE - offset_in_page(va));

		ret = kfdsim_vm_read_page(vm, va, buf, n);
		va += n;
		buf += n;
		len -= n;
	}
	mutex_unlock(&vm->lock);
	return ret;
}

int kfdsim_vm_write(struct kfdsim_vm *vm, u64 va, const void *buf, size_t len)
{
	int ret = 0;

	mutex_lock(&vm->lock);
	while (len && !ret) {
		size_t n = min_t(size_t, len, PAGE_SIZE - offset_in_page(va));

		ret = kfdsim_vm_write_page(vm, va, buf, n);
		va += n;
		buf += n;
		len -= n;
	}
	mutex_unlock(&vm->lock);
	return ret;
}

int kfdsim_vm_fetch_add64(struct kfdsim_vm *vm, u64 va, s64 add, s64 *old)
{
	struct kfdsim_bo *bo;
	struct page *page = NULL;
	pgoff_t index;
	void *ptr;
	s64 was;

	if (!IS_ALIGNED(va, 8))
		return -EFAULT;

	mutex_lock(&vm->lock);
	bo = kfdsim_vm_translate(vm, va, true, &index);
	if (bo)
		page = kfdsim_page_populate(bo, index);
	if (page) {
		ptr = kmap_local_page(page);
		was = atomic64_fetch_add(add, ptr + offset_in_page(va));
		kunmap_local(ptr);
		if (old)
			*old = was;
	}
	mutex_unlock(&vm->lock);
	return page ? 0 : -EFAULT;
}

/* ---- the interface of amdgpu_vm.h, as far as amdkfd uses it ------------- */

struct amdgpu_bo_va_mapping *
amdgpu_vm_bo_lookup_mapping(struct amdgpu_vm *avm, u64 addr)
{
	dma_resv_assert_held(avm->root.bo->tbo.base.resv);
	return kfdsim_vm_it_iter_first(&avm->va, addr, addr);
}

/* A BO that is mapped twice is found under its first mapping, as in amdgpu */
struct amdgpu_bo_va *amdgpu_vm_bo_find(struct amdgpu_vm *avm,
				       struct amdgpu_bo *bo)
{
	struct amdgpu_vm_bo_base *base;

	dma_resv_assert_held(avm->root.bo->tbo.base.resv);
	list_for_each_entry(base, &avm->idle, vm_status)
		if (base->bo == bo)
			return container_of(base, struct amdgpu_bo_va, base);
	return NULL;
}

/* Nothing to flush: every access of the hardware side looks up the tree */
int amdgpu_vm_flush_compute_tlb(struct amdgpu_device *adev,
				struct amdgpu_vm *vm, u32 flush_type,
				u32 xcc_mask)
{
	return 0;
}

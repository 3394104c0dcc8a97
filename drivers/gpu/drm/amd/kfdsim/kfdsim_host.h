/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of kfdsim's host side and of its board share.
 */
#ifndef KFDSIM_HOST_H
#define KFDSIM_HOST_H

#include <linux/maple_tree.h>
#include <linux/pci.h>
#include <linux/refcount.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "amdgpu.h"
#include "amdgpu_amdkfd.h"
#include "amdgpu_xcp.h"
#include "kfdsim.h"
#include "kfdsim_board.h"
#include "kfdsim_gpu.h"

struct kfdsim_doorbells;

/**
 * struct kfdsim_host - the host side of one GPU
 *
 * @sim: the GPU
 * @users: open render nodes, and one as long as the PCI device is bound
 * @unused_work: amdkfd lets go of the GPU when there are none
 * @doorbells: the doorbell BAR
 * @mmio: the remapped HDP registers that KFD maps into processes; an uncached
 *	page that nothing reads, as simulated memory is always coherent
 * @gart: GART page number -> struct amdgpu_bo
 * @vms: number -> struct kfdsim_vm; the number is the page directory's
 *	address in pages. Its lock also makes lookup and last put exclusive.
 * @vram_lock: protects adev->kfd.vram_used
 * @resets: how often it was reset
 * @runpm: it may sleep while nobody uses it
 * @fail_alloc_gtt: how many of the next GTT allocations fail (debugfs)
 * @slow_alloc_gtt_us: extra time that a GTT allocation takes (debugfs)
 * @fail_alloc_runlist: how many of the next runlists can't be allocated
 *	(debugfs)
 */
struct kfdsim_host {
	struct kfdsim *sim;
	refcount_t users;
	struct work_struct unused_work;
	struct kfdsim_doorbells *doorbells;
	struct page *mmio;
	struct maple_tree gart;
	struct xarray vms;
	spinlock_t vram_lock; /* kfd.vram_used */
	atomic_t resets;
	bool runpm;
	atomic_t fail_alloc_gtt;
	u32 slow_alloc_gtt_us;
	atomic_t fail_alloc_runlist;
};

/* The module parameters that describe the GPUs, checked. */
struct kfdsim_config {
	struct kfdsim_model model;
	unsigned int num_gpus;
	u16 device_id;
	bool runpm;
};

/* ---- kfdsim_params.c ---------------------------------------------------- */

int kfdsim_config_init(struct kfdsim_config *config);

/* ---- kfdsim_device.c ---------------------------------------------------- */

int kfdsim_probe(struct pci_dev *pdev, const struct kfdsim_config *config,
		 unsigned int index);
void kfdsim_remove(struct pci_dev *pdev);

/* ---- kfdsim_users.c ----------------------------------------------------- */

int kfdsim_users_init(void);
void kfdsim_users_exit(void);
int kfdsim_get(struct kfdsim *sim);
void kfdsim_put(struct kfdsim *sim);
void kfdsim_wait_unused(void);

/* ---- kfdsim_pci.c ------------------------------------------------------- */

int kfdsim_pci_init(const struct kfdsim_config *config, struct dentry *debugfs);
void kfdsim_pci_exit(void);

/* ---- kfdsim_adev.c ------------------------------------------------------ */

int kfdsim_adev_init(struct kfdsim *sim, bool hive);
void kfdsim_adev_fini(struct kfdsim *sim);
int kfdsim_adev_start_kfd(struct kfdsim *sim);
bool kfdsim_adev_in_use(struct kfdsim *sim);
void kfdsim_adev_stop_kfd(struct kfdsim *sim);

/* ---- kfdsim_pm.c -------------------------------------------------------- */

extern const struct dev_pm_ops kfdsim_pm_ops;

void kfdsim_pm_start(struct kfdsim *sim);
void kfdsim_pm_stop(struct kfdsim *sim);
int kfdsim_pm_get(struct kfdsim *sim);
void kfdsim_pm_put(struct kfdsim *sim);

/* ---- kfdsim_mes_api.c --------------------------------------------------- */

void kfdsim_mes_host_init(struct kfdsim *sim);
void kfdsim_mes_host_fini(struct kfdsim *sim);

/* ---- kfdsim_drm.c ------------------------------------------------------- */

/**
 * struct kfdsim_fpriv - one open render node: an address space
 *
 * @base: what amdkfd knows; @base.xcp_id is the partition
 * @vm: what the hardware side knows
 * @gem_maps: what was mapped by handle; changed with the root BO reserved
 * @ctxs: contexts by number: how many resets they know of
 */
struct kfdsim_fpriv {
	struct amdgpu_fpriv base;
	struct kfdsim_vm *vm;
	struct list_head gem_maps;
	struct xarray ctxs;
};

static inline struct kfdsim_fpriv *to_kfdsim_fpriv(struct amdgpu_vm *avm)
{
	return container_of(avm, struct kfdsim_fpriv, base.vm);
}

struct kfdsim *kfdsim_drm_alloc(struct pci_dev *pdev);

static inline struct kfdsim *kfdsim_from_drm(const struct drm_device *ddev)
{
	return ddev->dev_private;
}

int kfdsim_drm_register(struct kfdsim *sim);
void kfdsim_drm_unregister(struct kfdsim *sim);
void kfdsim_drm_put_partitions(struct kfdsim *sim);

/* ---- kfdsim_gem.c ------------------------------------------------------- */

int kfdsim_gem_create_ioctl(struct drm_device *ddev, void *data,
			    struct drm_file *file);
int kfdsim_gem_mmap_ioctl(struct drm_device *ddev, void *data,
			  struct drm_file *file);
int kfdsim_gem_wait_idle_ioctl(struct drm_device *ddev, void *data,
			       struct drm_file *file);
int kfdsim_gem_op_ioctl(struct drm_device *ddev, void *data,
			struct drm_file *file);
int kfdsim_gem_metadata_ioctl(struct drm_device *ddev, void *data,
			      struct drm_file *file);
int kfdsim_gem_to_fd(struct drm_device *ddev, struct drm_file *file, u32 handle,
		     u32 flags, int *fd);
int kfdsim_gem_from_fd(struct drm_device *ddev, struct drm_file *file, int fd,
		       u32 *handle);

/* ---- kfdsim_gem_va.c ---------------------------------------------------- */

int kfdsim_gem_va_ioctl(struct drm_device *ddev, void *data,
			struct drm_file *file);
void kfdsim_gem_release(struct kfdsim_fpriv *fpriv);
void kfdsim_gem_close(struct drm_gem_object *obj, struct drm_file *file);

/* ---- kfdsim_ctx.c ------------------------------------------------------- */

int kfdsim_ctx_ioctl(struct drm_device *ddev, void *data,
		     struct drm_file *file);

/* ---- kfdsim_dmabuf.c ---------------------------------------------------- */

struct dma_buf *kfdsim_dmabuf_export(struct amdgpu_bo *bo, int flags);
struct dma_buf *kfdsim_dmabuf_get(int fd);

/* ---- kfdsim_info.c ------------------------------------------------------ */

int kfdsim_info_ioctl(struct drm_device *ddev, void *data,
		      struct drm_file *file);

/* ---- kfdsim_bo.c -------------------------------------------------------- */

/**
 * enum kfdsim_bo_kind - where the pages of a buffer object come from
 *
 * @KFDSIM_BO_LAZY: zeroed RAM, a page at a time on the first write or fault:
 *	VRAM and GTT of processes, most of which (CWSR areas) is never touched
 * @KFDSIM_BO_USERPTR: pages of the process, pinned
 * @KFDSIM_BO_APERTURE: pages of the doorbell BAR or the MMIO page
 * @KFDSIM_BO_KERNEL: RAM mapped into the kernel and the GART
 * @KFDSIM_BO_EMPTY: none: page directories, doorbell ranges, GWS
 */
enum kfdsim_bo_kind {
	KFDSIM_BO_LAZY,
	KFDSIM_BO_USERPTR,
	KFDSIM_BO_APERTURE,
	KFDSIM_BO_KERNEL,
	KFDSIM_BO_EMPTY,
};

/**
 * struct kfdsim_bo - a buffer object
 *
 * @base: what amdkfd knows
 * @sim: the GPU that it belongs to
 * @kind: constant
 * @user_write: the GPU may write to the user's pages
 * @user_addr: where the user has them
 * @gem_vram: allocated through the render node, and accounted for as VRAM
 * @pages: page index -> struct page, for the first three kinds
 * @kptr: kernel mapping, or NULL; protected by the reservation
 * @offset: in the GART or the doorbell BAR, in bytes
 */
struct kfdsim_bo {
	struct amdgpu_bo base;
	struct kfdsim *sim;
	enum kfdsim_bo_kind kind;
	bool user_write;
	u64 user_addr;
	bool gem_vram;
	struct xarray pages;
	void *kptr;
	u64 offset;
};

static inline struct kfdsim_bo *to_kfdsim_bo(struct amdgpu_bo *bo)
{
	return container_of(bo, struct kfdsim_bo, base);
}

struct kfdsim_bo *kfdsim_bo_create(struct kfdsim *sim, struct drm_device *ddev,
				   enum kfdsim_bo_kind kind, size_t size,
				   u32 domain);

/* ---- kfdsim_pages.c ----------------------------------------------------- */

struct page *kfdsim_page_lookup(struct kfdsim_bo *bo, pgoff_t index);
struct page *kfdsim_page_populate(struct kfdsim_bo *bo, pgoff_t index);
int kfdsim_pages_pin(struct kfdsim_bo *bo, u64 addr, bool write);
int kfdsim_pages_set_aperture(struct kfdsim_bo *bo, phys_addr_t phys);
void kfdsim_pages_free(struct kfdsim_bo *bo);

/* ---- kfdsim_gart.c ------------------------------------------------------ */

int kfdsim_gart_insert(struct kfdsim_bo *bo);
void kfdsim_gart_remove(struct kfdsim_bo *bo);

/* ---- kfdsim_vm.c -------------------------------------------------------- */

struct kfdsim_vm *kfdsim_vm_create(struct kfdsim *sim, struct amdgpu_vm *avm);
void kfdsim_vm_destroy(struct kfdsim_vm *vm);
u64 kfdsim_vm_page_directory(const struct kfdsim_vm *vm);
int kfdsim_vm_insert(struct kfdsim_vm *vm,
		     struct amdgpu_bo_va_mapping *mapping);
void kfdsim_vm_erase(struct kfdsim_vm *vm,
		     struct amdgpu_bo_va_mapping *mapping);

/* ---- kfdsim_vram.c ------------------------------------------------------ */

int kfdsim_vram_reserve(struct amdgpu_device *adev, u64 size, u32 flags,
			int xcp_id);
void kfdsim_vram_unreserve(struct amdgpu_device *adev, u64 size, u32 flags,
			   int xcp_id);

/* ---- kfdsim_gpuvm.c, kfdsim_process.c ----------------------------------- */

struct kgd_mem *kfdsim_mem_create(struct amdgpu_vm *avm, struct kfdsim_bo *bo,
				  u64 va, u32 flags);
int kfdsim_process_evict(struct kfdsim *sim, pid_t pid);

/* ---- kfdsim_doorbell.c -------------------------------------------------- */

int kfdsim_doorbells_init(struct kfdsim *sim);
void kfdsim_doorbells_stop(struct kfdsim *sim);
void kfdsim_doorbells_fini(struct kfdsim *sim);
int kfdsim_doorbells_alloc(struct kfdsim *sim, size_t size, u64 *offset,
			   void **cpu_addr);
void kfdsim_doorbells_free(struct kfdsim *sim, size_t size, u64 offset);
void kfdsim_doorbell_gpu_store(struct kfdsim *sim, struct page *page);

/* ---- kfdsim_reset.c ----------------------------------------------------- */

int kfdsim_reset_init(struct kfdsim *sim);
void kfdsim_reset_fini(struct kfdsim *sim);

/* ---- kfdsim_stubs.c ----------------------------------------------------- */

/* Nothing but amdkfd's kfd_device.c declares these */
extern const struct kfd2kgd_calls gfx_v7_kfd2kgd;
extern const struct kfd2kgd_calls gfx_v8_kfd2kgd;
extern const struct kfd2kgd_calls gfx_v9_kfd2kgd;
extern const struct kfd2kgd_calls arcturus_kfd2kgd;
extern const struct kfd2kgd_calls aldebaran_kfd2kgd;
extern const struct kfd2kgd_calls gfx_v10_kfd2kgd;
extern const struct kfd2kgd_calls gfx_v10_3_kfd2kgd;
extern const struct kfd2kgd_calls gfx_v12_kfd2kgd;

/* ---- kfdsim_debugfs.c --------------------------------------------------- */

struct dentry *kfdsim_debugfs_register(void);
void kfdsim_debugfs_unregister(void);
void kfdsim_debugfs_init(struct kfdsim *sim);
void kfdsim_debugfs_files(struct kfdsim *sim);
void kfdsim_debugfs_fini(struct kfdsim *sim);

/* called by amdkfd, see kfdsim_runlist_redirect.h */
struct kfd_mem_obj;
struct kfd_node;

int kfdsim_runlist_allocate(struct kfd_node *node, unsigned int size,
			    struct kfd_mem_obj **mem_obj);

#endif

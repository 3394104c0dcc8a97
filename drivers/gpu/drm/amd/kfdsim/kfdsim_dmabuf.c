// SPDX-License-Identifier: GPL-2.0
/*
 * dma-buf: memory of one KFD process given to another, or to another GPU of
 * kfdsim's (HSA IPC works this way). Other drivers cannot attach: the pages
 * would have to be populated, and nothing here could tell a DMA engine of
 * theirs from one that is simulated.
 */
#include <linux/dma-buf.h>
#include <linux/slab.h>
#include <drm/drm_gem.h>
#include <uapi/linux/kfd_ioctl.h>

#include "amdgpu_object.h"
#include "kfdsim_host.h"

static int kfdsim_dmabuf_attach(struct dma_buf *dmabuf,
				struct dma_buf_attachment *attach)
{
	return -EOPNOTSUPP;
}

/* Required by dma_buf_export(); without an attachment it is never called */
static struct sg_table *kfdsim_dmabuf_map(struct dma_buf_attachment *attach,
					  enum dma_data_direction dir)
{
	return ERR_PTR(-EOPNOTSUPP);
}

static void kfdsim_dmabuf_unmap(struct dma_buf_attachment *attach,
				struct sg_table *sgt,
				enum dma_data_direction dir)
{
}

static void kfdsim_dmabuf_release(struct dma_buf *dmabuf)
{
	drm_gem_object_put(dmabuf->priv);
}

static int kfdsim_dmabuf_mmap(struct dma_buf *dmabuf,
			      struct vm_area_struct *vma)
{
	struct drm_gem_object *obj = dmabuf->priv;

	/* the fault handler counts from the object's fake offset */
	vma->vm_pgoff += drm_vma_node_start(&obj->vma_node);
	return drm_gem_mmap_obj(obj, obj->size, vma);
}

static const struct dma_buf_ops kfdsim_dmabuf_ops = {
	.attach = kfdsim_dmabuf_attach,
	.map_dma_buf = kfdsim_dmabuf_map,
	.unmap_dma_buf = kfdsim_dmabuf_unmap,
	.release = kfdsim_dmabuf_release,
	.mmap = kfdsim_dmabuf_mmap,
};

/**
 * kfdsim_dmabuf_export - make a dma-buf of memory
 * @bo: the memory
 * @flags: O_RDWR, O_CLOEXEC
 *
 * Return: the dma-buf, which keeps @bo; -EPERM for what is not memory of the
 * GPU's own; another ERR_PTR.
 */
struct dma_buf *kfdsim_dmabuf_export(struct amdgpu_bo *bo, int flags)
{
	struct drm_gem_object *obj = &bo->tbo.base;
	DEFINE_DMA_BUF_EXPORT_INFO(info);
	struct dma_buf *dmabuf;

	if (to_kfdsim_bo(bo)->kind != KFDSIM_BO_LAZY)
		return ERR_PTR(-EPERM);
	info.ops = &kfdsim_dmabuf_ops;
	info.size = obj->size;
	info.flags = flags;
	info.priv = obj;
	drm_gem_object_get(obj);
	dmabuf = dma_buf_export(&info);
	if (IS_ERR(dmabuf))
		drm_gem_object_put(obj);
	return dmabuf;
}

int amdgpu_amdkfd_gpuvm_export_dmabuf(struct kgd_mem *mem,
				      struct dma_buf **dmabuf)
{
	*dmabuf = kfdsim_dmabuf_export(mem->bo, O_RDWR | O_CLOEXEC);
	return PTR_ERR_OR_ZERO(*dmabuf);
}

/**
 * kfdsim_dmabuf_get - look up a dma-buf
 * @fd: file descriptor
 *
 * Return: a reference on the dma-buf if it is one of ours, or an ERR_PTR.
 */
struct dma_buf *kfdsim_dmabuf_get(int fd)
{
	struct dma_buf *dmabuf = dma_buf_get(fd);

	if (!IS_ERR(dmabuf) && dmabuf->ops != &kfdsim_dmabuf_ops) {
		dma_buf_put(dmabuf);
		return ERR_PTR(-EINVAL);
	}
	return dmabuf;
}

int amdgpu_amdkfd_gpuvm_import_dmabuf_fd(struct amdgpu_device *adev, int fd,
					 u64 va, void *drm_priv,
					 struct kgd_mem **mem, u64 *size,
					 u64 *mmap_offset)
{
	struct amdgpu_vm *avm = drm_priv_to_vm(drm_priv);
	struct dma_buf *dmabuf = kfdsim_dmabuf_get(fd);
	struct drm_gem_object *obj;
	int ret;

	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);
	obj = dmabuf->priv;
	ret = drm_vma_node_allow(&obj->vma_node, drm_priv);
	if (ret)
		goto err_put;
	*mem = kfdsim_mem_create(avm, to_kfdsim_bo(gem_to_amdgpu_bo(obj)), va,
				 KFD_IOC_ALLOC_MEM_FLAGS_WRITABLE |
				 KFD_IOC_ALLOC_MEM_FLAGS_EXECUTABLE);
	if (!*mem) {
		ret = -ENOMEM;
		goto err_revoke;
	}
	drm_gem_object_get(obj);
	(*mem)->is_imported = true;
	(*mem)->dmabuf = dmabuf;
	if (size)
		*size = obj->size;
	if (mmap_offset)
		*mmap_offset = drm_vma_node_offset_addr(&obj->vma_node);
	return 0;

err_revoke:
	drm_vma_node_revoke(&obj->vma_node, drm_priv);
err_put:
	dma_buf_put(dmabuf);
	return ret;
}

int amdgpu_amdkfd_get_dmabuf_info(struct amdgpu_device *adev, int dma_buf_fd,
				  struct amdgpu_device **dmabuf_adev,
				  u64 *bo_size, void **metadata_buffer,
				  size_t buffer_size, u32 *metadata_size,
				  u32 *flags, s8 *xcp_id)
{
	struct dma_buf *dmabuf = kfdsim_dmabuf_get(dma_buf_fd);
	struct amdgpu_bo *bo;

	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);
	bo = gem_to_amdgpu_bo(dmabuf->priv);
	if (dmabuf_adev)
		*dmabuf_adev = to_kfdsim_bo(bo)->sim->adev;
	if (bo_size)
		*bo_size = amdgpu_bo_size(bo);
	if (metadata_size)
		*metadata_size = 0;
	if (flags)
		*flags = bo->preferred_domains & AMDGPU_GEM_DOMAIN_VRAM ?
			 KFD_IOC_ALLOC_MEM_FLAGS_VRAM |
			 KFD_IOC_ALLOC_MEM_FLAGS_PUBLIC :
			 KFD_IOC_ALLOC_MEM_FLAGS_GTT;
	if (xcp_id)
		*xcp_id = bo->xcp_id;
	dma_buf_put(dmabuf);
	return 0;
}

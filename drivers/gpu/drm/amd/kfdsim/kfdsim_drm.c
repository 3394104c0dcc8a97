// SPDX-License-Identifier: GPL-2.0
/*
 * The render nodes, one for each partition. An open file is an address space
 * that a KFD process can acquire, and through it its memory is mapped.
 */
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <drm/drm_drv.h>
#include <drm/drm_file.h>
#include <drm/drm_gem.h>
#include <drm/drm_ioctl.h>
#include <drm/drm_managed.h>

#include "amdgpu_object.h"
#include "kfdsim_host.h"

static u32 kfdsim_drm_xcp_id(struct kfdsim *sim, struct drm_device *ddev)
{
	const struct amdgpu_xcp_mgr *mgr = sim->adev->xcp_mgr;
	u32 i;

	for (i = 0; i < mgr->num_xcps; i++)
		if (mgr->xcp[i].ddev == ddev)
			break;
	return i;
}

static int kfdsim_drm_open_awake(struct kfdsim *sim, struct drm_device *ddev,
				 struct drm_file *file)
{
	struct kfdsim_fpriv *fpriv = kzalloc(sizeof(*fpriv), GFP_KERNEL);
	struct amdgpu_vm *avm;
	struct kfdsim_bo *root;
	int ret = -ENOMEM;

	if (!fpriv)
		return -ENOMEM;
	avm = &fpriv->base.vm;
	avm->va = RB_ROOT_CACHED;
	INIT_LIST_HEAD(&avm->idle);
	INIT_LIST_HEAD(&fpriv->gem_maps);
	xa_init_flags(&fpriv->ctxs, XA_FLAGS_ALLOC1);
	fpriv->base.xcp_id = kfdsim_drm_xcp_id(sim, ddev);

	avm->task_info = kzalloc(sizeof(*avm->task_info), GFP_KERNEL);
	if (!avm->task_info)
		goto err_free;
	kref_init(&avm->task_info->refcount);

	/* amdkfd reserves it to protect the address space */
	root = kfdsim_bo_create(sim, ddev, KFDSIM_BO_EMPTY, PAGE_SIZE,
				AMDGPU_GEM_DOMAIN_VRAM);
	if (IS_ERR(root)) {
		ret = PTR_ERR(root);
		goto err_task_info;
	}
	avm->root.bo = &root->base;

	fpriv->vm = kfdsim_vm_create(sim, avm);
	if (IS_ERR(fpriv->vm)) {
		ret = PTR_ERR(fpriv->vm);
		goto err_root;
	}
	avm->pd_phys_addr = kfdsim_vm_page_directory(fpriv->vm);
	file->driver_priv = &fpriv->base;
	return 0;

err_root:
	amdgpu_bo_unref(&avm->root.bo);
err_task_info:
	amdgpu_vm_put_task_info(avm->task_info);
err_free:
	kfree(fpriv);
	return ret;
}

/* An address space is set up on a GPU that is awake, as with amdgpu */
static int kfdsim_drm_open(struct drm_device *ddev, struct drm_file *file)
{
	struct kfdsim *sim = kfdsim_from_drm(ddev);
	int ret = kfdsim_get(sim);

	if (ret)
		return ret;
	ret = kfdsim_pm_get(sim);
	if (ret)
		goto out;
	ret = kfdsim_drm_open_awake(sim, ddev, file);
	kfdsim_pm_put(sim);
out:
	if (ret)
		kfdsim_put(sim);
	return ret;
}

static void kfdsim_drm_postclose(struct drm_device *ddev,
				 struct drm_file *file)
{
	struct kfdsim_fpriv *fpriv = to_kfdsim_fpriv(drm_priv_to_vm(file));
	struct kfdsim *sim = kfdsim_from_drm(ddev);
	struct amdgpu_vm *avm = &fpriv->base.vm;

	kfdsim_gem_release(fpriv);
	/* whatever was allocated through this file, KFD has freed */
	WARN_ON(!list_empty(&avm->idle));
	amdgpu_amdkfd_gpuvm_destroy_cb(sim->adev, avm);
	kfdsim_vm_destroy(fpriv->vm);
	amdgpu_bo_unref(&avm->root.bo);
	amdgpu_vm_put_task_info(avm->task_info);
	xa_destroy(&fpriv->ctxs);
	kfree(fpriv);
	kfdsim_put(sim);
}

static const struct file_operations kfdsim_drm_fops = {
	.owner = THIS_MODULE,
	.open = drm_open,
	.release = drm_release,
	.unlocked_ioctl = drm_ioctl,
	.compat_ioctl = drm_compat_ioctl,
	.poll = drm_poll,
	.read = drm_read,
	.llseek = noop_llseek,
	.mmap = drm_gem_mmap,
	.fop_flags = FOP_UNSIGNED_OFFSET,
};

/* The rest, of which submission is most, is -EINVAL: there are no rings */
static const struct drm_ioctl_desc kfdsim_drm_ioctls[] = {
	DRM_IOCTL_DEF_DRV(AMDGPU_GEM_CREATE, kfdsim_gem_create_ioctl,
			  DRM_AUTH | DRM_RENDER_ALLOW),
	DRM_IOCTL_DEF_DRV(AMDGPU_GEM_MMAP, kfdsim_gem_mmap_ioctl,
			  DRM_AUTH | DRM_RENDER_ALLOW),
	DRM_IOCTL_DEF_DRV(AMDGPU_CTX, kfdsim_ctx_ioctl,
			  DRM_AUTH | DRM_RENDER_ALLOW),
	DRM_IOCTL_DEF_DRV(AMDGPU_INFO, kfdsim_info_ioctl,
			  DRM_AUTH | DRM_RENDER_ALLOW),
	DRM_IOCTL_DEF_DRV(AMDGPU_GEM_METADATA, kfdsim_gem_metadata_ioctl,
			  DRM_AUTH | DRM_RENDER_ALLOW),
	DRM_IOCTL_DEF_DRV(AMDGPU_GEM_WAIT_IDLE, kfdsim_gem_wait_idle_ioctl,
			  DRM_AUTH | DRM_RENDER_ALLOW),
	DRM_IOCTL_DEF_DRV(AMDGPU_GEM_VA, kfdsim_gem_va_ioctl,
			  DRM_AUTH | DRM_RENDER_ALLOW),
	DRM_IOCTL_DEF_DRV(AMDGPU_GEM_OP, kfdsim_gem_op_ioctl,
			  DRM_AUTH | DRM_RENDER_ALLOW),
};

/* Name and version are what libdrm_amdgpu asks for before it goes on */
static const struct drm_driver kfdsim_drm_driver = {
	.driver_features = DRIVER_GEM | DRIVER_RENDER,
	.open = kfdsim_drm_open,
	.postclose = kfdsim_drm_postclose,
	.ioctls = kfdsim_drm_ioctls,
	.num_ioctls = ARRAY_SIZE(kfdsim_drm_ioctls),
	.prime_handle_to_fd = kfdsim_gem_to_fd,
	.prime_fd_to_handle = kfdsim_gem_from_fd,
	.fops = &kfdsim_drm_fops,
	.name = "amdgpu",
	.desc = "AMD GPU, simulated by kfdsim",
	.date = "20260101",
	.major = 3,
	.minor = 59,
};

/* From a file descriptor that a process gave to KFD */
int amdgpu_file_to_fpriv(struct file *filp, struct amdgpu_fpriv **fpriv)
{
	struct drm_file *file;

	if (!filp || filp->f_op != &kfdsim_drm_fops)
		return -EINVAL;
	file = filp->private_data;
	*fpriv = file->driver_priv;
	return 0;
}

/**
 * kfdsim_drm_alloc - allocate a GPU
 * @pdev: its PCI device
 *
 * Return: the GPU with its amdgpu_device and host side, all zero but for the
 * embedded DRM device; or an ERR_PTR. It lives until @pdev is unbound and the
 * last render node is closed.
 */
struct kfdsim *kfdsim_drm_alloc(struct pci_dev *pdev)
{
	struct amdgpu_device *adev;
	struct drm_device *ddev;
	struct kfdsim *sim;

	adev = devm_drm_dev_alloc(&pdev->dev, &kfdsim_drm_driver,
				  struct amdgpu_device, ddev);
	if (IS_ERR(adev))
		return ERR_CAST(adev);
	ddev = adev_to_drm(adev);
	sim = drmm_kzalloc(ddev, sizeof(*sim), GFP_KERNEL);
	if (!sim)
		return ERR_PTR(-ENOMEM);
	sim->host = drmm_kzalloc(ddev, sizeof(*sim->host), GFP_KERNEL);
	if (!sim->host)
		return ERR_PTR(-ENOMEM);
	sim->adev = adev;
	adev->dev = &pdev->dev;
	adev->pdev = pdev;
	ddev->dev_private = sim;
	return sim;
}

static void kfdsim_drm_put(struct drm_device *ddev, void *gpu)
{
	drm_dev_put(gpu);
}

/*
 * A further partition's DRM device. Two of them can't have the same parent
 * (their debugfs directory is named after it): as with amdgpu it is a platform
 * device.
 */
static int kfdsim_drm_add_partition(struct kfdsim *sim, struct amdgpu_xcp *xcp)
{
	const struct platform_device_info info = {
		.parent = sim->adev->dev,
		.name = "kfdsim_xcp",
		.id = PLATFORM_DEVID_AUTO,
	};
	struct platform_device *pdev = platform_device_register_full(&info);
	struct drm_device *gpu = adev_to_drm(sim->adev), *ddev;
	int ret;

	if (IS_ERR(pdev))
		return PTR_ERR(pdev);
	ddev = drm_dev_alloc(&kfdsim_drm_driver, &pdev->dev);
	if (IS_ERR(ddev)) {
		ret = PTR_ERR(ddev);
		goto err_unregister;
	}
	/* an open partition keeps the GPU */
	drm_dev_get(gpu);
	ret = drmm_add_action_or_reset(ddev, kfdsim_drm_put, gpu);
	if (ret)
		goto err_put;
	ddev->dev_private = sim;
	xcp->ddev = ddev;
	return 0;

err_put:
	drm_dev_put(ddev);
err_unregister:
	platform_device_unregister(pdev);
	return ret;
}

/**
 * kfdsim_drm_register - make the render nodes appear
 * @sim: the GPU, complete; sets the partitions' ddev
 *
 * Return: 0 or -errno; then kfdsim_drm_unregister() has to be called, too.
 */
int kfdsim_drm_register(struct kfdsim *sim)
{
	struct amdgpu_xcp_mgr *mgr = sim->adev->xcp_mgr;
	int i, ret;

	mgr->xcp[0].ddev = adev_to_drm(sim->adev);
	for (i = 1; i < mgr->num_xcps; i++) {
		ret = kfdsim_drm_add_partition(sim, &mgr->xcp[i]);
		if (ret)
			return ret;
	}
	for (i = 0; i < mgr->num_xcps; i++) {
		ret = drm_dev_register(mgr->xcp[i].ddev, 0);
		if (ret)
			return ret;
	}
	return 0;
}

/**
 * kfdsim_drm_unregister - the render nodes go
 * @sim: the GPU
 *
 * amdkfd looks at the partitions' DRM devices as long as it has the GPU: they
 * stay until kfdsim_drm_put_partitions().
 */
void kfdsim_drm_unregister(struct kfdsim *sim)
{
	struct amdgpu_xcp_mgr *mgr = sim->adev->xcp_mgr;
	int i;

	for (i = mgr->num_xcps - 1; i >= 0; i--) {
		if (!mgr->xcp[i].ddev)
			continue;
		if (mgr->xcp[i].ddev->registered)
			drm_dev_unplug(mgr->xcp[i].ddev);
		if (i)
			platform_device_unregister(to_platform_device(mgr->xcp[i].ddev->dev));
	}
}

/**
 * kfdsim_drm_put_partitions - amdkfd does not know the partitions any more
 * @sim: the GPU, its render nodes unregistered
 */
void kfdsim_drm_put_partitions(struct kfdsim *sim)
{
	struct amdgpu_xcp_mgr *mgr = sim->adev->xcp_mgr;
	int i;

	for (i = mgr->num_xcps - 1; i > 0; i--) {
		if (mgr->xcp[i].ddev)
			drm_dev_put(mgr->xcp[i].ddev);
		mgr->xcp[i].ddev = NULL;
	}
}

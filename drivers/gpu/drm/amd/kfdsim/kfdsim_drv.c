// SPDX-License-Identifier: GPL-2.0
/*
 * kfdsim's module and the life of one GPU: what starts in which order, and
 * stops in the reverse.
 */
#include <linux/module.h>
#include <linux/slab.h>

#include "kfdsim_host.h"

/**
 * kfdsim_from_adev - the GPU of an amdgpu_device
 * @adev: the amdgpu_device
 */
struct kfdsim *kfdsim_from_adev(const struct amdgpu_device *adev)
{
	return kfdsim_from_drm(&adev->ddev);
}

/* What the software side needs before there is any hardware */
static int kfdsim_init_device(struct kfdsim *sim,
			      const struct kfdsim_config *config)
{
	struct kfdsim_host *host = sim->host;
	int ret;

	mt_init_flags(&host->gart, MT_FLAGS_ALLOC_RANGE | MT_FLAGS_USE_RCU);
	xa_init_flags(&host->vms, XA_FLAGS_ALLOC);
	spin_lock_init(&host->vram_lock);
	ret = kfdsim_adev_init(sim, config->num_gpus > 1);
	if (ret)
		goto err_adev;
	ret = kfdsim_reset_init(sim);
	if (ret)
		goto err_adev;
	ret = kfdsim_doorbells_init(sim);
	if (ret)
		goto err_reset;
	return 0;

err_reset:
	kfdsim_reset_fini(sim);
err_adev:
	kfdsim_adev_fini(sim);
	return ret;
}

static void kfdsim_fini_device(struct kfdsim *sim)
{
	kfdsim_doorbells_fini(sim);
	kfdsim_reset_fini(sim);
	mtree_destroy(&sim->host->gart);
	xa_destroy(&sim->host->vms);
	kfdsim_adev_fini(sim);
}

/**
 * kfdsim_probe - bring up one GPU
 * @pdev: its PCI device
 * @config: the module parameters
 * @index: its number
 *
 * Return: 0 or -errno.
 */
int kfdsim_probe(struct pci_dev *pdev, const struct kfdsim_config *config,
		 unsigned int index)
{
	struct kfdsim *sim = kfdsim_drm_alloc(pdev);
	int ret;

	if (IS_ERR(sim))
		return PTR_ERR(sim);
	sim->index = index;
	sim->model = config->model;
	sim->host->runpm = config->runpm;
	pci_set_drvdata(pdev, sim);
	ret = kfdsim_init_device(sim, config);
	if (ret)
		return ret;
	kfdsim_debugfs_init(sim);
	ret = kfdsim_hw_init(sim);
	if (ret)
		goto err_debugfs;
	ret = kfdsim_drm_register(sim);
	if (ret)
		goto err_drm;
	ret = kfdsim_adev_start_kfd(sim);
	if (ret)
		goto err_drm;
	kfdsim_debugfs_files(sim);
	kfdsim_pm_start(sim);
	return 0;

err_drm:
	kfdsim_drm_unregister(sim);
	kfdsim_doorbells_stop(sim);
	/* its files use the hardware side */
	kfdsim_debugfs_fini(sim);
	kfdsim_hw_fini(sim);
err_debugfs:
	kfdsim_debugfs_fini(sim);
	kfdsim_fini_device(sim);
	return ret;
}

/**
 * kfdsim_remove - take down one GPU
 * @pdev: its PCI device
 *
 * Context: sleeps until no process uses a GPU.
 */
void kfdsim_remove(struct pci_dev *pdev)
{
	struct kfdsim *sim = pci_get_drvdata(pdev);

	kfdsim_pm_stop(sim);
	kfdsim_debugfs_fini(sim);
	kfdsim_adev_stop_kfd(sim);
	kfdsim_drm_unregister(sim);
	kfdsim_doorbells_stop(sim);
	kfdsim_hw_fini(sim);
	kfdsim_fini_device(sim);
}

static int __init kfdsim_init(void)
{
	struct kfdsim_config config = {};
	int ret;

	ret = kfdsim_config_init(&config);
	if (ret)
		return ret;
	ret = kgd2kfd_init();
	if (ret)
		return ret;
	kfdsim_debugfs_register();
	ret = kfdsim_pci_init(&config);
	if (ret) {
		kfdsim_debugfs_unregister();
		kgd2kfd_exit();
	}
	return ret;
}

/*
 * KFD first, as amdgpu does it: that ends what KFD knows of processes which
 * have closed /dev/kfd and go on living. Removing a GPU waits for those.
 */
static void __exit kfdsim_exit(void)
{
	kgd2kfd_exit();
	kfdsim_pci_exit();
	kfdsim_debugfs_unregister();
}

module_init(kfdsim_init);
module_exit(kfdsim_exit);

MODULE_DESCRIPTION("Simulated AMD compute GPU under the real amdkfd");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS(DMA_BUF);

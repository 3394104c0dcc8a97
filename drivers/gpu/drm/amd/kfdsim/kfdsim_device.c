// SPDX-License-Identifier: GPL-2.0
/*
 * The life of one GPU: what starts in which order, and stops in the reverse.
 */
#include <linux/delay.h>
#include <linux/pci.h>
#include <drm/drm_drv.h>
#include <drm/drm_managed.h>

#include "kfdsim_host.h"

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

/* What is left of it when nobody can get at it any more */
static void kfdsim_release(struct drm_device *ddev, void *data)
{
	struct kfdsim *sim = data;

	kfdsim_doorbells_stop(sim);
	kfdsim_hw_fini(sim);
	kfdsim_fini_device(sim);
}

/*
 * amdkfd lets go of the GPU: nobody has a render node of it open any more.
 * amdgpu does not look for processes that still have it; amdkfd of Linux 6.12
 * then uses memory that it has freed.
 */
static void kfdsim_unused_work(struct work_struct *work)
{
	struct kfdsim_host *host = container_of(work, struct kfdsim_host,
						unused_work);
	struct kfdsim *sim = host->sim;

	while (kfdsim_adev_in_use(sim))
		msleep(20);
	kfdsim_adev_stop_kfd(sim);
	kfdsim_drm_put_partitions(sim);
	drm_dev_put(adev_to_drm(sim->adev));
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
	sim->host->sim = sim;
	sim->host->runpm = config->runpm;
	refcount_set(&sim->host->users, 1);
	INIT_WORK(&sim->host->unused_work, kfdsim_unused_work);
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
	ret = drmm_add_action(adev_to_drm(sim->adev), kfdsim_release, sim);
	if (ret)
		goto err_kfd;
	kfdsim_debugfs_files(sim);
	kfdsim_pm_start(sim);
	return 0;

err_kfd:
	kfdsim_adev_stop_kfd(sim);
err_drm:
	kfdsim_drm_unregister(sim);
	kfdsim_drm_put_partitions(sim);
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
 * kfdsim_remove - one GPU goes
 * @pdev: its PCI device
 *
 * As amdgpu does it. When the GPU is gone already, amdkfd forgets it at once.
 * When it is taken away in an orderly manner amdkfd stops (for good, and on
 * every GPU: nothing in Linux 6.12 unlocks it again), and lets go of the GPU
 * when the last process with one of its render nodes open has ended.
 */
void kfdsim_remove(struct pci_dev *pdev)
{
	struct kfdsim *sim = pci_get_drvdata(pdev);

	kfdsim_drm_unregister(sim);
	kfdsim_pm_stop(sim);
	kfdsim_debugfs_fini(sim);
	if (pci_dev_is_disconnected(pdev))
		kfdsim_adev_stop_kfd(sim);
	else
		kgd2kfd_suspend(sim->adev->kfd.dev, false);
	drm_dev_get(adev_to_drm(sim->adev));
	kfdsim_put(sim);
}

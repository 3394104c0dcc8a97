// SPDX-License-Identifier: GPL-2.0
/*
 * System sleep and runtime power management, in amdgpu's order: amdkfd takes
 * its queues off, then the hardware loses its state; and back.
 *
 * At runtime the GPU sleeps while no KFD process is bound to it and no render
 * node is being opened: amdkfd holds a reference for each process.
 */
#include <linux/pm_runtime.h>

#include "kfdsim_host.h"

#define KFDSIM_AUTOSUSPEND_MS	5000	/* as amdgpu has it */

static int kfdsim_pm_off(struct device *dev, bool runtime)
{
	struct kfdsim *sim = dev_get_drvdata(dev);

	kgd2kfd_suspend(sim->adev->kfd.dev, runtime);
	kfdsim_hw_power(sim, false);
	return 0;
}

static int kfdsim_pm_on(struct device *dev, bool runtime)
{
	struct kfdsim *sim = dev_get_drvdata(dev);

	kfdsim_hw_power(sim, true);
	return kgd2kfd_resume(sim->adev->kfd.dev, runtime);
}

static int kfdsim_pm_suspend(struct device *dev)
{
	return kfdsim_pm_off(dev, false);
}

static int kfdsim_pm_resume(struct device *dev)
{
	return kfdsim_pm_on(dev, false);
}

static int kfdsim_pm_runtime_suspend(struct device *dev)
{
	return kfdsim_pm_off(dev, true);
}

static int kfdsim_pm_runtime_resume(struct device *dev)
{
	return kfdsim_pm_on(dev, true);
}

const struct dev_pm_ops kfdsim_pm_ops = {
	SYSTEM_SLEEP_PM_OPS(kfdsim_pm_suspend, kfdsim_pm_resume)
	RUNTIME_PM_OPS(kfdsim_pm_runtime_suspend, kfdsim_pm_runtime_resume,
		       NULL)
};

/**
 * kfdsim_pm_start - let the GPU sleep when nobody uses it
 * @sim: the GPU, which works
 *
 * Context: probe. PCI core holds a reference, which is given up here.
 */
void kfdsim_pm_start(struct kfdsim *sim)
{
	struct device *dev = sim->adev->dev;

	if (!sim->host->runpm)
		return;
	pm_runtime_use_autosuspend(dev);
	pm_runtime_set_autosuspend_delay(dev, KFDSIM_AUTOSUSPEND_MS);
	pm_runtime_allow(dev);
	pm_runtime_mark_last_busy(dev);
	pm_runtime_put_autosuspend(dev);
}

/**
 * kfdsim_pm_stop - wake the GPU up, and keep it so
 * @sim: the GPU
 *
 * Context: remove.
 */
void kfdsim_pm_stop(struct kfdsim *sim)
{
	struct device *dev = sim->adev->dev;

	if (!sim->host->runpm)
		return;
	pm_runtime_get_sync(dev);
	pm_runtime_forbid(dev);
	pm_runtime_dont_use_autosuspend(dev);
}

/**
 * kfdsim_pm_get - wake the GPU up for a moment
 * @sim: the GPU
 *
 * Context: sleeps. Return: 0, and then kfdsim_pm_put() has to be called; or
 * -errno when it does not wake up.
 */
int kfdsim_pm_get(struct kfdsim *sim)
{
	return pm_runtime_resume_and_get(sim->adev->dev);
}

/**
 * kfdsim_pm_put - the moment is over
 * @sim: the GPU
 */
void kfdsim_pm_put(struct kfdsim *sim)
{
	pm_runtime_mark_last_busy(sim->adev->dev);
	pm_runtime_put_autosuspend(sim->adev->dev);
}

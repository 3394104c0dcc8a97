// SPDX-License-Identifier: GPL-2.0
/*
 * debugfs: kfdsim/, in which GPUs are plugged in and out (kfdsim_pci.c), and
 * kfdsim/<gpu>/, with what makes the host side fail or act on demand. The
 * hardware side adds its own files to the latter.
 *
 *   fail_alloc_gtt      rw  so many of the next GTT allocations fail
 *   fail_alloc_runlist  rw  so many of the next runlists find no memory
 *   reset               wo  any number: reset the GPU
 *   evict               wo  <pid>: evict the process, and restore it, as when
 *                           its memory is needed for another one
 *   halt                wo  1: halt KFD's scheduler, as amdgpu does while
 *                           graphics has the GPU to itself; 0: no more
 *   slow_alloc_gtt_us   rw  extra time that a GTT allocation takes
 */
#include <linux/debugfs.h>
#include <linux/module.h>

#include "amdgpu_reset.h"
#include "kfdsim_host.h"

static int kfdsim_reset_set(void *data, u64 value)
{
	struct kfdsim *sim = data;
	int ret = kfdsim_pm_get(sim);

	if (ret)
		return ret;
	amdgpu_amdkfd_gpu_reset(sim->adev);
	flush_workqueue(sim->adev->reset_domain->wq);
	kfdsim_pm_put(sim);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(kfdsim_reset_fops, NULL, kfdsim_reset_set, "%llu\n");

static int kfdsim_evict_set(void *data, u64 value)
{
	return kfdsim_process_evict(data, value);
}
DEFINE_DEBUGFS_ATTRIBUTE(kfdsim_evict_fops, NULL, kfdsim_evict_set, "%llu\n");

/* What amdgpu_gfx_enforce_isolation_handler() and its opposite do */
static int kfdsim_halt_set(void *data, u64 value)
{
	struct kfdsim *sim = data;
	struct kfd_dev *kfd = sim->adev->kfd.dev;
	unsigned int i;
	int ret = 0;

	for (i = 0; i < sim->model.num_partitions && !ret; i++)
		ret = value ? kgd2kfd_stop_sched(kfd, i) :
			      kgd2kfd_start_sched(kfd, i);
	return ret;
}
DEFINE_DEBUGFS_ATTRIBUTE(kfdsim_halt_fops, NULL, kfdsim_halt_set, "%llu\n");

/* debugfs/kfdsim, from the module's init to its exit */
static struct dentry *kfdsim_debugfs_root;

/**
 * kfdsim_debugfs_register - make the module's directory
 *
 * Return: the directory, as debugfs returns it.
 */
struct dentry *kfdsim_debugfs_register(void)
{
	kfdsim_debugfs_root = debugfs_create_dir("kfdsim", NULL);
	return kfdsim_debugfs_root;
}

/**
 * kfdsim_debugfs_unregister - remove the module's directory
 */
void kfdsim_debugfs_unregister(void)
{
	debugfs_remove(kfdsim_debugfs_root);
}

/**
 * kfdsim_debugfs_init - make a GPU's directory, still empty
 * @sim: the GPU; sets @sim->debugfs
 */
void kfdsim_debugfs_init(struct kfdsim *sim)
{
	char name[8];

	snprintf(name, sizeof(name), "%u", sim->index);
	sim->debugfs = debugfs_create_dir(name, kfdsim_debugfs_root);
}

/**
 * kfdsim_debugfs_files - add the host side's files
 * @sim: the GPU, which works
 */
void kfdsim_debugfs_files(struct kfdsim *sim)
{
	debugfs_create_atomic_t("fail_alloc_gtt", 0644, sim->debugfs,
				&sim->host->fail_alloc_gtt);
	debugfs_create_atomic_t("fail_alloc_runlist", 0644, sim->debugfs,
				&sim->host->fail_alloc_runlist);
	debugfs_create_u32("slow_alloc_gtt_us", 0644, sim->debugfs,
			   &sim->host->slow_alloc_gtt_us);
	debugfs_create_file_unsafe("halt", 0200, sim->debugfs, sim,
				   &kfdsim_halt_fops);
	debugfs_create_file_unsafe("reset", 0200, sim->debugfs, sim,
				   &kfdsim_reset_fops);
	debugfs_create_file_unsafe("evict", 0200, sim->debugfs, sim,
				   &kfdsim_evict_fops);
}

/**
 * kfdsim_debugfs_fini - remove the GPU's directory
 * @sim: the GPU
 *
 * Context: waits for accesses under way.
 */
void kfdsim_debugfs_fini(struct kfdsim *sim)
{
	debugfs_remove(sim->debugfs);
	sim->debugfs = NULL;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * GPU reset, in amdgpu's order: keep everyone off the hardware, let amdkfd stop
 * its queues, reset, let amdkfd start again.
 */
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "amdgpu_reset.h"
#include "kfdsim_host.h"

static void kfdsim_reset_work(struct work_struct *work)
{
	struct amdgpu_device *adev = container_of(work, struct amdgpu_device,
						  kfd.reset_work);
	struct amdgpu_reset_domain *domain = adev->reset_domain;
	struct amdgpu_reset_context context = {
		.method = AMD_RESET_METHOD_NONE,
		.reset_req_dev = adev,
		.src = AMDGPU_RESET_SRC_HWS,
	};
	int ret;

	/* asked for while amdkfd stopped for good */
	if (!adev->kfd.dev)
		return;
	dev_info(adev->dev, "GPU reset begin\n");
	atomic_set(&domain->in_gpu_reset, 1);
	down_write(&domain->sem);
	/* it stops every dqm, none of which touches the hardware any more */
	kgd2kfd_pre_reset(adev->kfd.dev, &context);
	kfdsim_hw_reset(kfdsim_from_adev(adev));
	atomic_inc(&kfdsim_from_adev(adev)->host->resets);
	ret = kgd2kfd_post_reset(adev->kfd.dev);
	up_write(&domain->sem);
	atomic_set(&domain->in_gpu_reset, 0);
	dev_info(adev->dev, "GPU reset end: %d\n", ret);
}

/* Context: any; the caller may hold the dqm lock */
void amdgpu_amdkfd_gpu_reset(struct amdgpu_device *adev)
{
	queue_work(adev->reset_domain->wq, &adev->kfd.reset_work);
}

void amdgpu_reset_get_desc(struct amdgpu_reset_context *rst_ctxt, char *buf,
			   size_t len)
{
	strscpy(buf, "HWS hang", len);
}

/**
 * kfdsim_reset_init - set up adev->reset_domain
 * @sim: the GPU
 *
 * Return: 0 or -ENOMEM.
 */
int kfdsim_reset_init(struct kfdsim *sim)
{
	struct amdgpu_reset_domain *domain = kzalloc(sizeof(*domain),
						     GFP_KERNEL);

	if (!domain)
		return -ENOMEM;
	domain->wq = alloc_ordered_workqueue("kfdsim-reset-%u", 0, sim->index);
	if (!domain->wq) {
		kfree(domain);
		return -ENOMEM;
	}
	domain->type = SINGLE_DEVICE;
	kref_init(&domain->refcount);
	init_rwsem(&domain->sem);
	INIT_WORK(&sim->adev->kfd.reset_work, kfdsim_reset_work);
	sim->adev->reset_domain = domain;
	return 0;
}

/**
 * kfdsim_reset_fini - wait for a reset under way and free the domain
 * @sim: the GPU; amdkfd asks for no further reset
 */
void kfdsim_reset_fini(struct kfdsim *sim)
{
	struct amdgpu_reset_domain *domain = sim->adev->reset_domain;

	if (!domain)
		return;
	destroy_workqueue(domain->wq);
	kfree(domain);
	sim->adev->reset_domain = NULL;
}

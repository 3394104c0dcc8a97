// SPDX-License-Identifier: GPL-2.0
/*
 * Who uses a GPU: open render nodes, and the PCI device as long as it is bound.
 * When nobody does any more, amdkfd lets go of it.
 */
#include <linux/workqueue.h>

#include "kfdsim_host.h"

/* Lets go of GPUs that are gone and not used any more; idle at the exit */
static struct workqueue_struct *kfdsim_unused_wq;

/**
 * kfdsim_users_init - before there is a GPU
 *
 * Return: 0 or -ENOMEM.
 */
int kfdsim_users_init(void)
{
	kfdsim_unused_wq = alloc_ordered_workqueue("kfdsim-unused", 0);
	return kfdsim_unused_wq ? 0 : -ENOMEM;
}

/**
 * kfdsim_users_exit - when there is none any more
 */
void kfdsim_users_exit(void)
{
	destroy_workqueue(kfdsim_unused_wq);
}

/**
 * kfdsim_get - a render node is being opened
 * @sim: the GPU
 *
 * Return: 0; -ENODEV when the GPU has gone and nobody uses it.
 */
int kfdsim_get(struct kfdsim *sim)
{
	return refcount_inc_not_zero(&sim->host->users) ? 0 : -ENODEV;
}

/**
 * kfdsim_put - a render node has been closed, or the GPU goes
 * @sim: the GPU
 *
 * The last one has amdkfd let go of it, by a work item: who closes a file may
 * be what that has to wait for.
 */
void kfdsim_put(struct kfdsim *sim)
{
	if (refcount_dec_and_test(&sim->host->users))
		queue_work(kfdsim_unused_wq, &sim->host->unused_work);
}

/**
 * kfdsim_wait_unused - wait until amdkfd has let go of all GPUs that are gone
 */
void kfdsim_wait_unused(void)
{
	flush_workqueue(kfdsim_unused_wq);
}

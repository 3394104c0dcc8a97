// SPDX-License-Identifier: GPL-2.0
/*
 * What amdgpu keeps for a KFD process: one amdkfd_process_info with the
 * eviction fence, shared by the address spaces that the process acquired on
 * each GPU. Simulated memory never has to move, so nothing here waits for the
 * fence; KFD itself signals it when it evicts and wants a fresh one on restore.
 */
#include <linux/dma-fence.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "amdgpu_object.h"
#include "kfdsim_host.h"

static const char *kfdsim_fence_driver_name(struct dma_fence *f)
{
	return KBUILD_MODNAME;
}

static const char *kfdsim_fence_timeline_name(struct dma_fence *f)
{
	return container_of(f, struct amdgpu_amdkfd_fence, base)->timeline_name;
}

/* Someone waits for the fence: the process has to leave the GPU */
static bool kfdsim_fence_enable_signaling(struct dma_fence *f)
{
	struct amdgpu_amdkfd_fence *fence =
		container_of(f, struct amdgpu_amdkfd_fence, base);

	return !kgd2kfd_schedule_evict_and_restore_process(fence->mm, f);
}

static void kfdsim_fence_release(struct dma_fence *f)
{
	struct amdgpu_amdkfd_fence *fence =
		container_of(f, struct amdgpu_amdkfd_fence, base);

	mmdrop(fence->mm);
	kfree_rcu(fence, base.rcu);
}

static const struct dma_fence_ops kfdsim_fence_ops = {
	.get_driver_name = kfdsim_fence_driver_name,
	.get_timeline_name = kfdsim_fence_timeline_name,
	.enable_signaling = kfdsim_fence_enable_signaling,
	.release = kfdsim_fence_release,
};

static struct amdgpu_amdkfd_fence *
kfdsim_fence_create(struct mm_struct *mm, u64 context, u64 seqno)
{
	struct amdgpu_amdkfd_fence *fence = kzalloc(sizeof(*fence), GFP_KERNEL);

	if (!fence)
		return NULL;
	mmgrab(mm);
	fence->mm = mm;
	get_task_comm(fence->timeline_name, current);
	spin_lock_init(&fence->lock);
	dma_fence_init(&fence->base, &kfdsim_fence_ops, &fence->lock, context,
		       seqno);
	return fence;
}

static struct amdkfd_process_info *kfdsim_process_create(void)
{
	struct amdkfd_process_info *info = kzalloc(sizeof(*info), GFP_KERNEL);

	if (!info)
		return NULL;
	info->eviction_fence =
		kfdsim_fence_create(current->mm, dma_fence_context_alloc(1), 1);
	if (!info->eviction_fence) {
		kfree(info);
		return NULL;
	}
	mutex_init(&info->lock);
	INIT_LIST_HEAD(&info->vm_list_head);
	INIT_LIST_HEAD(&info->kfd_bo_list);
	info->pid = get_task_pid(current->group_leader, PIDTYPE_PID);
	return info;
}

static void kfdsim_process_free(struct amdkfd_process_info *info)
{
	WARN_ON(!list_empty(&info->kfd_bo_list));
	dma_fence_put(&info->eviction_fence->base);
	put_pid(info->pid);
	mutex_destroy(&info->lock);
	kfree(info);
}

/*
 * A render node's address space becomes one of a KFD process. @process_info
 * is the process's, created by the first GPU that it opens.
 */
int amdgpu_amdkfd_gpuvm_acquire_process_vm(struct amdgpu_device *adev,
					   struct amdgpu_vm *avm,
					   void **process_info,
					   struct dma_fence **ef)
{
	struct amdkfd_process_info *info = *process_info;

	if (avm->process_info)
		return -EINVAL;
	if (!info)
		info = kfdsim_process_create();
	if (!info)
		return -ENOMEM;
	if (cmpxchg(&avm->process_info, NULL, info)) {
		if (!*process_info)
			kfdsim_process_free(info);
		return -EINVAL;
	}

	mutex_lock(&info->lock);
	list_add_tail(&avm->vm_list_node, &info->vm_list_head);
	info->n_vms++;
	if (ef)
		*ef = dma_fence_get(&info->eviction_fence->base);
	mutex_unlock(&info->lock);

	avm->is_compute_context = true;
	get_task_comm(avm->task_info->task_name, current);
	get_task_comm(avm->task_info->process_name, current->group_leader);
	avm->task_info->pid = current->pid;
	avm->task_info->tgid = current->tgid;
	*process_info = info;
	return 0;
}

/* Undo acquire: the render node is closed, or acquiring failed halfway */
void amdgpu_amdkfd_gpuvm_destroy_cb(struct amdgpu_device *adev,
				    struct amdgpu_vm *avm)
{
	struct amdkfd_process_info *info = avm->process_info;
	unsigned int left;

	if (!info)
		return;
	mutex_lock(&info->lock);
	left = --info->n_vms;
	list_del(&avm->vm_list_node);
	mutex_unlock(&info->lock);
	avm->process_info = NULL;
	if (!left)
		kfdsim_process_free(info);
}

/* The KFD process goes; its PASID, which KFD frees, must not be found again */
void amdgpu_amdkfd_gpuvm_release_process_vm(struct amdgpu_device *adev,
					    void *drm_priv)
{
	struct amdgpu_vm *avm = drm_priv_to_vm(drm_priv);

	WRITE_ONCE(avm->pasid, 0);
	avm->is_compute_context = false;
}

int amdgpu_amdkfd_gpuvm_set_vm_pasid(struct amdgpu_device *adev,
				     struct amdgpu_vm *avm, u32 pasid)
{
	WRITE_ONCE(avm->pasid, pasid);
	return 0;
}

u64 amdgpu_amdkfd_gpuvm_get_process_page_dir(void *drm_priv)
{
	return drm_priv_to_vm(drm_priv)->pd_phys_addr;
}

/*
 * After an eviction: no BO has moved, but a signaled fence is of no use, and
 * KFD compares sequence numbers to tell one eviction from the next.
 */
int amdgpu_amdkfd_gpuvm_restore_process_bos(void *process_info,
					    struct dma_fence __rcu **ef)
{
	struct amdkfd_process_info *info = process_info;
	struct amdgpu_amdkfd_fence *old, *new;
	struct dma_fence *stale;
	int ret = 0;

	mutex_lock(&info->lock);
	old = info->eviction_fence;
	if (!dma_fence_is_signaled(&old->base))
		goto out;
	new = kfdsim_fence_create(old->mm, old->base.context,
				  old->base.seqno + 1);
	if (!new) {
		ret = -ENOMEM;
		goto out;
	}
	strscpy(new->timeline_name, old->timeline_name);
	info->eviction_fence = new;
	stale = rcu_replace_pointer(*ef, dma_fence_get(&new->base),
				    lockdep_is_held(&info->lock));
	dma_fence_put(stale);
	dma_fence_put(&old->base);
out:
	mutex_unlock(&info->lock);
	return ret;
}

static struct dma_fence *kfdsim_process_fence(struct amdgpu_vm *avm, pid_t pid)
{
	struct amdkfd_process_info *info = avm->process_info;
	struct dma_fence *fence = NULL;

	if (info && pid_nr(info->pid) == pid) {
		mutex_lock(&info->lock);
		fence = dma_fence_get(&info->eviction_fence->base);
		mutex_unlock(&info->lock);
	}
	return fence;
}

/**
 * kfdsim_process_evict - let a process be evicted and restored, as when another
 *	one needs its memory
 * @sim: a GPU that it uses
 * @pid: the process
 *
 * Context: may sleep; the eviction happens later, the restore 100 ms after it.
 * Return: 0, or -ESRCH when the process does not use this GPU.
 */
int kfdsim_process_evict(struct kfdsim *sim, pid_t pid)
{
	struct drm_device *ddev = NULL;
	struct dma_fence *fence = NULL;
	struct drm_file *file;
	int i;

	for (i = 0; i < sim->adev->xcp_mgr->num_xcps && !fence; i++) {
		ddev = sim->adev->xcp_mgr->xcp[i].ddev;
		mutex_lock(&ddev->filelist_mutex);
		list_for_each_entry(file, &ddev->filelist, lhead) {
			fence = kfdsim_process_fence(drm_priv_to_vm(file), pid);
			if (fence)
				break;
		}
		mutex_unlock(&ddev->filelist_mutex);
	}
	if (!fence)
		return -ESRCH;
	dma_fence_enable_sw_signaling(fence);
	dma_fence_put(fence);
	return 0;
}

/* ---- who is it, for messages -------------------------------------------- */

struct amdgpu_task_info *
amdgpu_vm_get_task_info_pasid(struct amdgpu_device *adev, u32 pasid)
{
	struct amdgpu_task_info *ti = NULL;
	struct drm_device *ddev;
	struct drm_file *file;
	int i;

	for (i = 0; i < adev->xcp_mgr->num_xcps && !ti; i++) {
		ddev = adev->xcp_mgr->xcp[i].ddev;
		mutex_lock(&ddev->filelist_mutex);
		list_for_each_entry(file, &ddev->filelist, lhead) {
			struct amdgpu_vm *avm = drm_priv_to_vm(file);

			if (pasid && READ_ONCE(avm->pasid) == pasid) {
				ti = avm->task_info;
				kref_get(&ti->refcount);
				break;
			}
		}
		mutex_unlock(&ddev->filelist_mutex);
	}
	return ti;
}

static void kfdsim_task_info_release(struct kref *ref)
{
	kfree(container_of(ref, struct amdgpu_task_info, refcount));
}

void amdgpu_vm_put_task_info(struct amdgpu_task_info *task_info)
{
	if (task_info)
		kref_put(&task_info->refcount, kfdsim_task_info_release);
}

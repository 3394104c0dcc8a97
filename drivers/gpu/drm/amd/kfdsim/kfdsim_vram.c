// SPDX-License-Identifier: GPL-2.0
/*
 * Accounting of memory: VRAM has a size, of which each partition has its share.
 * System memory is the kernel's business.
 */
#include <uapi/linux/kfd_ioctl.h>

#include "kfdsim_host.h"

/**
 * kfdsim_vram_reserve - account for an allocation
 * @adev: the GPU
 * @size: in bytes, whole pages
 * @flags: KFD_IOC_ALLOC_MEM_FLAGS_*
 * @xcp_id: the partition
 *
 * Return: 0, or -ENOMEM when the partition has not so much VRAM left.
 */
int kfdsim_vram_reserve(struct amdgpu_device *adev, u64 size, u32 flags,
			int xcp_id)
{
	struct kfdsim_host *host = kfdsim_from_adev(adev)->host;
	int ret = 0;

	if (!(flags & KFD_IOC_ALLOC_MEM_FLAGS_VRAM))
		return 0;
	spin_lock(&host->vram_lock);
	if (size > amdgpu_amdkfd_get_available_memory(adev, xcp_id))
		ret = -ENOMEM;
	else
		adev->kfd.vram_used[xcp_id] += size;
	spin_unlock(&host->vram_lock);
	return ret;
}

/**
 * kfdsim_vram_unreserve - undo kfdsim_vram_reserve()
 * @adev: the GPU
 * @size: as reserved
 * @flags: as reserved
 * @xcp_id: as reserved
 */
void kfdsim_vram_unreserve(struct amdgpu_device *adev, u64 size, u32 flags,
			   int xcp_id)
{
	struct kfdsim_host *host = kfdsim_from_adev(adev)->host;

	if (!(flags & KFD_IOC_ALLOC_MEM_FLAGS_VRAM))
		return;
	spin_lock(&host->vram_lock);
	adev->kfd.vram_used[xcp_id] -= size;
	spin_unlock(&host->vram_lock);
}

size_t amdgpu_amdkfd_get_available_memory(struct amdgpu_device *adev,
					  u8 xcp_id)
{
	return amdgpu_amdkfd_xcp_memory_size(adev, xcp_id) -
	       READ_ONCE(adev->kfd.vram_used[xcp_id]);
}

u64 amdgpu_amdkfd_xcp_memory_size(struct amdgpu_device *adev, int xcp_id)
{
	return ALIGN_DOWN(div_u64(adev->gmc.real_vram_size,
				  adev->xcp_mgr->num_xcps), PAGE_SIZE);
}

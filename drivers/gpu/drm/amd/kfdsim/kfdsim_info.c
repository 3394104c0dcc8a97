// SPDX-License-Identifier: GPL-2.0
/*
 * DRM_IOCTL_AMDGPU_INFO: what libdrm's amdgpu_device_initialize() asks, which
 * ROCm's thunk calls, and what a program asks that allocates memory. There are
 * no rings of the graphics driver's, and it is said so.
 */
#include <linux/uaccess.h>
#include <drm/amdgpu_drm.h>

#include "kfdsim_host.h"
#include "kfdsim_uapi.h"

/* GFX9 dword offsets of the two registers that libdrm reads */
#define MM_CC_RB_BACKEND_DISABLE	0x263d
#define MM_GB_ADDR_CONFIG		0x263e

static int kfdsim_info_copy(const struct drm_amdgpu_info *info,
			    const void *data, size_t size)
{
	void __user *to = u64_to_user_ptr(info->return_pointer);

	return copy_to_user(to, data, min_t(size_t, size, info->return_size)) ?
	       -EFAULT : 0;
}

static int kfdsim_info_register(struct amdgpu_device *adev,
				const struct drm_amdgpu_info *info)
{
	u32 value;

	if (info->read_mmr_reg.count != 1)
		return -EINVAL;
	switch (info->read_mmr_reg.dword_offset) {
	case MM_CC_RB_BACKEND_DISABLE:
		value = 0;
		break;
	case MM_GB_ADDR_CONFIG:
		value = adev->gfx.config.gb_addr_config;
		break;
	default:
		return -EINVAL;
	}
	return kfdsim_info_copy(info, &value, sizeof(value));
}

static int kfdsim_info_device(struct amdgpu_device *adev,
			      const struct drm_amdgpu_info *info)
{
	const struct amdgpu_gfx_config *config = &adev->gfx.config;
	const struct amdgpu_cu_info *cu = &adev->gfx.cu_info;
	u32 mhz = kfdsim_from_adev(adev)->model.gpu_clock_mhz;
	struct drm_amdgpu_info_device dev = {
		.device_id = adev->pdev->device,
		.chip_rev = adev->rev_id,
		.external_rev = adev->external_rev_id,
		.pci_rev = adev->pdev->revision,
		.family = adev->family,
		.num_shader_engines = config->max_shader_engines,
		.num_shader_arrays_per_engine = config->max_sh_per_se,
		.gpu_counter_freq = USEC_PER_SEC / KFDSIM_GPU_CLOCK_NS,
		.max_engine_clock = mhz * 1000ULL,
		.cu_active_number = cu->number,
		.virtual_address_offset = AMDGPU_VA_RESERVED_BOTTOM,
		.virtual_address_max =
			adev->vm_manager.max_pfn << AMDGPU_GPU_PAGE_SHIFT,
		.virtual_address_alignment = PAGE_SIZE,
		.pte_fragment_size = PAGE_SIZE,
		.gart_page_size = PAGE_SIZE,
		.vram_type = adev->gmc.vram_type,
		.vram_bit_width = adev->gmc.vram_width,
		.wave_front_size = cu->wave_front_size,
		.num_cu_per_sh = config->max_cu_per_sh,
		.mall_size = adev->gmc.mall_size,
	};

	memcpy(dev.cu_bitmap, cu->bitmap[0], sizeof(dev.cu_bitmap));
	return kfdsim_info_copy(info, &dev, sizeof(dev));
}

static struct drm_amdgpu_heap_info kfdsim_info_heap(u64 size, u64 used)
{
	return (struct drm_amdgpu_heap_info) {
		.total_heap_size = size,
		.usable_heap_size = size,
		.heap_usage = used,
		.max_allocation = size - used,
	};
}

/* The partition's VRAM, all of which the CPU sees, and system memory */
static struct drm_amdgpu_memory_info
kfdsim_info_heaps(struct amdgpu_device *adev, int xcp_id)
{
	u64 vram = amdgpu_amdkfd_xcp_memory_size(adev, xcp_id);
	u64 left = amdgpu_amdkfd_get_available_memory(adev, xcp_id);
	struct drm_amdgpu_memory_info heaps = {
		.vram = kfdsim_info_heap(vram, vram - left),
		.gtt = kfdsim_info_heap((u64)totalram_pages() << PAGE_SHIFT, 0),
	};

	heaps.cpu_accessible_vram = heaps.vram;
	return heaps;
}

static int kfdsim_info_memory(struct amdgpu_device *adev, int xcp_id,
			      const struct drm_amdgpu_info *info)
{
	struct drm_amdgpu_memory_info heaps = kfdsim_info_heaps(adev, xcp_id);
	struct drm_amdgpu_info_vram_gtt sizes = {
		.vram_size = heaps.vram.total_heap_size,
		.vram_cpu_accessible_size = heaps.vram.total_heap_size,
		.gtt_size = heaps.gtt.total_heap_size,
	};

	switch (info->query) {
	case AMDGPU_INFO_MEMORY:
		return kfdsim_info_copy(info, &heaps, sizeof(heaps));
	case AMDGPU_INFO_VRAM_GTT:
		return kfdsim_info_copy(info, &sizes, sizeof(sizes));
	default:
		return kfdsim_info_copy(info, &heaps.vram.heap_usage,
					sizeof(heaps.vram.heap_usage));
	}
}

static int kfdsim_info_hw_ip(const struct drm_amdgpu_info *info)
{
	const struct drm_amdgpu_info_hw_ip none = {};
	const u32 count = 0;

	if (info->query_hw_ip.type >= AMDGPU_HW_IP_NUM)
		return -EINVAL;
	if (info->query == AMDGPU_INFO_HW_IP_COUNT)
		return kfdsim_info_copy(info, &count, sizeof(count));
	if (info->query_hw_ip.ip_instance)
		return -EINVAL;
	return kfdsim_info_copy(info, &none, sizeof(none));
}

/**
 * kfdsim_info_ioctl - DRM_IOCTL_AMDGPU_INFO
 * @ddev: a partition's DRM device
 * @data: struct drm_amdgpu_info
 * @file: the open render node
 *
 * Return: 0, -EFAULT, or -EINVAL for a query that is not answered.
 */
int kfdsim_info_ioctl(struct drm_device *ddev, void *data,
		      struct drm_file *file)
{
	struct kfdsim *sim = kfdsim_from_drm(ddev);
	int xcp_id = to_kfdsim_fpriv(drm_priv_to_vm(file))->base.xcp_id;
	const struct drm_amdgpu_info *info = data;
	u64 number = 0;
	u32 yes = 1;

	if (!info->return_size || !info->return_pointer)
		return -EINVAL;

	switch (info->query) {
	case AMDGPU_INFO_ACCEL_WORKING:
		return kfdsim_info_copy(info, &yes, sizeof(yes));
	case AMDGPU_INFO_READ_MMR_REG:
		return kfdsim_info_register(sim->adev, info);
	case AMDGPU_INFO_DEV_INFO:
		return kfdsim_info_device(sim->adev, info);
	case AMDGPU_INFO_MEMORY:
	case AMDGPU_INFO_VRAM_GTT:
	case AMDGPU_INFO_VRAM_USAGE:
	case AMDGPU_INFO_VIS_VRAM_USAGE:
		return kfdsim_info_memory(sim->adev, xcp_id, info);
	case AMDGPU_INFO_HW_IP_INFO:
	case AMDGPU_INFO_HW_IP_COUNT:
		return kfdsim_info_hw_ip(info);
	case AMDGPU_INFO_TIMESTAMP:
		number = kfdsim_gpu_clock(sim);
		return kfdsim_info_copy(info, &number, sizeof(number));
	case AMDGPU_INFO_GTT_USAGE:
	case AMDGPU_INFO_NUM_BYTES_MOVED:
	case AMDGPU_INFO_NUM_EVICTIONS:
		return kfdsim_info_copy(info, &number, sizeof(number));
	default:
		return -EINVAL;
	}
}

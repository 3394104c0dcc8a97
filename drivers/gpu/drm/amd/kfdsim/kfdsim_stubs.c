// SPDX-License-Identifier: GPL-2.0
/*
 * Symbols of amdgpu that amdkfd links to and that have little to do here:
 * constants of the model, hardware that these chips do not have (GFXOFF, RAS,
 * other generations), and features that are refused.
 */
#include <linux/idr.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <drm/ttm/ttm_bo.h>

#include "amdgpu.h"
#include "amdgpu_dpm.h"
#include "amdgpu_object.h"
#include "amdgpu_ras.h"
#include "amdgpu_xgmi.h"
#include "kfd_priv.h"
#include "kfdsim_host.h"

/* ---- other chips: kgd2kfd_probe() refers to these, and picks none -------- */

const struct kfd2kgd_calls gfx_v7_kfd2kgd;
const struct kfd2kgd_calls gfx_v8_kfd2kgd;
const struct kfd2kgd_calls gfx_v9_kfd2kgd;
const struct kfd2kgd_calls arcturus_kfd2kgd;
const struct kfd2kgd_calls aldebaran_kfd2kgd;
const struct kfd2kgd_calls gfx_v10_kfd2kgd;
const struct kfd2kgd_calls gfx_v10_3_kfd2kgd;
const struct kfd2kgd_calls gfx_v12_kfd2kgd;

const char *amdgpu_asic_name[CHIP_LAST] = {
	[CHIP_IP_DISCOVERY] = "IP DISCOVERY",
};

/* ---- constants ---------------------------------------------------------- */

u32 amdgpu_amdkfd_get_fw_version(struct amdgpu_device *adev,
				 enum kgd_engine_type type)
{
	switch (type) {
	case KGD_ENGINE_MEC1:
		return adev->gfx.mec_fw_version;
	case KGD_ENGINE_MEC2:
		return adev->gfx.mec2_fw_version;
	case KGD_ENGINE_SDMA1:
		return adev->sdma.instance[0].fw_version;
	default:
		return 0;
	}
}

void amdgpu_amdkfd_get_local_mem_info(struct amdgpu_device *adev,
				      struct kfd_local_mem_info *mem_info,
				      struct amdgpu_xcp *xcp)
{
	*mem_info = (struct kfd_local_mem_info) {
		.local_mem_size_public =
			amdgpu_amdkfd_xcp_memory_size(adev, xcp->id),
		.vram_width = adev->gmc.vram_width,
		.mem_clk_max = 1300,
	};
}

u64 amdgpu_amdkfd_get_gpu_clock_counter(struct amdgpu_device *adev)
{
	return kfdsim_gpu_clock(kfdsim_from_adev(adev));
}

u32 amdgpu_amdkfd_get_max_engine_clock_in_mhz(struct amdgpu_device *adev)
{
	return kfdsim_from_adev(adev)->model.gpu_clock_mhz;
}

bool amdgpu_amdkfd_have_atomics_support(struct amdgpu_device *adev)
{
	return adev->have_atomics_support;
}

/* x16 of generation 5, in one direction */
int amdgpu_amdkfd_get_pcie_bandwidth_mbytes(struct amdgpu_device *adev,
					    bool is_min)
{
	return 16 * 32000 / BITS_PER_BYTE;
}

/* Every GPU of a hive has a link to every other */
u8 amdgpu_amdkfd_get_xgmi_hops_count(struct amdgpu_device *dst,
				     struct amdgpu_device *src)
{
	return 1;
}

/* One link, x16 of 25 Gbit/s, as amdgpu reports it */
int amdgpu_amdkfd_get_xgmi_bandwidth_mbytes(struct amdgpu_device *dst,
					    struct amdgpu_device *src,
					    bool is_min)
{
	return 16 * 25000 / BITS_PER_BYTE;
}

/* GFX9 has no tiling modes to tell user space about */
int amdgpu_amdkfd_get_tile_config(struct amdgpu_device *adev,
				  struct tile_config *config)
{
	memset(config, 0, sizeof(*config));
	config->gb_addr_config = adev->gfx.config.gb_addr_config;
	return 0;
}

/* ---- numbering ---------------------------------------------------------- */

void amdgpu_queue_mask_bit_to_mec_queue(struct amdgpu_device *adev, int bit,
					int *mec, int *pipe, int *queue)
{
	int queues = adev->gfx.mec.num_queue_per_pipe;
	int pipes = adev->gfx.mec.num_pipe_per_mec;

	*queue = bit % queues;
	*pipe = bit / queues % pipes;
	*mec = bit / queues / pipes;
}

/* The packet's mask has 8 queues to a pipe and 4 pipes to a MEC, whatever the
 * chip has.
 */
int amdgpu_queue_mask_bit_to_set_resource_bit(struct amdgpu_device *adev,
					      int queue_bit)
{
	int mec, pipe, queue;

	amdgpu_queue_mask_bit_to_mec_queue(adev, queue_bit, &mec, &pipe,
					   &queue);
	return (mec * 4 + pipe) * 8 + queue;
}

/* PASIDs number processes, not the processes of a device */
static DEFINE_IDA(kfdsim_pasids);

int amdgpu_pasid_alloc(unsigned int bits)
{
	if (!bits)
		return -EINVAL;
	return ida_alloc_range(&kfdsim_pasids, 1, BIT(bits) - 1, GFP_KERNEL);
}

void amdgpu_pasid_free(u32 pasid)
{
	ida_free(&kfdsim_pasids, pasid);
}

/* ---- partitions --------------------------------------------------------- */

int amdgpu_xcp_get_inst_details(struct amdgpu_xcp *xcp,
				enum AMDGPU_XCP_IP_BLOCK ip,
				u32 *inst_mask)
{
	if (!xcp->valid || !xcp->ip[ip].valid)
		return -EINVAL;
	*inst_mask = xcp->ip[ip].inst_mask;
	return 0;
}

/* Fixed when the module is loaded */
int amdgpu_xcp_query_partition_mode(struct amdgpu_xcp_mgr *xcp_mgr, u32 flags)
{
	return xcp_mgr->mode;
}

/* ---- GTT and GWS -------------------------------------------------------- */

int amdgpu_amdkfd_alloc_gtt_mem(struct amdgpu_device *adev, size_t size,
				void **mem_obj, u64 *gpu_addr,
				void **cpu_ptr, bool mqd_gfx9)
{
	struct kfdsim_host *host = kfdsim_from_adev(adev)->host;

	if (atomic_add_unless(&host->fail_alloc_gtt, -1, 0))
		return -ENOMEM;
	if (READ_ONCE(host->slow_alloc_gtt_us))
		fsleep(READ_ONCE(host->slow_alloc_gtt_us));
	return amdgpu_bo_create_kernel(adev, size, PAGE_SIZE,
				       AMDGPU_GEM_DOMAIN_GTT,
				       (struct amdgpu_bo **)mem_obj, gpu_addr,
				       cpu_ptr);
}

/* In place of kfd_gtt_sa_allocate() for runlists, and for nothing else */
int kfdsim_runlist_allocate(struct kfd_node *node, unsigned int size,
			    struct kfd_mem_obj **mem_obj)
{
	struct kfdsim_host *host = kfdsim_from_adev(node->adev)->host;

	if (atomic_add_unless(&host->fail_alloc_runlist, -1, 0))
		return -ENOMEM;
	return kfd_gtt_sa_allocate(node, size, mem_obj);
}

void amdgpu_amdkfd_free_gtt_mem(struct amdgpu_device *adev, void **mem_obj)
{
	struct amdgpu_bo *bo = *mem_obj;

	/* of a process, and lent to the driver */
	if (bo && to_kfdsim_bo(bo)->kind == KFDSIM_BO_LAZY) {
		amdgpu_bo_reserve(bo, true);
		amdgpu_bo_unpin(bo);
		amdgpu_bo_unreserve(bo);
	}
	amdgpu_bo_unref((struct amdgpu_bo **)mem_obj);
}

/*
 * MES reads write pointers of processes by GART address. The mapping lasts as
 * long as the BO.
 */
int amdgpu_amdkfd_map_gtt_bo_to_gart(struct amdgpu_bo *bo,
				     struct amdgpu_bo **bo_gart)
{
	int ret = amdgpu_bo_reserve(bo, true);

	if (ret)
		return ret;
	ret = amdgpu_bo_pin(bo, AMDGPU_GEM_DOMAIN_GTT);
	if (ret)
		goto out;
	ret = amdgpu_bo_kmap(bo, NULL);
	if (!ret && !to_kfdsim_bo(bo)->offset)
		ret = kfdsim_gart_insert(to_kfdsim_bo(bo));
	if (ret)
		amdgpu_bo_unpin(bo);
	else
		*bo_gart = amdgpu_bo_ref(bo);
out:
	amdgpu_bo_unreserve(bo);
	return ret;
}

/* Global wave sync: an amount to hand out, without memory behind it */
int amdgpu_amdkfd_alloc_gws(struct amdgpu_device *adev, size_t size,
			    void **mem_obj)
{
	struct kfdsim_bo *bo;

	bo = kfdsim_bo_create(kfdsim_from_adev(adev), adev_to_drm(adev),
			      KFDSIM_BO_EMPTY, PAGE_ALIGN(size),
			      AMDGPU_GEM_DOMAIN_GWS);
	if (IS_ERR(bo))
		return PTR_ERR(bo);
	*mem_obj = &bo->base;
	return 0;
}

void amdgpu_amdkfd_free_gws(struct amdgpu_device *adev, void *mem_obj)
{
	struct amdgpu_bo *bo = mem_obj;

	amdgpu_bo_unref(&bo);
}

int amdgpu_amdkfd_add_gws_to_process(void *info, void *gws,
				     struct kgd_mem **mem)
{
	if (!info || !gws)
		return -EINVAL;
	*mem = kzalloc(sizeof(**mem), GFP_KERNEL);
	if (!*mem)
		return -ENOMEM;
	(*mem)->bo = amdgpu_bo_ref(gws);
	(*mem)->domain = AMDGPU_GEM_DOMAIN_GWS;
	(*mem)->process_info = info;
	return 0;
}

int amdgpu_amdkfd_remove_gws_from_process(void *info, void *mem)
{
	struct kgd_mem *gws = mem;

	amdgpu_bo_unref(&gws->bo);
	kfree(gws);
	return 0;
}

/* ---- KIQ ---------------------------------------------------------------- */

int amdgpu_amdkfd_unmap_hiq(struct amdgpu_device *adev, u32 doorbell_off,
			    u32 inst)
{
	return kfdsim_hw_unmap_hiq(kfdsim_from_adev(adev), doorbell_off, inst);
}

/* Kernel IBs are for texture cache flushes on GFX7, without HWS */
int amdgpu_amdkfd_submit_ib(struct amdgpu_device *adev,
			    enum kgd_engine_type engine, u32 vmid,
			    u64 gpu_addr, u32 *ib_cmd,
			    u32 ib_len)
{
	return -EOPNOTSUPP;
}

/* ---- nothing to do: memory is coherent, power is free ------------------- */

void amdgpu_amdkfd_debug_mem_fence(struct amdgpu_device *adev)
{
}

void amdgpu_device_flush_hdp(struct amdgpu_device *adev,
			     struct amdgpu_ring *ring)
{
}

void amdgpu_amdkfd_set_compute_idle(struct amdgpu_device *adev, bool idle)
{
}

void amdgpu_gfx_off_ctrl(struct amdgpu_device *adev, bool enable)
{
}

/* A BO that no TTM resource was assigned to is on no LRU list */
void ttm_bo_move_to_lru_tail(struct ttm_buffer_object *bo)
{
	dma_resv_assert_held(bo->base.resv);
}

/* ---- not there: RAS, thermal throttling, SR-IOV ------------------------- */

bool amdgpu_amdkfd_is_fed(struct amdgpu_device *adev)
{
	return false;
}

u64 amdgpu_ras_acquire_event_id(struct amdgpu_device *adev,
				enum ras_event_type type)
{
	return RAS_EVENT_INVALID_ID;
}

int amdgpu_ras_mark_ras_event_caller(struct amdgpu_device *adev,
				     enum ras_event_type type,
				     const void *caller)
{
	return -EOPNOTSUPP;
}

void amdgpu_ras_event_log_print(struct amdgpu_device *adev, u64 event_id,
				const char *fmt, ...)
{
}

void amdgpu_amdkfd_ras_poison_consumption_handler(struct amdgpu_device *adev,
						  enum amdgpu_ras_block block,
						  u32 reset)
{
}

void
amdgpu_amdkfd_ras_pasid_poison_consumption_handler(struct amdgpu_device *adev,
						   enum amdgpu_ras_block block,
						   u16 pasid,
						   pasid_notify pasid_fn,
						   void *data, u32 reset)
{
}

u64
amdgpu_dpm_get_thermal_throttling_counter(struct amdgpu_device *adev)
{
	return 0;
}

bool amdgpu_sriov_xnack_support(struct amdgpu_device *adev)
{
	return true;
}

int amdgpu_amdkfd_gpuvm_get_vm_fault_info(struct amdgpu_device *adev,
					  struct kfd_vm_fault_info *info)
{
	return -EOPNOTSUPP;
}

/* ---- refused: checkpoint and restore (CRIU) ----------------------------- */

void amdgpu_amdkfd_block_mmu_notifications(void *p)
{
}

int amdgpu_amdkfd_criu_resume(void *p)
{
	return -EOPNOTSUPP;
}

int kfd_debugfs_kfd_mem_limits(struct seq_file *m, void *data)
{
	seq_puts(m, "System mem: no limit\n");
	return 0;
}

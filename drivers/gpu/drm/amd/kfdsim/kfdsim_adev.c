// SPDX-License-Identifier: GPL-2.0
/*
 * struct amdgpu_device as amdkfd finds it on a GC 9.4.3 or 11.0.0 chip: what
 * amdgpu reads from the IP discovery table, from registers and from firmware
 * comes from the model here. And amdkfd's start and stop on it, as in amdgpu_amdkfd.c.
 */
#include <linux/slab.h>
#ifdef CONFIG_X86
#include <asm/set_memory.h>
#endif

#include "amd_pcie.h"
#include "amdgpu_reset.h"
#include "kfd_priv.h"
#include "kfdsim_host.h"

/* Compute units that a shader array of the full chip has */
#define KFDSIM_CDNA3_CU_PER_SA	10
#define KFDSIM_RDNA3_CU_PER_SA	8

/* The first VMIDs are the graphics driver's (gmc_v9_0.c, gmc_v11_0.c) */
#define KFDSIM_CDNA3_KFD_VMID	3
#define KFDSIM_RDNA3_KFD_VMID	8

/* Firmware as of 2024; amdkfd gates debugger features on the MEC's */
#define KFDSIM_MEC_FW_VERSION	155
#define KFDSIM_SDMA_FW_VERSION	20

static enum amdgpu_memory_partition
kfdsim_query_mem_partition_mode(struct amdgpu_device *adev)
{
	return AMDGPU_NPS1_PARTITION_MODE;
}

static const struct amdgpu_gmc_funcs kfdsim_gmc_funcs = {
	.query_mem_partition_mode = kfdsim_query_mem_partition_mode,
};

static enum amdgpu_pkg_type kfdsim_get_pkg_type(struct amdgpu_device *adev)
{
	return AMDGPU_PKG_TYPE_OAM;
}

static const struct amdgpu_smuio_funcs kfdsim_smuio_funcs = {
	.get_pkg_type = kfdsim_get_pkg_type,
};

static void kfdsim_adev_init_versions(struct kfdsim *sim)
{
	struct amdgpu_device *adev = sim->adev;

	adev->rev_id = 1;
	if (kfdsim_model_has_mes(&sim->model)) {
		adev->family = AMDGPU_FAMILY_GC_11_0_0;
		adev->external_rev_id = adev->rev_id + 0x1;
		adev->ip_versions[GC_HWIP][0] = IP_VERSION(11, 0, 0);
		adev->ip_versions[SDMA0_HWIP][0] = IP_VERSION(6, 0, 0);
		adev->gfx.rs64_enable = true;
		return;
	}
	adev->family = AMDGPU_FAMILY_AI;
	adev->external_rev_id = adev->rev_id + 0x46;
	adev->ip_versions[GC_HWIP][0] = IP_VERSION(9, 4, 3);
	adev->ip_versions[SDMA0_HWIP][0] = IP_VERSION(4, 4, 2);
}

static void kfdsim_adev_init_ids(struct kfdsim *sim)
{
	struct amdgpu_device *adev = sim->adev;

	kfdsim_adev_init_versions(sim);
	adev->asic_type = CHIP_IP_DISCOVERY;
	adev->unique_id = 0x6b66647300000000ULL + sim->index;
	adev->have_atomics_support = true;
	adev->gfx.mec_fw_version = KFDSIM_MEC_FW_VERSION;
	adev->gfx.mec2_fw_version = KFDSIM_MEC_FW_VERSION;
	adev->smuio.funcs = &kfdsim_smuio_funcs;
	adev->pm.pcie_gen_mask = CAIL_PCIE_LINK_SPEED_SUPPORT_GEN5;
	adev->pm.pcie_mlw_mask = CAIL_PCIE_LINK_WIDTH_SUPPORT_X16;
}

/*
 * CUs are harvested evenly: XCC with 38 has engines with 10, 10, 9 and 9; but
 * those of RDNA in pairs. Engines 4 to 7 have their bits in the columns of
 * shader arrays that the first four don't have.
 */
static void kfdsim_adev_init_cu_bits(struct amdgpu_cu_info *cu,
				     const struct kfdsim_model *model)
{
	unsigned int unit = kfdsim_model_has_mes(model) ? 2 : 1;
	unsigned int arrays = model->se_per_xcc * model->sa_per_se;
	unsigned int xcc, se, sa, nth, n, column;

	for (xcc = 0; xcc < model->num_xcc; xcc++) {
		for (se = 0; se < model->se_per_xcc; se++) {
			for (sa = 0; sa < model->sa_per_se; sa++) {
				nth = sa * model->se_per_xcc + se;
				n = (model->cu_per_xcc / unit + arrays - 1 -
				     nth) / arrays * unit;
				column = sa + se / 4 * 2;
				cu->bitmap[xcc][se % 4][column] = BIT(n) - 1;
				cu->ao_cu_bitmap[se % 4][column] = BIT(n) - 1;
			}
		}
	}
}

static void kfdsim_adev_init_cus(struct kfdsim *sim)
{
	const struct kfdsim_model *model = &sim->model;
	struct amdgpu_cu_info *cu = &sim->adev->gfx.cu_info;

	cu->simd_per_cu = model->simd_per_cu;
	cu->max_waves_per_simd = model->waves_per_simd;
	cu->wave_front_size = model->wave_lanes;
	cu->max_scratch_slots_per_cu = 32;
	cu->lds_size = 64;
	cu->number = model->num_xcc * model->cu_per_xcc;
	kfdsim_adev_init_cu_bits(cu, model);
}

/*
 * amdgpu's own compute rings are spread over the pipes: of each pipe's queues
 * it takes the first ones. mec_bitmap holds what is not KFD's.
 */
static void kfdsim_adev_init_mec(struct kfdsim *sim)
{
	const struct kfdsim_model *model = &sim->model;
	struct amdgpu_gfx *gfx = &sim->adev->gfx;
	unsigned int xcc, i;

	gfx->mec.num_mec = 2;
	gfx->mec.num_pipe_per_mec = model->pipes;
	gfx->mec.num_queue_per_pipe = model->queues_per_pipe;
	for (xcc = 0; xcc < model->num_xcc; xcc++)
		for (i = 0; i < model->kgd_queues; i++)
			__set_bit(i % model->pipes * model->queues_per_pipe +
				  i / model->pipes,
				  gfx->mec_bitmap[xcc].queue_bitmap);
}

/* sizes in KiB; they are what the topology reports */
static void kfdsim_adev_init_caches(struct kfdsim *sim)
{
	struct amdgpu_gfx_config *config = &sim->adev->gfx.config;

	if (kfdsim_model_has_mes(&sim->model)) {
		config->gc_tcp_l1_size = 32;
		config->gc_num_tcp_per_wpg = 2;
		config->gc_l1_instruction_cache_size_per_sqc = 32;
		config->gc_l1_data_cache_size_per_sqc = 16;
		config->gc_num_sqc_per_wgp = 1;
		config->gc_gl1c_per_sa = 1;
		config->gc_gl1c_size_per_instance = 256;
		config->gc_gl2c_per_gpu = 6144;
		return;
	}
	config->gc_tcp_size_per_cu = 32;
	config->gc_l1_instruction_cache_size_per_sqc = 64;
	config->gc_l1_data_cache_size_per_sqc = 16;
	config->gc_num_cu_per_sqc = 2;
	config->gc_tcc_size = 4096;
}

static void kfdsim_adev_init_gfx(struct kfdsim *sim)
{
	struct amdgpu_gfx *gfx = &sim->adev->gfx;
	struct amdgpu_gfx_config *config = &gfx->config;

	gfx->xcc_mask = BIT(sim->model.num_xcc) - 1;
	gfx->num_xcc_per_xcp = sim->model.num_xcc / sim->model.num_partitions;
	config->max_shader_engines = sim->model.se_per_xcc;
	config->max_sh_per_se = sim->model.sa_per_se;
	config->max_cu_per_sh = kfdsim_model_has_mes(&sim->model) ?
				KFDSIM_RDNA3_CU_PER_SA : KFDSIM_CDNA3_CU_PER_SA;
	config->max_hw_contexts = 8;
	config->gb_addr_config = 0x2a114042;
	kfdsim_adev_init_caches(sim);
	kfdsim_adev_init_mec(sim);
	kfdsim_adev_init_cus(sim);
}

static void kfdsim_adev_init_sdma(struct kfdsim *sim)
{
	struct amdgpu_device *adev = sim->adev;
	struct amdgpu_doorbell_index *index = &adev->doorbell_index;
	bool mes = kfdsim_model_has_mes(&sim->model);
	unsigned int i;

	adev->sdma.num_instances = sim->model.sdma_engines;
	index->sdma_doorbell_range = 20;
	for (i = 0; i < sim->model.sdma_engines; i++) {
		adev->sdma.instance[i].fw_version = KFDSIM_SDMA_FW_VERSION;
		index->sdma_engine[i] =
			(mes ? AMDGPU_NAVI10_DOORBELL_sDMA_ENGINE0 :
			 AMDGPU_DOORBELL_LAYOUT1_sDMA_ENGINE_START) +
			i * (index->sdma_doorbell_range >> 1);
	}
	if (mes) {
		index->first_non_cp = AMDGPU_NAVI10_DOORBELL64_FIRST_NON_CP;
		index->last_non_cp = AMDGPU_NAVI10_DOORBELL64_LAST_NON_CP;
		index->max_assignment =
			AMDGPU_NAVI10_DOORBELL_MAX_ASSIGNMENT << 1;
		return;
	}
	index->first_non_cp = AMDGPU_DOORBELL_LAYOUT1_FIRST_NON_CP;
	index->last_non_cp = AMDGPU_DOORBELL_LAYOUT1_LAST_NON_CP;
	index->max_assignment = AMDGPU_DOORBELL_LAYOUT1_MAX_ASSIGNMENT << 1;
}

static void kfdsim_adev_init_links(struct kfdsim *sim, bool hive)
{
	struct amdgpu_device *adev = sim->adev;
	struct amdgpu_gmc *gmc = &adev->gmc;

	if (kfdsim_model_has_mes(&sim->model)) {
		gmc->vram_type = AMDGPU_VRAM_TYPE_GDDR6;
		gmc->vram_width = 384;
		gmc->mall_size = 96ULL << 20;
		adev->vm_manager.first_kfd_vmid = KFDSIM_RDNA3_KFD_VMID;
		return;
	}
	gmc->vram_type = AMDGPU_VRAM_TYPE_HBM;
	gmc->vram_width = 8192;
	gmc->mall_size = 256ULL << 20;
	gmc->xgmi.supported = true;
	gmc->xgmi.physical_node_id = sim->index;
	if (hive)
		gmc->xgmi.hive_id = 0x6b666473;
	adev->vm_manager.first_kfd_vmid = KFDSIM_CDNA3_KFD_VMID;
}

static void kfdsim_adev_init_memory(struct kfdsim *sim, bool hive)
{
	struct amdgpu_device *adev = sim->adev;
	struct amdgpu_gmc *gmc = &adev->gmc;

	gmc->gmc_funcs = &kfdsim_gmc_funcs;
	gmc->mc_vram_size = sim->model.vram_bytes;
	gmc->real_vram_size = sim->model.vram_bytes;
	gmc->visible_vram_size = sim->model.vram_bytes;
	gmc->aper_size = sim->model.vram_bytes;
	gmc->noretry = 1;
	kfdsim_adev_init_links(sim, hive);
	adev->gds.gws_size = 64;
	adev->vm_manager.max_pfn = 1ULL << (48 - AMDGPU_GPU_PAGE_SHIFT);
	/* used by amdgpu_bo_unreserve() */
	spin_lock_init(&adev->mman.bdev.lru_lock);
}

static int kfdsim_adev_init_partitions(struct kfdsim *sim)
{
	struct amdgpu_device *adev = sim->adev;
	unsigned int n = sim->model.num_partitions, i;
	struct amdgpu_xcp_mgr *mgr = kzalloc(sizeof(*mgr), GFP_KERNEL);
	unsigned int xccs = sim->model.num_xcc / n;
	unsigned int sdmas = sim->model.sdma_engines / n;

	if (!mgr)
		return -ENOMEM;
	mutex_init(&mgr->xcp_lock);
	mgr->adev = adev;
	mgr->mode = n == 1 ? AMDGPU_SPX_PARTITION_MODE :
			     AMDGPU_CPX_PARTITION_MODE;
	mgr->num_xcps = n;
	mgr->num_xcp_per_mem_partition = n;
	for (i = 0; i < n; i++) {
		struct amdgpu_xcp *xcp = &mgr->xcp[i];

		xcp->id = i;
		xcp->valid = true;
		xcp->ip[AMDGPU_XCP_GFX].ip_id = AMDGPU_XCP_GFX;
		xcp->ip[AMDGPU_XCP_GFX].valid = true;
		xcp->ip[AMDGPU_XCP_GFX].inst_mask =
			(BIT(xccs) - 1) << (i * xccs);
		xcp->ip[AMDGPU_XCP_SDMA].ip_id = AMDGPU_XCP_SDMA;
		xcp->ip[AMDGPU_XCP_SDMA].valid = true;
		xcp->ip[AMDGPU_XCP_SDMA].inst_mask =
			(BIT(sdmas) - 1) << (i * sdmas);
	}
	adev->xcp_mgr = mgr;
	return 0;
}

/* amdkfd maps it uncached: the kernel's mapping must not be cached then */
static int kfdsim_adev_init_mmio(struct kfdsim *sim)
{
	struct page *page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	int ret = 0;

	if (!page)
		return -ENOMEM;
#ifdef CONFIG_X86
	ret = set_memory_uc((unsigned long)page_address(page), 1);
#endif
	if (ret) {
		__free_page(page);
		return ret;
	}
	sim->host->mmio = page;
	sim->adev->rmmio_remap.bus_addr = page_to_phys(page);
	return 0;
}

static void kfdsim_adev_fini_mmio(struct kfdsim *sim)
{
	struct page *page = sim->host->mmio;

	if (!page)
		return;
#ifdef CONFIG_X86
	set_memory_wb((unsigned long)page_address(page), 1);
#endif
	__free_page(page);
	sim->host->mmio = NULL;
}

/**
 * kfdsim_adev_init - fill in the amdgpu_device
 * @sim: the GPU, with @sim->model and @sim->host
 * @hive: there are other GPUs, and XGMI links to them
 *
 * Return: 0 or -errno; then kfdsim_adev_fini() has to be called, too.
 */
int kfdsim_adev_init(struct kfdsim *sim, bool hive)
{
	int ret;

	kfdsim_adev_init_ids(sim);
	kfdsim_adev_init_gfx(sim);
	kfdsim_adev_init_sdma(sim);
	kfdsim_adev_init_memory(sim, hive);
	if (kfdsim_model_has_mes(&sim->model))
		kfdsim_mes_host_init(sim);
	ret = kfdsim_adev_init_partitions(sim);
	if (ret)
		return ret;
	return kfdsim_adev_init_mmio(sim);
}

/**
 * kfdsim_adev_fini - free what kfdsim_adev_init() has allocated
 * @sim: the GPU
 */
void kfdsim_adev_fini(struct kfdsim *sim)
{
	kfdsim_adev_fini_mmio(sim);
	if (sim->adev->enable_mes)
		kfdsim_mes_host_fini(sim);
	kfree(sim->adev->xcp_mgr);
	sim->adev->xcp_mgr = NULL;
}

static void kfdsim_adev_resources(struct amdgpu_device *adev,
				  struct kgd2kfd_shared_resources *res)
{
	unsigned int first = adev->vm_manager.first_kfd_vmid;
	const struct amdgpu_mec *mec = &adev->gfx.mec;

	res->compute_vmid_bitmap = GENMASK(AMDGPU_NUM_VMID - 1, first);
	res->num_pipe_per_mec = mec->num_pipe_per_mec;
	res->num_queue_per_pipe = mec->num_queue_per_pipe;
	res->gpuvm_size = min(adev->vm_manager.max_pfn << AMDGPU_GPU_PAGE_SHIFT,
			      AMDGPU_GMC_HOLE_START);
	res->drm_render_minor = adev_to_drm(adev)->render->index;
	res->sdma_doorbell_idx = adev->doorbell_index.sdma_engine;
	res->doorbell_physical_address = adev->doorbell.base;
	res->enable_mes = adev->enable_mes;
	/* With MES the rest is amdgpu's own business */
	if (!res->enable_mes) {
		res->doorbell_aperture_size = adev->doorbell.size;
		res->doorbell_start_offset =
			adev->doorbell.num_kernel_doorbells * sizeof(u32);
	}
	res->non_cp_doorbells_start = adev->doorbell_index.first_non_cp;
	res->non_cp_doorbells_end = adev->doorbell_index.last_non_cp;

	/* KFD gets the queues of the first MEC that amdgpu does not use */
	bitmap_set(res->cp_queue_bitmap, 0,
		   mec->num_pipe_per_mec * mec->num_queue_per_pipe);
	bitmap_andnot(res->cp_queue_bitmap, res->cp_queue_bitmap,
		      adev->gfx.mec_bitmap[0].queue_bitmap, AMDGPU_MAX_QUEUES);
}

/**
 * kfdsim_adev_start_kfd - hand the device to amdkfd
 * @sim: the GPU, its hardware side running, its render nodes registered
 *
 * Return: 0, or -ENODEV when amdkfd did not want it (it says why in the log).
 */
int kfdsim_adev_start_kfd(struct kfdsim *sim)
{
	struct amdgpu_device *adev = sim->adev;
	struct kgd2kfd_shared_resources resources = {};

	adev->kfd.dev = kgd2kfd_probe(adev, false);
	if (!adev->kfd.dev)
		return -ENODEV;
	kfdsim_adev_resources(adev, &resources);
	adev->kfd.init_complete = kgd2kfd_device_init(adev->kfd.dev,
						      &resources);
	if (!adev->kfd.init_complete) {
		kgd2kfd_device_exit(adev->kfd.dev);
		adev->kfd.dev = NULL;
		return -ENODEV;
	}
	return 0;
}

/**
 * kfdsim_adev_in_use - is there a process that has the GPU?
 * @sim: the GPU
 *
 * A process has every GPU that there is when it opens /dev/kfd, also one that
 * it never uses. amdkfd follows its pointers to them until the process has
 * ended, and so long after the last render node was closed.
 *
 * Return: true if there is.
 */
bool kfdsim_adev_in_use(struct kfdsim *sim)
{
	struct kfd_dev *kfd = sim->adev->kfd.dev;

	return kfd && atomic_read(&kfd->kfd_processes_count);
}

/**
 * kfdsim_adev_stop_kfd - take the device back
 * @sim: the GPU; amdkfd may have been told to forget it before
 */
void kfdsim_adev_stop_kfd(struct kfdsim *sim)
{
	struct amdgpu_device *adev = sim->adev;

	if (!adev->kfd.dev)
		return;
	/* a reset under way is the last one; it uses amdkfd's device */
	flush_workqueue(adev->reset_domain->wq);
	kgd2kfd_device_exit(adev->kfd.dev);
	adev->kfd.dev = NULL;
}

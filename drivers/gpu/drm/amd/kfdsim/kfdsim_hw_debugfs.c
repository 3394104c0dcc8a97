// SPDX-License-Identifier: GPL-2.0
/*
 * The decoder's side of the hardware state, in debugfs kfdsim/<gpu>/:
 *
 * hqds, processes	what is mapped
 * cus			the compute units
 * stats		counters since load
 * usage		what waves of each process have run
 * model		the parameters of the model
 * fail_*		faults on demand
 */
#include <linux/debugfs.h>
#include <linux/seq_file.h>

#include "kfdsim_hw.h"

static const char * const kind_names[] = { "aql", "pm4", "sdma" };

static const char *hqd_state(const struct kfdsim_hqd *hqd)
{
	if (hqd->error)
		return "error";
	if (hqd->state == KFDSIM_HQD_DEQUEUE)
		return "dequeue";
	if (!list_empty(&hqd->dispatches) || hqd->wptr != hqd->rptr)
		return "running";
	return "idle";
}

static void hqd_show(struct seq_file *m, const struct kfdsim_hqd *hqd)
{
	unsigned int i;

	seq_printf(m, "node=%u pipe=%u queue=%u type=%s vmid=%u pasid=%u doorbell=%u ring=%#llx ring_bytes=%u rptr=%llu wptr=%llu priority=%u cwsr=%u ctx_bytes=%u ctx=",
		   hqd->node->id, hqd->pipe, hqd->queue, kind_names[hqd->kind],
		   hqd->vmid, hqd->pasid, hqd->doorbell, hqd->ring,
		   hqd->ring_bytes, hqd->rptr, hqd->wptr, hqd->priority,
		   hqd->cwsr, hqd->ctx_size);
	for (i = 0; i < hqd->node->num_xcc && !hqd->sdma; i++)
		seq_printf(m, "%s%#llx", i ? "," : "", hqd->ctx_base[i]);
	seq_printf(m, " state=%s waves=%u\n", hqd_state(hqd),
		   kfdsim_hqd_waves(hqd));
}

static int hqds_show(struct seq_file *m, void *unused)
{
	struct kfdsim_hw *hw = m->private;
	const struct kfdsim_hqd *hqd;

	kfdsim_hw_lock(hw);
	list_for_each_entry(hqd, &hw->active, active_link)
		hqd_show(m, hqd);
	kfdsim_hw_unlock(hw);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(hqds);

static int cus_show(struct seq_file *m, void *unused)
{
	struct kfdsim_hw *hw = m->private;
	const struct kfdsim_model *model = &hw->sim->model;
	u32 slots = model->simd_per_cu * model->waves_per_simd;
	unsigned int xcc, cu;

	kfdsim_hw_lock(hw);
	for (xcc = 0; xcc < model->num_xcc; xcc++) {
		const struct kfdsim_xcc *x = &hw->xcc[xcc];

		for (cu = 0; cu < model->cu_per_xcc; cu++)
			seq_printf(m, "xcc=%u cu=%u se=%u bit=%u waves=%u\n", xcc,
				   cu, x->cu_se[cu], x->cu_bit[cu],
				   slots - x->free[cu]);
	}
	kfdsim_hw_unlock(hw);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(cus);

static int processes_show(struct seq_file *m, void *unused)
{
	struct kfdsim_hw *hw = m->private;
	const struct kfdsim_vmid *v;
	unsigned int i, vmid;

	kfdsim_hw_lock(hw);
	for (i = 0; i < hw->num_nodes; i++) {
		for (vmid = 0; vmid < KFDSIM_NUM_VMID; vmid++) {
			v = &hw->nodes[i].vmids[vmid];
			if (!v->used)
				continue;
			seq_printf(m, "node=%u vmid=%u pasid=%u queues=%u page_table_base=%#llx sh_mem_config=%#x sh_mem_bases=%#x tba=%#llx tma=%#llx\n",
				   i, vmid, v->pasid, v->queues,
				   v->page_table_base, v->sh_mem_config,
				   v->sh_mem_bases, v->tba, v->tma);
		}
	}
	kfdsim_hw_unlock(hw);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(processes);

#define STAT(_field) { #_field, offsetof(struct kfdsim_stats, _field) }

static const struct {
	const char *name;
	size_t offset;
} stat_fields[] = {
	STAT(hiq_set_resources),
	STAT(hiq_run_list),
	STAT(hiq_unmap_queues),
	STAT(hiq_query_status),
	STAT(hiq_write_data),
	STAT(hiq_nop),
	STAT(runlist_map_process),
	STAT(runlist_map_queues),
	STAT(mes_add_queue),
	STAT(mes_remove_queue),
	STAT(mes_suspend),
	STAT(mes_resume),
	STAT(mes_misc),
	STAT(hqd_maps),
	STAT(hqd_unmaps),
	STAT(map_refused),
	STAT(preempt_failed),
	STAT(hws_rotations),
	STAT(hws_hangs),
	STAT(waves_saved),
	STAT(waves_restored),
	STAT(bytes_saved),
	STAT(bytes_restored),
	STAT(cwsr_errors),
	STAT(queue_errors),
	STAT(vm_faults),
	STAT(dispatches),
	STAT(workgroups),
	STAT(barriers),
	STAT(pm4_packets),
	STAT(sdma_packets),
	STAT(doorbells),
	STAT(doorbells_unclaimed),
	STAT(eop_interrupts),
	STAT(resets),
};

static_assert(ARRAY_SIZE(stat_fields) * sizeof(u64) ==
	      sizeof(struct kfdsim_stats));

static int stats_show(struct seq_file *m, void *unused)
{
	struct kfdsim_hw *hw = m->private;
	int i;

	kfdsim_hw_lock(hw);
	for (i = 0; i < ARRAY_SIZE(stat_fields); i++)
		seq_printf(m, "%s %llu\n", stat_fields[i].name,
			   *(u64 *)((void *)&hw->stats +
				    stat_fields[i].offset));
	kfdsim_hw_unlock(hw);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(stats);

static int usage_show(struct seq_file *m, void *unused)
{
	struct kfdsim_hw *hw = m->private;

	kfdsim_hw_lock(hw);
	kfdsim_usage_show(m, hw, kfdsim_hw_enter(hw));
	kfdsim_hw_unlock(hw);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(usage);

static int model_show(struct seq_file *m, void *unused)
{
	struct kfdsim_hw *hw = m->private;

	kfdsim_model_show(m, &hw->sim->model);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(model);

/*
 * fail_hws_hang	HWS or MES stops answering at the next packet
 * fail_preempt		doorbell of a queue that ignores dequeue requests; HWS
 *			gives up after SET_RESOURCES' unmap latency, MES never
 * fail_map		so many queues are not mapped, one after the other
 * fail_slow_fence_us	extra time before a QUERY_STATUS writes its fence, or
 *			MES answers
 * fail_mes_refuse	MES answers so many requests, and does nothing
 */
static void fail_files(struct kfdsim_hw *hw, struct dentry *dir)
{
	debugfs_create_bool("fail_hws_hang", 0600, dir, &hw->fail.hws_hang);
	debugfs_create_u32("fail_preempt", 0600, dir, &hw->fail.preempt);
	debugfs_create_u32("fail_map", 0600, dir, &hw->fail.map);
	debugfs_create_u32("fail_slow_fence_us", 0600, dir,
			   &hw->fail.slow_fence_us);
	debugfs_create_u32("fail_mes_refuse", 0600, dir,
			   &hw->fail.mes_refuse);
}

/* Create the files in the GPU's directory; whoever owns that removes them */
void kfdsim_hw_debugfs(struct kfdsim_hw *hw)
{
	struct dentry *dir = hw->sim->debugfs;

	debugfs_create_file("hqds", 0400, dir, hw, &hqds_fops);
	debugfs_create_file("cus", 0400, dir, hw, &cus_fops);
	debugfs_create_file("processes", 0400, dir, hw, &processes_fops);
	debugfs_create_file("stats", 0400, dir, hw, &stats_fops);
	debugfs_create_file("usage", 0400, dir, hw, &usage_fops);
	debugfs_create_file("model", 0444, dir, hw, &model_fops);
	fail_files(hw, dir);
	hw->hiq_log = kfdsim_hiq_log_new(dir);
}

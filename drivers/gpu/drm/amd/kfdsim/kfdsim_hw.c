// SPDX-License-Identifier: GPL-2.0
/*
 * A GPU's hardware as a whole: its parts, its power, and the engine: one
 * real-time thread that sleeps until the next event is due, runs the events in
 * the order of their model time, and takes what comes from outside (doorbells)
 * out of a small inbox.
 *
 * An idle GPU has no events, hence costs nothing.
 */
#include <linux/kthread.h>
#include <linux/slab.h>

#include "kfdsim_hw.h"
#define CREATE_TRACE_POINTS
#include "kfdsim_trace.h"

/*
 * Sleeping and waking costs about two microseconds of CPU: spin over shorter
 * gaps, which otherwise would all be late.
 */
#define KFDSIM_SPIN_NS		2000

/* ---- the thread ---------------------------------------------------------- */

static void kfdsim_sleep(struct kfdsim_hw *hw, bool any, u64 next)
{
	ktime_t expires = next;

	set_current_state(TASK_INTERRUPTIBLE);
	/* Pairs with the writers, which set kick before they wake the thread */
	if (READ_ONCE(hw->kick) || kthread_should_stop()) {
		__set_current_state(TASK_RUNNING);
		return;
	}
	schedule_hrtimeout(any ? &expires : NULL, HRTIMER_MODE_ABS);
}

static int kfdsim_thread(void *data)
{
	struct kfdsim_hw *hw = data;
	struct timerqueue_node *next;
	u64 when = 0;
	bool more;

	while (!kthread_should_stop()) {
		kfdsim_hw_lock(hw);
		kfdsim_hw_doorbells_take(hw);
		more = kfdsim_run_due(hw);
		next = timerqueue_getnext(&hw->events);
		if (next)
			when = next->expires;
		kfdsim_hw_unlock(hw);

		if (more)
			cond_resched();
		else if (next && when < ktime_get_ns() + KFDSIM_SPIN_NS)
			cpu_relax();
		else
			kfdsim_sleep(hw, next, when);
	}
	return 0;
}

/* ---- life ---------------------------------------------------------------- */

struct kfdsim_node *kfdsim_node_of(struct kfdsim_hw *hw, unsigned int xcc)
{
	return &hw->nodes[xcc / (hw->sim->model.num_xcc / hw->num_nodes)];
}

static void kfdsim_node_free(struct kfdsim_node *node)
{
	/* never begun: there was no memory for one before it */
	if (!node->hw)
		return;
	kfdsim_runlist_clear(node);
	kfdsim_mes_free(node);
	kvfree(node->hqds);
	kvfree(node->rlcs);
}

static int kfdsim_node_init(struct kfdsim_hw *hw, unsigned int id)
{
	const struct kfdsim_model *model = &hw->sim->model;
	struct kfdsim_node *node = &hw->nodes[id];
	unsigned int slots = model->pipes * model->queues_per_pipe;
	unsigned int i;

	node->hw = hw;
	node->id = id;
	node->num_xcc = model->num_xcc / hw->num_nodes;
	node->first_xcc = id * node->num_xcc;
	node->num_rlcs = model->sdma_engines / hw->num_nodes *
			 model->sdma_queues_per_engine;
	kfdsim_launch_init(node);
	kfdsim_hws_init(node);
	if (kfdsim_model_has_mes(model) && kfdsim_mes_init(node))
		return -ENOMEM;

	node->hqds = kvcalloc(slots, sizeof(*node->hqds), GFP_KERNEL);
	node->rlcs = kvcalloc(node->num_rlcs, sizeof(*node->rlcs), GFP_KERNEL);
	if (!node->hqds || !node->rlcs)
		return -ENOMEM;
	for (i = 0; i < slots; i++)
		kfdsim_hqd_init(&node->hqds[i], node,
				i / model->queues_per_pipe,
				i % model->queues_per_pipe, false);
	for (i = 0; i < node->num_rlcs; i++)
		kfdsim_hqd_init(&node->rlcs[i], node,
				i / model->sdma_queues_per_engine,
				i % model->sdma_queues_per_engine, true);
	return 0;
}

static void kfdsim_hw_free(struct kfdsim_hw *hw)
{
	unsigned int i;

	for (i = 0; i < hw->num_nodes; i++)
		kfdsim_node_free(&hw->nodes[i]);
	kfdsim_usage_free(hw);
	kfdsim_hiq_log_free(hw->hiq_log);
	mutex_destroy(&hw->lock);
	kfree(hw->nodes);
	kfree(hw);
}

static int kfdsim_model_check(const struct kfdsim_model *model)
{
	if (!model->num_xcc || model->num_xcc > KFDSIM_MAX_XCC ||
	    !model->num_partitions || model->num_xcc % model->num_partitions ||
	    !model->cu_per_xcc || model->cu_per_xcc > KFDSIM_MAX_CU ||
	    model->cu_per_xcc * model->num_xcc > KFDSIM_MAX_CUS ||
	    !model->se_per_xcc || !model->sa_per_se || !model->wave_lanes ||
	    model->pipes * model->queues_per_pipe > KFDSIM_MAX_SLOTS ||
	    !model->simd_per_cu || !model->waves_per_simd ||
	    model->simd_per_cu * model->waves_per_simd > U8_MAX ||
	    !model->vram_bandwidth || !model->sdma_bandwidth ||
	    !model->gpu_clock_mhz || !model->doorbell_ns ||
	    !model->dispatch_ns || !model->barrier_poll_ns)
		return -EINVAL;
	return 0;
}

/**
 * kfdsim_hw_init() - power on
 * @sim: with model, adev and debugfs filled in
 *
 * Return: 0, -EINVAL for a model that can't be built, or -ENOMEM.
 * Context: process, probe.
 */
int kfdsim_hw_init(struct kfdsim *sim)
{
	const struct kfdsim_model *model = &sim->model;
	struct kfdsim_hw *hw;
	unsigned int i;
	int err;

	err = kfdsim_model_check(model);
	if (err)
		return err;
	hw = kzalloc(sizeof(*hw), GFP_KERNEL);
	if (!hw)
		return -ENOMEM;
	hw->sim = sim;
	mutex_init(&hw->lock);
	timerqueue_init_head(&hw->events);
	INIT_LIST_HEAD(&hw->active);
	xa_init(&hw->usage);
	kfdsim_inbox_init(hw);
	kfdsim_hw_doorbells_init(hw);
	hw->wave_bytes = model->cu_state_bytes /
			 (model->simd_per_cu * model->waves_per_simd);
	kfdsim_xcc_init(hw);

	hw->nodes = kcalloc(model->num_partitions, sizeof(*hw->nodes),
			    GFP_KERNEL);
	if (!hw->nodes) {
		err = -ENOMEM;
		goto free;
	}
	hw->num_nodes = model->num_partitions;
	for (i = 0; i < hw->num_nodes; i++) {
		err = kfdsim_node_init(hw, i);
		if (err)
			goto free;
	}

	hw->thread = kthread_create(kfdsim_thread, hw, "kfdsim/%u", sim->index);
	if (IS_ERR(hw->thread)) {
		err = PTR_ERR(hw->thread);
		goto free;
	}
	sched_set_fifo(hw->thread);
	sim->hw = hw;
	kfdsim_hw_debugfs(hw);
	wake_up_process(hw->thread);
	return 0;

free:
	kfdsim_hw_free(hw);
	return err;
}

/* Everything that is in flight is gone, as if power had been cut */
static void kfdsim_hw_drop(struct kfdsim_hw *hw)
{
	struct kfdsim_hqd *hqd, *tmp;
	unsigned int i, vmid;

	list_for_each_entry_safe(hqd, tmp, &hw->active, active_link) {
		kfdsim_compute_drop(hqd, hw->now);
		if (hqd->waiter)
			complete(&hqd->waiter->done);
		kfdsim_hqd_free(hqd);
	}
	kfdsim_hw_doorbells_drop(hw);
	for (i = 0; i < hw->num_nodes; i++) {
		kfdsim_hws_stop(&hw->nodes[i]);
		kfdsim_mes_stop(&hw->nodes[i]);
		for (vmid = 0; vmid < KFDSIM_NUM_VMID; vmid++)
			kfdsim_vmid_clear(&hw->nodes[i], vmid);
		memset(hw->nodes[i].irq_mask, 0, sizeof(hw->nodes[i].irq_mask));
	}
	for (i = 0; i < hw->sim->model.num_xcc; i++)
		hw->xcc[i].swap_busy_ns = 0;
}

/**
 * kfdsim_hw_reset() - the effect of a GPU reset
 * @sim: the GPU
 *
 * Every HQD, HIQ, VMID and wave is gone, and so are injected faults, since
 * what they stand for is a state of the hardware. Context: process, may sleep.
 */
void kfdsim_hw_reset(struct kfdsim *sim)
{
	struct kfdsim_hw *hw = sim->hw;

	kfdsim_hw_lock(hw);
	kfdsim_hw_enter(hw);
	kfdsim_hw_drop(hw);
	memset(&hw->fail, 0, sizeof(hw->fail));
	hw->stats.resets++;
	kfdsim_hw_unlock(hw);
}

/**
 * kfdsim_hw_power() - suspend and resume
 * @sim: the GPU; amdkfd has taken its queues off
 * @on: on, or off
 *
 * Nothing of the hardware's state survives; counters and what a test has set
 * up to fail do. Context: process, may sleep.
 */
void kfdsim_hw_power(struct kfdsim *sim, bool on)
{
	struct kfdsim_hw *hw = sim->hw;

	kfdsim_hw_lock(hw);
	kfdsim_hw_enter(hw);
	if (!on)
		kfdsim_hw_drop(hw);
	hw->off = !on;
	kfdsim_hw_unlock(hw);
}

/**
 * kfdsim_hw_fini() - power off
 * @sim: the GPU; amdkfd is gone, and so are debugfs files
 *
 * Context: process, may sleep.
 */
void kfdsim_hw_fini(struct kfdsim *sim)
{
	struct kfdsim_hw *hw = sim->hw;

	if (!hw)
		return;
	hrtimer_cancel(&hw->look);
	kthread_stop(hw->thread);
	kfdsim_hw_lock(hw);
	kfdsim_hw_drop(hw);
	kfdsim_hw_unlock(hw);
	sim->hw = NULL;
	kfdsim_hw_free(hw);
}

/**
 * kfdsim_hw_unmap_hiq() - the driver takes its HIQ off one XCC
 * @sim: the GPU
 * @doorbell_off: the HIQ's doorbell
 * @xcc: logical XCC
 *
 * Return: 0, or -EINVAL when that HIQ is not there.
 * Context: process, may sleep.
 */
int kfdsim_hw_unmap_hiq(struct kfdsim *sim, u32 doorbell_off, u32 xcc)
{
	struct kfdsim_hw *hw = sim->hw;
	struct kfdsim_node *node;
	int err = -EINVAL;

	if (xcc >= sim->model.num_xcc)
		return -EINVAL;
	node = kfdsim_node_of(hw, xcc);
	kfdsim_hw_lock(hw);
	kfdsim_hw_enter(hw);
	if (node->hiq_doorbell == doorbell_off &&
	    node->hiq_mask & BIT(xcc - node->first_xcc)) {
		node->hiq_mask &= ~BIT(xcc - node->first_xcc);
		if (xcc == node->first_xcc)
			kfdsim_event_cancel(hw, &node->step);
		if (!node->hiq_mask)
			kfdsim_hws_stop(node);
		err = 0;
	}
	kfdsim_hw_unlock(hw);
	return err;
}

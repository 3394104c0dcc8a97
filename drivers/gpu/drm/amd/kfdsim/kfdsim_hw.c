// SPDX-License-Identifier: GPL-2.0
/*
 * The engine: one real-time thread for each GPU that sleeps until the next
 * event is due, runs the events in the order of their model time, and takes
 * what comes from outside (doorbells) out of a small inbox.
 *
 * An idle GPU has no events, hence costs nothing.
 */
#include <linux/kthread.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "kfdsim_hw.h"
#define CREATE_TRACE_POINTS
#include "kfdsim_trace.h"

/*
 * Sleeping and waking costs about two microseconds of CPU: spin over shorter
 * gaps, which otherwise would all be late.
 */
#define KFDSIM_SPIN_NS		2000
/* Events in a row before others get the lock and the CPU */
#define KFDSIM_BATCH		64
/*
 * A doorbell page that faulted is open before the store lands. A thread that
 * looked at once would only be in the store's way: about how long the return
 * from the fault takes.
 */
#define KFDSIM_STORE_NS		1000

void kfdsim_hw_lock(struct kfdsim_hw *hw)
{
	mutex_lock(&hw->lock);
	hw->noreclaim = memalloc_noreclaim_save();
}

void kfdsim_hw_unlock(struct kfdsim_hw *hw)
{
	memalloc_noreclaim_restore(hw->noreclaim);
	mutex_unlock(&hw->lock);
}

/**
 * kfdsim_gpu_clock() - the GPU's clock
 *
 * Return: ticks of KFDSIM_GPU_CLOCK_NS. Context: any.
 */
u64 kfdsim_gpu_clock(void)
{
	return KFDSIM_GPU_TICKS(ktime_get_ns());
}

/* ---- events -------------------------------------------------------------- */

void kfdsim_event_init(struct kfdsim_event *ev,
		       void (*fn)(struct kfdsim_hw *hw, struct kfdsim_event *ev,
				  u64 now))
{
	timerqueue_init(&ev->node);
	ev->fn = fn;
}

static void kfdsim_kick(struct kfdsim_hw *hw)
{
	unsigned long flags;

	spin_lock_irqsave(&hw->inbox_lock, flags);
	hw->kick = true;
	spin_unlock_irqrestore(&hw->inbox_lock, flags);
	wake_up_process(hw->thread);
}

/* (Re)schedule @ev for model time @when, or for now if that is past */
void kfdsim_event_at(struct kfdsim_hw *hw, struct kfdsim_event *ev, u64 when)
{
	kfdsim_event_cancel(hw, ev);
	ev->node.expires = max(when, hw->now);
	if (timerqueue_add(&hw->events, &ev->node) && current != hw->thread)
		kfdsim_kick(hw);
}

void kfdsim_event_cancel(struct kfdsim_hw *hw, struct kfdsim_event *ev)
{
	if (kfdsim_event_pending(ev))
		timerqueue_del(&hw->events, &ev->node);
}

/* Run up to @budget events that are due. Return: whether there are more. */
static bool kfdsim_run_due(struct kfdsim_hw *hw, unsigned int budget)
{
	struct timerqueue_node *node;
	struct kfdsim_event *ev;

	while ((node = timerqueue_getnext(&hw->events))) {
		if (node->expires > ktime_get_ns())
			return false;
		if (!budget--)
			return true;
		ev = container_of(node, struct kfdsim_event, node);
		timerqueue_del(&hw->events, node);
		hw->now = node->expires;
		ev->fn(hw, ev, hw->now);
	}
	return false;
}

/*
 * For register accesses: what is due happens first.
 * Return: the model time of the access.
 */
u64 kfdsim_hw_enter(struct kfdsim_hw *hw)
{
	kfdsim_run_due(hw, KFDSIM_BATCH);
	hw->now = max(hw->now, ktime_get_ns());
	return hw->now;
}

/* ---- doorbells ----------------------------------------------------------- */

static void kfdsim_doorbell_rung(struct kfdsim_hqd *hqd, u64 value)
{
	struct kfdsim_hw *hw = hqd->node->hw;

	hw->stats.doorbells++;
	trace_doorbell(hqd, value, hw->now);
	kfdsim_hqd_rung(hqd, value, hw->now);
}

static void kfdsim_doorbell_collect(struct kfdsim_hw *hw)
{
	struct kfdsim_hqd *hqd, *tmp;
	u64 value;

	list_for_each_entry_safe(hqd, tmp, &hw->active, active_link) {
		value = kfdsim_doorbell_take(hw->sim, hqd->doorbell);
		if (value != KFDSIM_DOORBELL_NONE)
			kfdsim_doorbell_rung(hqd, value);
	}
}

static bool kfdsim_doorbell_claim(struct kfdsim *sim, u32 doorbell_off,
				  u64 value)
{
	struct kfdsim_hqd *hqd;

	list_for_each_entry(hqd, &sim->hw->active, active_link) {
		if (hqd->doorbell == doorbell_off) {
			kfdsim_doorbell_rung(hqd, value);
			return true;
		}
	}
	return false;
}

/*
 * A page is closed before what it holds counts as all that there is. What has
 * no taker then was rung for a queue that is not mapped; MAP_QUEUES reads the
 * write pointer from memory, so nothing is lost by dropping it. Of a page that
 * is open but was not written to, the host side will remind us.
 */
static void kfdsim_doorbell_event(struct kfdsim_hw *hw, struct kfdsim_event *ev,
				  u64 now)
{
	kfdsim_doorbell_collect(hw);
	kfdsim_doorbell_rearm(hw->sim);
	if (kfdsim_doorbell_drop_unclaimed(hw->sim, kfdsim_doorbell_claim))
		hw->stats.doorbells_unclaimed++;
}

static void kfdsim_inbox(struct kfdsim_hw *hw)
{
	u32 pending;
	bool fault;
	u64 when;
	int i;

	spin_lock_irq(&hw->inbox_lock);
	hw->kick = false;
	fault = hw->fault_pending;
	hw->fault_pending = false;
	when = hw->fault_ns + hw->sim->model.doorbell_ns;
	pending = hw->kernel_pending;
	hw->kernel_pending = 0;
	for (i = 0; i < hw->num_nodes; i++)
		if (pending & BIT(i))
			hw->nodes[i].hiq_wptr = hw->kernel_value[i];
	spin_unlock_irq(&hw->inbox_lock);

	if (fault && (!kfdsim_event_pending(&hw->doorbell) ||
		      hw->doorbell.node.expires > when))
		kfdsim_event_at(hw, &hw->doorbell, when);
	for (i = 0; i < hw->num_nodes; i++)
		if (pending & BIT(i))
			kfdsim_hws_start(&hw->nodes[i], max(hw->now,
					 hw->kernel_ns[i] +
					 hw->sim->model.doorbell_ns));
}

/**
 * kfdsim_hw_doorbell_fault() - a user doorbell page was opened for writing
 * @sim: the GPU
 * @when: time of the fault, ktime ns
 *
 * Context: page fault, mmap_lock may be held; does not sleep.
 */
void kfdsim_hw_doorbell_fault(struct kfdsim *sim, u64 when)
{
	struct kfdsim_hw *hw = sim->hw;
	unsigned long flags;
	u64 look;

	if (!hw)
		return;
	spin_lock_irqsave(&hw->inbox_lock, flags);
	if (!hw->fault_pending) {
		hw->fault_pending = true;
		hw->fault_ns = when;
		look = max(when + sim->model.doorbell_ns,
			   ktime_get_ns() + KFDSIM_STORE_NS);
		hrtimer_start(&hw->look, ns_to_ktime(look),
			      HRTIMER_MODE_ABS_HARD);
	}
	spin_unlock_irqrestore(&hw->inbox_lock, flags);
}

static enum hrtimer_restart kfdsim_look(struct hrtimer *timer)
{
	kfdsim_kick(container_of(timer, struct kfdsim_hw, look));
	return HRTIMER_NORESTART;
}

/**
 * kfdsim_hw_kernel_doorbell() - the driver rings one of its doorbells
 * @sim: the GPU
 * @doorbell_off: dword index in the BAR
 * @value: what it wrote
 *
 * A doorbell that no HIQ has been told about is dropped. Context: any.
 */
void kfdsim_hw_kernel_doorbell(struct kfdsim *sim, u32 doorbell_off, u64 value)
{
	struct kfdsim_hw *hw = sim->hw;
	unsigned long flags;
	bool kick = false;
	int i;

	if (!hw)
		return;
	spin_lock_irqsave(&hw->inbox_lock, flags);
	for (i = 0; i < hw->num_nodes; i++) {
		if (hw->kernel_doorbell[i] != doorbell_off)
			continue;
		if (!(hw->kernel_pending & BIT(i)))
			hw->kernel_ns[i] = ktime_get_ns();
		hw->kernel_pending |= BIT(i);
		hw->kernel_value[i] = value;
		kick = true;
	}
	hw->kick |= kick;
	spin_unlock_irqrestore(&hw->inbox_lock, flags);
	if (kick)
		wake_up_process(hw->thread);
}

/* Tell the inbox which doorbell is the HIQ's */
void kfdsim_hiq_doorbell_set(struct kfdsim_node *node, u32 doorbell_off)
{
	struct kfdsim_hw *hw = node->hw;

	node->hiq_doorbell = doorbell_off;
	spin_lock_irq(&hw->inbox_lock);
	hw->kernel_doorbell[node->id] = doorbell_off;
	hw->kernel_pending &= ~BIT(node->id);
	spin_unlock_irq(&hw->inbox_lock);
}

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
		kfdsim_inbox(hw);
		more = kfdsim_run_due(hw, KFDSIM_BATCH);
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
	kfdsim_runlist_clear(node);
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
	kfdsim_compute_init_node(node);
	kfdsim_hws_init(node);
	kfdsim_runlist_init(node);

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
	spin_lock_init(&hw->inbox_lock);
	timerqueue_init_head(&hw->events);
	INIT_LIST_HEAD(&hw->active);
	kfdsim_event_init(&hw->doorbell, kfdsim_doorbell_event);
	hrtimer_init(&hw->look, CLOCK_MONOTONIC, HRTIMER_MODE_ABS_HARD);
	hw->look.function = kfdsim_look;
	hw->wave_bytes = model->cu_state_bytes /
			 (model->simd_per_cu * model->waves_per_simd);
	kfdsim_compute_init(hw);

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
	kfdsim_event_cancel(hw, &hw->doorbell);
	for (i = 0; i < hw->num_nodes; i++) {
		kfdsim_hws_stop(&hw->nodes[i]);
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
 * kfdsim_hw_vm_gone() - an address space goes away or shrinks
 * @sim: the GPU
 * @vm: the address space
 *
 * No translation is cached across events, so all that a TLB flush has to do
 * is to let the access in flight, if any, finish. Context: process, may
 * sleep; no memory lock of the host side is held.
 */
void kfdsim_hw_vm_gone(struct kfdsim *sim, struct kfdsim_vm *vm)
{
	struct kfdsim_hw *hw = sim->hw;

	if (!hw)
		return;
	mutex_lock(&hw->lock);
	mutex_unlock(&hw->lock);
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

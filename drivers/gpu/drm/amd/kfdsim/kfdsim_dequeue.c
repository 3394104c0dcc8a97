// SPDX-License-Identifier: GPL-2.0
/*
 * Taking a queue off its slot.
 *
 * RUN    nothing new is launched; waves may end by themselves for as long as
 *        the grace period lasts (drain: for as long as it takes)
 * SAVE   what still runs was stopped and is being written to the save areas,
 *        all XCCs at the same time
 * STORE  the CP writes the MQD; HWS does that for one queue after the other
 *
 * The slots of the waves are free after SAVE, the HQD is after STORE.
 */
#include "kfdsim_hw.h"
#include "kfdsim_trace.h"
#include "gc/gc_9_0_sh_mask.h"

/*
 * How long the CP waits for waves to end before it traps them: SCH_WAVE, in
 * thousands of clocks. 0 is for ever, as the driver knows.
 */
static u64 grace_ns(const struct kfdsim_node *node)
{
	u32 kclk = (node->iq_wait_time2 & CP_IQ_WAIT_TIME2__SCH_WAVE_MASK) >>
		   CP_IQ_WAIT_TIME2__SCH_WAVE__SHIFT;

	return div_u64((u64)kclk * NSEC_PER_MSEC,
		       node->hw->sim->model.gpu_clock_mhz);
}

static void dequeue_store(struct kfdsim_hqd *hqd, u64 now)
{
	struct kfdsim_node *node = hqd->node;
	struct kfdsim_hw *hw = node->hw;

	hqd->stage = KFDSIM_STAGE_STORE;
	kfdsim_compute_drop(hqd, now);
	node->store_busy_ns = max(node->store_busy_ns, now) +
			      hw->sim->model.hws_unmap_queue_ns;
	kfdsim_event_at(hw, &hqd->dequeue, node->store_busy_ns);
}

static void dequeue_stored(struct kfdsim_hqd *hqd, u64 now)
{
	void (*done)(struct kfdsim_hqd *hqd, bool ok, u64 now) = hqd->dequeued;
	struct kfdsim_hw *hw = hqd->node->hw;

	kfdsim_mqd_store(hqd);
	hw->stats.hqd_unmaps++;
	trace_hqd_unmap(hqd, now);
	if (done)
		done(hqd, true, now);
	kfdsim_hqd_free(hqd);
}

/* Stop the waves; their state takes a while to get to memory */
static void dequeue_save(struct kfdsim_hqd *hqd, u64 now)
{
	struct kfdsim_node *node = hqd->node;
	struct kfdsim_hw *hw = node->hw;
	u64 bytes, end, done = now;
	unsigned int i;

	hqd->stage = KFDSIM_STAGE_SAVE;
	kfdsim_compute_freeze(hqd, now);
	for (i = 0; i < node->num_xcc; i++) {
		if (!hqd->waves[i])
			continue;
		bytes = kfdsim_compute_bytes(hqd, i);
		end = kfdsim_xcc_swap(hw, node->first_xcc + i, bytes, now);
		trace_wave_save(hqd, i, hqd->waves[i], bytes, end - now,
				now);
		hqd->saved_waves += hqd->waves[i];
		hqd->saved_bytes += bytes;
		done = max(done, end);
	}
	kfdsim_event_at(hw, &hqd->dequeue, done);
}

static void dequeue_saved(struct kfdsim_hqd *hqd, u64 now)
{
	struct kfdsim_node *node = hqd->node;
	struct kfdsim_hw *hw = node->hw;
	unsigned int i;

	/* End-of-pipe writes of earlier dispatches come first */
	if (hqd->eops) {
		kfdsim_event_at(hw, &hqd->dequeue,
				now + hw->sim->model.signal_ns);
		return;
	}
	for (i = 0; i < node->num_xcc; i++) {
		if (!kfdsim_cwsr_save(hqd, i, &hqd->save_used[i]))
			continue;
		hw->stats.cwsr_errors++;
		hqd->error = true;
		break;
	}
	hw->stats.waves_saved += hqd->saved_waves;
	hw->stats.bytes_saved += hqd->saved_bytes;
	dequeue_store(hqd, now);
}

static void dequeue_event(struct kfdsim_hw *hw, struct kfdsim_event *ev,
			  u64 now)
{
	struct kfdsim_hqd *hqd = container_of(ev, struct kfdsim_hqd, dequeue);

	switch (hqd->stage) {
	case KFDSIM_STAGE_RUN:
		dequeue_save(hqd, now);
		break;
	case KFDSIM_STAGE_SAVE:
		dequeue_saved(hqd, now);
		break;
	case KFDSIM_STAGE_STORE:
		dequeue_stored(hqd, now);
		break;
	}
}

/*
 * Nobody waits any more. The request itself stands: should the queue drain
 * later, it leaves then.
 */
static void dequeue_timeout(struct kfdsim_hw *hw, struct kfdsim_event *ev,
			    u64 now)
{
	struct kfdsim_hqd *hqd = container_of(ev, struct kfdsim_hqd, timeout);
	void (*done)(struct kfdsim_hqd *hqd, bool ok, u64 now) = hqd->dequeued;

	hqd->dequeued = NULL;
	hw->stats.preempt_failed++;
	if (done)
		done(hqd, false, now);
}

/* Something of @hqd has ended: if it was asked to leave, maybe it now can */
void kfdsim_dequeue_progress(struct kfdsim_hqd *hqd, u64 now)
{
	if (hqd->state != KFDSIM_HQD_DEQUEUE ||
	    hqd->stage != KFDSIM_STAGE_RUN || hqd->eops || hqd->copy_left ||
	    kfdsim_hqd_waves(hqd))
		return;
	if (hqd->how == KFDSIM_DRAIN && !hqd->error &&
	    kfdsim_compute_has_work(hqd))
		return;
	/* What was not launched, or not restored, has to be kept, too */
	if (hqd->how == KFDSIM_SAVE && kfdsim_compute_has_work(hqd))
		dequeue_save(hqd, now);
	else
		dequeue_store(hqd, now);
}

/**
 * kfdsim_dequeue() - ask a queue to leave its slot
 * @hqd: the queue, active
 * @how: what becomes of its waves; saving needs a save area, else it drains
 * @done: called once, from an event: @ok when the slot is about to be free,
 *	!@ok when @timeout_ns is over; may be NULL
 * @timeout_ns: 0 for none
 * @now: model time
 */
void kfdsim_dequeue(struct kfdsim_hqd *hqd, enum kfdsim_dequeue how,
		    void (*done)(struct kfdsim_hqd *hqd, bool ok, u64 now),
		    u64 timeout_ns, u64 now)
{
	struct kfdsim_hw *hw = hqd->node->hw;
	u64 grace;

	hqd->dequeued = done;
	if (timeout_ns)
		kfdsim_event_at(hw, &hqd->timeout, now + timeout_ns);
	if (hw->fail.preempt && hw->fail.preempt == hqd->doorbell)
		hqd->deaf = true;
	if (hqd->deaf && how != KFDSIM_RESET)
		return;
	/* An earlier request that nobody waits for may be past recall */
	if (hqd->state == KFDSIM_HQD_DEQUEUE &&
	    hqd->stage != KFDSIM_STAGE_RUN)
		return;

	if (how == KFDSIM_SAVE && !hqd->cwsr)
		how = KFDSIM_DRAIN;
	hqd->state = KFDSIM_HQD_DEQUEUE;
	hqd->stage = KFDSIM_STAGE_RUN;
	hqd->how = how;
	hqd->saved_waves = 0;
	hqd->saved_bytes = 0;
	memset(hqd->save_used, 0, sizeof(hqd->save_used));
	kfdsim_event_cancel(hw, &hqd->dequeue);
	if (!hqd->copy_left)
		kfdsim_event_cancel(hw, &hqd->fetch);

	if (how == KFDSIM_RESET) {
		hqd->copy_left = 0;
		dequeue_store(hqd, now);
		return;
	}
	if (how == KFDSIM_SAVE) {
		kfdsim_launch_stop(hqd);
		kfdsim_compute_drop_unstarted(hqd);
		grace = grace_ns(hqd->node);
		if (grace && kfdsim_hqd_waves(hqd))
			kfdsim_event_at(hw, &hqd->dequeue, now + grace);
	}
	kfdsim_dequeue_progress(hqd, now);
}

void kfdsim_dequeue_init(struct kfdsim_hqd *hqd)
{
	kfdsim_event_init(&hqd->dequeue, dequeue_event);
	kfdsim_event_init(&hqd->timeout, dequeue_timeout);
}

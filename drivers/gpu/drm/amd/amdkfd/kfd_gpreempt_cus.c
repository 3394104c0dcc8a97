// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: the compute units that LC has for itself.
 *
 * How many they are the operator says, or what BE loses. They are taken out of
 * the masks of BE's queues, which have to be unmapped for it.
 */
#include "kfd_device_queue_manager.h"
#include "kfd_gpreempt_priv.h"
#include "kfd_priv.h"

/* As a trial takes two of them, masks change no more than five times a second. */
#define WINDOW_NS	(100ULL * NSEC_PER_MSEC)

/* With fewer LC packets in it, or this length, what BE loses then would be chance. */
#define PACKETS_MIN	64
#define WINDOW_MAX_NS	((u64)NSEC_PER_SEC)

/* ---- how many ------------------------------------------------------------ */

/* How long the window is to be, as far as is known now */
static u64 window_ns(const struct kfd_gpreempt *gp)
{
	u32 packets = gp->seen.progress - gp->cus.progress;

	return packets && packets < PACKETS_MIN ? WINDOW_MAX_NS : WINDOW_NS;
}

static void begin_window(struct kfd_gpreempt *gp, u64 now_ns)
{
	gp->cus.window_ns = now_ns;
	gp->cus.off_ns = kfd_gpreempt_lost_ns(gp, now_ns);
	gp->cus.progress = gp->seen.progress;
}

static void end_window(struct kfd_gpreempt *gp, u64 now_ns)
{
	u32 unit = kfd_gpreempt_cumask_unit(gp);
	struct kfd_gpreempt_window window = {
		.ns = now_ns - gp->cus.window_ns,
		.off_ns = kfd_gpreempt_lost_ns(gp, now_ns) - gp->cus.off_ns,
		.lc_active = gp->seen.progress != gp->cus.progress ||
			     gp->seen.pending,
		.total = kfd_gpreempt_cus(gp) / unit,
		.most = gp->knobs.cu_lc_max / unit,
	};

	/*
	 * BE queues that share slots lose more than the time for which they are
	 * off: with each resume the slots are handed on.
	 */
	if (gp->count.be_throttled)
		window.most = 0;

	/* Nobody looked for long: what happened when is not known. */
	if (window.ns < 2 * WINDOW_MAX_NS || gp->cus.reserve.units)
		kfd_gpreempt_reserve_next(&gp->cus.reserve, &window);
	begin_window(gp, now_ns);
}

/**
 * kfd_gpreempt_cus_look_ns() - when it is worth looking how many they should be
 * @gp: the node's scheduler
 * @now_ns: now
 *
 * Context: any; &kfd_gpreempt.lock held.
 *
 * Return: ns from now; 0: it may be left alone.
 */
u64 kfd_gpreempt_cus_look_ns(const struct kfd_gpreempt *gp, u64 now_ns)
{
	u64 end_ns = gp->cus.window_ns + window_ns(gp);

	if (gp->knobs.cu_lc_reserved != KFD_GPREEMPT_KNOB_AUTO ||
	    !gp->cus.reserve.units)
		return 0;

	return end_ns > now_ns ? end_ns - now_ns : 1;
}

static u32 wanted_cus(struct kfd_gpreempt *gp)
{
	u32 unit = kfd_gpreempt_cumask_unit(gp);
	u64 now_ns = ktime_get_ns();

	lockdep_assert_held(&gp->lock);

	if (gp->knobs.cu_lc_reserved != KFD_GPREEMPT_KNOB_AUTO) {
		gp->cus.reserve = (struct kfd_gpreempt_reserve) {};
		return rounddown(gp->knobs.cu_lc_reserved, unit);
	}
	if (now_ns - gp->cus.window_ns >= window_ns(gp))
		end_window(gp, now_ns);
	return gp->cus.reserve.units * unit;
}

/**
 * kfd_gpreempt_cus_decide() - how many compute units are to be LC's?
 * @gp: the node's scheduler, running
 *
 * Context: process; dqm lock held.
 */
void kfd_gpreempt_cus_decide(struct kfd_gpreempt *gp)
{
	unsigned long flags;
	u32 cus;

	lockdep_assert_held(&gp->dqm->lock_hidden);

	raw_spin_lock_irqsave(&gp->lock, flags);
	cus = wanted_cus(gp);
	if (cus != gp->cus.reserved) {
		gp->cus.reserved = cus;
		kfd_gpreempt_mix_forget(gp);
	}
	raw_spin_unlock_irqrestore(&gp->lock, flags);
}

/* ---- whose masks --------------------------------------------------------- */

/* Of how many compute units a queue is to be kept off */
static u32 cus_of(const struct kfd_gpreempt *gp, const struct queue *q)
{
	return kfd_gpreempt_is_preemptible(q) &&
	       !kfd_gpreempt_is_lowered(gp, q) ? gp->cus.reserved : 0;
}

static bool is_due(const struct kfd_gpreempt *gp, const struct queue *q)
{
	const struct kfd_gpreempt_cu_mask *cu_mask = &q->gpreempt.cu_mask;
	u32 cus = cus_of(gp, q);

	return cu_mask->cus != cus || (cus && cu_mask->changed);
}

/**
 * kfd_gpreempt_cus_mark() - unmap those queues whose mask has to change
 * @gp: the node's scheduler, with a batch under way
 *
 * Context: process; dqm lock held.
 *
 * Return: true if there are any, active or not.
 */
bool kfd_gpreempt_cus_mark(struct kfd_gpreempt *gp)
{
	struct list_head *list;
	struct queue *q;
	bool due = false;
	int i;

	lockdep_assert_held(&gp->dqm->lock_hidden);

	if (!gp->cus.reserved && !gp->cus.masked)
		return false;

	kfd_gpreempt_for_each_list(gp, i, list) {
		list_for_each_entry(q, list, gpreempt.node) {
			if (!is_due(gp, q))
				continue;
			due = true;
			if (q->properties.is_active)
				q->gpreempt.next_off |= KFD_GPREEMPT_OFF_CUS;
		}
	}
	gp->cus.masked = due || gp->cus.reserved;
	return due;
}

/**
 * kfd_gpreempt_cus_write() - change the masks of queues that are not mapped
 * @gp: the node's scheduler, with a batch under way, which maps them again
 *
 * Context: process; dqm lock held.
 */
void kfd_gpreempt_cus_write(struct kfd_gpreempt *gp)
{
	struct list_head *list;
	struct queue *q;
	int i;

	lockdep_assert_held(&gp->dqm->lock_hidden);

	kfd_gpreempt_for_each_list(gp, i, list) {
		list_for_each_entry(q, list, gpreempt.node) {
			if (is_due(gp, q) && !q->properties.is_active)
				kfd_gpreempt_cumask_set(gp, q, cus_of(gp, q));
			q->gpreempt.next_off &= ~KFD_GPREEMPT_OFF_CUS;
		}
	}
}

/**
 * kfd_gpreempt_cus_none() - nothing is reserved any more
 * @gp: the node's scheduler
 *
 * Context: process; dqm lock held.
 */
void kfd_gpreempt_cus_none(struct kfd_gpreempt *gp)
{
	unsigned long flags;

	lockdep_assert_held(&gp->dqm->lock_hidden);

	raw_spin_lock_irqsave(&gp->lock, flags);
	gp->cus.reserve = (struct kfd_gpreempt_reserve) {};
	gp->cus.reserved = 0;
	raw_spin_unlock_irqrestore(&gp->lock, flags);
}

/**
 * kfd_gpreempt_cus_release() - put back all masks without a submission
 * @gp: the node's scheduler
 *
 * They take effect when the queues are mapped next: for a dqm that is being
 * stopped or reset.
 *
 * Context: process; dqm lock held.
 */
void kfd_gpreempt_cus_release(struct kfd_gpreempt *gp)
{
	struct list_head *list;
	struct queue *q;
	int i;

	kfd_gpreempt_cus_none(gp);
	kfd_gpreempt_for_each_list(gp, i, list) {
		list_for_each_entry(q, list, gpreempt.node) {
			if (q->gpreempt.cu_mask.cus)
				kfd_gpreempt_cumask_set(gp, q, 0);
		}
	}
	gp->cus.masked = false;
}

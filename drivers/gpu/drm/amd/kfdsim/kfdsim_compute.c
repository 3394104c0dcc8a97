// SPDX-License-Identifier: GPL-2.0
/*
 * What runs on the compute units, and how it ends: dispatches, and the cohorts
 * of their workgroups.
 *
 * A workgroup takes waves_per_workgroup slots of one compute unit for
 * workgroup_ns. Who gets slots: kfdsim_launch.c.
 */
#include <linux/slab.h>

#include "kfdsim_hw.h"
#include "kfdsim_trace.h"

/* ---- dispatches and cohorts ----------------------------------------------- */

static void cohort_release(struct kfdsim_cohort *c)
{
	struct kfdsim_dispatch *d = c->dispatch;
	u32 waves = d->kernel.waves_per_workgroup;
	struct kfdsim_hqd *hqd = d->hqd;
	unsigned int i, cu, left;
	struct kfdsim_xcc *x;
	const u8 *on;

	kfdsim_event_cancel(hqd->node->hw, &c->end);
	for (i = 0; i < hqd->node->num_xcc; i++) {
		if (!c->wgs[i])
			continue;
		x = kfdsim_node_xcc(hqd->node, i);
		on = &c->cu[kfdsim_node_cu(hqd->node, i, 0)];
		for (cu = 0, left = c->wgs[i]; left; left -= on[cu++])
			x->free[cu] += on[cu] * waves;
		x->free_total += c->wgs[i] * waves;
		hqd->waves[i] -= c->wgs[i] * waves;
	}
	list_del(&c->link);
	kfree(c);
}

static void dispatch_free(struct kfdsim_dispatch *d)
{
	struct kfdsim_cohort *c, *c_tmp;
	struct kfdsim_saved *s, *s_tmp;
	struct kfdsim_hqd *hqd = d->hqd;

	kfdsim_event_cancel(hqd->node->hw, &d->eop);
	list_for_each_entry_safe(c, c_tmp, &d->cohorts, link)
		cohort_release(c);
	list_for_each_entry_safe(s, s_tmp, &d->saved, link) {
		list_del(&s->link);
		hqd->nsaved--;
		kfree(s);
	}
	if (hqd->head == d)
		hqd->head = NULL;
	list_del(&d->link);
	kfree(d->times);
	kfree(d);
}

/* The completion signal of a dispatch whose last wave ended signal_ns ago */
static void dispatch_eop(struct kfdsim_hw *hw, struct kfdsim_event *ev, u64 now)
{
	struct kfdsim_dispatch *d = container_of(ev, typeof(*d), eop);
	u64 end_ns = now - hw->sim->model.signal_ns;
	struct kfdsim_hqd *hqd = d->hqd;

	trace_dispatch_end(d, end_ns, now);
	kfdsim_signal_send(hqd, d->signal_va, d->start_ns, end_ns);
	dispatch_free(d);
	hqd->eops--;
	kfdsim_hqd_completed(hqd, now);
	hqd->ops->ended(hqd, now);
}

/**
 * kfdsim_dispatch_new() - a dispatch at the end of a queue's
 * @hqd: the queue
 * @packet_id: see kfdsim_hqd_packet_id()
 *
 * Return: the dispatch, of which the caller fills in what it is; NULL when out
 * of memory. Context: hw->lock is held.
 */
struct kfdsim_dispatch *kfdsim_dispatch_new(struct kfdsim_hqd *hqd,
					    u64 packet_id)
{
	struct kfdsim_dispatch *d = kzalloc(sizeof(*d), GFP_KERNEL);

	if (!d)
		return NULL;
	d->hqd = hqd;
	d->packet_id = packet_id;
	INIT_LIST_HEAD(&d->cohorts);
	INIT_LIST_HEAD(&d->saved);
	kfdsim_event_init(&d->eop, dispatch_eop);
	list_add_tail(&d->link, &hqd->dispatches);
	return d;
}

/* Workgroups from a save area, to be restored when there are slots */
int kfdsim_dispatch_add_saved(struct kfdsim_dispatch *d, unsigned int xcc,
			      u32 wgs, u64 left_ns)
{
	struct kfdsim_saved *s = kzalloc(sizeof(*s), GFP_KERNEL);

	if (!s)
		return -ENOMEM;
	s->xcc = xcc;
	s->wgs = wgs;
	s->left_ns = left_ns;
	list_add_tail(&s->link, &d->saved);
	d->hqd->nsaved++;
	return 0;
}

static void cohort_end(struct kfdsim_hw *hw, struct kfdsim_event *ev, u64 now)
{
	struct kfdsim_cohort *c = container_of(ev, typeof(*c), end);
	struct kfdsim_dispatch *d = c->dispatch;
	struct kfdsim_hqd *hqd = d->hqd;
	u32 count = c->count;
	s64 old;

	kfdsim_usage_add(c, c->left_ns);
	cohort_release(c);
	d->outstanding -= count;
	hw->stats.workgroups += count;
	if (d->kernel.counter_va &&
	    kfdsim_vm_fetch_add64(hqd->vm, d->kernel.counter_va, count, &old))
		kfdsim_hqd_fault(hqd, d->kernel.counter_va, true);
	if (!d->outstanding) {
		hqd->eops++;
		kfdsim_event_at(hw, &d->eop, now + hw->sim->model.signal_ns);
	}
	/* After all that ends now, so that they are refilled in one go */
	kfdsim_event_at(hw, &hqd->node->launch_ev, now);
	hqd->ops->ended(hqd, now);
}

/**
 * kfdsim_cohort_new() - workgroups that will end together, none yet
 * @d: their dispatch
 * @left_ns: how long they will run, without others
 * @restored_on: XCC of the node that their waves are restored on; -1: fresh ones
 *
 * Return: the cohort, in no list yet; NULL when out of memory.
 */
struct kfdsim_cohort *kfdsim_cohort_new(struct kfdsim_dispatch *d, u64 left_ns,
					int restored_on)
{
	struct kfdsim_cohort *c = kzalloc(sizeof(*c), GFP_KERNEL);

	if (!c)
		return NULL;
	INIT_LIST_HEAD(&c->link);
	kfdsim_event_init(&c->end, cohort_end);
	c->dispatch = d;
	c->left_ns = left_ns;
	c->restored_on = restored_on;
	return c;
}

/* ---- queues --------------------------------------------------------------- */

/* Return: whether @hqd has workgroups to launch, or to restore */
bool kfdsim_compute_has_work(const struct kfdsim_hqd *hqd)
{
	return hqd->nsaved || (hqd->head && hqd->head->unlaunched);
}

/* Stop the waves of @hqd where they are; they keep their slots */
void kfdsim_compute_freeze(struct kfdsim_hqd *hqd, u64 now)
{
	struct kfdsim_dispatch *d;
	struct kfdsim_cohort *c;
	u64 left;

	kfdsim_launch_stop(hqd);
	list_for_each_entry(d, &hqd->dispatches, link) {
		list_for_each_entry(c, &d->cohorts, link) {
			left = kfdsim_cohort_left_ns(c, now);
			kfdsim_usage_add(c, c->left_ns - left);
			c->left_ns = left;
			kfdsim_event_cancel(hqd->node->hw, &c->end);
		}
	}
}

/* Return: what the waves of @hqd on @xcc hold in registers and LDS */
u64 kfdsim_compute_bytes(const struct kfdsim_hqd *hqd, unsigned int xcc)
{
	struct kfdsim_dispatch *d;
	struct kfdsim_cohort *c;
	u64 bytes = 0;

	list_for_each_entry(d, &hqd->dispatches, link)
		list_for_each_entry(c, &d->cohorts, link)
			bytes += (u64)c->wgs[xcc] *
				 d->kernel.waves_per_workgroup *
				 d->kernel.save_bytes_per_wave;
	return bytes;
}

/* Forget a head of which nothing was launched: it is looked at again */
void kfdsim_compute_drop_unstarted(struct kfdsim_hqd *hqd)
{
	struct kfdsim_dispatch *d = hqd->head;

	if (d && d->unlaunched == d->total)
		dispatch_free(d);
}

/* Forget the dispatches of @hqd; their slots are free for others */
void kfdsim_compute_drop(struct kfdsim_hqd *hqd, u64 now)
{
	struct kfdsim_dispatch *d, *tmp;

	kfdsim_launch_stop(hqd);
	list_for_each_entry_safe(d, tmp, &hqd->dispatches, link)
		dispatch_free(d);
	hqd->eops = 0;
	kfdsim_event_at(hqd->node->hw, &hqd->node->launch_ev, now);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Compute units: who gets wave slots, and for how long.
 *
 * A workgroup takes waves_per_workgroup slots of one compute unit for
 * workgroup_ns. The share of each XCC in a dispatch is fixed when it begins.
 * On each XCC, free slots go to the highest pipe priority that has something
 * to launch and fits, queues of equal priority taking turns by compute unit.
 * Nothing is ever taken away from a running wave here; that is what
 * preemption is for.
 */
#include <linux/math64.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "kfdsim_hw.h"
#include "kfdsim_trace.h"

/* The number of a compute unit among those of its node */
static unsigned int kfdsim_cu(const struct kfdsim_node *node, unsigned int xcc,
			      unsigned int cu)
{
	return xcc * node->hw->sim->model.cu_per_xcc + cu;
}

static struct kfdsim_xcc *node_xcc(struct kfdsim_node *node, unsigned int xcc)
{
	return &node->hw->xcc[node->first_xcc + xcc];
}

/*
 * Book the XCC's share of memory bandwidth for saving or restoring @bytes of
 * waves. Return: when that is done.
 */
u64 kfdsim_swap(struct kfdsim_hw *hw, unsigned int xcc, u64 bytes, u64 now)
{
	const struct kfdsim_model *model = &hw->sim->model;
	struct kfdsim_xcc *x = &hw->xcc[xcc];

	x->swap_busy_ns = max(x->swap_busy_ns, now + model->trap_ns) +
			  mul_u64_u64_div_u64(bytes, NSEC_PER_SEC,
					      model->vram_bandwidth /
					      model->num_xcc);
	return x->swap_busy_ns;
}

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
		x = node_xcc(hqd->node, i);
		on = &c->cu[kfdsim_cu(hqd->node, i, 0)];
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
	kfdsim_dispatch_completed(hqd, now);
	kfdsim_dequeue_progress(hqd, now);
}

/*
 * A dispatch at the end of @hqd's; the caller fills in what it is.
 * Return: NULL when out of memory.
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
	kfdsim_dequeue_progress(hqd, now);
}

static struct kfdsim_cohort *cohort_new(struct kfdsim_dispatch *d, u64 left_ns,
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

/* ---- the launch pass ------------------------------------------------------ */

/*
 * What @hqd would launch next on @xcc: saved waves before fresh ones. Only the
 * packet at the read index can have fresh ones. Return: whether there is any.
 */
static bool launch_next(struct kfdsim_hqd *hqd, unsigned int xcc)
{
	struct kfdsim_dispatch *d;
	struct kfdsim_saved *s;

	if (hqd->nsaved) {
		list_for_each_entry(d, &hqd->dispatches, link) {
			list_for_each_entry(s, &d->saved, link) {
				if (s->xcc != xcc || !s->wgs)
					continue;
				hqd->next = (struct kfdsim_work){ d, s };
				return true;
			}
		}
	}
	d = hqd->head && hqd->head->rem[xcc] ? hqd->head : NULL;
	hqd->next = (struct kfdsim_work){ d, NULL };
	return d;
}

/* A cohort for fresh workgroups of @d on @xcc, or the one that is being built */
static struct kfdsim_cohort *fresh_cohort(struct kfdsim_dispatch *d,
					  unsigned int xcc)
{
	struct kfdsim_cohort **building = &d->building;
	u64 run_ns = d->kernel.workgroup_ns;
	unsigned int i;

	if (d->times) {
		i = kfdsim_dispatch_next_time(d, xcc);
		building = &d->times->building[i];
		run_ns = d->times->ns[i];
	}
	if (!*building)
		*building = cohort_new(d, run_ns, -1);
	if (*building)
		(*building)->building = building;
	return *building;
}

/* The cohort that hqd->next goes into; NULL when out of memory */
static struct kfdsim_cohort *launch_cohort(struct kfdsim_hqd *hqd,
					   unsigned int xcc,
					   struct list_head *built)
{
	struct kfdsim_dispatch *d = hqd->next.dispatch;
	struct kfdsim_saved *s = hqd->next.saved;
	struct kfdsim_cohort *c;

	if (s) {
		if (!s->building)
			s->building = cohort_new(d, s->left_ns, xcc);
		c = s->building;
	} else {
		c = fresh_cohort(d, xcc);
	}
	if (!c)
		kfdsim_event_at(hqd->node->hw, &hqd->node->launch_ev,
				hqd->node->hw->now + NSEC_PER_MSEC);
	else if (list_empty(&c->link))
		list_add_tail(&c->link, built);
	return c;
}

/*
 * Launch @n workgroups of what hqd->next is on a compute unit. They end together.
 * Return: how many were launched: 0 when out of memory.
 */
static u32 launch_some(struct kfdsim_hqd *hqd, unsigned int xcc, unsigned int cu,
		       u32 n, struct list_head *built)
{
	struct kfdsim_dispatch *d = hqd->next.dispatch;
	struct kfdsim_cohort *c = launch_cohort(hqd, xcc, built);

	if (!c)
		return 0;
	c->cu[kfdsim_cu(hqd->node, xcc, cu)] += n;
	c->wgs[xcc] += n;
	c->count += n;
	if (hqd->next.saved) {
		hqd->next.saved->wgs -= n;
	} else {
		d->rem[xcc] -= n;
		d->unlaunched -= n;
	}
	return n;
}

/*
 * Launch what hqd->next is on the compute units from @cu to @end - 1, as much
 * as there is and fits. Return: workgroups launched.
 */
static u32 launch_on(struct kfdsim_hqd *hqd, unsigned int xcc, unsigned int cu,
		     unsigned int end, struct list_head *built)
{
	struct kfdsim_xcc *x = node_xcc(hqd->node, xcc);
	struct kfdsim_dispatch *d = hqd->next.dispatch;
	u32 waves = d->kernel.waves_per_workgroup, n = 1, got = 0;
	u32 *left = hqd->next.saved ? &hqd->next.saved->wgs : &d->rem[xcc];
	/* Whatever has times of its own is launched one by one */
	u32 most = d->times && !hqd->next.saved ? 1 : U32_MAX;

	for (; n && cu < end && *left; cu++) {
		if (x->free[cu] < waves ||
		    !test_bit(kfdsim_cu(hqd->node, xcc, cu), hqd->cu_mask))
			continue;
		while (n && *left && x->free[cu] >= waves) {
			n = min3(*left, x->free[cu] / waves, most);
			n = launch_some(hqd, xcc, cu, n, built);
			x->free[cu] -= n * waves;
			got += n;
		}
	}
	x->free_total -= got * waves;
	hqd->waves[xcc] += got * waves;
	return got;
}

/* One queue has the XCC for itself */
static void launch_alone(struct kfdsim_hqd *hqd, unsigned int xcc,
			 struct list_head *built)
{
	unsigned int num_cu = hqd->node->hw->sim->model.cu_per_xcc;

	while (launch_on(hqd, xcc, 0, num_cu, built))
		if (!launch_next(hqd, xcc))
			break;
}

/* The first compute unit from @cu on that has free slots; @end if none has */
static unsigned int next_free(const struct kfdsim_xcc *x, unsigned int cu,
			      unsigned int end)
{
	const u8 *free = memchr_inv(&x->free[cu], 0, end - cu);

	return free ? free - x->free : end;
}

/* Queues take turns; a turn is what fits on one compute unit */
static void launch_turns(struct kfdsim_node *node, struct list_head *queues,
			 unsigned int xcc, struct list_head *built)
{
	unsigned int cu, num_cu = node->hw->sim->model.cu_per_xcc;
	struct kfdsim_xcc *x = node_xcc(node, xcc);
	struct kfdsim_hqd *hqd;

	for (cu = next_free(x, 0, num_cu); cu < num_cu;
	     cu = next_free(x, cu + 1, num_cu)) {
again:
		if (!x->free[cu])
			continue;
		list_for_each_entry(hqd, queues, launch_link) {
			if (!hqd->next.dispatch ||
			    !launch_on(hqd, xcc, cu, cu + 1, built))
				continue;
			launch_next(hqd, xcc);
			list_move_tail(&hqd->launch_link, queues);
			goto again;
		}
	}
}

static void launch_xcc(struct kfdsim_node *node, struct list_head *queues,
		       unsigned int xcc, struct list_head *built)
{
	struct kfdsim_hqd *hqd, *last = NULL;
	unsigned int n = 0;

	list_for_each_entry(hqd, queues, launch_link) {
		if (!launch_next(hqd, xcc))
			continue;
		last = hqd;
		n++;
	}
	if (n == 1)
		launch_alone(last, xcc, built);
	else if (n)
		launch_turns(node, queues, xcc, built);
}

static void launch_restore(struct kfdsim_cohort *c, u64 *start, u64 now)
{
	struct kfdsim_dispatch *d = c->dispatch;
	struct kfdsim_hw *hw = d->hqd->node->hw;
	u32 waves = c->count * d->kernel.waves_per_workgroup;
	u64 bytes = (u64)waves * d->kernel.save_bytes_per_wave;
	struct kfdsim_saved *s, *tmp;

	*start = kfdsim_swap(hw, d->hqd->node->first_xcc + c->restored_on,
			     bytes, now);
	hw->stats.waves_restored += waves;
	hw->stats.bytes_restored += bytes;
	trace_wave_restore(d->hqd, c->restored_on, waves, bytes,
			   *start - now, now);
	list_for_each_entry_safe(s, tmp, &d->saved, link) {
		if (s->building == c)
			s->building = NULL;
		if (s->wgs)
			continue;
		list_del(&s->link);
		d->hqd->nsaved--;
		kfree(s);
	}
}

static void launch_start(struct kfdsim_cohort *c, u64 now)
{
	struct kfdsim_dispatch *d = c->dispatch;
	struct kfdsim_hw *hw = d->hqd->node->hw;
	u64 start = now + hw->sim->model.dispatch_ns;

	if (c->restored_on >= 0)
		launch_restore(c, &start, now);
	else
		*c->building = NULL;
	if (!d->start_ns) {
		d->start_ns = start;
		trace_dispatch_start(d, now);
	}
	list_move_tail(&c->link, &d->cohorts);
	c->run_ns = kfdsim_cohort_run_ns(c);
	kfdsim_event_at(hw, &c->end, start + c->run_ns);
	if (!d->unlaunched)
		kfdsim_dispatch_launched(d, now);
}

/* Return: whether @hqd has workgroups to launch, or to restore */
bool kfdsim_compute_has_work(const struct kfdsim_hqd *hqd)
{
	return hqd->nsaved || (hqd->head && hqd->head->unlaunched);
}

/* Give free slots to who is next */
static void launch_pass(struct kfdsim_hw *hw, struct kfdsim_event *ev, u64 now)
{
	struct kfdsim_node *node = container_of(ev, typeof(*node), launch_ev);
	struct kfdsim_cohort *c, *c_tmp;
	struct kfdsim_hqd *hqd, *tmp;
	unsigned int xcc;
	LIST_HEAD(built);
	int prio;

	for (prio = KFDSIM_NUM_PRIORITY - 1; prio >= 0; prio--) {
		if (list_empty(&node->launch[prio]))
			continue;
		for (xcc = 0; xcc < node->num_xcc; xcc++)
			if (node_xcc(node, xcc)->free_total)
				launch_xcc(node, &node->launch[prio], xcc,
					   &built);
	}
	list_for_each_entry_safe(c, c_tmp, &built, link)
		launch_start(c, now);
	for (prio = 0; prio < KFDSIM_NUM_PRIORITY; prio++)
		list_for_each_entry_safe(hqd, tmp, &node->launch[prio],
					 launch_link)
			if (!kfdsim_compute_has_work(hqd))
				list_del_init(&hqd->launch_link);
}

/* ---- queues --------------------------------------------------------------- */

/* @hqd has workgroups to launch, or to restore */
void kfdsim_compute_ready(struct kfdsim_hqd *hqd, u64 now)
{
	struct kfdsim_node *node = hqd->node;

	if (hqd->error || !kfdsim_compute_has_work(hqd))
		return;
	if (list_empty(&hqd->launch_link))
		list_add_tail(&hqd->launch_link, &node->launch[hqd->priority]);
	kfdsim_event_at(node->hw, &node->launch_ev, now);
}

/* Launch nothing more of @hqd; what runs goes on */
void kfdsim_compute_stop(struct kfdsim_hqd *hqd)
{
	list_del_init(&hqd->launch_link);
}

/* Stop the waves of @hqd where they are; they keep their slots */
void kfdsim_compute_freeze(struct kfdsim_hqd *hqd, u64 now)
{
	struct kfdsim_dispatch *d;
	struct kfdsim_cohort *c;
	u64 left;

	kfdsim_compute_stop(hqd);
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

	kfdsim_compute_stop(hqd);
	list_for_each_entry_safe(d, tmp, &hqd->dispatches, link)
		dispatch_free(d);
	hqd->eops = 0;
	kfdsim_event_at(hqd->node->hw, &hqd->node->launch_ev, now);
}

void kfdsim_compute_init_node(struct kfdsim_node *node)
{
	int i;

	for (i = 0; i < KFDSIM_NUM_PRIORITY; i++)
		INIT_LIST_HEAD(&node->launch[i]);
	kfdsim_event_init(&node->launch_ev, launch_pass);
}

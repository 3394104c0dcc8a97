// SPDX-License-Identifier: GPL-2.0
/*
 * The launch pass: who gets the wave slots that are free.
 *
 * The share of each XCC in a dispatch is fixed when it begins. On each XCC,
 * free slots go to the highest pipe priority that has something to launch and
 * fits, queues of equal priority taking turns by compute unit. Nothing is ever
 * taken away from a running wave here; that is what preemption is for.
 */
#include <linux/slab.h>
#include <linux/string.h>

#include "kfdsim_hw.h"
#include "kfdsim_trace.h"

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

/*
 * Which time the next fresh workgroup of @d, whose kernel has times, runs for
 * on @xcc. Return: an index of d->times->ns; also for a dispatch of which more
 * is left than there was, as a program can write it into its save area.
 */
static unsigned int next_time(const struct kfdsim_dispatch *d,
			      unsigned int xcc)
{
	u32 n = d->hqd->node->num_xcc, launched;
	u64 workgroup;

	if (d->hqd->kind == KFDSIM_PM4) {
		workgroup = d->total - d->rem[xcc];
	} else {
		launched = d->total / n + (xcc < d->total % n) - d->rem[xcc];
		workgroup = xcc + (u64)launched * n;
	}
	return workgroup % d->kernel.num_times;
}

/* A cohort for fresh workgroups of @d on @xcc, or the one that is being built */
static struct kfdsim_cohort *fresh_cohort(struct kfdsim_dispatch *d,
					  unsigned int xcc)
{
	struct kfdsim_cohort **building = &d->building;
	u64 run_ns = d->kernel.workgroup_ns;
	unsigned int i;

	if (d->times) {
		i = next_time(d, xcc);
		building = &d->times->building[i];
		run_ns = d->times->ns[i];
	}
	if (!*building)
		*building = kfdsim_cohort_new(d, run_ns, -1);
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
			s->building = kfdsim_cohort_new(d, s->left_ns, xcc);
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
	c->cu[kfdsim_node_cu(hqd->node, xcc, cu)] += n;
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
	struct kfdsim_xcc *x = kfdsim_node_xcc(hqd->node, xcc);
	struct kfdsim_dispatch *d = hqd->next.dispatch;
	u32 waves = d->kernel.waves_per_workgroup, n = 1, got = 0;
	u32 *left = hqd->next.saved ? &hqd->next.saved->wgs : &d->rem[xcc];
	/* Whatever has times of its own is launched one by one */
	u32 most = d->times && !hqd->next.saved ? 1 : U32_MAX;

	for (; n && cu < end && *left; cu++) {
		if (x->free[cu] < waves ||
		    !test_bit(kfdsim_node_cu(hqd->node, xcc, cu), hqd->cu_mask))
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
	struct kfdsim_xcc *x = kfdsim_node_xcc(node, xcc);
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

	*start = kfdsim_xcc_swap(hw, d->hqd->node->first_xcc + c->restored_on,
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

/* Every workgroup of @d has got its slots: the packet processor goes on */
static void launch_done(struct kfdsim_dispatch *d, u64 now)
{
	struct kfdsim_hqd *hqd = d->hqd;

	if (hqd->head != d)
		return;
	hqd->head = NULL;
	hqd->ops->launched(hqd, now);
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
		launch_done(d, now);
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
			if (kfdsim_node_xcc(node, xcc)->free_total)
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

/**
 * kfdsim_launch_ready() - there may be workgroups to launch, or to restore
 * @hqd: the queue
 * @now: model time
 *
 * They are launched behind all that is due now. Context: hw->lock is held.
 */
void kfdsim_launch_ready(struct kfdsim_hqd *hqd, u64 now)
{
	struct kfdsim_node *node = hqd->node;

	if (hqd->error || !kfdsim_compute_has_work(hqd))
		return;
	if (list_empty(&hqd->launch_link))
		list_add_tail(&hqd->launch_link, &node->launch[hqd->priority]);
	kfdsim_event_at(node->hw, &node->launch_ev, now);
}

/**
 * kfdsim_launch_init() - nobody has anything to launch
 * @node: the node
 */
void kfdsim_launch_init(struct kfdsim_node *node)
{
	int i;

	for (i = 0; i < KFDSIM_NUM_PRIORITY; i++)
		INIT_LIST_HEAD(&node->launch[i]);
	kfdsim_event_init(&node->launch_ev, launch_pass);
}

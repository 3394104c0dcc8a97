// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt policy: which BE queues have a slot, when there are more queues
 * than slots.
 */
#ifdef __KERNEL__
#include <linux/limits.h>
#include <linux/sort.h>
#else
#include <stdlib.h>
#define U64_MAX	UINT64_MAX
#endif

#include "kfd_gpreempt_admit.h"

/* What is left to hand out. */
struct budget {
	u32 slots;
	u32 process_slots;
};

/**
 * kfd_gpreempt_be_slots() - how many BE queues may have a slot
 * @knobs: the node's knobs
 * @total: slots that the node has
 * @others: slots that queues other than BE have or are about to take
 *
 * Return: a number of slots; 0 if the others need all of them.
 */
u32 kfd_gpreempt_be_slots(const struct kfd_gpreempt_knobs *knobs, u32 total,
			  u32 others)
{
	u32 taken = others > knobs->hqd_lc_reserved ? others :
						      knobs->hqd_lc_reserved;
	u32 left = total > taken ? total - taken : 0;

	return left < knobs->hqd_be_max ? left : knobs->hqd_be_max;
}

/* ---- who is behind, and who is ahead ----------------------------------- */

/**
 * kfd_gpreempt_served_ns() - what a process is charged for a time with slots
 * @share: the process, as the last kfd_gpreempt_admit() left it
 * @elapsed_ns: for how long its queues have had their slots
 *
 * A process is charged for the part of its wishes that came true, not for
 * slots: one that fills the GPU alone would else get it once in as many turns
 * as it has queues, with nearly all slots empty in the others.
 *
 * Return: ns, from 0 to @elapsed_ns.
 */
u64 kfd_gpreempt_served_ns(const struct kfd_gpreempt_share *share,
			   u64 elapsed_ns)
{
	if (share->admitted >= share->wanted)
		return share->wanted ? elapsed_ns : 0;

	return elapsed_ns * share->admitted / share->wanted;
}

static u64 clamp_ns(u64 ns, u64 least_ns, u64 lead_ns)
{
	if (ns < least_ns)
		return least_ns;

	return ns - least_ns > lead_ns ? least_ns + lead_ns : ns;
}

static void level_shares(struct kfd_gpreempt_share *shares, u32 processes,
			 u64 *floor_ns, u64 lead_ns)
{
	u64 least_ns = U64_MAX;
	u32 i;

	for (i = 0; i < processes; i++) {
		if (shares[i].least_ns == U64_MAX)
			continue;
		if (shares[i].served_ns < least_ns)
			least_ns = shares[i].served_ns;
	}
	if (least_ns == U64_MAX)
		return;

	if (*floor_ns < least_ns)
		*floor_ns = least_ns;
	for (i = 0; i < processes; i++)
		shares[i].served_ns = clamp_ns(shares[i].served_ns, *floor_ns,
					       lead_ns);
}

/**
 * kfd_gpreempt_level() - bound how far apart those are that wait for a slot
 * @candidates: the BE queues that could have one; their @served_ns may change
 * @count: number of candidates
 * @shares: the processes that the candidates name; their @served_ns may change
 * @processes: number of shares
 * @floor_ns: what the least served process had; 0 in the beginning, kept by
 *	the caller from call to call
 * @lead_ns: how far anybody may be ahead of who is least served
 *
 * To be called before kfd_gpreempt_admit(), and what it changes is to be kept.
 * Queues that keep a slot do not count, and a queue must not be said to want one
 * while there can't be one for it, because its process has no place in the
 * runlist and there is none left: nobody may be measured by who is not served.
 *
 * Nobody saves up credit while there is nothing to do for him: a process that
 * is new, or has slept, would else shut out the others for as long as they have
 * run. And nobody pays for ever for slots that nobody else could use.
 */
void kfd_gpreempt_level(struct kfd_gpreempt_candidate *candidates, u32 count,
			struct kfd_gpreempt_share *shares, u32 processes,
			u64 *floor_ns, u64 lead_ns)
{
	struct kfd_gpreempt_share *share;
	u32 i;

	for (i = 0; i < processes; i++)
		shares[i].least_ns = U64_MAX;
	for (i = 0; i < count; i++) {
		share = &shares[candidates[i].process];
		if (candidates[i].wants && !candidates[i].keeps &&
		    candidates[i].served_ns < share->least_ns)
			share->least_ns = candidates[i].served_ns;
	}
	for (i = 0; i < count; i++) {
		share = &shares[candidates[i].process];
		if (share->least_ns != U64_MAX)
			candidates[i].served_ns =
				clamp_ns(candidates[i].served_ns,
					 share->least_ns, lead_ns);
	}
	level_shares(shares, processes, floor_ns, lead_ns);
}

/* ---- least served first ---------------------------------------------- */

#ifdef __KERNEL__
#define CONTEXT	const void

static void sort_numbers(u32 *numbers, u32 count, cmp_r_func_t compare,
			 const void *context)
{
	sort_r(numbers, count, sizeof(*numbers), compare, NULL, context);
}
#else
#define CONTEXT	void

static void sort_numbers(u32 *numbers, u32 count,
			 int (*compare)(const void *, const void *, void *),
			 void *context)
{
	qsort_r(numbers, count, sizeof(*numbers), compare, context);
}
#endif

static int compare_u64(u64 a, u64 b)
{
	return a < b ? -1 : a > b;
}

/* Equals in the order of the array, so that the result depends on nothing else. */
static int compare_processes(const void *a, const void *b, CONTEXT *context)
{
	const struct kfd_gpreempt_share *shares = context;
	u32 pa = *(const u32 *)a, pb = *(const u32 *)b;
	int ret = compare_u64(shares[pa].served_ns, shares[pb].served_ns);

	return ret ? ret : compare_u64(pa, pb);
}

static int compare_queues(const void *a, const void *b, CONTEXT *context)
{
	const struct kfd_gpreempt_candidate *candidates = context;
	u32 qa = *(const u32 *)a, qb = *(const u32 *)b;
	int ret = compare_u64(candidates[qa].served_ns, candidates[qb].served_ns);

	return ret ? ret : compare_u64(qa, qb);
}

/* The queues of each process next to each other */
static void group(const struct kfd_gpreempt_candidate *candidates, u32 count,
		  struct kfd_gpreempt_share *shares, u32 processes, u32 *order)
{
	u32 first = 0;
	u32 i;

	for (i = 0; i < processes; i++)
		shares[i].queues = 0;
	for (i = 0; i < count; i++)
		shares[candidates[i].process].queues++;
	for (i = 0; i < processes; i++) {
		shares[i].first = first;
		first += shares[i].queues;
		shares[i].queues = 0;
	}
	for (i = 0; i < count; i++) {
		struct kfd_gpreempt_share *share = &shares[candidates[i].process];

		order[share->first + share->queues++] = i;
	}
}

/* ---- handing out ------------------------------------------------------ */

static bool has_admitted(const struct kfd_gpreempt_candidate *candidates,
			 const u32 *order, u32 count)
{
	u32 i;

	for (i = 0; i < count; i++) {
		if (candidates[order[i]].admitted)
			return true;
	}
	return false;
}

/*
 * One process: all of its queues that want a slot, or none; but a process that
 * would not fit if it were alone is split, least served queues first.
 */
static void admit_group(struct kfd_gpreempt_candidate *candidates,
			struct kfd_gpreempt_share *share, u32 *order, bool wants,
			u32 capacity, struct budget *left)
{
	bool placed = share->in_runlist ||
		      has_admitted(candidates, order, share->queues);
	struct kfd_gpreempt_candidate *candidate;
	u32 wanting = 0;
	u32 i;

	for (i = 0; i < share->queues; i++) {
		candidate = &candidates[order[i]];
		wanting += candidate->wants == wants && !candidate->admitted;
	}
	if (wants)
		share->wanted += wanting < capacity ? wanting : capacity;
	if (!wanting || !left->slots || (!placed && !left->process_slots))
		return;
	if (wants && wanting > left->slots && wanting <= capacity)
		return;

	if (wanting > left->slots)
		sort_numbers(order, share->queues, compare_queues, candidates);
	for (i = 0; i < share->queues && left->slots; i++) {
		candidate = &candidates[order[i]];
		if (candidate->wants != wants || candidate->admitted)
			continue;
		candidate->admitted = true;
		share->admitted += wants;
		left->slots--;
	}
	if (!placed)
		left->process_slots--;
}

static void admit_kept(struct kfd_gpreempt_candidate *candidates, u32 count,
		       struct kfd_gpreempt_share *shares, struct budget *left)
{
	u32 i;

	for (i = 0; i < count; i++) {
		shares[candidates[i].process].wanted = 0;
		shares[candidates[i].process].admitted = 0;
		candidates[i].admitted = candidates[i].keeps;
		if (candidates[i].keeps && left->slots)
			left->slots--;
	}
}

/**
 * kfd_gpreempt_admit() - who has a slot from now on
 * @candidates: the BE queues that could have one; their @admitted is set
 * @count: number of candidates
 * @shares: the processes that the candidates name; their @wanted and @admitted
 *	are set
 * @processes: number of shares
 * @order: room for @count + @processes numbers
 * @slots: number of BE queues that may have a slot
 * @process_slots: number of processes that may come into the runlist, besides
 *	those that are in it anyway
 *
 * Queues with work come first, the least served process before the others,
 * with all of its queues together. What is left goes to queues that have
 * nothing to do, so that their next packet does not have to wait.
 *
 * Whoever is the least served process that can be placed has all the slots that
 * it can use, and is charged for all of the time; what has no slot is not. So
 * everybody's turn comes.
 */
void kfd_gpreempt_admit(struct kfd_gpreempt_candidate *candidates, u32 count,
			struct kfd_gpreempt_share *shares, u32 processes,
			u32 *order, u32 slots, u32 process_slots)
{
	struct budget left = { slots, process_slots };
	u32 *by_need = order + count;
	u32 capacity, i;
	int pass;

	group(candidates, count, shares, processes, order);
	for (i = 0; i < processes; i++)
		by_need[i] = i;
	sort_numbers(by_need, processes, compare_processes, shares);

	admit_kept(candidates, count, shares, &left);
	capacity = left.slots;

	for (pass = 0; pass < 2; pass++) {
		for (i = 0; i < processes; i++) {
			struct kfd_gpreempt_share *share = &shares[by_need[i]];

			admit_group(candidates, share, order + share->first,
				    !pass, capacity, &left);
		}
	}
}

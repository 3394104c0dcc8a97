/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * gpreempt: a process' doorbells, for who maps and who unmaps them.
 */
#ifndef KFD_GPREEMPT_DOORBELL_H_INCLUDED
#define KFD_GPREEMPT_DOORBELL_H_INCLUDED

#include <linux/kref.h>
#include <linux/mm.h>

#include "kfd_gpreempt_priv.h"

/*
 * A process maps its doorbells once; one that has more mappings than this is not
 * armed any more. Unmapping takes time for each of them, and the worker is not
 * the program's to spend it.
 */
#define MAX_MAPPINGS	16

/**
 * struct kfd_gpreempt_doorbells - one process' doorbells on one node
 *
 * @ref: one of the &kfd_process_device, of each mapping, of each queue, and of
 *	the list @wanted
 * @lock: lets nobody call @gp while it goes
 * @gp: the node's scheduler; NULL once it, or the process on this node, is
 *	gone. Written under @lock and attached_lock
 * @attached: entry in attached_list while @gp is not NULL
 * @wanted: entry in the list of those that the worker is about to arm
 * @armed: no page is mapped, or one was mapped just now and who did it is
 *	about to clear this
 * @rings: how often a fault has found @armed set, at least; changes before
 *	@armed is cleared
 * @rang: one has, since kfd_gpreempt_doorbells_rang() asked last
 * @untracked: there is, or was, a mapping without @vm_ops, or too many with
 *	them; written with the mmap lock held for writing
 * @mappings: number of mappings with @vm_ops that are not closed. Grows only
 *	with the mmap lock held for writing
 * @places: addresses at which mappings were; by the worker with the mmap lock
 *	held for reading, or by anybody with it held for writing
 * @placed: number of addresses that were ever noted there; as @places
 * @mm: the process' address space, NULL before the first mapping; set once,
 *	as the following
 * @pgoff: page offset of the first page in each mapping
 * @pfn: first page of the process' part of the BAR
 * @inner: what a mapping had before it had @vm_ops
 * @vm_ops: what it has. A copy of @inner for each process: vm_private_data
 *	belongs to @inner, so that this is where our own is found
 */
struct kfd_gpreempt_doorbells {
	struct kref ref;
	spinlock_t lock; /* @gp */
	struct kfd_gpreempt *gp;
	struct list_head attached;
	struct list_head wanted;
	u32 armed;
	atomic_t rings;
	u32 rang;
	bool untracked;
	atomic_t mappings;
	unsigned long places[MAX_MAPPINGS];
	u32 placed;
	struct mm_struct *mm;
	unsigned long pgoff;
	unsigned long pfn;
	const struct vm_operations_struct *inner;
	struct vm_operations_struct vm_ops;
};

void kfd_gpreempt_doorbells_note(struct kfd_gpreempt_doorbells *db,
				 unsigned long addr);

#endif

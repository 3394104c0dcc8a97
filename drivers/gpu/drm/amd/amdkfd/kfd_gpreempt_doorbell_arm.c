// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: arming doorbells, and what armed ones have told.
 *
 * kfd_gpreempt_doorbell.c says why no ring is missed.
 */
#include <linux/sched/mm.h>

#include "kfd_gpreempt_doorbell.h"
#include "kfd_priv.h"

/* For the same reason: how many mappings of a process are looked through, for
 * those that are not where they were.
 */
#define MAX_WALK	256

/* ---- what is known of them --------------------------------------------- */

/**
 * kfd_gpreempt_doorbells_armed() - would a ring be noticed?
 * @db: the doorbells, or NULL
 *
 * Context: any.
 *
 * Return: true if the process can't ring without KFD_GPREEMPT_RUNG. False
 * before it has mapped its doorbells.
 */
bool kfd_gpreempt_doorbells_armed(const struct kfd_gpreempt_doorbells *db)
{
	return db && READ_ONCE(db->armed);
}

/**
 * kfd_gpreempt_is_armed() - would a ring of a queue's doorbell be noticed?
 * @q: a tracked queue
 *
 * Context: any; the caller keeps the queue tracked.
 *
 * Return: true if a CPU can't ring it without a fault.
 */
bool kfd_gpreempt_is_armed(const struct queue *q)
{
	return q->gpreempt.doorbells &&
	       kfd_gpreempt_doorbells_armed(q->gpreempt.doorbells);
}

/**
 * kfd_gpreempt_doorbells_armable() - is there a point in arming them?
 * @db: the doorbells, or NULL
 *
 * Context: any.
 *
 * Return: false if nothing but another mmap() could change that they can't be
 * armed; KFD_GPREEMPT_MAPPED tells of that.
 */
bool kfd_gpreempt_doorbells_armable(const struct kfd_gpreempt_doorbells *db)
{
	return db && !READ_ONCE(db->untracked) && atomic_read(&db->mappings);
}

/**
 * kfd_gpreempt_doorbells_rings() - how often they were rung while armed
 * @db: the doorbells
 *
 * Who sees that they are not armed, and then asks, gets the ring for which they
 * are not.
 *
 * Context: any.
 *
 * Return: a number that is another one after each ring that was noticed.
 */
u32 kfd_gpreempt_doorbells_rings(const struct kfd_gpreempt_doorbells *db)
{
	/* Pairs with the xchg() in disarm(). */
	smp_rmb();
	return atomic_read(&db->rings);
}

/**
 * kfd_gpreempt_doorbells_rang() - were they rung while armed, since last asked?
 * @db: the doorbells, or NULL
 *
 * Context: any.
 *
 * Return: true once for one or more rings that were noticed.
 */
bool kfd_gpreempt_doorbells_rang(struct kfd_gpreempt_doorbells *db)
{
	return db && READ_ONCE(db->rang) && xchg(&db->rang, 0);
}

/* ---- arming ------------------------------------------------------------ */

/**
 * kfd_gpreempt_doorbells_want() - note doorbells that are to be armed
 * @db: the doorbells, or NULL; they may have been noted before
 * @wanted: for kfd_gpreempt_doorbells_arm()
 *
 * Context: the node's worker, any locks.
 */
void kfd_gpreempt_doorbells_want(struct kfd_gpreempt_doorbells *db,
				 struct list_head *wanted)
{
	if (!db || !list_empty(&db->wanted))
		return;

	kref_get(&db->ref);
	list_add_tail(&db->wanted, wanted);
}

static void zap(struct vm_area_struct *vma)
{
	zap_vma_ptes(vma, vma->vm_start, vma->vm_end - vma->vm_start);
}

/* Two places may be in one mapping by now; those before @i have been seen. */
static bool is_zapped(const struct kfd_gpreempt_doorbells *db, u32 i,
		      unsigned long start)
{
	while (i--) {
		if (db->places[i] == start)
			return true;
	}
	return false;
}

/* Return: how many mappings are where they were. */
static u32 zap_known(struct kfd_gpreempt_doorbells *db)
{
	u32 placed = min_t(u32, db->placed, MAX_MAPPINGS);
	struct vm_area_struct *vma;
	u32 found = 0;
	u32 i;

	for (i = 0; i < placed; i++) {
		vma = vma_lookup(db->mm, db->places[i]);
		if (!vma || vma->vm_ops != &db->vm_ops)
			continue;
		if (is_zapped(db, i, vma->vm_start))
			continue;
		db->places[i] = vma->vm_start;
		zap(vma);
		found++;
	}
	return found;
}

/* Return: whether there is one, and there are no others beyond the bound. */
static bool zap_searched(struct kfd_gpreempt_doorbells *db)
{
	VMA_ITERATOR(vmi, db->mm, 0);
	struct vm_area_struct *vma;
	bool found = false;
	u32 walked = 0;

	for_each_vma(vmi, vma) {
		if (++walked > MAX_WALK)
			return false;
		if (vma->vm_ops != &db->vm_ops)
			continue;
		kfd_gpreempt_doorbells_note(db, vma->vm_start);
		zap(vma);
		found = true;
	}
	return found;
}

/*
 * The mappings are found in the address space itself: one that is being
 * unmapped is not there any more, long before it is closed, and may not be
 * touched. Nearly always there is just one, and where it was. There are never
 * more than have been counted, so that when as many were found there are no
 * others.
 *
 * Context: process, may sleep; mmap lock held for reading.
 *
 * Return: whether there is a mapping, and all are unmapped.
 */
static bool zap_mappings(struct kfd_gpreempt_doorbells *db)
{
	u32 found;

	mmap_assert_locked(db->mm);

	/* Armed, then unmapped: pairs with that in disarm(). */
	smp_mb();
	found = zap_known(db);
	if (found && found == atomic_read(&db->mappings))
		return true;
	return zap_searched(db);
}

/* Context: process, may sleep; mmap lock held for reading. */
static void arm_locked(struct kfd_gpreempt_doorbells *db)
{
	if (READ_ONCE(db->untracked))
		return;

	WRITE_ONCE(db->armed, 1);
	if (!zap_mappings(db))
		WRITE_ONCE(db->armed, 0);
}

static void arm(struct kfd_gpreempt_doorbells *db)
{
	/* Pairs with that in learn(). */
	struct mm_struct *mm = smp_load_acquire(&db->mm);

	if (READ_ONCE(db->armed) || !READ_ONCE(db->gp) || !mm)
		return;

	if (!mmget_not_zero(mm))
		return;
	if (mmap_read_trylock(mm)) {
		arm_locked(db);
		mmap_read_unlock(mm);
	}
	/* If it is the last: a worker has no time to take a process down. */
	mmput_async(mm);
}

/**
 * kfd_gpreempt_doorbells_arm() - let the next ring of each process be noticed
 * @wanted: what kfd_gpreempt_doorbells_want() has noted; empty afterwards
 *
 * A process is passed over if it has mapped no doorbells, is about to end, or is
 * changing its address space right now. Some of these end without notice: try
 * again later.
 *
 * Whether a process had the time to make the store for which it has faulted is
 * the caller's to know.
 *
 * What was rung before is not noticed: look at the queues after this.
 *
 * Context: the node's worker, may sleep; no locks held, the dqm lock least of
 * all: MMU notifiers take it.
 */
void kfd_gpreempt_doorbells_arm(struct list_head *wanted)
{
	struct kfd_gpreempt_doorbells *db, *next;

	list_for_each_entry_safe(db, next, wanted, wanted) {
		list_del_init(&db->wanted);
		arm(db);
		kfd_gpreempt_doorbells_put(db);
	}
}

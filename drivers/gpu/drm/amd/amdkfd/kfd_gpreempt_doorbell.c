// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: a process' first ring after a pause.
 *
 * A ring is a store to a page of the GPU's BAR, which tells the driver nothing.
 * While a process is idle its doorbell pages are unmapped ("armed"), so that
 * the first store faults:
 *
 *   worker                               process
 *   kfd_gpreempt_doorbells_want()
 *   kfd_gpreempt_doorbells_arm()
 *     armed = 1, then unmap
 *   look at the queues' pointers
 *                                        move the write pointer
 *                                        ring: fault -> doorbell_fault()
 *                                          map, then armed = 0, wake the worker
 *   look at the queues' pointers         ring: the store is made
 *
 * Why no ring is missed while @armed is seen:
 * - A page is mapped before @armed is cleared, and unmapped after it is set.
 *   A fault that goes on while the worker arms either has its page unmapped
 *   again, or finds @armed set and clears it.
 * - A ring before the page was unmapped was preceded by a move of the write
 *   pointer, and the worker looks at that after it has armed.
 * - Every mapping is known: it has our vm_operations_struct, from mmap() to the
 *   end, and is counted. If one can't have it, or there are more than anybody
 *   needs, the process is never armed again.
 *
 * What a process does to its address space needs nothing else. A piece that
 * munmap() leaves and a copy that mremap() makes have the operations of the
 * original; a child of fork() has no mapping at all (VM_DONTCOPY); exec() and
 * exit() close the mappings as munmap() does.
 *
 * Rings by other means than a CPU's store are not seen: a GPU that has the
 * doorbells in its page tables may ring at any time.
 */
#include <linux/kref.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "kfd_gpreempt_doorbell.h"
#include "kfd_priv.h"

/* In the place of an object that there was no memory for */
#define NO_DOORBELLS	((struct kfd_gpreempt_doorbells *)ERR_PTR(-ENOMEM))

/* Objects with a scheduler; the lock is outside those of the objects. */
static LIST_HEAD(attached_list);
static DEFINE_SPINLOCK(attached_lock);

static struct kfd_gpreempt_doorbells *
to_doorbells(const struct vm_area_struct *vma)
{
	return container_of(vma->vm_ops, struct kfd_gpreempt_doorbells, vm_ops);
}

/* ---- the object -------------------------------------------------------- */

static void attach(struct kfd_gpreempt_doorbells *db, struct kfd_node *node)
{
	struct kfd_gpreempt *gp;

	spin_lock(&attached_lock);
	gp = READ_ONCE(node->gpreempt);
	if (gp) {
		spin_lock(&db->lock);
		WRITE_ONCE(db->gp, gp);
		spin_unlock(&db->lock);
		list_add(&db->attached, &attached_list);
	}
	spin_unlock(&attached_lock);
}

static void detach(struct kfd_gpreempt_doorbells *db)
{
	lockdep_assert_held(&attached_lock);

	list_del_init(&db->attached);
	spin_lock(&db->lock);
	WRITE_ONCE(db->gp, NULL);
	spin_unlock(&db->lock);
}

/* Return: the object of @pdd, also if somebody else made it meanwhile. */
static struct kfd_gpreempt_doorbells *create(struct kfd_process_device *pdd)
{
	struct kfd_gpreempt_doorbells *db, *other;

	db = kzalloc(sizeof(*db), GFP_KERNEL);
	if (!db)
		return NULL;

	kref_init(&db->ref);
	spin_lock_init(&db->lock);
	INIT_LIST_HEAD(&db->attached);
	INIT_LIST_HEAD(&db->wanted);

	other = cmpxchg(&pdd->gpreempt.doorbells, NULL, db);
	if (other) {
		kfree(db);
		return other;
	}
	attach(db, pdd->dev);
	return db;
}

/**
 * kfd_gpreempt_doorbells_get() - the doorbells of a process on a node
 * @pdd: the process on the node
 *
 * Context: process, may sleep; nothing held, or the mmap lock.
 *
 * Return: a reference, or NULL if the node has no scheduler or there is no
 * memory.
 */
struct kfd_gpreempt_doorbells *
kfd_gpreempt_doorbells_get(struct kfd_process_device *pdd)
{
	struct kfd_gpreempt_doorbells *db;

	if (!READ_ONCE(pdd->dev->gpreempt))
		return NULL;

	db = READ_ONCE(pdd->gpreempt.doorbells);
	if (!db)
		db = create(pdd);
	if (IS_ERR_OR_NULL(db))
		return NULL;

	kref_get(&db->ref);
	return db;
}

static void doorbells_free(struct kref *ref)
{
	struct kfd_gpreempt_doorbells *db =
		container_of(ref, struct kfd_gpreempt_doorbells, ref);

	if (db->mm)
		mmdrop(db->mm);
	kfree(db);
}

/**
 * kfd_gpreempt_doorbells_put() - give back a reference
 * @db: what kfd_gpreempt_doorbells_get() returned, or NULL
 *
 * Context: process; any locks but those of this file.
 */
void kfd_gpreempt_doorbells_put(struct kfd_gpreempt_doorbells *db)
{
	if (db)
		kref_put(&db->ref, doorbells_free);
}

/**
 * kfd_gpreempt_doorbell_release() - a process leaves a node
 * @pdd: the process on the node, about to be freed
 *
 * Mappings may outlive it. They go on to work as far as the driver lets them,
 * and wake nobody.
 *
 * Context: process; any locks but those of this file and of the scheduler.
 */
void kfd_gpreempt_doorbell_release(struct kfd_process_device *pdd)
{
	struct kfd_gpreempt_doorbells *db = pdd->gpreempt.doorbells;

	if (IS_ERR_OR_NULL(db))
		return;

	spin_lock(&attached_lock);
	if (db->gp)
		detach(db);
	spin_unlock(&attached_lock);
	kfd_gpreempt_doorbells_put(db);
}

/**
 * kfd_gpreempt_doorbells_detach() - a scheduler goes
 * @gp: the scheduler; no longer that of its node, but still whole
 *
 * When this returns nobody wakes it any more.
 *
 * Context: process; any locks but those of this file and of the scheduler.
 */
void kfd_gpreempt_doorbells_detach(struct kfd_gpreempt *gp)
{
	struct kfd_gpreempt_doorbells *db, *next;

	spin_lock(&attached_lock);
	list_for_each_entry_safe(db, next, &attached_list, attached) {
		if (db->gp == gp)
			detach(db);
	}
	spin_unlock(&attached_lock);
}

/* ---- mappings ---------------------------------------------------------- */

static void tell(struct kfd_gpreempt_doorbells *db,
		 enum kfd_gpreempt_wakeup why)
{
	spin_lock(&db->lock);
	if (db->gp)
		db->gp->woken(db->gp, why);
	spin_unlock(&db->lock);
}

/*
 * A page was mapped. Context: process; mmap lock held, for reading at least.
 */
static void disarm(struct kfd_gpreempt_doorbells *db)
{
	/* Mapped, then looked: pairs with that in kfd_gpreempt_doorbells_arm(). */
	smp_mb();
	if (!READ_ONCE(db->armed))
		return;

	/* Who sees @armed cleared knows of the ring: the xchg() is a barrier. */
	atomic_inc(&db->rings);
	WRITE_ONCE(db->rang, 1);
	/* Several threads may ring at once: one of them tells. */
	if (!xchg(&db->armed, 0))
		return;
	WRITE_ONCE(db->rang, 1);

	tell(db, KFD_GPREEMPT_RUNG);
}

/* As io_remap_pfn_range() mapped it in the beginning */
static vm_fault_t map_page(const struct kfd_gpreempt_doorbells *db,
			   struct vm_fault *vmf)
{
	unsigned long pfn = db->pfn + (vmf->pgoff - db->pgoff);

	/* In range: a mapping begins as a whole, and can't grow (VM_DONTEXPAND). */
	return vmf_insert_pfn_prot(vmf->vma, vmf->address, pfn,
				   pgprot_decrypted(vmf->vma->vm_page_prot));
}

/*
 * Context: process; mmap lock held for reading: the caller tries a fault with
 * no more than the VMA's own lock again.
 */
static vm_fault_t doorbell_fault(struct vm_fault *vmf)
{
	struct kfd_gpreempt_doorbells *db = to_doorbells(vmf->vma);
	vm_fault_t ret;

	if (db->inner->fault)
		ret = db->inner->fault(vmf);
	else
		ret = map_page(db, vmf);
	disarm(db);
	return ret;
}

/**
 * kfd_gpreempt_doorbells_note() - note where a mapping is
 * @db: the doorbells
 * @addr: its first address
 *
 * Context: mmap lock held, for writing or by the worker.
 */
void kfd_gpreempt_doorbells_note(struct kfd_gpreempt_doorbells *db,
				 unsigned long addr)
{
	db->places[db->placed++ % MAX_MAPPINGS] = addr;
}

/* A mapping has @vm_ops now. Context: mmap lock held for writing. */
static void note_mapping(struct kfd_gpreempt_doorbells *db,
			 const struct vm_area_struct *vma)
{
	kref_get(&db->ref);
	if (atomic_inc_return(&db->mappings) > MAX_MAPPINGS)
		WRITE_ONCE(db->untracked, true);
	kfd_gpreempt_doorbells_note(db, vma->vm_start);
}

/* Context: process; mmap lock held for writing. */
static void doorbell_open(struct vm_area_struct *vma)
{
	struct kfd_gpreempt_doorbells *db = to_doorbells(vma);

	note_mapping(db, vma);
	if (db->inner->open)
		db->inner->open(vma);
}

/*
 * Who was armed still is: without a mapping nobody can ring, and the next one
 * is told of as a ring would be.
 *
 * Context: process; mmap lock held, for reading at least.
 */
static void doorbell_close(struct vm_area_struct *vma)
{
	struct kfd_gpreempt_doorbells *db = to_doorbells(vma);

	if (db->inner->close)
		db->inner->close(vma);
	atomic_dec(&db->mappings);
	kfd_gpreempt_doorbells_put(db);
}

/* What the first mapping tells about all of them */
static void learn(struct kfd_gpreempt_doorbells *db,
		  struct kfd_process_device *pdd, struct vm_area_struct *vma)
{
	db->pgoff = vma->vm_pgoff;
	db->pfn = PHYS_PFN(kfd_get_process_doorbells(pdd));
	db->inner = vma->vm_ops;
	db->vm_ops = *vma->vm_ops;
	db->vm_ops.open = doorbell_open;
	db->vm_ops.close = doorbell_close;
	db->vm_ops.fault = doorbell_fault;
	/* No page is mapped but by doorbell_fault(). */
	db->vm_ops.map_pages = NULL;
	db->vm_ops.huge_fault = NULL;
	mmgrab(vma->vm_mm);
	/* Pairs with that in arm(). */
	smp_store_release(&db->mm, vma->vm_mm);
}

static void track(struct kfd_gpreempt_doorbells *db,
		  struct kfd_process_device *pdd, struct vm_area_struct *vma)
{
	if (!db->mm)
		learn(db, pdd, vma);

	if (vma->vm_pgoff == db->pgoff && vma->vm_ops == db->inner &&
	    atomic_read(&db->mappings) < MAX_MAPPINGS) {
		note_mapping(db, vma);
		vma->vm_ops = &db->vm_ops;
	} else {
		WRITE_ONCE(db->untracked, true);
	}
}

/**
 * kfd_gpreempt_doorbell_mmap() - a process has mapped its doorbells
 * @pdd: the process on the node
 * @vma: the mapping, complete, with all of its pages
 *
 * Changes nothing on a node without a scheduler, and nothing that the process
 * sees on others. A private mapping is left alone: what is stored there stays
 * there and rings nothing.
 *
 * Context: process; mmap lock held for writing.
 *
 * Return: 0: what can't be armed is a mapping all the same.
 */
int kfd_gpreempt_doorbell_mmap(struct kfd_process_device *pdd,
			       struct vm_area_struct *vma)
{
	struct kfd_gpreempt_doorbells *db, *other;

	if (!READ_ONCE(pdd->dev->gpreempt) || is_cow_mapping(vma->vm_flags))
		return 0;

	db = kfd_gpreempt_doorbells_get(pdd);
	if (!db) {
		other = cmpxchg(&pdd->gpreempt.doorbells, NULL, NO_DOORBELLS);
		if (!IS_ERR_OR_NULL(other))
			WRITE_ONCE(other->untracked, true);
		return 0;
	}
	track(db, pdd, vma);
	/* Its pages are mapped, and it could be armed from now on. */
	disarm(db);
	tell(db, KFD_GPREEMPT_MAPPED);
	kfd_gpreempt_doorbells_put(db);
	return 0;
}

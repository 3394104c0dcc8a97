// SPDX-License-Identifier: GPL-2.0
/*
 * The doorbell BAR: contiguous RAM, so that it has a physical address as a BAR
 * has, mapped into processes page by page as they ring.
 *
 * A store to RAM tells nobody. What does is the page fault of the first store
 * to a page that is not mapped:
 *
 *   process                        kfdsim                    hardware side
 *   store -> fault ->              map the page, note it
 *                                  as open              ->   _doorbell_fault()
 *   store lands in the slot
 *                                  _doorbell_rearm():   <-   looks
 *                                  unmap open pages
 *                                  _doorbell_take()     <-   takes the value
 *   next store -> fault -> ...
 *
 * Rules that make sure that no ring is lost:
 * - The PTE is set before the page is noted as open and the hardware side is told:
 *   whatever is stored through it, a look follows.
 * - A page is unmapped before its slots are read. A store either is seen by the read
 *   or faults again.
 * - A page that was opened, but to which nothing was stored yet, stays mapped for a
 *   while, or else a hardware side that is faster than the return from the page fault
 *   could keep a process from ever completing its store. As long as such a page exists
 *   a timer makes the hardware side look again.
 *
 * A slot holds KFDSIM_DOORBELL_NONE until it is written; taking its value puts that
 * back, so a first ring with the value 0 is not missed.
 */
#include <linux/bitmap.h>
#include <linux/cleanup.h>
#include <linux/fs.h>
#include <linux/hrtimer.h>
#include <linux/kref.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "kfdsim_host.h"
#include "kfdsim_doorbell_redirect.h"

#define DOORBELL_BAR_ORDER	9	/* 2 MB on x86, as MI300X's BAR 2 */
#define DOORBELL_BAR_PAGES	BIT(DOORBELL_BAR_ORDER)
#define DOORBELL_SLOTS		(PAGE_SIZE / sizeof(u64))

/*
 * How soon to look again at a page to which nothing was stored yet: after a part of
 * its age, as looks take the CPU for which its owner may wait. And for how long: who
 * takes longer to return from its page fault was preempted, and faults once more.
 */
#define DOORBELL_RETRY_NS	(2 * NSEC_PER_USEC)
#define DOORBELL_RETRY_PART	8
#define DOORBELL_PATIENCE_NS	(1 * NSEC_PER_MSEC)

/* One page: which slots faulted it in, and when */
struct kfdsim_doorbell_page {
	DECLARE_BITMAP(slots, DOORBELL_SLOTS);
	u64 opened;
};

/* A file's address space with mappings of the BAR: /dev/kfd's, usually one */
struct kfdsim_doorbell_space {
	struct list_head list;
	struct address_space *mapping;
	unsigned int vmas;
};

/**
 * struct kfdsim_doorbells - the BAR; lives until the last mapping is closed
 *
 * @ref: one of the device, one of each VMA
 * @lock: protects @sim against the device's removal; irq-safe
 * @sim: NULL when the device is gone
 * @page: the first of DOORBELL_BAR_PAGES
 * @base: their kernel address
 * @used: pages given out
 * @used_lock: protects @used
 * @open: pages that user space may have mapped
 * @stored: of these, pages from which a value was taken since they are open
 * @dirty: pages that may hold values that nobody took
 * @info: of each page
 * @spaces: list of kfdsim_doorbell_space
 * @spaces_lock: protects @spaces. Nests inside mmap_lock, outside i_mmap_rwsem.
 * @retry: look again at open pages
 */
struct kfdsim_doorbells {
	struct kref ref;
	spinlock_t lock; /* @sim */
	struct kfdsim *sim;
	struct page *page;
	u64 *base;
	DECLARE_BITMAP(used, DOORBELL_BAR_PAGES);
	spinlock_t used_lock; /* @used */
	DECLARE_BITMAP(open, DOORBELL_BAR_PAGES);
	DECLARE_BITMAP(stored, DOORBELL_BAR_PAGES);
	DECLARE_BITMAP(dirty, DOORBELL_BAR_PAGES);
	struct kfdsim_doorbell_page *info;
	struct list_head spaces;
	struct mutex spaces_lock; /* @spaces */
	struct hrtimer retry;
};

static void kfdsim_doorbells_release(struct kref *ref)
{
	struct kfdsim_doorbells *db =
		container_of(ref, struct kfdsim_doorbells, ref);

	WARN_ON(!list_empty(&db->spaces));
	__free_pages(db->page, DOORBELL_BAR_ORDER);
	kvfree(db->info);
	mutex_destroy(&db->spaces_lock);
	kfree(db);
}

/* Make the hardware side look. Context: any. */
static void kfdsim_doorbells_notify(struct kfdsim_doorbells *db, u64 when)
{
	unsigned long flags;

	spin_lock_irqsave(&db->lock, flags);
	if (db->sim)
		kfdsim_hw_doorbell_fault(db->sim, when);
	spin_unlock_irqrestore(&db->lock, flags);
}

static enum hrtimer_restart kfdsim_doorbells_retry(struct hrtimer *timer)
{
	struct kfdsim_doorbells *db =
		container_of(timer, struct kfdsim_doorbells, retry);

	kfdsim_doorbells_notify(db, ktime_get_ns());
	return HRTIMER_NORESTART;
}

/* ---- user mappings ------------------------------------------------------ */

static int kfdsim_doorbells_add_vma(struct kfdsim_doorbells *db,
				    struct address_space *mapping)
{
	struct kfdsim_doorbell_space *space;

	guard(mutex)(&db->spaces_lock);
	list_for_each_entry(space, &db->spaces, list)
		if (space->mapping == mapping)
			goto found;
	space = kzalloc(sizeof(*space), GFP_KERNEL);
	if (!space)
		return -ENOMEM;
	space->mapping = mapping;
	list_add(&space->list, &db->spaces);
found:
	space->vmas++;
	kref_get(&db->ref);
	return 0;
}

static void kfdsim_doorbell_vma_open(struct vm_area_struct *vma)
{
	/* the space is in the list, so nothing is allocated, nothing fails */
	kfdsim_doorbells_add_vma(vma->vm_private_data,
				 vma->vm_file->f_mapping);
}

static void kfdsim_doorbell_vma_close(struct vm_area_struct *vma)
{
	struct kfdsim_doorbells *db = vma->vm_private_data;
	struct kfdsim_doorbell_space *space, *tmp;

	mutex_lock(&db->spaces_lock);
	list_for_each_entry_safe(space, tmp, &db->spaces, list) {
		if (space->mapping != vma->vm_file->f_mapping)
			continue;
		if (!--space->vmas) {
			list_del(&space->list);
			kfree(space);
		}
	}
	mutex_unlock(&db->spaces_lock);
	kref_put(&db->ref, kfdsim_doorbells_release);
}

static vm_fault_t kfdsim_doorbell_vma_fault(struct vm_fault *vmf)
{
	struct kfdsim_doorbells *db = vmf->vma->vm_private_data;
	unsigned long index = vmf->pgoff - page_to_pfn(db->page);
	unsigned int slot = offset_in_page(vmf->real_address) / sizeof(u64);
	u64 now = ktime_get_ns();
	vm_fault_t ret;

	if (index >= DOORBELL_BAR_PAGES || !READ_ONCE(db->sim))
		return VM_FAULT_SIGBUS;
	ret = vmf_insert_pfn(vmf->vma, vmf->address, vmf->pgoff);
	if (ret != VM_FAULT_NOPAGE)
		return ret;

	set_bit(slot, db->info[index].slots);
	WRITE_ONCE(db->info[index].opened, now);
	/* pairs with test_bit_acquire() in kfdsim_doorbell_rearm() */
	smp_mb__before_atomic();
	set_bit(index, db->open);
	kfdsim_doorbells_notify(db, now);
	return ret;
}

static const struct vm_operations_struct kfdsim_doorbell_vm_ops = {
	.open = kfdsim_doorbell_vma_open,
	.close = kfdsim_doorbell_vma_close,
	.fault = kfdsim_doorbell_vma_fault,
};

/**
 * kfdsim_doorbell_mmap - what io_remap_pfn_range() is to kfd_doorbell.c
 * @vma: a new mapping of a process's slice of the BAR
 * @addr: its start
 * @pfn: the slice's first page
 * @size: its size
 * @prot: ignored: the BAR is RAM, and cached as all RAM is
 *
 * Return: 0, -EINVAL for a private mapping, or -ENOMEM.
 */
int kfdsim_doorbell_mmap(struct vm_area_struct *vma, unsigned long addr,
			 unsigned long pfn, unsigned long size, pgprot_t prot)
{
	struct kfdsim_doorbells *db = (void *)page_private(pfn_to_page(pfn));
	int ret;

	if (is_cow_mapping(vma->vm_flags))
		return -EINVAL;
	ret = kfdsim_doorbells_add_vma(db, vma->vm_file->f_mapping);
	if (ret)
		return ret;

	/*
	 * All processes' mappings are of the same file, and those of one GPU have the
	 * same offset. Made unique it allows to unmap one page of one process. KFD's own
	 * offsets have bit 62 or 63 set: no collision.
	 */
	vma->vm_pgoff = pfn;
	vma->vm_page_prot = vm_get_page_prot(vma->vm_flags);
	vma->vm_private_data = db;
	vma->vm_ops = &kfdsim_doorbell_vm_ops;
	return 0;
}

static void kfdsim_doorbells_zap(struct kfdsim_doorbells *db,
				 unsigned long first, unsigned long n)
{
	loff_t start = (loff_t)(page_to_pfn(db->page) + first) << PAGE_SHIFT;
	struct kfdsim_doorbell_space *space;

	guard(mutex)(&db->spaces_lock);
	list_for_each_entry(space, &db->spaces, list)
		unmap_mapping_range(space->mapping, start,
				    (loff_t)n << PAGE_SHIFT, 1);
}

/* ---- the hardware side's view ------------------------------------------- */

static bool kfdsim_doorbell_stored(struct kfdsim_doorbells *db,
				   unsigned long index)
{
	unsigned long *slots = db->info[index].slots;
	u64 *values = db->base + index * DOORBELL_SLOTS;
	unsigned int slot;

	if (test_bit(index, db->stored))
		return true;
	for_each_set_bit(slot, slots, DOORBELL_SLOTS)
		if (READ_ONCE(values[slot]) != KFDSIM_DOORBELL_NONE)
			return true;
	return false;
}

bool kfdsim_doorbell_rearm(struct kfdsim *sim)
{
	struct kfdsim_doorbells *db = sim->host->doorbells;
	u64 now = ktime_get_ns(), youngest = U64_MAX, age;
	unsigned long index;
	bool any = false;

	for_each_set_bit(index, db->open, DOORBELL_BAR_PAGES) {
		any = true;
		if (!test_bit_acquire(index, db->open))
			continue;
		/* opened since we looked at the clock: 0 */
		age = now - min(READ_ONCE(db->info[index].opened), now);
		if (age <= DOORBELL_PATIENCE_NS &&
		    !kfdsim_doorbell_stored(db, index)) {
			youngest = min(youngest, age);
			continue;
		}
		bitmap_zero(db->info[index].slots, DOORBELL_SLOTS);
		clear_bit(index, db->stored);
		set_bit(index, db->dirty);
		clear_bit(index, db->open);
		/* not open, then unmapped: a fault in between opens it again */
		smp_mb__after_atomic();
		kfdsim_doorbells_zap(db, index, 1);
	}
	if (youngest != U64_MAX)
		hrtimer_start(&db->retry,
			      ns_to_ktime(max(youngest / DOORBELL_RETRY_PART,
					      DOORBELL_RETRY_NS)),
			      HRTIMER_MODE_REL);
	return any;
}

u64 kfdsim_doorbell_take(struct kfdsim *sim, u32 doorbell_off)
{
	struct kfdsim_doorbells *db = sim->host->doorbells;
	unsigned long i = doorbell_off / 2;
	u64 value;

	if (i >= DOORBELL_BAR_PAGES * DOORBELL_SLOTS ||
	    READ_ONCE(db->base[i]) == KFDSIM_DOORBELL_NONE)
		return KFDSIM_DOORBELL_NONE;
	value = xchg(&db->base[i], KFDSIM_DOORBELL_NONE);
	set_bit(i / DOORBELL_SLOTS, db->stored);
	return value;
}

bool kfdsim_doorbell_drop_unclaimed(struct kfdsim *sim,
				    bool (*claim)(struct kfdsim *sim,
						  u32 doorbell_off, u64 value))
{
	struct kfdsim_doorbells *db = sim->host->doorbells;
	unsigned long index, slot;
	bool any = false;
	u64 value;

	for_each_set_bit(index, db->dirty, DOORBELL_BAR_PAGES) {
		u64 *values = db->base + index * DOORBELL_SLOTS;

		clear_bit(index, db->dirty);
		for (slot = 0; slot < DOORBELL_SLOTS; slot++) {
			if (READ_ONCE(values[slot]) == KFDSIM_DOORBELL_NONE)
				continue;
			value = xchg(&values[slot], KFDSIM_DOORBELL_NONE);
			any |= !claim(sim, (index * DOORBELL_SLOTS + slot) * 2,
				      value);
		}
	}
	return any;
}

/**
 * kfdsim_doorbell_gpu_store - a GPU stored to an aperture page
 * @sim: the GPU whose aperture it is
 * @page: of the doorbell BAR, or the MMIO page (which nobody reads)
 *
 * Context: any.
 */
void kfdsim_doorbell_gpu_store(struct kfdsim *sim, struct page *page)
{
	struct kfdsim_doorbells *db = sim->host->doorbells;
	unsigned long index = page_to_pfn(page) - page_to_pfn(db->page);

	if (index >= DOORBELL_BAR_PAGES)
		return;
	set_bit(index, db->dirty);
	kfdsim_doorbells_notify(db, ktime_get_ns());
}

/**
 * kfdsim_doorbell_kernel_write - what writel() and writeq() are to kfd_doorbell.c
 * @addr: in the kernel's mapping of the BAR
 * @value: the value
 *
 * Context: any.
 */
void kfdsim_doorbell_kernel_write(void __iomem *addr, u64 value)
{
	void *p = (void __force *)addr;
	struct kfdsim_doorbells *db = (void *)page_private(virt_to_page(p));

	kfdsim_hw_kernel_doorbell(db->sim, (u32 *)p - (u32 *)db->base, value);
}

/* ---- setup -------------------------------------------------------------- */

/**
 * kfdsim_doorbells_alloc - give out a range of the BAR
 * @sim: the GPU
 * @size: whole pages, in bytes
 * @offset: set to its place in the BAR
 * @cpu_addr: set to its kernel address, or NULL
 *
 * Return: 0, or -ENOSPC.
 */
int kfdsim_doorbells_alloc(struct kfdsim *sim, size_t size, u64 *offset,
			   void **cpu_addr)
{
	struct kfdsim_doorbells *db = sim->host->doorbells;
	unsigned long n = size >> PAGE_SHIFT, first;

	spin_lock(&db->used_lock);
	/* aligned: a slot's place in its range is that in an aligned window */
	first = bitmap_find_next_zero_area(db->used, DOORBELL_BAR_PAGES, 0, n,
					   roundup_pow_of_two(n) - 1);
	if (first < DOORBELL_BAR_PAGES)
		bitmap_set(db->used, first, n);
	spin_unlock(&db->used_lock);
	if (first >= DOORBELL_BAR_PAGES)
		return -ENOSPC;

	memset64(db->base + first * DOORBELL_SLOTS, KFDSIM_DOORBELL_NONE,
		 n * DOORBELL_SLOTS);
	*offset = (u64)first << PAGE_SHIFT;
	if (cpu_addr)
		*cpu_addr = db->base + first * DOORBELL_SLOTS;
	return 0;
}

/**
 * kfdsim_doorbells_free - take a range back
 * @sim: the GPU
 * @size: as given to kfdsim_doorbells_alloc()
 * @offset: as returned by it
 */
void kfdsim_doorbells_free(struct kfdsim *sim, size_t size, u64 offset)
{
	struct kfdsim_doorbells *db = sim->host->doorbells;
	unsigned long first = offset >> PAGE_SHIFT, n = size >> PAGE_SHIFT;

	/* its next owner is another process: nobody may still have it mapped */
	kfdsim_doorbells_zap(db, first, n);
	guard(spinlock)(&db->used_lock);
	bitmap_clear(db->used, first, n);
}

/**
 * kfdsim_doorbells_init - make the BAR, and reserve the graphics driver's part
 * @sim: the GPU; sets adev->doorbell
 *
 * Return: 0 or -ENOMEM.
 */
int kfdsim_doorbells_init(struct kfdsim *sim)
{
	struct amdgpu_doorbell *bar = &sim->adev->doorbell;
	struct kfdsim_doorbells *db = kzalloc(sizeof(*db), GFP_KERNEL);
	unsigned long i;

	if (!db)
		return -ENOMEM;
	db->info = kvcalloc(DOORBELL_BAR_PAGES, sizeof(*db->info), GFP_KERNEL);
	db->page = alloc_pages(GFP_KERNEL, DOORBELL_BAR_ORDER);
	if (!db->info || !db->page) {
		if (db->page)
			__free_pages(db->page, DOORBELL_BAR_ORDER);
		kvfree(db->info);
		kfree(db);
		return -ENOMEM;
	}
	kref_init(&db->ref);
	spin_lock_init(&db->lock);
	spin_lock_init(&db->used_lock);
	INIT_LIST_HEAD(&db->spaces);
	mutex_init(&db->spaces_lock);
	hrtimer_init(&db->retry, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	db->retry.function = kfdsim_doorbells_retry;
	db->base = page_address(db->page);
	for (i = 0; i < DOORBELL_BAR_PAGES; i++)
		set_page_private(db->page + i, (unsigned long)db);
	memset64(db->base, KFDSIM_DOORBELL_NONE,
		 DOORBELL_BAR_PAGES * DOORBELL_SLOTS);
	db->sim = sim;
	sim->host->doorbells = db;
	bar->base = page_to_phys(db->page);
	bar->size = DOORBELL_BAR_PAGES << PAGE_SHIFT;
	/* what amdgpu takes on a chip of this kind: two pages and one for MES */
	bar->num_kernel_doorbells = 3 * PAGE_SIZE / sizeof(u32);
	bitmap_set(db->used, 0, 3);
	return 0;
}

/**
 * kfdsim_doorbells_stop - the hardware side goes: no further call to it
 * @sim: the GPU
 */
void kfdsim_doorbells_stop(struct kfdsim *sim)
{
	struct kfdsim_doorbells *db = sim->host->doorbells;

	guard(spinlock_irq)(&db->lock);
	db->sim = NULL;
}

/**
 * kfdsim_doorbells_fini - the BAR goes; mappings may stay, without effect
 * @sim: the GPU; its hardware side is gone
 */
void kfdsim_doorbells_fini(struct kfdsim *sim)
{
	struct kfdsim_doorbells *db = sim->host->doorbells;

	hrtimer_cancel(&db->retry);
	kfdsim_doorbells_zap(db, 0, DOORBELL_BAR_PAGES);
	sim->host->doorbells = NULL;
	kref_put(&db->ref, kfdsim_doorbells_release);
}

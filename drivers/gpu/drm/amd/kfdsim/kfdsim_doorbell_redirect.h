/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Included by the compiler's command line before amdkfd's kfd_doorbell.c, and
 * before no other file: the two ways in which the driver touches the doorbell
 * BAR become calls, so that kfdsim sees a ring without polling for it.
 */
#ifndef KFDSIM_DOORBELL_REDIRECT_H
#define KFDSIM_DOORBELL_REDIRECT_H

#include <linux/io.h>
#include <linux/mm.h>

void kfdsim_doorbell_kernel_write(void __iomem *db, u64 value);
int kfdsim_doorbell_mmap(struct vm_area_struct *vma, unsigned long addr,
			 unsigned long pfn, unsigned long size, pgprot_t prot);

#undef writel
#define writel(value, db)	kfdsim_doorbell_kernel_write(db, value)
#undef writeq
#define writeq(value, db)	kfdsim_doorbell_kernel_write(db, value)
#undef io_remap_pfn_range
#define io_remap_pfn_range	kfdsim_doorbell_mmap

#endif

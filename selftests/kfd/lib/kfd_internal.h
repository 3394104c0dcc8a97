/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KFD_INTERNAL_H
#define KFD_INTERNAL_H

#include "kfd_lib.h"

/*
 * The reserved range lies above what a program maps itself and below the
 * kernel's choice for mmap(), and inside the GPU's 47-bit user half.
 */
#define KFD_VA_BASE		0x100000000000UL
#define KFD_VA_SIZE		0x10000000000UL

/* One process' doorbells on a SOC15 GPU: 1024 of 8 bytes */
#define KFD_DOORBELL_BYTES	8192UL

static inline __u64 kfd_align(__u64 value, __u64 align)
{
	return (value + align - 1) & ~(align - 1);
}

#endif

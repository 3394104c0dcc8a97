/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * What a program that wants to keep a kfdsim GPU busy has to know: the
 * descriptor that stands in for a kernel code object.
 */
#ifndef KFDSIM_UAPI_H
#define KFDSIM_UAPI_H

#include <linux/types.h>

/** KFDSIM_KERNEL_MAGIC - "kfdsimk1", little endian, in @magic */
#define KFDSIM_KERNEL_MAGIC	0x316b6d697364666bULL

/** KFDSIM_MAX_TIMES - the most run times that a kernel may have */
#define KFDSIM_MAX_TIMES	64

/**
 * struct kfdsim_kernel - a simulated kernel, in GPU-visible memory
 *
 * An AQL kernel dispatch packet names this structure in its kernel_object
 * field (64-byte aligned). kfdsim runs no instructions: each workgroup of the
 * dispatch occupies wave slots for a while and then adds one to a counter. A
 * PM4 dispatch names it in COMPUTE_PGM_LO and _HI (256-byte aligned).
 *
 * @magic: KFDSIM_KERNEL_MAGIC; anything else is a queue error, because
 *	kfdsim can't execute GCN instructions
 * @workgroup_ns: how long one workgroup runs once it is resident, in ns;
 *	0 means done as soon as it is launched, 2^60 and more for ever
 * @counter_va: GPU virtual address of a 64-bit counter to which every
 *	finished workgroup adds one, atomically; 8-byte aligned; 0 for none
 * @waves_per_workgroup: wave slots of one compute unit that a workgroup
 *	takes, 1..16; 0 means: derive from the packet's workgroup size and a
 *	wave of 64 lanes
 * @save_bytes_per_wave: bytes of registers and LDS that saving one wave
 *	moves; 0 means an equal share of the compute unit's state, which a
 *	workgroup can't exceed
 * @times_va: GPU virtual address of run times, 64 bits each and 8-byte aligned,
 *	which replace @workgroup_ns: workgroup i runs for number i modulo
 *	@num_times. They are read once, when the dispatch begins
 * @num_times: how many, at most KFDSIM_MAX_TIMES; 0: all run for @workgroup_ns
 * @reserved0: must be zero
 * @reserved: must be zero
 */
struct kfdsim_kernel {
	__u64 magic;
	__u64 workgroup_ns;
	__u64 counter_va;
	__u32 waves_per_workgroup;
	__u32 save_bytes_per_wave;
	__u64 times_va;
	__u32 num_times;
	__u32 reserved0;
	__u64 reserved[2];
};

/** KFDSIM_GPU_CLOCK_NS - ns per tick of signal timestamps (100 MHz REFCLK) */
#define KFDSIM_GPU_CLOCK_NS	10

#endif

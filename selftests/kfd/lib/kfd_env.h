/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One GPU and a piece of memory with signals, kernels and counters in it:
 * what a program that dispatches simulated kernels needs first.
 */
#ifndef KFD_ENV_H
#define KFD_ENV_H

#include "kfd_lib.h"

#define KFD_ENV_SLOTS		512

/**
 * struct kfd_env - an open GPU and numbered slots in its memory
 * @proc: the process
 * @gpu: the GPU
 * @mem: GTT memory of the arrays below
 * @signal: completion signals
 * @kernel: simulated kernels
 * @counter: the counter of the kernel with the same number
 */
struct kfd_env {
	struct kfd_proc proc;
	struct kfd_gpu gpu;
	struct kfd_bo mem;
	struct kfd_signal *signal;
	struct kfdsim_kernel *kernel;
	__u64 *counter;
};

int kfd_env_open(struct kfd_env *env, unsigned int gpu_index);
void kfd_env_close(struct kfd_env *env);
int kfd_env_dispatch(struct kfd_env *env, struct kfd_queue *q,
		     unsigned int slot, __u32 workgroups, __u64 workgroup_ns);
int kfd_env_wait(struct kfd_env *env, unsigned int slot,
		 unsigned int timeout_ms);
int kfd_env_fill(struct kfd_env *env, struct kfd_queue *q, unsigned int slot,
		 __u64 workgroup_ns, unsigned int timeout_ms);

#endif

// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "kfd_env.h"
#include "kfd_internal.h"

#define WAVE_LANES		64
#define FILL_WAVES		4

struct env_memory {
	struct kfd_signal signal[KFD_ENV_SLOTS];
	struct kfdsim_kernel kernel[KFD_ENV_SLOTS];
	__u64 counter[KFD_ENV_SLOTS];
};

/**
 * kfd_env_open() - open /dev/kfd and a GPU, and allocate the slots
 * @env: filled in
 * @gpu_index: the how many-th GPU node
 *
 * Return: 0 or a negative errno, and then nothing is left open; -EOPNOTSUPP if
 * the GPU is a real one.
 */
int kfd_env_open(struct kfd_env *env, unsigned int gpu_index)
{
	struct env_memory *mem;
	int ret;

	memset(env, 0, sizeof(*env));
	ret = kfdsim_required();
	if (!ret)
		ret = kfd_proc_open(&env->proc);
	if (ret)
		return ret;
	ret = kfd_gpu_open(&env->proc, &env->gpu, gpu_index);
	if (ret)
		goto err_proc;
	ret = kfd_bo_create(&env->gpu, &env->mem, sizeof(*mem), KFD_MEM_GTT);
	if (ret)
		goto err_gpu;

	mem = kfd_bo_ptr(&env->mem);
	env->signal = mem->signal;
	env->kernel = mem->kernel;
	env->counter = mem->counter;
	return 0;

err_gpu:
	kfd_gpu_close(&env->gpu);
err_proc:
	kfd_proc_close(&env->proc);
	return ret;
}

/**
 * kfd_env_close() - free the slots and close what kfd_env_open() opened
 * @env: all queues that use the slots must be gone
 */
void kfd_env_close(struct kfd_env *env)
{
	if (!env->mem.proc)
		return;
	kfd_bo_destroy(&env->mem, &env->gpu);
	kfd_gpu_close(&env->gpu);
	kfd_proc_close(&env->proc);
}

/**
 * kfd_env_dispatch() - dispatch workgroups of one wave and ring the doorbell
 * @env: environment
 * @q: an AQL queue
 * @slot: number of the kernel, counter and signal to use; the counter keeps
 *	its value, the signal starts at 1
 * @workgroups: how many
 * @workgroup_ns: how long each runs
 *
 * Return: 0; -EAGAIN when the ring is full.
 */
int kfd_env_dispatch(struct kfd_env *env, struct kfd_queue *q,
		     unsigned int slot, __u32 workgroups, __u64 workgroup_ns)
{
	struct kfd_aql_dispatch d = {
		.kernel = &env->kernel[slot],
		.workgroups = workgroups,
		.workgroup_size = WAVE_LANES,
		.completion = &env->signal[slot],
	};
	int ret;

	kfd_kernel_init(&env->kernel[slot], workgroup_ns, &env->counter[slot],
			1);
	kfd_signal_init(&env->signal[slot], 1, NULL);
	ret = kfd_aql_dispatch(q, &d);
	if (!ret)
		kfd_queue_ring(q);
	return ret;
}

/**
 * kfd_env_wait() - wait for the completion of kfd_env_dispatch()
 * @env: environment
 * @slot: which
 * @timeout_ms: give up after this long
 *
 * Return: 0 or -ETIMEDOUT.
 */
int kfd_env_wait(struct kfd_env *env, unsigned int slot,
		 unsigned int timeout_ms)
{
	return kfd_signal_wait_below(&env->signal[slot], 1, NULL, timeout_ms);
}

/**
 * kfd_env_fill() - occupy every wave slot of the GPU, and wait until it is so
 * @env: environment
 * @q: an empty AQL queue
 * @slot: as for kfd_env_dispatch()
 * @workgroup_ns: how long each workgroup runs
 * @timeout_ms: give up after this long
 *
 * The read pointer passes a dispatch when its last workgroup has a place, so
 * a dispatch of exactly the GPU's size is resident then.
 *
 * Return: the number of workgroups, or a negative errno.
 */
int kfd_env_fill(struct kfd_env *env, struct kfd_queue *q, unsigned int slot,
		 __u64 workgroup_ns, unsigned int timeout_ms)
{
	struct kfd_aql_dispatch d = {
		.kernel = &env->kernel[slot],
		.workgroups = kfd_props_waves(&env->gpu.props) / FILL_WAVES,
		.workgroup_size = FILL_WAVES * WAVE_LANES,
		.completion = &env->signal[slot],
	};
	int ret;

	kfd_kernel_init(&env->kernel[slot], workgroup_ns, &env->counter[slot],
			FILL_WAVES);
	kfd_signal_init(&env->signal[slot], 1, NULL);
	ret = kfd_aql_dispatch(q, &d);
	if (ret)
		return ret;
	kfd_queue_ring(q);
	ret = kfd_queue_wait_idle(q, timeout_ms);
	return ret ? ret : (int)d.workgroups;
}

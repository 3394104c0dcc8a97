// SPDX-License-Identifier: GPL-2.0
/*
 * An ordinary program on the distribution's ROCm runtime: two queues of
 * different priority, barrier packets, kernels and signals.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <hsa/hsa.h>
#include <hsa/hsa_ext_amd.h>

#include "kfdsim_uapi.h"

#define QUEUE_PACKETS	64
#define ROUNDS		200
#define WORKGROUPS	20
#define WAIT_TICKS	20000000000ULL	/* of a clock of 1 GHz or less */

struct program {
	hsa_agent_t gpu;
	hsa_agent_t cpu;
	hsa_amd_memory_pool_t pool;
	hsa_queue_t *queue[2];
	struct kfdsim_kernel *kernel;
	__u64 *counter;
};

static hsa_status_t pick_agent(hsa_agent_t agent, void *data)
{
	struct program *p = data;
	hsa_device_type_t type;

	if (hsa_agent_get_info(agent, HSA_AGENT_INFO_DEVICE, &type))
		return HSA_STATUS_ERROR;
	if (type == HSA_DEVICE_TYPE_GPU && !p->gpu.handle)
		p->gpu = agent;
	if (type == HSA_DEVICE_TYPE_CPU && !p->cpu.handle)
		p->cpu = agent;
	return HSA_STATUS_SUCCESS;
}

static hsa_status_t pick_pool(hsa_amd_memory_pool_t pool, void *data)
{
	struct program *p = data;
	hsa_amd_segment_t segment;
	__u32 flags = 0;

	if (hsa_amd_memory_pool_get_info(pool, HSA_AMD_MEMORY_POOL_INFO_SEGMENT,
					 &segment))
		return HSA_STATUS_ERROR;
	if (segment != HSA_AMD_SEGMENT_GLOBAL)
		return HSA_STATUS_SUCCESS;
	if (hsa_amd_memory_pool_get_info(pool,
					 HSA_AMD_MEMORY_POOL_INFO_GLOBAL_FLAGS,
					 &flags))
		return HSA_STATUS_ERROR;
	if (flags & HSA_AMD_MEMORY_POOL_GLOBAL_FLAG_FINE_GRAINED)
		p->pool = pool;
	return HSA_STATUS_SUCCESS;
}

static bool start(struct program *p)
{
	void *mem;

	if (hsa_init() || hsa_iterate_agents(pick_agent, p) || !p->gpu.handle)
		return false;
	if (hsa_amd_agent_iterate_memory_pools(p->cpu, pick_pool, p) ||
	    !p->pool.handle)
		return false;
	if (hsa_amd_memory_pool_allocate(p->pool, 4096, 0, &mem) ||
	    hsa_amd_agents_allow_access(1, &p->gpu, NULL, mem))
		return false;
	memset(mem, 0, 4096);
	p->kernel = mem;
	p->counter = (__u64 *)((char *)mem + 1024);
	p->kernel->magic = KFDSIM_KERNEL_MAGIC;
	p->kernel->workgroup_ns = 5000;
	p->kernel->counter_va = (__u64)(uintptr_t)p->counter;
	p->kernel->waves_per_workgroup = 1;
	return true;
}

static bool create_queues(struct program *p)
{
	const hsa_amd_queue_priority_t priority[2] = {
		HSA_AMD_QUEUE_PRIORITY_LOW, HSA_AMD_QUEUE_PRIORITY_HIGH,
	};
	int i;

	for (i = 0; i < 2; i++) {
		if (hsa_queue_create(p->gpu, QUEUE_PACKETS,
				     HSA_QUEUE_TYPE_MULTI, NULL, NULL, 0, 0,
				     &p->queue[i]) ||
		    hsa_amd_queue_set_priority(p->queue[i], priority[i]))
			return false;
	}
	return true;
}

/* Every packet is waited for, so the ring always has space. */
static void submit(hsa_queue_t *queue, const void *packet)
{
	__u64 index = hsa_queue_add_write_index_relaxed(queue, 1);
	char *slot = (char *)queue->base_address +
		     index % queue->size * sizeof(hsa_barrier_and_packet_t);
	__u32 header;

	memcpy(&header, packet, sizeof(header));
	memcpy(slot + sizeof(header), (const char *)packet + sizeof(header),
	       sizeof(hsa_barrier_and_packet_t) - sizeof(header));
	__atomic_store_n((__u32 *)(void *)slot, header, __ATOMIC_RELEASE);
	hsa_signal_store_screlease(queue->doorbell_signal, index);
}

static uint16_t packet_header(hsa_packet_type_t type)
{
	return type << HSA_PACKET_HEADER_TYPE |
	       1 << HSA_PACKET_HEADER_BARRIER |
	       HSA_FENCE_SCOPE_SYSTEM <<
			HSA_PACKET_HEADER_SCACQUIRE_FENCE_SCOPE |
	       HSA_FENCE_SCOPE_SYSTEM <<
			HSA_PACKET_HEADER_SCRELEASE_FENCE_SCOPE;
}

static bool wait_for(hsa_signal_t signal)
{
	return hsa_signal_wait_scacquire(signal, HSA_SIGNAL_CONDITION_LT, 1,
					 WAIT_TICKS,
					 HSA_WAIT_STATE_BLOCKED) < 1;
}

/* The second queue waits for the first one's signal, and then has its own. */
static bool barriers(struct program *p)
{
	hsa_barrier_and_packet_t packet = {
		.header = packet_header(HSA_PACKET_TYPE_BARRIER_AND),
	};
	hsa_signal_t first, second;
	bool good = true;
	int i;

	if (hsa_signal_create(1, 0, NULL, &first) ||
	    hsa_signal_create(1, 0, NULL, &second))
		return false;
	for (i = 0; i < ROUNDS && good; i++) {
		hsa_signal_store_relaxed(first, 1);
		hsa_signal_store_relaxed(second, 1);
		packet.dep_signal[0] = first;
		packet.completion_signal = second;
		submit(p->queue[1], &packet);
		packet.dep_signal[0].handle = 0;
		packet.completion_signal = first;
		submit(p->queue[0], &packet);
		good = wait_for(second) &&
		       !hsa_signal_load_scacquire(first);
	}
	return !hsa_signal_destroy(first) && !hsa_signal_destroy(second) &&
	       good;
}

static bool kernels(struct program *p)
{
	hsa_kernel_dispatch_packet_t packet = {
		.header = packet_header(HSA_PACKET_TYPE_KERNEL_DISPATCH),
		.setup = 1,
		.workgroup_size_x = 64,
		.workgroup_size_y = 1,
		.workgroup_size_z = 1,
		.grid_size_x = 64 * WORKGROUPS,
		.grid_size_y = 1,
		.grid_size_z = 1,
		.kernel_object = (__u64)(uintptr_t)p->kernel,
	};
	bool good = true;
	int i;

	if (hsa_signal_create(1, 0, NULL, &packet.completion_signal))
		return false;
	for (i = 0; i < ROUNDS && good; i++) {
		hsa_signal_store_relaxed(packet.completion_signal, 1);
		submit(p->queue[i % 2], &packet);
		good = wait_for(packet.completion_signal);
	}
	return !hsa_signal_destroy(packet.completion_signal) && good &&
	       __atomic_load_n(p->counter, __ATOMIC_ACQUIRE) ==
	       ROUNDS * WORKGROUPS;
}

static bool stop(struct program *p)
{
	return !hsa_queue_destroy(p->queue[0]) &&
	       !hsa_queue_destroy(p->queue[1]) &&
	       !hsa_amd_memory_pool_free(p->kernel) && !hsa_shut_down();
}

int main(void)
{
	const struct {
		const char *name;
		bool (*fn)(struct program *p);
	} steps[] = {
		{ "start", start },
		{ "queues of two priorities", create_queues },
		{ "barriers", barriers },
		{ "kernels", kernels },
		{ "stop", stop },
		{ }
	};
	struct program p = {};
	unsigned int i;

	if (access("/sys/module/kfdsim", F_OK)) {
		fprintf(stderr, "hsa_queues: these kernels are for kfdsim only\n");
		return 4;
	}
	for (i = 0; steps[i].fn; i++) {
		if (steps[i].fn(&p))
			continue;
		fprintf(stderr, "hsa_queues: %s failed\n", steps[i].name);
		return 1;
	}
	return 0;
}

// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kfd_lib.h"
#include "kfd_internal.h"

#define KFD_MAX_NODES		128

/* Of the debugger area, per wave; and what one shader engine can hold */
#define DEBUG_BYTES_PER_WAVE	32
#define DEBUG_ALIGN		64
#define WAVES_PER_CU		40
#define WAVES_PER_ENGINE	512

static int node_gpu_id(unsigned int node, __u32 *gpu_id)
{
	char path[128], buf[32], *end;
	int ret;

	snprintf(path, sizeof(path), KFD_TOPOLOGY "/%u/gpu_id", node);
	ret = kfd_file_read(path, buf, sizeof(buf));
	if (ret < 0)
		return ret;
	*gpu_id = strtoul(buf, &end, 10);
	return end == buf ? -EINVAL : 0;
}

/* The node of the @index-th GPU; CPU nodes have gpu_id 0. */
static int gpu_node(unsigned int index, unsigned int *node, __u32 *gpu_id)
{
	unsigned int n;

	for (n = 0; n < KFD_MAX_NODES; n++) {
		int ret = node_gpu_id(n, gpu_id);

		if (ret)
			return ret == -ENOENT ? -ENODEV : ret;
		if (!*gpu_id)
			continue;
		if (!index--) {
			*node = n;
			return 0;
		}
	}
	return -ENODEV;
}

/**
 * kfd_topology_count() - number of GPU nodes
 *
 * Return: the number, or a negative errno.
 */
int kfd_topology_count(void)
{
	unsigned int node, count;
	__u32 gpu_id;

	for (count = 0;; count++) {
		int ret = gpu_node(count, &node, &gpu_id);

		if (ret == -ENODEV)
			return count;
		if (ret)
			return ret;
	}
}

/**
 * kfd_topology_property() - one value of a node's properties file
 * @node: topology node
 * @name: property
 * @value: result
 *
 * Return: 0; -ENOENT without such a property; another negative errno.
 */
int kfd_topology_property(unsigned int node, const char *name, __u64 *value)
{
	char path[128], buf[4096];
	int ret;

	snprintf(path, sizeof(path), KFD_TOPOLOGY "/%u/properties", node);
	ret = kfd_file_read(path, buf, sizeof(buf));
	if (ret < 0)
		return ret;
	return kfd_table_find(buf, name, value);
}

static __u32 debug_size(const struct kfd_props *p)
{
	__u32 cus = kfd_props_cus(p) / p->num_xcc;
	__u32 engines = p->array_count / p->num_xcc /
			   p->simd_arrays_per_engine;
	__u32 waves = cus * WAVES_PER_CU;

	if (waves > engines * WAVES_PER_ENGINE)
		waves = engines * WAVES_PER_ENGINE;
	return kfd_align(waves * DEBUG_BYTES_PER_WAVE, DEBUG_ALIGN);
}

static int read_props(unsigned int node, struct kfd_props *p)
{
	const struct {
		const char *name;
		__u32 *value;
	} table[] = {
		{ "simd_count", &p->simd_count },
		{ "simd_per_cu", &p->simd_per_cu },
		{ "max_waves_per_simd", &p->max_waves_per_simd },
		{ "array_count", &p->array_count },
		{ "simd_arrays_per_engine", &p->simd_arrays_per_engine },
		{ "gfx_target_version", &p->gfx_target_version },
		{ "location_id", &p->location_id },
		{ "domain", &p->domain },
		{ "drm_render_minor", &p->drm_render_minor },
		{ "num_sdma_engines", &p->num_sdma_engines },
		{ "num_sdma_xgmi_engines", &p->num_sdma_xgmi_engines },
		{ "num_sdma_queues_per_engine",
		  &p->num_sdma_queues_per_engine },
		{ "num_cp_queues", &p->num_cp_queues },
		{ "cwsr_size", &p->cwsr_size },
		{ "ctl_stack_size", &p->ctl_stack_size },
		{ "num_xcc", &p->num_xcc },
	};
	char path[128], buf[4096];
	unsigned int i;
	int ret;

	snprintf(path, sizeof(path), KFD_TOPOLOGY "/%u/properties", node);
	ret = kfd_file_read(path, buf, sizeof(buf));
	if (ret < 0)
		return ret;
	for (i = 0; i < ARRAY_SIZE(table); i++) {
		__u64 value;

		ret = kfd_table_find(buf, table[i].name, &value);
		if (ret)
			return ret;
		*table[i].value = value;
	}
	if (!p->num_xcc || !p->simd_per_cu || !p->simd_arrays_per_engine)
		return -EINVAL;
	p->debug_size = debug_size(p);
	return 0;
}

/* The PCI device; partitions differ in the function bits of location_id */
static __u64 device_of(const struct kfd_props *p)
{
	return (__u64)p->domain << 32 | (p->location_id & ~7U);
}

/**
 * kfd_topology_gpu() - properties of one GPU node
 * @index: the how many-th GPU node, 0-based
 * @props: result
 *
 * Return: 0; -ENODEV when there is no such GPU; another negative errno.
 */
int kfd_topology_gpu(unsigned int index, struct kfd_props *props)
{
	struct kfd_props other = {};
	__u64 last = ~0ULL;
	unsigned int i;
	int ret;

	memset(props, 0, sizeof(*props));
	for (i = 0; i <= index; i++) {
		struct kfd_props *p = i == index ? props : &other;

		ret = gpu_node(i, &p->node, &p->gpu_id);
		if (!ret)
			ret = read_props(p->node, p);
		if (ret)
			return ret;
		/* Nodes come device by device, in the order of probing. */
		if (i && device_of(p) != last)
			other.sim++;
		props->sim = other.sim;
		last = device_of(p);
	}
	return 0;
}

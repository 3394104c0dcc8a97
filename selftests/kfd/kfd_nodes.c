// SPDX-License-Identifier: GPL-2.0
/*
 * The topology: that every GPU node describes a device that can exist, and
 * the one that its neighbours describe.
 */
#include <fcntl.h>

#include "kfd_test.h"

#define GFX_9_4_3	90403
#define BYTES_PER_CU	(0x80000 + 0x4000 + 0x10000 + 0x1000)

FIXTURE(topology) {
	int gpus;
	struct kfd_props props[KFD_MAX_GPUS];
};

FIXTURE_SETUP(topology)
{
	int i;

	self->gpus = kfd_topology_count();
	if (kfd_test_no_gpu(self->gpus <= 0))
		SKIP(return, "no KFD GPU");
	ASSERT_LT(0, self->gpus);
	for (i = 0; i < self->gpus; i++) {
		ASSERT_EQ(0, kfd_topology_gpu(i, &self->props[i]))
			TH_LOG("number %u", i);
	}
}

FIXTURE_TEARDOWN(topology)
{
}

TEST_F(topology, gpu_ids_differ)
{
	int i, j;

	for (i = 0; i < self->gpus; i++) {
		EXPECT_NE(0U, self->props[i].gpu_id);
		for (j = 0; j < i; j++) {
			EXPECT_NE(self->props[i].gpu_id, self->props[j].gpu_id)
				TH_LOG("number %u", i);
		}
	}
}

TEST_F(topology, compute_units)
{
	int i;

	for (i = 0; i < self->gpus; i++) {
		struct kfd_props *p = &self->props[i];

		EXPECT_LT(0U, p->num_xcc);
		EXPECT_LT(0U, kfd_props_cus(p));
		EXPECT_EQ(0U, kfd_props_cus(p) % p->num_xcc);
		EXPECT_LT(0U, p->max_waves_per_simd);
		EXPECT_LT(0U, p->num_cp_queues);
	}
}

/* The save area has to hold the state of every wave of one XCC. */
TEST_F(topology, save_area)
{
	int i;

	for (i = 0; i < self->gpus; i++) {
		struct kfd_props *p = &self->props[i];
		__u32 cus = kfd_props_cus(p) / p->num_xcc;

		EXPECT_LT(0U, p->ctl_stack_size);
		EXPECT_LT(p->ctl_stack_size, p->cwsr_size);
		if (p->gfx_target_version == GFX_9_4_3) {
			EXPECT_LE(cus * BYTES_PER_CU, p->cwsr_size -
				  p->ctl_stack_size);
		}
	}
}

TEST_F(topology, sdma)
{
	int i;

	for (i = 0; i < self->gpus; i++) {
		EXPECT_LT(0U, self->props[i].num_sdma_engines);
		EXPECT_LT(0U, self->props[i].num_sdma_queues_per_engine);
	}
}

TEST_F(topology, render_nodes)
{
	int i;

	for (i = 0; i < self->gpus; i++) {
		char path[64];
		int fd;

		snprintf(path, sizeof(path), "/dev/dri/renderD%u",
			 self->props[i].drm_render_minor);
		fd = open(path, O_RDWR | O_CLOEXEC);
		EXPECT_LE(0, fd)
			TH_LOG("%s: %s", path, strerror(errno));
		if (fd >= 0)
			close(fd);
	}
}

/* What a node has beside its properties: memory banks and caches. */
TEST_F(topology, banks_and_caches)
{
	const struct {
		const char *count;
		const char *dir;
		const char *key;
	} table[] = {
		{ "mem_banks_count", "mem_banks", "size_in_bytes" },
		{ "caches_count", "caches", "size" },
	};
	unsigned int t;
	int i;

	for (i = 0; i < self->gpus; i++) {
		unsigned int node = self->props[i].node;

		for (t = 0; t < ARRAY_SIZE(table); t++) {
			char path[192], text[4096];
			__u64 count, k, size;

			ASSERT_EQ(0, kfd_topology_property(node, table[t].count,
							   &count));
			EXPECT_LT(0ULL, count);
			for (k = 0; k < count; k++) {
				snprintf(path, sizeof(path),
					 KFD_TOPOLOGY "/%u/%s/%llu/properties",
					 node, table[t].dir, k);
				ASSERT_LT(0, kfd_file_read(path, text,
							   sizeof(text)));
				EXPECT_EQ(0, kfd_table_find(text, table[t].key,
							    &size));
				EXPECT_LT(0ULL, size);
			}
		}
	}
}

TEST_F(topology, no_such_gpu)
{
	struct kfd_props props;

	EXPECT_EQ(-ENODEV, kfd_topology_gpu(self->gpus, &props));
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0
/*
 * Life of an MQD, seen from the other side: what the hardware decodes is what
 * the program asked for, through creation, update, unmap and destruction.
 */
#include "kfd_test.h"

FIXTURE(mqd) {
	struct kfd_env env;
	struct kfd_queue q;
	struct kfdsim_hqd hqd;
	unsigned int sim;
};

FIXTURE_VARIANT(mqd) {
	__u32 type;
	const char *name;
};

FIXTURE_VARIANT_ADD(mqd, aql) {
	.type = KFD_IOC_QUEUE_TYPE_COMPUTE_AQL,
	.name = "aql",
};

FIXTURE_VARIANT_ADD(mqd, pm4) {
	.type = KFD_IOC_QUEUE_TYPE_COMPUTE,
	.name = "pm4",
};

FIXTURE_VARIANT_ADD(mqd, sdma) {
	.type = KFD_IOC_QUEUE_TYPE_SDMA,
	.name = "sdma",
};

FIXTURE_SETUP(mqd)
{
	struct kfd_queue_attr attr = KFD_QUEUE_ATTR(variant->type);
	int ret = kfd_env_open(&self->env, 0);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	if (!kfd_test_on_kfdsim())
		SKIP(return, "only kfdsim shows its slots");
	self->sim = self->env.gpu.props.sim;
	attr.ring_bytes = 65536;
	ASSERT_EQ(0, kfd_queue_create(&self->env.gpu, &attr, &self->q));
}

FIXTURE_TEARDOWN(mqd)
{
	EXPECT_EQ(0, kfd_queue_destroy(&self->q));
	kfd_env_close(&self->env);
}

static int find(struct _test_data_mqd *self)
{
	return kfdsim_hqd_find(self->sim, self->q.ring.va, &self->hqd);
}

/* The driver waits until a queue is unmapped, but not until it is mapped. */
static int wait_mapped(unsigned int sim, __u64 ring, struct kfdsim_hqd *hqd)
{
	__u64 end = kfd_now_ns() + WAIT_MS * NSEC_PER_MSEC;
	int ret;

	do {
		ret = kfdsim_hqd_find(sim, ring, hqd);
	} while (ret == -ENOENT && kfd_now_ns() < end);
	return ret;
}

static int find_mapped(struct _test_data_mqd *self)
{
	return wait_mapped(self->sim, self->q.ring.va, &self->hqd);
}

TEST_F(mqd, as_created)
{
	ASSERT_EQ(0, find_mapped(self));
	EXPECT_STREQ(variant->name, self->hqd.type);
	EXPECT_EQ(65536ULL, self->hqd.ring_bytes);
	EXPECT_EQ(0ULL, self->hqd.rptr);
	EXPECT_EQ(0ULL, self->hqd.wptr);
	EXPECT_NE(0ULL, self->hqd.vmid);
}

/* The doorbells of a process are next to each other in the BAR. */
TEST_F(mqd, doorbells)
{
	struct kfdsim_hqd second;
	struct kfd_queue q2;

	ASSERT_EQ(0, kfd_queue_create(&self->env.gpu, &self->q.attr, &q2));
	ASSERT_EQ(0, find_mapped(self));
	ASSERT_EQ(0, wait_mapped(self->sim, q2.ring.va, &second));
	EXPECT_EQ((__s64)(q2.args.doorbell_offset -
			  self->q.args.doorbell_offset),
		  (__s64)(second.doorbell - self->hqd.doorbell) * 4);
	EXPECT_EQ(0, kfd_queue_destroy(&q2));
}

/* Every XCC has a save area of its own, one after the other. */
TEST_F(mqd, save_areas)
{
	const struct kfd_props *p = &self->env.gpu.props;
	unsigned int i;

	if (kfd_test_drains())
		SKIP(return, "running waves can't be saved");
	if (!kfd_queue_is_compute(&self->q))
		SKIP(return, "SDMA queues are not saved");
	ASSERT_EQ(0, find_mapped(self));
	EXPECT_EQ(1ULL, self->hqd.cwsr);
	EXPECT_EQ(p->cwsr_size, self->hqd.ctx_bytes);
	ASSERT_EQ(p->num_xcc, self->hqd.num_ctx);
	for (i = 0; i < p->num_xcc; i++) {
		EXPECT_EQ(self->q.cwsr.va + (__u64)i * p->cwsr_size,
			  self->hqd.ctx[i]);
	}
}

TEST_F(mqd, priorities)
{
	/* Pipe priority: what KFD makes of a queue priority */
	const __u8 pipe[KFD_MAX_QUEUE_PRIORITY + 1] = {
		0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 2,
	};
	unsigned int i;

	if (!kfd_queue_is_compute(&self->q))
		SKIP(return, "SDMA queues have none");
	for (i = 0; i <= KFD_MAX_QUEUE_PRIORITY; i++) {
		ASSERT_EQ(0, kfd_queue_set_priority(&self->q, i));
		ASSERT_EQ(0, find_mapped(self));
		EXPECT_EQ(pipe[i], self->hqd.priority)
			TH_LOG("priority %u", i);
	}
}

TEST_F(mqd, unmapped)
{
	ASSERT_EQ(0, find_mapped(self));
	ASSERT_EQ(0, kfd_queue_set_percent(&self->q, 0));
	EXPECT_EQ(-ENOENT, find(self));
	ASSERT_EQ(0, kfd_queue_set_percent(&self->q, 100));
	EXPECT_EQ(0, find_mapped(self));
}

TEST_F(mqd, destroyed)
{
	__u64 ring = self->q.ring.va;

	ASSERT_EQ(0, find_mapped(self));
	ASSERT_EQ(0, kfd_queue_destroy(&self->q));
	EXPECT_EQ(-ENOENT, kfdsim_hqd_find(self->sim, ring, &self->hqd));
}

/* The read pointer survives in the MQD while the queue is off. */
TEST_F(mqd, pointers)
{
	struct kfd_env *env = &self->env;
	unsigned int i;

	if (variant->type != KFD_IOC_QUEUE_TYPE_COMPUTE_AQL)
		SKIP(return, "AQL only");
	for (i = 0; i < 5; i++) {
		ASSERT_EQ(0, kfd_env_dispatch(env, &self->q, i, 1, 1000))
			TH_LOG("number %u", i);
	}
	ASSERT_EQ(0, kfd_env_wait(env, 4, WAIT_MS));
	ASSERT_EQ(0, kfd_queue_wait_idle(&self->q, WAIT_MS));
	ASSERT_EQ(0, kfd_queue_set_percent(&self->q, 0));
	ASSERT_EQ(0, kfd_queue_set_percent(&self->q, 100));
	ASSERT_EQ(0, find_mapped(self));
	EXPECT_EQ(5ULL, self->hqd.rptr);
	EXPECT_EQ(5ULL, self->hqd.wptr);
}

/* A new ring takes the place of the old one. */
TEST_F(mqd, new_ring)
{
	struct kfd_ioctl_update_queue_args args = {
		.queue_id = self->q.id,
		.ring_size = 8192,
		.queue_percentage = 100,
		.queue_priority = 7,
	};
	struct kfd_bo ring;

	ASSERT_EQ(0, kfd_bo_create(&self->env.gpu, &ring, 8192, KFD_MEM_GTT));
	args.ring_base_address = ring.va;
	ASSERT_EQ(0, kfd_ioctl(self->env.proc.fd, AMDKFD_IOC_UPDATE_QUEUE,
			       &args));
	EXPECT_EQ(-ENOENT, find(self));
	ASSERT_EQ(0, wait_mapped(self->sim, ring.va, &self->hqd));
	EXPECT_EQ(8192ULL, self->hqd.ring_bytes);
	/* The old one is free now, the new one is not. */
	EXPECT_EQ(0, kfd_bo_unmap(&self->q.ring, &self->env.gpu));
	EXPECT_EQ(0, kfd_bo_map(&self->q.ring, &self->env.gpu));
	EXPECT_EQ(-EBUSY, kfd_bo_unmap(&ring, &self->env.gpu));
	EXPECT_EQ(0, kfd_queue_destroy(&self->q));
	EXPECT_EQ(0, kfd_bo_destroy(&ring, &self->env.gpu));
}

TEST_HARNESS_MAIN

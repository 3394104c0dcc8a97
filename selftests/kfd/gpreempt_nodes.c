// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt on several nodes: each has a scheduler of its own.
 */
#include "gpreempt_test.h"

FIXTURE(nodes) {
	struct kfd_env env;
	struct kfd_gpu second;
	struct kfd_queue be[2];
	struct kfd_queue lc;
	unsigned int node[2];
};

FIXTURE_SETUP(nodes)
{
	int ret = kfd_env_open(&self->env, 0);
	struct kfd_queue_attr attr =
		KFD_QUEUE_ATTR(KFD_IOC_QUEUE_TYPE_COMPUTE_AQL);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	if (kfd_topology_count() < 2)
		SKIP(return, "only one GPU node");
	ASSERT_EQ(0, kfd_gpu_open(&self->env.proc, &self->second, 1));
	ASSERT_EQ(0, kfd_bo_map(&self->env.mem, &self->second));
	self->node[0] = self->env.gpu.props.node;
	self->node[1] = self->second.props.node;
	ASSERT_EQ(0, gp_reset_knobs(self->node[0]));
	ASSERT_EQ(0, gp_reset_knobs(self->node[1]));
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->be[0], BE_PRIORITY));
	ASSERT_EQ(0, kfd_queue_create(&self->second, &attr, &self->be[1]));
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->lc, LC_PRIORITY));
}

FIXTURE_TEARDOWN(nodes)
{
	EXPECT_EQ(0, kfd_knobs_reset(self->node[0]));
	EXPECT_EQ(0, kfd_knobs_reset(self->node[1]));
	EXPECT_EQ(0, kfd_queue_destroy(&self->lc));
	EXPECT_EQ(0, kfd_queue_destroy(&self->be[0]));
	EXPECT_EQ(0, kfd_queue_destroy(&self->be[1]));
	EXPECT_EQ(0, kfd_bo_unmap(&self->env.mem, &self->second));
	kfd_gpu_close(&self->second);
	kfd_env_close(&self->env);
}

/* LC work on the first node leaves the second node's BE work alone. */
TEST_F(nodes, preempt_one)
{
	struct kfd_env *env = &self->env;

	ASSERT_EQ(0, kfd_knob_set(self->node[0], "enable", 1));
	ASSERT_EQ(0, kfd_knob_set(self->node[1], "enable", 1));
	ASSERT_EQ(0, gp_be_reside(env, &self->be[0]));
	ASSERT_EQ(0, gp_lc_begin(env, &self->lc, 1));
	ASSERT_EQ(0, kfd_knob_wait_state(self->node[0], "preempted", WAIT_MS));
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->be[0], 0, 5, 1000));
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->be[1], 1, 5, 1000));
	EXPECT_EQ(0, kfd_env_wait(env, 1, WAIT_MS));
	EXPECT_EQ(0, kfd_knob_wait_state(self->node[1], "idle", 0));
	EXPECT_EQ(0ULL, kfd_load(&env->counter[0]));
	ASSERT_EQ(0, gp_lc_end(env));
	EXPECT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
}

/* What is set on one node is not set on the other. */
TEST_F(nodes, knobs)
{
	__u64 before, value;

	ASSERT_EQ(0, kfd_knob_get(self->node[1], "confirm_us", &before));
	ASSERT_EQ(0, kfd_knob_set(self->node[0], "confirm_us", before + 123));
	ASSERT_EQ(0, kfd_knob_get(self->node[1], "confirm_us", &value));
	EXPECT_EQ(before, value);
	ASSERT_EQ(0, kfd_knob_get(self->node[0], "confirm_us", &value));
	EXPECT_EQ(before + 123, value);
	ASSERT_EQ(0, kfd_knob_set(self->node[0], "enable", 1));
	EXPECT_EQ(0, kfd_knob_wait_state(self->node[1], "off", 0));
}

/* ---- every node at once ------------------------------------------------ */

struct node {
	struct kfd_gpu gpu;
	struct kfd_queue be;
	struct kfd_queue lc;
};

/* @env has the GPU of the first one */
struct all_nodes {
	struct kfd_env env;
	struct node node[KFD_MAX_GPUS];
	unsigned int num;
};

FIXTURE(all) {
	struct all_nodes all;
};

static struct kfd_gpu *gpu_of(struct all_nodes *all, unsigned int i)
{
	return i ? &all->node[i].gpu : &all->env.gpu;
}

static int open_node(struct all_nodes *all, unsigned int i)
{
	struct kfd_queue_attr be = KFD_QUEUE_ATTR(KFD_IOC_QUEUE_TYPE_COMPUTE_AQL);
	struct kfd_queue_attr lc = be;
	struct kfd_gpu *gpu = gpu_of(all, i);
	int ret = 0;

	be.priority = BE_PRIORITY;
	lc.priority = LC_PRIORITY;
	if (i)
		ret = kfd_gpu_open(&all->env.proc, gpu, i);
	if (!ret && i)
		ret = kfd_bo_map(&all->env.mem, gpu);
	if (!ret)
		ret = gp_reset_knobs(gpu->props.node);
	if (!ret)
		ret = kfd_knob_set(gpu->props.node, "enable", 1);
	if (!ret)
		ret = kfd_queue_create(gpu, &be, &all->node[i].be);
	return ret ?: kfd_queue_create(gpu, &lc, &all->node[i].lc);
}

FIXTURE_SETUP(all)
{
	struct all_nodes *all = &self->all;
	int ret = kfd_env_open(&all->env, 0);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	if (!kfd_test_on_kfdsim())
		SKIP(return, "only kfdsim runs kernels that are descriptors");
	while (all->num < KFD_MAX_GPUS) {
		ret = open_node(all, all->num);
		if (ret == -ENODEV)
			break;
		ASSERT_EQ(0, ret) TH_LOG("node %u", all->num);
		all->num++;
	}
}

FIXTURE_TEARDOWN(all)
{
	struct all_nodes *all = &self->all;
	unsigned int i;

	for (i = all->num; i--;) {
		struct kfd_gpu *gpu = gpu_of(all, i);

		EXPECT_EQ(0, kfd_knobs_reset(gpu->props.node));
		EXPECT_EQ(0, kfd_queue_destroy(&all->node[i].lc));
		EXPECT_EQ(0, kfd_queue_destroy(&all->node[i].be));
		if (!i)
			break;
		EXPECT_EQ(0, kfd_bo_unmap(&all->env.mem, gpu));
		kfd_gpu_close(gpu);
	}
	kfd_env_close(&all->env);
}

/* Slots of struct kfd_env, for each node its own */
#define BE_OF(_i)	(2 * (_i))
#define LC_OF(_i)	(2 * (_i) + 1)

TEST_F(all, preempt)
{
	struct all_nodes *all = &self->all;
	const __u32 waves = kfd_props_waves(&all->env.gpu.props);
	struct kfd_env *env = &all->env;
	unsigned int i;

	if (kfd_test_drains())
		SKIP(return, "running waves can't be saved");
	for (i = 0; i < all->num; i++) {
		ASSERT_EQ(0, kfd_env_dispatch(env, &all->node[i].be, BE_OF(i),
					      waves, BE_NS));
	}
	for (i = 0; i < all->num; i++) {
		ASSERT_EQ(0, kfd_queue_wait_idle(&all->node[i].be, WAIT_MS));
		ASSERT_EQ(0, kfd_env_dispatch(env, &all->node[i].lc, LC_OF(i),
					      1, NSEC_PER_USEC));
	}
	for (i = 0; i < all->num; i++) {
		EXPECT_EQ(0, kfd_env_wait(env, LC_OF(i), WAIT_MS))
			TH_LOG("node %u", i);
		EXPECT_EQ(0, kfd_knob_wait_above(gpu_of(all, i)->props.node,
						 "stats/preemptions", 0,
						 WAIT_MS))
			TH_LOG("node %u", i);
	}
	for (i = 0; i < all->num; i++) {
		EXPECT_EQ(0, kfd_env_wait(env, BE_OF(i), WAIT_MS));
		EXPECT_EQ(waves, kfd_load(&env->counter[BE_OF(i)]));
	}
}

TEST_HARNESS_MAIN

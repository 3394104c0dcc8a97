// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt: a program that forks while it has queues whose pointers are in its
 * own memory, as ROCr's are. The child has a copy, and what it does to that is
 * nobody's business; the parent is served as before.
 */
#include <sys/mman.h>

#include "gpreempt_test.h"

/* It does not end by itself before the test has looked. */
#define BE_WORK_NS	(kfd_test_is_exact() ? 150 * NSEC_PER_MSEC : BE_NS)

FIXTURE(forked) {
	struct kfd_env env;
	struct kfd_queue be;
	struct kfd_queue lc;
	unsigned int node;
	pid_t child;
	int done[2];
};

/* Both pointers in memory of the program that a child inherits */
static int create_lc(struct kfd_env *env, struct kfd_queue *q)
{
	struct kfd_queue_attr attr =
		KFD_QUEUE_ATTR(KFD_IOC_QUEUE_TYPE_COMPUTE_AQL);
	struct kfd_bo *bo[] = { &q->rptr, &q->wptr };
	unsigned int i;
	int ret;

	attr.priority = LC_PRIORITY;
	ret = kfd_queue_prepare(&env->gpu, &attr, q);
	for (i = 0; i < ARRAY_SIZE(bo) && !ret; i++) {
		ret = kfd_bo_destroy(bo[i], &env->gpu);
		if (!ret)
			ret = kfd_bo_create(&env->gpu, bo[i], KFD_PAGE_SIZE,
					    KFD_MEM_USERPTR);
		if (!ret && madvise(kfd_bo_ptr(bo[i]), KFD_PAGE_SIZE,
				    MADV_DOFORK))
			ret = -errno;
	}
	if (ret)
		return ret;
	q->args.read_pointer_address = q->rptr.va;
	q->args.write_pointer_address = q->wptr.va;
	return kfd_queue_submit(q);
}

FIXTURE_SETUP(forked)
{
	int ret = kfd_env_open(&self->env, 0);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	if (!kfd_test_on_kfdsim())
		SKIP(return, "only kfdsim runs kernels that are descriptors");
	if (kfd_test_mes(&self->env.gpu.props))
		SKIP(return, "MES has no write pointer in memory of the program");
	self->node = self->env.gpu.props.node;
	ASSERT_EQ(0, gp_reset_knobs(self->node));
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->be, BE_PRIORITY));
	ASSERT_EQ(0, create_lc(&self->env, &self->lc));
	ASSERT_EQ(0, pipe(self->done));
}

FIXTURE_TEARDOWN(forked)
{
	EXPECT_EQ(0, kfd_knobs_reset(self->node));
	EXPECT_EQ(0, kfd_queue_destroy(&self->lc));
	EXPECT_EQ(0, kfd_queue_destroy(&self->be));
	kfd_env_close(&self->env);
	close(self->done[0]);
	close(self->done[1]);
}

/* The copy of the write pointer, moved; until the parent closes the pipe */
static int child(struct _test_data_forked *self)
{
	__u64 *wptr = kfd_bo_ptr(&self->lc.wptr);
	char byte;

	*wptr += 7;
	close(self->done[1]);
	return read(self->done[0], &byte, 1) != 0;
}

TEST_F(forked, parent_is_served)
{
	struct kfd_env *env = &self->env;
	__u64 preemptions, after;
	unsigned int i;
	int n, status;

	if (kfd_test_drains())
		SKIP(return, "running waves can't be saved");
	n = kfd_env_fill(env, &self->be, 0, BE_WORK_NS, WAIT_MS);
	ASSERT_LT(0, n);
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->lc, 1, 1, NSEC_PER_USEC));
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 1));
	ASSERT_EQ(0, kfd_env_wait(env, 1, WAIT_MS));
	ASSERT_EQ(0, kfd_knob_wait_state(self->node, "idle", WAIT_MS));

	self->child = fork();
	ASSERT_LE(0, self->child);
	if (!self->child)
		_exit(child(self));
	ASSERT_EQ(0, kfd_knob_get(self->node, "stats/preemptions",
				  &preemptions));
	usleep(30000);
	ASSERT_EQ(0, kfd_knob_get(self->node, "stats/preemptions", &after));
	EXPECT_EQ(preemptions, after);
	for (i = 0; i < 5; i++) {
		ASSERT_EQ(0, gp_lc_begin(env, &self->lc, 3));
		ASSERT_EQ(0, kfd_env_wait(env, LC_SLOT, WAIT_MS));
		ASSERT_EQ(0, kfd_knob_wait_state(self->node, "preempted",
						 WAIT_MS));
		ASSERT_EQ(0, gp_lc_end(env));
		ASSERT_EQ(0, kfd_knob_wait_state(self->node, "idle", WAIT_MS));
	}
	EXPECT_EQ(15, kfd_load(&env->counter[LC_SLOT]));
	if (kfd_test_is_exact()) {
		EXPECT_EQ(0, kfd_load(&env->counter[0]));
	}
	close(self->done[1]);
	ASSERT_EQ(self->child, waitpid(self->child, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ(n, kfd_load(&env->counter[0]));
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt under CRIU, which pauses a process' queues, reads them, and lets
 * them go on: while best-effort work is held, and before it is.
 */
#include "gpreempt_test.h"

/* It does not end by itself before the test has looked. */
#define WORK_NS		(kfd_test_is_exact() ? 50 * NSEC_PER_MSEC : BE_NS)

FIXTURE(criu) {
	struct kfd_env env;
	struct kfd_queue be;
	struct kfd_queue lc;
	unsigned int node;
};

FIXTURE_SETUP(criu)
{
	int ret = kfd_env_open(&self->env, 0);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	/* The stock driver follows a null pointer for a node that isn't open. */
	if (kfd_topology_count() > 1)
		SKIP(return, "a checkpoint of one of several nodes");
	self->node = self->env.gpu.props.node;
	ASSERT_EQ(0, gp_reset_knobs(self->node));
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 1));
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->be, BE_PRIORITY));
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->lc, LC_PRIORITY));
}

FIXTURE_TEARDOWN(criu)
{
	EXPECT_EQ(0, kfd_knobs_reset(self->node));
	EXPECT_EQ(0, kfd_queue_destroy(&self->lc));
	EXPECT_EQ(0, kfd_queue_destroy(&self->be));
	kfd_env_close(&self->env);
}

static int criu(struct kfd_env *env, struct kfd_ioctl_criu_args *args,
		__u32 op)
{
	args->op = op;
	return kfd_ioctl(env->proc.fd, AMDKFD_IOC_CRIU_OP, args);
}

static int pause_queues(struct kfd_env *env, struct kfd_ioctl_criu_args *args)
{
	memset(args, 0, sizeof(*args));
	return criu(env, args, KFD_CRIU_OP_PROCESS_INFO);
}

/* The save areas and descriptors of the queues are read. */
static int checkpoint(struct kfd_env *env, struct kfd_ioctl_criu_args *args)
{
	struct kfd_criu_device_bucket *devices =
		calloc(args->num_devices, sizeof(*devices));
	struct kfd_criu_bo_bucket *bos = calloc(args->num_bos, sizeof(*bos));
	void *priv = calloc(1, args->priv_data_size);
	unsigned int i;
	int ret = -ENOMEM;

	if (devices && bos && priv) {
		args->devices = (uintptr_t)devices;
		args->bos = (uintptr_t)bos;
		args->priv_data = (uintptr_t)priv;
		ret = criu(env, args, KFD_CRIU_OP_CHECKPOINT);
		for (i = 0; i < args->num_bos && !ret; i++) {
			if (bos[i].dmabuf_fd != KFD_INVALID_FD)
				close(bos[i].dmabuf_fd);
		}
	}
	free(priv);
	free(bos);
	free(devices);
	return ret;
}

/* An LC request, all of it done, and BE done afterwards with nothing lost */
static void expect_all_done(struct __test_metadata *_metadata,
			    struct _test_data_criu *self, int workgroups)
{
	struct kfd_env *env = &self->env;

	ASSERT_EQ(0, gp_lc_end(env));
	ASSERT_EQ(0, kfd_env_wait(env, LC_SLOT, WAIT_MS));
	EXPECT_EQ(3, kfd_load(&env->counter[LC_SLOT]));
	ASSERT_EQ(0, kfd_knob_wait_state(self->node, "idle", WAIT_MS));
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ(workgroups, kfd_load(&env->counter[0]));
}

TEST_F(criu, checkpoint_preempted)
{
	struct kfd_ioctl_criu_args args;
	struct kfd_env *env = &self->env;
	int n = kfd_env_fill(env, &self->be, 0, WORK_NS, WAIT_MS);
	__u64 done;

	ASSERT_LT(0, n);
	ASSERT_EQ(0, gp_lc_begin(env, &self->lc, 3));
	ASSERT_EQ(0, kfd_knob_wait_state(self->node, "preempted", WAIT_MS));
	done = kfd_load(&env->counter[0]);
	ASSERT_EQ(0, pause_queues(env, &args));
	EXPECT_EQ(2, args.num_objects);
	EXPECT_EQ(0, checkpoint(env, &args));
	ASSERT_EQ(0, criu(env, &args, KFD_CRIU_OP_UNPAUSE));
	/* The LC queue still has its barrier before it, and BE is off for it */
	ASSERT_EQ(0, kfd_knob_wait_state(self->node, "preempted", WAIT_MS));
	usleep(100000);
	EXPECT_EQ(done, kfd_load(&env->counter[0]));
	expect_all_done(_metadata, self, n);
}

TEST_F(criu, preempted_after_checkpoint)
{
	struct kfd_ioctl_criu_args args;
	struct kfd_env *env = &self->env;
	int n = kfd_env_fill(env, &self->be, 0, WORK_NS, WAIT_MS);
	__u64 done;

	ASSERT_LT(0, n);
	ASSERT_EQ(0, pause_queues(env, &args));
	done = kfd_load(&env->counter[0]);
	/* while nothing may run */
	ASSERT_EQ(0, gp_lc_begin(env, &self->lc, 3));
	EXPECT_EQ(0, checkpoint(env, &args));
	EXPECT_EQ(-ETIMEDOUT, kfd_env_wait(env, LC_SLOT, 20));
	ASSERT_EQ(0, criu(env, &args, KFD_CRIU_OP_UNPAUSE));
	ASSERT_EQ(0, kfd_knob_wait_state(self->node, "preempted", WAIT_MS));
	if (kfd_test_is_exact()) {
		EXPECT_EQ(done, kfd_load(&env->counter[0]));
	}
	expect_all_done(_metadata, self, n);
}

/* LC ends its wait while everything is paused. */
TEST_F(criu, gate_opens_meanwhile)
{
	struct kfd_ioctl_criu_args args;
	struct kfd_env *env = &self->env;
	int n = kfd_env_fill(env, &self->be, 0, WORK_NS, WAIT_MS);

	ASSERT_LT(0, n);
	ASSERT_EQ(0, gp_lc_begin(env, &self->lc, 3));
	ASSERT_EQ(0, kfd_knob_wait_state(self->node, "preempted", WAIT_MS));
	ASSERT_EQ(0, pause_queues(env, &args));
	gp_lc_open_gate(env);
	EXPECT_EQ(0, checkpoint(env, &args));
	ASSERT_EQ(0, criu(env, &args, KFD_CRIU_OP_UNPAUSE));
	expect_all_done(_metadata, self, n);
}

TEST_HARNESS_MAIN

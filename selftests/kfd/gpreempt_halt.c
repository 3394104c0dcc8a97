// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt while the scheduler under it is halted: nothing is decided, nobody is
 * charged, and what was off is off afterwards.
 */
#include "gpreempt_stage.h"

#define HALT_NS		(100 * NSEC_PER_MSEC)

FIXTURE(halt) {
	struct kfd_env env;
	struct kfd_queue be;
	struct kfd_queue lc;
	struct kfd_props props;
	unsigned int node;
	bool halted;
};

static int halt(struct _test_data_halt *self, bool on)
{
	int ret = kfdsim_write(self->props.sim, "halt", on ? "1" : "0");

	if (!ret)
		self->halted = on;
	return ret;
}

FIXTURE_SETUP(halt)
{
	int ret = kfd_env_open(&self->env, 0);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	if (!kfd_test_on_kfdsim())
		SKIP(return, "only kfdsim halts on demand");
	if (kfd_test_no_hws())
		SKIP(return, "no scheduler to halt");
	self->props = self->env.gpu.props;
	self->node = self->props.node;
	ret = gp_reset_knobs(self->node);
	if (kfd_test_no_gpu(ret))
		SKIP(return, "no gpreempt: %d", ret);
	ASSERT_EQ(0, ret);
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 1));
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->be, BE_PRIORITY));
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->lc, LC_PRIORITY));
}

FIXTURE_TEARDOWN(halt)
{
	if (self->halted)
		EXPECT_EQ(0, halt(self, false));
	EXPECT_EQ(0, kfd_knobs_reset(self->node));
	EXPECT_EQ(0, kfd_queue_destroy(&self->lc));
	EXPECT_EQ(0, kfd_queue_destroy(&self->be));
	kfd_env_close(&self->env);
}

static __u64 node_stat(unsigned int node, const char *name)
{
	__u64 value;

	return kfd_knob_get(node, name, &value) ? ~0ULL : value;
}

static __u64 time_of(const struct kfd_queue *q, const char *name)
{
	__u64 value;

	return kfd_process_stat(getpid(), q->id, name, &value) ? ~0ULL : value;
}

static int be_state(struct _test_data_halt *self, const char *word)
{
	return gp_count_state(&self->props, getpid(), word);
}

/* An inversion that is none before the GPU is back */
TEST_F(halt, ring_while_halted)
{
	__u64 preemptions = node_stat(self->node, "stats/preemptions");
	struct kfd_env *env = &self->env;
	int n;

	n = kfd_env_fill(env, &self->be, 0, BE_NS, WAIT_MS);
	ASSERT_LT(0, n);
	ASSERT_EQ(0, halt(self, true));
	ASSERT_EQ(0, gp_lc_begin(env, &self->lc, 1));
	usleep(HALT_NS / NSEC_PER_USEC);
	EXPECT_EQ(preemptions, node_stat(self->node, "stats/preemptions"));
	EXPECT_EQ(0, be_state(self, "inversion"));
	ASSERT_EQ(0, halt(self, false));
	ASSERT_EQ(0, kfd_env_wait(env, LC_SLOT, WAIT_MS));
	/* It has not waited for BE: mapped before it, or at its expense */
	EXPECT_EQ(0ULL, kfd_load(&env->counter[0]));
	ASSERT_EQ(0, gp_lc_end(env));
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ((__u64)n, kfd_load(&env->counter[0]));
}

/* What is off stays off, and comes back when it is time. */
TEST_F(halt, while_preempted)
{
	struct kfd_env *env = &self->env;
	struct kfd_queue other;
	int n;

	n = kfd_env_fill(env, &self->be, 0, BE_NS, WAIT_MS);
	ASSERT_LT(0, n);
	ASSERT_EQ(0, gp_lc_begin(env, &self->lc, 1));
	ASSERT_EQ(0, kfd_knob_wait_state(self->node, "preempted", WAIT_MS));
	ASSERT_EQ(0, halt(self, true));
	EXPECT_EQ(1, be_state(self, "inversion"));
	/* One that comes meanwhile must not come in between. */
	ASSERT_EQ(0, gp_create_aql(env, &other, BE_PRIORITY));
	EXPECT_EQ(2, be_state(self, "inversion"));
	gp_lc_open_gate(env);
	usleep(HALT_NS / NSEC_PER_USEC);
	EXPECT_EQ(2, be_state(self, "inversion"));
	ASSERT_EQ(0, halt(self, false));
	ASSERT_EQ(0, gp_lc_end(env));
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ((__u64)n, kfd_load(&env->counter[0]));
	ASSERT_EQ(0, kfd_env_dispatch(env, &other, 1, 3, 1000));
	ASSERT_EQ(0, kfd_env_wait(env, 1, WAIT_MS));
	EXPECT_EQ(0, be_state(self, "inversion"));
	EXPECT_EQ(0, kfd_queue_destroy(&other));
}

#define LIMIT_US	1000000

/* Of the time for which BE is off, as @limit bounds it, by far the most is a halt. */
static int hold_for_long(struct _test_data_halt *self, const char *limit)
{
	int ret = gp_be_reside(&self->env, &self->be);

	if (!ret)
		ret = gp_lc_begin(&self->env, &self->lc, 1);
	if (!ret)
		ret = kfd_knob_wait_state(self->node, "preempted", WAIT_MS);
	if (!ret)
		ret = kfd_knob_set(self->node, limit, LIMIT_US);
	if (!ret)
		ret = halt(self, true);
	usleep(3 * LIMIT_US / 2);
	if (!ret)
		ret = halt(self, false);
	usleep(20000);
	return ret;
}

/* LC is not stuck while nothing can run. */
TEST_F(halt, no_guard)
{
	__u64 guards = node_stat(self->node, "stats/guards");

	if (!kfd_test_mes(&self->props))
		SKIP(return, "what can be asked is not waited for so long");
	ASSERT_EQ(0, hold_for_long(self, "lc_progress_timeout_us"));
	EXPECT_EQ(guards, node_stat(self->node, "stats/guards"));
	EXPECT_EQ(1, be_state(self, "inversion"));
	ASSERT_EQ(0, gp_lc_end(&self->env));
}

/* BE does not starve, and is not held off, by anybody but the halt. */
TEST_F(halt, no_starvation)
{
	__u64 starvations = node_stat(self->node, "stats/starvations");
	__u64 held_ns = node_stat(self->node, "stats/be_held_ns");
	__u64 from_ns = kfd_now_ns();

	ASSERT_EQ(0, hold_for_long(self, "be_max_wait_us"));
	EXPECT_EQ(starvations, node_stat(self->node, "stats/starvations"));
	EXPECT_EQ(1, be_state(self, "inversion"));
	ASSERT_EQ(0, gp_lc_end(&self->env));
	ASSERT_EQ(0, kfd_knob_wait_state(self->node, "idle", WAIT_MS));
	held_ns = node_stat(self->node, "stats/be_held_ns") - held_ns;
	EXPECT_GE(kfd_now_ns() - from_ns - 3 * LIMIT_US / 2 * NSEC_PER_USEC,
		  held_ns);
}

/* Nothing is active while nothing can run, also what comes meanwhile. */
TEST_F(halt, no_time_passes)
{
	struct kfd_queue other;
	__u64 before, after;

	ASSERT_EQ(0, halt(self, true));
	before = time_of(&self->be, "active_ns");
	ASSERT_EQ(0, gp_create_aql(&self->env, &other, BE_PRIORITY));
	usleep(HALT_NS / NSEC_PER_USEC);
	EXPECT_EQ(before, time_of(&self->be, "active_ns"));
	EXPECT_EQ(0ULL, time_of(&other, "active_ns"));
	ASSERT_EQ(0, halt(self, false));
	before = time_of(&other, "active_ns");
	usleep(1000);
	after = time_of(&other, "active_ns");
	EXPECT_LE(before + NSEC_PER_MSEC, after);
	EXPECT_EQ(0, kfd_queue_destroy(&other));
}

/* By hand neither: there is nothing to be taken off. */
TEST_F(halt, hold_while_halted)
{
	ASSERT_EQ(0, halt(self, true));
	EXPECT_EQ(-EBUSY, gp_by_hand(&self->props, "preempt", getpid(),
				     self->be.id, NULL));
	ASSERT_EQ(0, halt(self, false));
	EXPECT_EQ(0, gp_by_hand(&self->props, "preempt", getpid(),
				self->be.id, NULL));
	EXPECT_EQ(0, gp_by_hand(&self->props, "resume", getpid(),
				self->be.id, NULL));
}

/* Off or on again while halted: it is so afterwards. */
TEST_F(halt, disable_while_halted)
{
	struct kfd_env *env = &self->env;
	int ret;

	ASSERT_EQ(0, kfd_env_dispatch(env, &self->be, 0, 5, 1000));
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	ASSERT_EQ(0, gp_be_reside(env, &self->be));
	ASSERT_EQ(0, gp_lc_begin(env, &self->lc, 1));
	ASSERT_EQ(0, kfd_knob_wait_state(self->node, "preempted", WAIT_MS));
	ASSERT_EQ(0, halt(self, true));
	ret = kfd_knob_set(self->node, "enable", 0);
	EXPECT_EQ(-EBUSY, ret);
	EXPECT_EQ(1, be_state(self, "inversion"));
	ASSERT_EQ(0, halt(self, false));
	ASSERT_EQ(0, gp_wait_state(&self->props, getpid(), "inversion", 0));
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->be, 1, 5, 1000));
	ASSERT_EQ(0, kfd_env_wait(env, 1, WAIT_MS));

	ASSERT_EQ(0, halt(self, true));
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 1));
	ASSERT_EQ(0, halt(self, false));
	ASSERT_EQ(0, kfd_knob_wait_state(self->node, "preempted", WAIT_MS));
	ASSERT_EQ(0, gp_lc_end(env));
	ASSERT_EQ(0, kfd_knob_wait_state(self->node, "idle", WAIT_MS));
}

TEST_HARNESS_MAIN

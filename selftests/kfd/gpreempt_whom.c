// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt: for whom a best-effort queue was taken off, and for how long each
 * latency-critical queue had to wait, with a preemption or without.
 */
#include "gpreempt_test.h"

#define ROUNDS		8

struct waits {
	__u64 count;
	__u64 ns;
	__u64 p50_us;
	__u64 p99_us;
	__u64 max_us;
};

FIXTURE(whom) {
	struct kfd_env env;
	struct kfd_queue be;
	struct kfd_queue lc[2];
	unsigned int node;
};

FIXTURE_SETUP(whom)
{
	int ret = kfd_env_open(&self->env, 0);
	unsigned int i;

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	if (!kfd_test_on_kfdsim())
		SKIP(return, "only kfdsim runs kernels that are descriptors");
	self->node = self->env.gpu.props.node;
	ASSERT_EQ(0, gp_reset_knobs(self->node));
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, gp_create_aql(&self->env, &self->lc[i],
					   LC_PRIORITY));
	}
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 1));
}

FIXTURE_TEARDOWN(whom)
{
	unsigned int i;

	EXPECT_EQ(0, kfd_knobs_reset(self->node));
	for (i = 0; i < 2; i++)
		EXPECT_EQ(0, kfd_queue_destroy(&self->lc[i]));
	kfd_env_close(&self->env);
}

static int read_waits(const struct kfd_queue *q, struct waits *w)
{
	int pid = getpid(), ret;

	ret = kfd_process_stat(pid, q->id, "wait_count", &w->count);
	if (!ret)
		ret = kfd_process_stat(pid, q->id, "wait_ns", &w->ns);
	if (!ret)
		ret = kfd_process_stat(pid, q->id, "wait_p50_us", &w->p50_us);
	if (!ret)
		ret = kfd_process_stat(pid, q->id, "wait_p99_us", &w->p99_us);
	if (!ret)
		ret = kfd_process_stat(pid, q->id, "wait_max_us", &w->max_us);
	return ret;
}

/* "<pid> <queue>", as it is for @lc */
static bool is_for(const struct kfd_queue *be, const struct kfd_queue *lc)
{
	char text[64], expected[64];

	if (kfd_process_read(getpid(), be->id, "preempted_for", text,
			     sizeof(text)) < 0)
		return false;
	if (lc)
		snprintf(expected, sizeof(expected), "%d %u\n", getpid(),
			 lc->id);
	else
		snprintf(expected, sizeof(expected), "none\n");
	return !strcmp(text, expected);
}

TEST_F(whom, the_one_that_waited)
{
	struct kfd_env *env = &self->env;
	unsigned int i;

	if (kfd_test_drains())
		SKIP(return, "running waves can't be saved");
	ASSERT_EQ(0, gp_create_aql(env, &self->be, BE_PRIORITY));
	EXPECT_TRUE(is_for(&self->be, NULL));
	ASSERT_LT(0, kfd_env_fill(env, &self->be, 0, BE_NS, WAIT_MS));
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, gp_lc_begin(env, &self->lc[i], 1));
		ASSERT_EQ(0, kfd_knob_wait_state(self->node, "preempted",
						 WAIT_MS));
		EXPECT_TRUE(is_for(&self->be, &self->lc[i]));
		ASSERT_EQ(0, gp_lc_end(env));
		ASSERT_EQ(0, kfd_knob_wait_state(self->node, "idle", WAIT_MS));
		/* It is not forgotten when it is over. */
		EXPECT_TRUE(is_for(&self->be, &self->lc[i]));
	}
	EXPECT_TRUE(is_for(&self->lc[0], NULL));
	EXPECT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ(0, kfd_queue_destroy(&self->be));
}

/* Nobody is in the way: it is counted all the same. */
TEST_F(whom, waits_without_preemption)
{
	struct kfd_env *env = &self->env;
	__u64 before, after, node;
	struct waits w, other;
	unsigned int i;

	if (kfd_test_mes(&env->gpu.props))
		SKIP(return, "MES can't say that BE has nothing to do");
	/* With no BE queue at all nobody looks. */
	ASSERT_EQ(0, gp_create_aql(env, &self->be, BE_PRIORITY));
	ASSERT_EQ(0, kfd_knob_get(self->node, "stats/inversions", &before));
	for (i = 0; i < ROUNDS; i++) {
		ASSERT_EQ(0, kfd_env_dispatch(env, &self->lc[0], 0, 1,
					      NSEC_PER_USEC));
		ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
		usleep(5000);
	}
	ASSERT_EQ(0, read_waits(&self->lc[0], &w));
	ASSERT_EQ(0, read_waits(&self->lc[1], &other));
	ASSERT_EQ(0, kfd_knob_get(self->node, "stats/inversions", &after));
	ASSERT_EQ(0, kfd_knob_get(self->node, "stats/wait_count", &node));
	EXPECT_EQ(before, after);
	EXPECT_LE(1, w.count);
	EXPECT_LE(w.count, node);
	EXPECT_LE(w.p50_us, w.p99_us);
	EXPECT_LE(w.p99_us, w.max_us);
	EXPECT_EQ(0, other.count);
	EXPECT_EQ(0, other.max_us);
	if (kfd_test_is_exact()) {
		EXPECT_EQ(ROUNDS, w.count);
		/* Not even a sample apart: 5 us after the ring is the first. */
		EXPECT_GT(100, w.max_us);
	}
	EXPECT_EQ(0, kfd_queue_destroy(&self->be));
}

/* One that had to wait for a preemption has waited for at least as long. */
TEST_F(whom, waits_for_a_preemption)
{
	struct kfd_env *env = &self->env;
	__u64 end_ns = kfd_now_ns() + WAIT_MS * NSEC_PER_MSEC;
	__u64 before_ns, after_ns;
	struct waits w;

	ASSERT_EQ(0, gp_create_aql(env, &self->be, BE_PRIORITY));
	ASSERT_EQ(0, kfd_knob_get(self->node, "stats/preempt_ns", &before_ns));
	ASSERT_LT(0, kfd_env_fill(env, &self->be, 0, BE_NS, WAIT_MS));
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->lc[0], LC_SLOT, 1,
				      NSEC_PER_USEC));
	ASSERT_EQ(0, kfd_env_wait(env, LC_SLOT, WAIT_MS));
	ASSERT_EQ(0, kfd_knob_wait_state(self->node, "idle", WAIT_MS));
	/* The look that sees its end may be a moment later. */
	do {
		ASSERT_EQ(0, read_waits(&self->lc[0], &w));
	} while (!w.count && kfd_now_ns() < end_ns);
	ASSERT_EQ(0, kfd_knob_get(self->node, "stats/preempt_ns", &after_ns));
	EXPECT_EQ(1, w.count);
	/* It goes on a little before the driver knows that BE is off. */
	EXPECT_LE((after_ns - before_ns) / 2, w.ns);
	EXPECT_GT(BE_NS, w.ns);
	EXPECT_LE(w.ns, w.max_us * NSEC_PER_USEC);
	EXPECT_EQ(w.max_us, w.p50_us);
	EXPECT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ(0, kfd_queue_destroy(&self->be));
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt: latency-critical queues that make way for others of a higher
 * priority.
 */
#include "gpreempt_test.h"

#define LOW_PRIORITY	(LC_PRIORITY - 3)

#define LOW_SLOT	0
#define BE_SLOT		1

FIXTURE(graded) {
	struct kfd_env env;
	struct kfd_queue low;
	struct kfd_queue high;
	unsigned int node;
};

FIXTURE_SETUP(graded)
{
	int ret = kfd_env_open(&self->env, 0);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	if (!kfd_test_on_kfdsim())
		SKIP(return, "only kfdsim runs kernels that are descriptors");
	self->node = self->env.gpu.props.node;
	ASSERT_EQ(0, gp_reset_knobs(self->node));
	ASSERT_EQ(0, kfd_knob_set(self->node, "lc_graded", 1));
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->low, LOW_PRIORITY));
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->high, LC_PRIORITY));
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 1));
}

FIXTURE_TEARDOWN(graded)
{
	EXPECT_EQ(0, kfd_knobs_reset(self->node));
	EXPECT_EQ(0, kfd_queue_destroy(&self->high));
	EXPECT_EQ(0, kfd_queue_destroy(&self->low));
	kfd_env_close(&self->env);
}

static bool is(const struct kfd_queue *q, const char *file, const char *word)
{
	char text[64];

	return kfd_process_read(getpid(), q->id, file, text,
				sizeof(text)) > 0 &&
	       !strncmp(text, word, strlen(word));
}

/* A busy host maps the lower one's work late: then it is taken later as well. */
static bool becomes(const struct kfd_queue *q, const char *file,
		    const char *word)
{
	__u64 end = kfd_now_ns() + WAIT_MS * NSEC_PER_MSEC;

	while (!is(q, file, word) && kfd_now_ns() < end)
		usleep(1000);
	return is(q, file, word);
}

static __u64 preemptions_of(const struct kfd_queue *q)
{
	__u64 value = ~0ULL;

	kfd_process_stat(getpid(), q->id, "preemptions", &value);
	return value;
}

/* A higher one gets on in time, and the lower one goes on where it was. */
TEST_F(graded, lower_makes_way)
{
	struct kfd_env *env = &self->env;
	int n;

	if (kfd_test_drains())
		SKIP(return, "running waves can't be saved");
	n = kfd_env_fill(env, &self->low, LOW_SLOT, BE_NS, WAIT_MS);
	ASSERT_LT(0, n);
	ASSERT_EQ(0, gp_lc_begin(env, &self->high, 1));
	ASSERT_EQ(0, kfd_env_wait(env, LC_SLOT, WAIT_MS));
	EXPECT_EQ(0, kfd_load(&env->counter[LOW_SLOT]));
	ASSERT_EQ(0, kfd_knob_wait_state(self->node, "preempted", WAIT_MS));
	EXPECT_TRUE(is(&self->low, "state", "inversion"));
	EXPECT_TRUE(is(&self->low, "effective_class", "be"));
	EXPECT_TRUE(is(&self->high, "effective_class", "lc"));
	ASSERT_EQ(0, gp_lc_end(env));
	ASSERT_EQ(0, kfd_env_wait(env, LOW_SLOT, WAIT_MS));
	EXPECT_EQ(n, kfd_load(&env->counter[LOW_SLOT]));
	ASSERT_EQ(0, kfd_knob_wait_state(self->node, "idle", WAIT_MS));
	EXPECT_TRUE(is(&self->low, "state", "active"));
	EXPECT_TRUE(is(&self->low, "effective_class", "lc"));
	EXPECT_EQ(1, preemptions_of(&self->low));
	EXPECT_EQ(0, preemptions_of(&self->high));
}

TEST_F(graded, only_if_it_is_asked_for)
{
	struct kfd_env *env = &self->env;

	ASSERT_EQ(0, kfd_knob_set(self->node, "lc_graded", 0));
	ASSERT_LT(0, kfd_env_fill(env, &self->low, LOW_SLOT, BE_NS / 20,
				  WAIT_MS));
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->high, LC_SLOT, 1,
				      NSEC_PER_USEC));
	ASSERT_EQ(0, kfd_env_wait(env, LC_SLOT, WAIT_MS));
	EXPECT_EQ(0, preemptions_of(&self->low));
	EXPECT_EQ(0, kfd_env_wait(env, LOW_SLOT, WAIT_MS));
}

static __u64 num_inversions(unsigned int node)
{
	__u64 num;

	return kfd_knob_get(node, "stats/inversions", &num) ? ~0ULL : num;
}

/* And only for those above, and for what is LC by its priority. */
TEST_F(graded, nobody_makes_way_for_his_like)
{
	struct kfd_env *env = &self->env;
	__u64 before, low_before;

	ASSERT_LT(0, kfd_env_fill(env, &self->high, LOW_SLOT, BE_NS / 20,
				  WAIT_MS));
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->low, LC_SLOT, 1,
				      NSEC_PER_USEC));
	ASSERT_EQ(0, kfd_env_wait(env, LC_SLOT, WAIT_MS));
	EXPECT_EQ(0, preemptions_of(&self->high));
	ASSERT_EQ(0, kfd_env_wait(env, LOW_SLOT, WAIT_MS));

	/* Where the hardware can't say that it has no waves it may have made way. */
	before = num_inversions(self->node);
	low_before = preemptions_of(&self->low);
	ASSERT_EQ(0, kfd_process_write(getpid(), self->low.id, "class", "lc"));
	ASSERT_LT(0, kfd_env_fill(env, &self->low, LOW_SLOT, BE_NS / 20,
				  WAIT_MS));
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->high, LC_SLOT, 1,
				      NSEC_PER_USEC));
	ASSERT_EQ(0, kfd_env_wait(env, LC_SLOT, WAIT_MS));
	EXPECT_EQ(low_before, preemptions_of(&self->low));
	EXPECT_EQ(0, kfd_env_wait(env, LOW_SLOT, WAIT_MS));
	EXPECT_EQ(before, num_inversions(self->node));
}

/* While a lower one is served, a higher one comes. */
TEST_F(graded, above_the_one_that_is_served)
{
	struct kfd_env *env = &self->env;
	/* With several CPUs the host may take one away, for longer than work takes. */
	__u64 work_ns = kfd_test_is_exact() ? BE_NS / 10 : BE_NS;
	struct kfd_queue be;
	int n;

	if (kfd_test_drains())
		SKIP(return, "running waves can't be saved");
	if (kfd_test_mes(&env->gpu.props))
		SKIP(return, "the hardware can't say what runs");
	ASSERT_EQ(0, gp_create_aql(env, &be, BE_PRIORITY));
	ASSERT_LT(0, kfd_env_fill(env, &be, BE_SLOT, work_ns, WAIT_MS));
	n = kfd_props_waves(&env->gpu.props);
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->low, LOW_SLOT, n, work_ns));
	ASSERT_EQ(0, kfd_knob_wait_state(self->node, "preempted", WAIT_MS));
	EXPECT_TRUE(is(&be, "state", "inversion"));
	ASSERT_EQ(0, gp_lc_begin(env, &self->high, 1));
	ASSERT_EQ(0, kfd_env_wait(env, LC_SLOT, WAIT_MS));
	EXPECT_TRUE(becomes(&self->low, "state", "inversion"));
	EXPECT_EQ(0, kfd_load(&env->counter[LOW_SLOT]));
	EXPECT_TRUE(is(&be, "state", "inversion"));
	ASSERT_EQ(0, gp_lc_end(env));
	EXPECT_EQ(0, kfd_env_wait(env, LOW_SLOT, WAIT_MS));
	EXPECT_EQ(n, kfd_load(&env->counter[LOW_SLOT]));
	EXPECT_EQ(0, kfd_env_wait(env, BE_SLOT, WAIT_MS));
	EXPECT_EQ(0, kfd_queue_destroy(&be));
}

/* Who counted as BE is active then, and LC again when it is turned on. */
TEST_F(graded, turned_off_at_any_time)
{
	struct kfd_env *env = &self->env;
	int n = kfd_env_fill(env, &self->low, LOW_SLOT, BE_NS / 10, WAIT_MS);

	ASSERT_LT(0, n);
	ASSERT_EQ(0, gp_lc_begin(env, &self->high, 1));
	ASSERT_EQ(0, kfd_knob_wait_state(self->node, "preempted", WAIT_MS));
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 0));
	EXPECT_TRUE(is(&self->low, "state", "active"));
	EXPECT_EQ(0, kfd_env_wait(env, LOW_SLOT, WAIT_MS));
	ASSERT_EQ(0, gp_lc_end(env));
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 1));
	ASSERT_EQ(0, kfd_knob_wait_state(self->node, "idle", WAIT_MS));
	/* What it was is known again when the worker has run. */
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->low, LOW_SLOT, 1,
				      NSEC_PER_USEC));
	ASSERT_EQ(0, kfd_env_wait(env, LOW_SLOT, WAIT_MS));
	EXPECT_TRUE(is(&self->low, "effective_class", "lc"));
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt: what makes the scheduler look is what the knob says. Doorbells have
 * tests of their own.
 */
#include "gpreempt_test.h"

FIXTURE(triggers) {
	struct kfd_env env;
	struct kfd_queue be;
	struct kfd_queue lc;
	struct kfd_event event;
	unsigned int node;
};

FIXTURE_SETUP(triggers)
{
	int ret = kfd_env_open(&self->env, 0);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	if (!kfd_test_on_kfdsim())
		SKIP(return, "only kfdsim runs kernels that are descriptors");
	self->node = self->env.gpu.props.node;
	ASSERT_EQ(0, gp_reset_knobs(self->node));
	ASSERT_EQ(0, kfd_event_create(&self->env.gpu, &self->event, true));
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->be, BE_PRIORITY));
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->lc, LC_PRIORITY));
	ASSERT_LT(0, kfd_env_fill(&self->env, &self->be, 0, BE_NS, WAIT_MS));
}

FIXTURE_TEARDOWN(triggers)
{
	EXPECT_EQ(0, kfd_knob_write(self->node, "triggers",
				    "timer+event+doorbell"));
	EXPECT_EQ(0, kfd_knobs_reset(self->node));
	EXPECT_EQ(0, kfd_queue_destroy(&self->lc));
	EXPECT_EQ(0, kfd_queue_destroy(&self->be));
	EXPECT_EQ(0, kfd_event_destroy(&self->event));
	kfd_env_close(&self->env);
}

/*
 * LC work that ends with an interrupt while BE is held: it begins once that is
 * known, and a gate behind it keeps it so.
 */
static int end_with_interrupt(struct _test_data_triggers *self)
{
	struct kfd_env *env = &self->env;
	struct kfd_aql_dispatch d = {
		.kernel = &env->kernel[1],
		.workgroups = 1,
		.workgroup_size = 64,
		.completion = &env->signal[1],
	};
	struct kfd_signal *begin = &env->signal[2];
	struct kfd_signal *gate = &env->signal[GATE_SLOT];
	int ret;

	kfd_signal_init(begin, 1, NULL);
	kfd_signal_init(gate, 1, NULL);
	kfd_signal_init(&env->signal[1], 1, &self->event);
	kfd_signal_init(&env->signal[PASSED_SLOT], 1, NULL);
	kfd_kernel_init(&env->kernel[1], NSEC_PER_MSEC, &env->counter[1], 1);
	ret = kfd_aql_barrier_and(&self->lc, &begin, 1, NULL);
	if (!ret)
		ret = kfd_aql_dispatch(&self->lc, &d);
	if (!ret)
		ret = kfd_aql_barrier_and(&self->lc, &gate, 1,
					  &env->signal[PASSED_SLOT]);
	if (ret)
		return ret;
	kfd_queue_ring(&self->lc);
	ret = kfd_knob_wait_state(self->node, "preempted", WAIT_MS);
	__atomic_store_n(&begin->value, 0, __ATOMIC_SEQ_CST);
	return ret ? ret : kfd_env_wait(env, 1, WAIT_MS);
}

static __u64 stat(unsigned int node, const char *name)
{
	__u64 value;

	return kfd_knob_get(node, name, &value) ? ~0ULL : value;
}

TEST_F(triggers, end_of_pipe)
{
	__u64 before;

	ASSERT_EQ(0, kfd_knob_write(self->node, "triggers", "timer+event"));
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 1));
	before = stat(self->node, "stats/events");
	ASSERT_EQ(0, end_with_interrupt(self));
	EXPECT_EQ(0, kfd_knob_wait_above(self->node, "stats/events", before,
					 WAIT_MS));
	EXPECT_EQ(0, gp_lc_end(&self->env));
}

TEST_F(triggers, timer_only)
{
	__u64 before, checks;

	ASSERT_EQ(0, kfd_knob_write(self->node, "triggers", "timer"));
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 1));
	before = stat(self->node, "stats/events");
	checks = stat(self->node, "stats/checks");
	ASSERT_EQ(0, end_with_interrupt(self));
	EXPECT_EQ(0, kfd_knob_wait_above(self->node, "stats/checks", checks,
					 WAIT_MS));
	EXPECT_EQ(before, stat(self->node, "stats/events"));
	EXPECT_EQ(0, gp_lc_end(&self->env));
}

#define LOOKS_NS	(200 * NSEC_PER_MSEC)

/* How often the timer looks while both queues are active and nobody waits */
static __u64 looks(unsigned int node)
{
	__u64 before = stat(node, "stats/checks");
	__u64 from_ns = kfd_now_ns();

	usleep(LOOKS_NS / NSEC_PER_USEC);
	return (stat(node, "stats/checks") - before) * LOOKS_NS /
	       (kfd_now_ns() - from_ns);
}

static int set_interval(const struct kfd_queue *q, const char *value)
{
	return kfd_process_write(getpid(), q->id, "lc_interval_us", value);
}

/* One LC queue that is to be looked at more often than the others is. */
TEST_F(triggers, interval_of_a_queue)
{
	ASSERT_EQ(0, kfd_knob_write(self->node, "triggers", "timer"));
	ASSERT_EQ(0, kfd_knob_set(self->node, "lc_interval_us", 20000));
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 1));
	EXPECT_GE(20, looks(self->node));
	EXPECT_EQ(-EINVAL, set_interval(&self->lc, "49"));
	EXPECT_EQ(-EINVAL, set_interval(&self->lc, "10000001"));
	EXPECT_EQ(-EINVAL, set_interval(&self->lc, "soon"));
	EXPECT_EQ(-ERANGE, set_interval(&self->lc, "4294967297"));
	EXPECT_GE(20, looks(self->node));
	ASSERT_EQ(0, set_interval(&self->lc, "1000"));
	EXPECT_LE(100, looks(self->node));

	/* It counts as long as the queue is LC, */
	ASSERT_EQ(0, kfd_process_write(getpid(), self->lc.id, "class", "be"));
	ASSERT_EQ(0, set_interval(&self->be, "1000"));
	EXPECT_GE(20, looks(self->node));
	ASSERT_EQ(0, kfd_process_write(getpid(), self->lc.id, "class", "auto"));
	EXPECT_LE(100, looks(self->node));

	/* and may be longer than that of the node where no other LC queue is. */
	ASSERT_EQ(0, kfd_knob_set(self->node, "lc_interval_us", 1000));
	ASSERT_EQ(0, set_interval(&self->lc, "50000"));
	EXPECT_GE(20, looks(self->node));
	ASSERT_EQ(0, set_interval(&self->lc, "0"));
	EXPECT_LE(100, looks(self->node));
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt: the trace events of one preemption, in order, joined by seq, and
 * saying what the counters say.
 */
#include <stdlib.h>

#include "gpreempt_test.h"

#define TRACING		"/sys/kernel/tracing/"
#define EVENTS		TRACING "events/kfd_gpreempt/enable"
#define TRACE_BYTES	65536

FIXTURE(trace) {
	struct kfd_env env;
	struct kfd_queue be[2];
	struct kfd_queue lc;
	unsigned int node;
	char *text;
};

FIXTURE_SETUP(trace)
{
	int ret = kfd_env_open(&self->env, 0);
	unsigned int i;

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	if (!kfd_test_on_kfdsim())
		SKIP(return, "only kfdsim runs kernels that are descriptors");
	self->text = malloc(TRACE_BYTES);
	ASSERT_NE(NULL, self->text);
	self->node = self->env.gpu.props.node;
	ASSERT_EQ(0, gp_reset_knobs(self->node));
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, gp_create_aql(&self->env, &self->be[i],
					   BE_PRIORITY));
	}
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->lc, LC_PRIORITY));
	ASSERT_EQ(0, kfd_file_write(TRACING "trace", "\n", 1));
	ASSERT_EQ(0, kfd_file_write(EVENTS, "1", 1));
}

FIXTURE_TEARDOWN(trace)
{
	unsigned int i;

	EXPECT_EQ(0, kfd_file_write(EVENTS, "0", 1));
	EXPECT_EQ(0, kfd_knobs_reset(self->node));
	EXPECT_EQ(0, kfd_queue_destroy(&self->lc));
	for (i = 0; i < 2; i++)
		EXPECT_EQ(0, kfd_queue_destroy(&self->be[i]));
	kfd_env_close(&self->env);
	free(self->text);
}

/*
 * The number after "<field>=" in the first line after @*at that is about
 * @event, or -1. With @at moved behind the event's name.
 */
static long long field(const char **at, const char *event, const char *name)
{
	const char *line = strstr(*at, event), *end, *found;

	if (!line)
		return -1;
	end = strchrnul(line, '\n');
	found = strstr(line, name);
	*at = line + strlen(event);
	return found && found < end ? atoll(found + strlen(name)) : -1;
}

TEST_F(trace, one_preemption)
{
	struct kfd_env *env = &self->env;
	const char *at, *line;
	long long seq, took;
	__u64 before, after;

	ASSERT_EQ(0, kfd_env_dispatch(env, &self->be[0], 0, 5, BE_NS / 10));
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->be[1], 1, 5, BE_NS / 10));
	ASSERT_EQ(0, kfd_knob_get(self->node, "stats/preempt_ns", &before));
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 1));
	ASSERT_EQ(0, gp_lc_begin(env, &self->lc, 1));
	ASSERT_EQ(0, kfd_knob_wait_state(self->node, "preempted", WAIT_MS));
	ASSERT_EQ(0, gp_lc_end(env));
	ASSERT_EQ(0, kfd_knob_wait_state(self->node, "idle", WAIT_MS));
	ASSERT_LT(0, kfd_file_read(TRACING "trace", self->text, TRACE_BYTES));

	at = self->text;
	seq = field(&at, "kfd_gpreempt_inversion:", "seq=");
	EXPECT_LT(0, seq);
	line = self->text;
	EXPECT_EQ(getpid(), field(&line, "kfd_gpreempt_inversion:", "lc_pid="));
	line = self->text;
	EXPECT_EQ(self->lc.id,
		  field(&line, "kfd_gpreempt_inversion:", "lc_queue_id="));
	line = self->text;
	/* With two CPUs the first look may be the one that decides. */
	EXPECT_LE(kfd_test_is_exact(),
		  field(&line, "kfd_gpreempt_inversion:", "waited_ns="));
	line = at;
	EXPECT_EQ(getpid(),
		  field(&line, "kfd_gpreempt_preempt_begin:", "lc_pid="));
	line = at;
	EXPECT_EQ(self->lc.id,
		  field(&line, "kfd_gpreempt_preempt_begin:", "lc_queue_id="));
	line = at;
	EXPECT_EQ(seq, field(&at, "kfd_gpreempt_preempt_begin:", "seq="));
	EXPECT_EQ(2, field(&line, "kfd_gpreempt_preempt_begin:", "queues="));
	line = at;
	EXPECT_EQ(0, field(&line, "kfd_gpreempt_preempt_end:", "ret="));
	line = at;
	EXPECT_EQ(env->gpu.props.gpu_id,
		  field(&line, "kfd_gpreempt_preempt_end:", "gpu_id="));
	line = at;
	took = field(&line, "kfd_gpreempt_preempt_end:", "duration_ns=");
	EXPECT_LT(0, took);
	EXPECT_EQ(seq, field(&at, "kfd_gpreempt_preempt_end:", "seq="));
	EXPECT_EQ(seq, field(&at, "kfd_gpreempt_resume_begin:", "seq="));
	EXPECT_EQ(seq, field(&at, "kfd_gpreempt_resume_end:", "seq="));
	EXPECT_EQ(NULL, strstr(at, "kfd_gpreempt_"));

	ASSERT_EQ(0, kfd_knob_get(self->node, "stats/preempt_ns", &after));
	EXPECT_EQ(took, after - before);
	EXPECT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ(0, kfd_env_wait(env, 1, WAIT_MS));
}

TEST_HARNESS_MAIN

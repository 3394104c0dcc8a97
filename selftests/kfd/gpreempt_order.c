// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt: in which order a runlist maps queues. Who is mapped first finds the
 * compute units empty; that has to be latency-critical work.
 */
#include "gpreempt_crew.h"
#include "gpreempt_requests.h"

#define TRACING		"/sys/kernel/tracing/"
#define TRACE_BYTES	(4 * 1024 * 1024)
/* pipe_priority_map: what LC_PRIORITY becomes */
#define LC_PIPE_PRIORITY	2
#define NUM_CREW	3
#define REQUESTS	10

FIXTURE(order) {
	struct gp_member *crew[NUM_CREW];
	struct kfd_env env;
	struct kfd_event event;
	struct kfd_queue be;
	struct kfd_queue lc;
	unsigned int node;
	char *text;
};

static int trace_events(const char *on)
{
	int ret = kfd_file_write(TRACING "events/kfdsim/hws_packet/enable", on,
				 1);

	return ret ? ret : kfd_file_write(TRACING
					  "events/kfdsim/hqd_map/enable", on,
					  1);
}

FIXTURE_SETUP(order)
{
	/* LC in the middle, so that it is neither the first nor the last */
	static const __u32 priority[NUM_CREW] = {
		BE_PRIORITY, LC_PRIORITY, BE_PRIORITY,
	};
	struct gp_member m = {
		.queues = 2, .workgroup_ns = 30 * NSEC_PER_MSEC,
	};
	struct kfd_props props;
	int ret = kfd_topology_gpu(0, &props);
	unsigned int i;

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	if (!kfd_test_on_kfdsim())
		SKIP(return, "only kfdsim says what is mapped");
	self->node = props.node;
	ASSERT_EQ(0, kfd_knobs_reset(self->node));
	self->text = malloc(TRACE_BYTES);
	ASSERT_NE(NULL, self->text);
	for (i = 0; i < NUM_CREW; i++) {
		m.priority = priority[i];
		self->crew[i] = gp_crew_start(&m);
		ASSERT_NE(NULL, self->crew[i]);
	}
	ASSERT_EQ(0, kfd_env_open(&self->env, 0));
	ASSERT_EQ(0, kfd_event_create(&self->env.gpu, &self->event, true));
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->be, BE_PRIORITY));
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->lc, LC_PRIORITY));
	ASSERT_EQ(0, kfd_file_write(TRACING "trace", "\n", 1));
	ASSERT_EQ(0, trace_events("1"));
}

FIXTURE_TEARDOWN(order)
{
	unsigned int i;

	EXPECT_EQ(0, trace_events("0"));
	EXPECT_EQ(0, kfd_knobs_reset(self->node));
	EXPECT_EQ(0, kfd_queue_destroy(&self->lc));
	EXPECT_EQ(0, kfd_queue_destroy(&self->be));
	EXPECT_EQ(0, kfd_event_destroy(&self->event));
	kfd_env_close(&self->env);
	for (i = 0; i < NUM_CREW; i++)
		EXPECT_EQ(0, gp_crew_end(self->crew[i]));
	free(self->text);
}

struct runlists {
	unsigned int mixed;	/* that map both */
	unsigned int wrong;	/* and LC behind BE */
};

static unsigned long field(const char *line, const char *name)
{
	const char *at = strstr(line, name);

	return at ? strtoul(at + strlen(name), NULL, 10) : ~0UL;
}

/*
 * Queues of a process come together: @both has LC queues, so its BE queues may
 * come before those of another LC process, but not before its own.
 */
static struct runlists judge(char *text, unsigned long both)
{
	bool lc = false, be = false, others_be = false, own_be = false;
	struct runlists lists = {};
	bool wrong = false, done;
	char *line, *next;

	for (line = text; line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		done = !next || strstr(line, "opcode=RUN_LIST");
		if (done) {
			lists.mixed += lc && be;
			lists.wrong += wrong;
			lc = false;
			be = false;
			others_be = false;
			own_be = false;
			wrong = false;
		}
		if (!strstr(line, "hqd_map:") || field(line, " sdma="))
			continue;
		if (field(line, " priority=") == LC_PIPE_PRIORITY) {
			lc = true;
			wrong |= others_be ||
				 (own_be && field(line, " pasid=") == both);
		} else {
			be = true;
			if (field(line, " pasid=") == both)
				own_be = true;
			else
				others_be = true;
		}
	}
	return lists;
}

TEST_F(order, lc_is_mapped_first)
{
	struct gp_requests requests = {
		.workgroups = 1,
		.workgroup_ns = 20 * NSEC_PER_USEC,
		.gap_ns = 3 * NSEC_PER_MSEC,
		.num = REQUESTS,
	};
	struct runlists lists;
	__u32 pasid;

	if (kfd_test_no_hws() || kfd_test_mes(&self->env.gpu.props))
		SKIP(return, "there are no runlists");
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 1));
	ASSERT_EQ(0, gp_crew_tell(self->crew[0], GP_WORK));
	gp_crew_order(self->crew[2], GP_WORK);
	ASSERT_EQ(0, gp_requests_run(&self->env, &self->lc, &self->event,
				     &requests));
	/* and runlists that have another reason */
	ASSERT_EQ(0, kfd_queue_set_percent(&self->be, 0));
	ASSERT_EQ(0, kfd_queue_set_percent(&self->be, 100));
	ASSERT_LT(0, kfd_file_read(TRACING "trace", self->text, TRACE_BYTES));
	ASSERT_EQ(0, kfd_pasid(&pasid));
	lists = judge(self->text, pasid);
	TH_LOG("%u of %u runlists map LC behind BE", lists.wrong, lists.mixed);
	EXPECT_LT(kfd_test_is_exact() ? REQUESTS / 2 : 0, lists.mixed);
	EXPECT_EQ(0, lists.wrong);
	EXPECT_EQ(0, gp_crew_tell(self->crew[0], GP_REST));
	EXPECT_EQ(0, gp_crew_tell(self->crew[2], GP_REST));
}

TEST_HARNESS_MAIN

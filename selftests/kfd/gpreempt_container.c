// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt: a process in a pid namespace of its own, as one in a container is.
 * Its directories bear the number that the host knows it by.
 */
#include <sched.h>

#include "gpreempt_crew.h"
#include "gpreempt_stage.h"

FIXTURE(container) {
	struct gp_member *inside;
	struct kfd_props props;
};

FIXTURE_SETUP(container)
{
	struct gp_member be = {
		.priority = BE_PRIORITY,
		.queues = 1,
		.workgroup_ns = NSEC_PER_USEC,
	};
	int ret = kfd_topology_gpu(0, &self->props);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	if (!kfd_test_on_kfdsim())
		SKIP(return, "only kfdsim runs kernels that are descriptors");
	ASSERT_EQ(0, kfd_knobs_reset(self->props.node));
	/* of the children, not of the test */
	if (unshare(CLONE_NEWPID))
		SKIP(return, "no pid namespaces");
	self->inside = gp_crew_start(&be);
	ASSERT_NE(NULL, self->inside);
	ASSERT_EQ(0, kfd_knob_set(self->props.node, "enable", 1));
}

FIXTURE_TEARDOWN(container)
{
	EXPECT_EQ(0, kfd_knobs_reset(self->props.node));
	EXPECT_EQ(0, gp_crew_end(self->inside));
}

/* The worker puts a queue into its class soon after it was told to. */
static int wait_class(pid_t pid, int qid, const char *class)
{
	unsigned int i;
	char text[64];
	int ret;

	for (i = 0; i < WAIT_MS; i++) {
		ret = kfd_process_read(pid, qid, "effective_class", text,
				       sizeof(text));
		if (ret < 0)
			return ret;
		if (!strncmp(text, class, strlen(class)))
			return 0;
		usleep(1000);
	}
	return -ETIMEDOUT;
}

TEST_F(container, host_pid)
{
	const pid_t pid = self->inside->pid;
	const int qid = self->inside->ids[0];
	char text[64];

	/* pid is the host's: fork() said so in here */
	ASSERT_NE(1, pid);
	EXPECT_EQ(0, wait_class(pid, qid, "be"));
	ASSERT_EQ(0, kfd_process_write(pid, -1, "class", "lc"));
	EXPECT_EQ(0, wait_class(pid, qid, "lc"));
	ASSERT_EQ(0, kfd_process_write(pid, -1, "class", "auto"));
	EXPECT_EQ(0, wait_class(pid, qid, "be"));

	EXPECT_EQ(1, gp_count_state(&self->props, pid, "active"));
	ASSERT_EQ(0, gp_by_hand(&self->props, "preempt", pid, qid, NULL));
	EXPECT_EQ(0, gp_wait_state(&self->props, pid, "held", 1));
	ASSERT_EQ(0, gp_by_hand(&self->props, "resume", pid, qid, NULL));
	EXPECT_EQ(0, gp_crew_ring(self->inside, 1));
	EXPECT_EQ(-ENOENT, kfd_process_read(1, -1, "class", text,
					    sizeof(text)));
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt: how long a queue was active, off and served. Every bound here is
 * one that the clock gives: a queue can't have run for longer than it exists.
 */
#include "gpreempt_stage.h"

#define PROCESS		-1
#define PART_NS		(10 * NSEC_PER_MSEC)
#define LONG_NS		(100 * NSEC_PER_MSEC)

/**
 * struct aged - a queue, and between which times it became active
 *
 * @q: the queue
 * @before_ns: it was not created yet
 * @after_ns: it was active
 */
struct aged {
	struct kfd_queue q;
	__u64 before_ns;
	__u64 after_ns;
};

FIXTURE(times) {
	struct kfd_env env;
	struct aged be;
	struct aged lc;
	unsigned int node;
	pid_t pid;
};

static int create_aged(struct kfd_env *env, struct aged *aged, __u32 priority)
{
	int ret;

	aged->before_ns = kfd_now_ns();
	ret = gp_create_aql(env, &aged->q, priority);
	aged->after_ns = kfd_now_ns();
	return ret;
}

FIXTURE_SETUP(times)
{
	int ret = kfd_env_open(&self->env, 0);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	self->pid = getpid();
	self->node = self->env.gpu.props.node;
	ret = gp_reset_knobs(self->node);
	if (kfd_test_no_gpu(ret))
		SKIP(return, "no gpreempt: %d", ret);
	ASSERT_EQ(0, ret);
	if (!kfd_test_on_kfdsim())
		SKIP(return, "only kfdsim runs kernels that are descriptors");
	/* What is charged to a queue that is not there yet would be seen. */
	usleep(LONG_NS / NSEC_PER_USEC);
	ASSERT_EQ(0, create_aged(&self->env, &self->be, BE_PRIORITY));
	ASSERT_EQ(0, gp_be_reside(&self->env, &self->be.q));
	ASSERT_EQ(0, create_aged(&self->env, &self->lc, LC_PRIORITY));
}

FIXTURE_TEARDOWN(times)
{
	EXPECT_EQ(0, kfd_knobs_reset(self->node));
	EXPECT_EQ(0, kfd_queue_destroy(&self->lc.q));
	EXPECT_EQ(0, kfd_queue_destroy(&self->be.q));
	kfd_env_close(&self->env);
}

static void sleep_ns(__u64 ns)
{
	usleep(ns / NSEC_PER_USEC);
}

static __u64 stat_of(const struct aged *aged, const char *name)
{
	__u64 value;
	int ret = kfd_process_stat(getpid(), aged->q.id, name, &value);

	return ret ? ~0ULL : value;
}

/*
 * Whether a queue that has been inactive for no other reason than gpreempt, but
 * for between @least_ns and @most_ns, says so.
 */
static bool adds_up(const struct aged *aged, __u64 least_ns, __u64 most_ns)
{
	__u64 from_ns = kfd_now_ns();
	/* in this order: what goes over to the former is counted once */
	__u64 active_ns = stat_of(aged, "active_ns");
	__u64 off_ns = stat_of(aged, "off_ns");
	__u64 to_ns = kfd_now_ns();
	__u64 age_ns = from_ns - aged->after_ns;
	__u64 least = age_ns > most_ns ? age_ns - most_ns : 0;
	__u64 most = to_ns - aged->before_ns - least_ns;
	bool fits = active_ns <= most && off_ns <= most &&
		    active_ns + off_ns >= least && active_ns + off_ns <= most;

	if (!fits)
		printf("# active %llu + off %llu ns is not %llu to %llu\n",
		       active_ns, off_ns, least, most);
	return fits;
}

/* Between the two clocks of a queue that goes off or on again */
static __u64 gap_ns(void)
{
	return kfd_test_is_exact() ? NSEC_PER_MSEC : LONG_NS;
}

static bool is_in_state(const struct aged *aged, const char *word)
{
	char state[64] = "";

	kfd_process_read(getpid(), aged->q.id, "state", state, sizeof(state));
	return !strncmp(state, word, strlen(word));
}

/* ---- they are right ----------------------------------------------------- */

TEST_F(times, young)
{
	struct aged other;

	EXPECT_TRUE(adds_up(&self->be, 0, 0));
	EXPECT_TRUE(adds_up(&self->lc, 0, 0));
	sleep_ns(PART_NS);
	ASSERT_EQ(0, create_aged(&self->env, &other, BE_PRIORITY));
	EXPECT_TRUE(adds_up(&other, 0, 0));
	EXPECT_TRUE(adds_up(&self->be, 0, 0));
	EXPECT_EQ(0, kfd_queue_destroy(&other.q));
	EXPECT_TRUE(adds_up(&self->be, 0, 0));
}

/* With the scheduler off, on and off again, and while BE is off */
TEST_F(times, preempt_and_resume)
{
	unsigned int i;

	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 1));
	EXPECT_TRUE(adds_up(&self->be, 0, 0));
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, gp_lc_begin(&self->env, &self->lc.q, 1));
		ASSERT_EQ(0, kfd_knob_wait_state(self->node, "preempted",
						 WAIT_MS));
		sleep_ns(PART_NS);
		EXPECT_TRUE(is_in_state(&self->be, "inversion"));
		EXPECT_LE(PART_NS, stat_of(&self->be, "off_ns"));
		ASSERT_EQ(0, gp_lc_end(&self->env));
		ASSERT_EQ(0, kfd_knob_wait_state(self->node, "idle", WAIT_MS));
		EXPECT_TRUE(is_in_state(&self->be, "active"));
	}
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 0));
	EXPECT_TRUE(adds_up(&self->lc, 0, 0));
	EXPECT_LE(3 * PART_NS, stat_of(&self->be, "off_ns"));
	EXPECT_TRUE(adds_up(&self->be, 0, gap_ns()));
}

/* Whoever disables lets go; whoever enables takes off again. */
TEST_F(times, disable_while_off)
{
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 1));
	ASSERT_EQ(0, gp_lc_begin(&self->env, &self->lc.q, 1));
	ASSERT_EQ(0, kfd_knob_wait_state(self->node, "preempted", WAIT_MS));
	sleep_ns(PART_NS);
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 0));
	EXPECT_TRUE(is_in_state(&self->be, "active"));
	sleep_ns(PART_NS);
	EXPECT_LE(PART_NS, stat_of(&self->be, "active_ns"));
	EXPECT_TRUE(adds_up(&self->be, 0, gap_ns()));
	EXPECT_TRUE(adds_up(&self->lc, 0, 0));
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 1));
	ASSERT_EQ(0, kfd_knob_wait_state(self->node, "preempted", WAIT_MS));
	EXPECT_TRUE(adds_up(&self->be, 0, gap_ns()));
	ASSERT_EQ(0, gp_lc_end(&self->env));
}

TEST_F(times, percent_zero)
{
	__u64 before, from_ns, inactive_ns;

	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 1));
	from_ns = kfd_now_ns();
	ASSERT_EQ(0, kfd_queue_set_percent(&self->be.q, 0));
	before = stat_of(&self->be, "active_ns");
	EXPECT_GE(kfd_now_ns() - self->be.before_ns, before);
	sleep_ns(PART_NS);
	EXPECT_EQ(before, stat_of(&self->be, "active_ns"));
	ASSERT_EQ(0, kfd_queue_set_percent(&self->be.q, 100));
	inactive_ns = kfd_now_ns() - from_ns;
	EXPECT_TRUE(adds_up(&self->be, PART_NS, inactive_ns));
	EXPECT_TRUE(adds_up(&self->lc, 0, 0));
}

/* A queue that is off stays so; what keeps it inactive as well is no matter. */
TEST_F(times, percent_zero_while_off)
{
	__u64 before;

	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 1));
	ASSERT_EQ(0, gp_lc_begin(&self->env, &self->lc.q, 1));
	ASSERT_EQ(0, kfd_knob_wait_state(self->node, "preempted", WAIT_MS));
	before = stat_of(&self->be, "active_ns");
	ASSERT_EQ(0, kfd_queue_set_percent(&self->be.q, 0));
	sleep_ns(PART_NS);
	ASSERT_EQ(0, kfd_queue_set_percent(&self->be.q, 100));
	EXPECT_EQ(before, stat_of(&self->be, "active_ns"));
	EXPECT_TRUE(adds_up(&self->be, 0, gap_ns()));
	ASSERT_EQ(0, gp_lc_end(&self->env));
}

TEST_F(times, evict_and_restore)
{
	__u64 from_ns, before, after, inactive_ns;
	int evicted, restored;

	if (kfd_test_restore_breaks_driver())
		SKIP(return, "the driver does not survive a restore here");
	evicted = kfd_smi_open(&self->env.gpu, KFD_SMI_EVENT_QUEUE_EVICTION);
	ASSERT_LE(0, evicted);
	restored = kfd_smi_open(&self->env.gpu, KFD_SMI_EVENT_QUEUE_RESTORE);
	ASSERT_LE(0, restored);
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 1));
	from_ns = kfd_now_ns();
	ASSERT_EQ(0, kfdsim_evict(self->env.gpu.props.sim));
	ASSERT_EQ(0, kfd_smi_wait(evicted, WAIT_MS));
	before = stat_of(&self->be, "active_ns");
	sleep_ns(PART_NS);
	after = stat_of(&self->be, "active_ns");
	/* On a busy machine it may be evicted later, or have been restored before. */
	if (kfd_test_is_exact()) {
		EXPECT_TRUE(is_in_state(&self->be, "inactive"));
		EXPECT_EQ(before, after);
	} else {
		EXPECT_LE(before, after);
	}
	ASSERT_EQ(0, kfd_smi_wait(restored, WAIT_MS));
	inactive_ns = kfd_now_ns() - from_ns;
	EXPECT_TRUE(adds_up(&self->be, kfd_test_is_exact() ? PART_NS : 0,
			    inactive_ns));
	EXPECT_TRUE(adds_up(&self->lc, kfd_test_is_exact() ? PART_NS : 0,
			    inactive_ns));
	close(evicted);
	close(restored);
}

/* ---- what the scheduler compares ---------------------------------------- */

/* Column @column of a queue in debugfs, a number; ~0 if there is none */
static __u64 column_of(const struct kfd_props *p, __u32 qid,
		       unsigned int column)
{
	char *text = calloc(1, STAGE_BYTES), *line, *word, *lines, *words;
	__u64 value = ~0ULL;
	unsigned int i;

	if (!text || kfd_debug_read(p->gpu_id, "queues", text, STAGE_BYTES) < 0)
		return value;
	for (line = strtok_r(text, "\n", &lines); line;
	     line = strtok_r(NULL, "\n", &lines)) {
		word = strtok_r(line, " ", &words);
		if (atoi(word) != getpid())
			continue;
		for (i = 0; i < column && word; i++) {
			word = strtok_r(NULL, " ", &words);
			if (!i && word && (__u32)atoi(word) != qid)
				break;
		}
		if (i == column && word)
			value = strtoull(word, NULL, 10);
	}
	free(text);
	return value;
}

#define SERVED_MS	10

TEST_F(times, served)
{
	const struct kfd_props *p = &self->env.gpu.props;
	__u64 before_ms, age_ms;

	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 1));
	sleep_ns(PART_NS);
	/* Service is added up when something changes. */
	ASSERT_EQ(0, gp_lc_begin(&self->env, &self->lc.q, 1));
	ASSERT_EQ(0, kfd_knob_wait_state(self->node, "preempted", WAIT_MS));
	before_ms = column_of(p, self->be.q.id, SERVED_MS);
	age_ms = (kfd_now_ns() - self->be.before_ns) / NSEC_PER_MSEC;
	EXPECT_GE(age_ms, before_ms);
	EXPECT_LT(0ULL, before_ms);
	sleep_ns(2 * PART_NS);
	/* Being off is no service. */
	EXPECT_EQ(before_ms, column_of(p, self->be.q.id, SERVED_MS));
	ASSERT_EQ(0, gp_lc_end(&self->env));
}

/* What amdkfd makes inactive isn't served either, nor when it comes back. */
TEST_F(times, inactive_is_not_served)
{
	const struct kfd_props *p = &self->env.gpu.props;
	__u64 age_ms;

	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 1));
	ASSERT_EQ(0, kfd_queue_set_percent(&self->be.q, 0));
	sleep_ns(3 * LONG_NS);
	ASSERT_EQ(0, kfd_queue_set_percent(&self->be.q, 100));
	ASSERT_EQ(0, gp_lc_begin(&self->env, &self->lc.q, 1));
	ASSERT_EQ(0, kfd_knob_wait_state(self->node, "preempted", WAIT_MS));
	age_ms = (kfd_now_ns() - self->be.before_ns) / NSEC_PER_MSEC;
	EXPECT_GE(age_ms - 3 * LONG_NS / NSEC_PER_MSEC,
		  column_of(p, self->be.q.id, SERVED_MS));
	ASSERT_EQ(0, gp_lc_end(&self->env));
}

/* ---- who reads them waits for nobody ------------------------------------- */

/* What the reader and the one that keeps the driver busy share */
struct busy {
	__u32 begun;
	__u32 done;
};

#define SLOW_US		"500000"
#define MANY		16

/* Every file that anybody may read; number of those that could not be read */
static int read_all(pid_t pid, const struct kfd_queue *q, unsigned int queues)
{
	static const char *const files[] = {
		"class", "stats/preemptions", "stats/guards", "stats/off_ns",
		"stats/active_ns", "effective_class", "policy", "state",
	};
	char text[128];
	unsigned int i, j;
	int bad = 0;

	for (i = 0; i < ARRAY_SIZE(files); i++) {
		for (j = 0; j < queues; j++)
			bad += kfd_process_read(pid, q[j].id, files[i], text,
						sizeof(text)) <= 0;
		/* the first ones are a process' as well */
		if (i < 5)
			bad += kfd_process_read(pid, PROCESS, files[i], text,
						sizeof(text)) <= 0;
	}
	return bad;
}

/* The reader is another process, as an operator's tool is. */
static int reader(pid_t pid, const struct kfd_queue *q, struct busy *busy)
{
	__u64 before, after, sum;

	while (!kfd_load(&busy->begun))
		usleep(100);
	sleep_ns(PART_NS);
	if (kfd_process_stat(pid, q[0].id, "active_ns", &before))
		return 1;
	if (read_all(pid, q, MANY))
		return 2;
	if (kfd_process_stat(pid, q[0].id, "active_ns", &after) ||
	    kfd_process_stat(pid, PROCESS, "active_ns", &sum))
		return 3;
	if (kfd_load(&busy->done))
		return 4;
	return after > before && sum > after ? 0 : 5;
}

/*
 * While a submission takes long, that is, while the queue manager is locked, all
 * files of a process can be read, and their values go on.
 */
TEST_F(times, readers_do_not_wait)
{
	unsigned int sim = self->env.gpu.props.sim, i;
	struct kfd_queue q[MANY];
	struct busy *busy;
	pid_t child;
	int status;

	if (kfd_test_no_hws())
		SKIP(return, "no scheduler that could be slow");
	busy = mmap(NULL, sizeof(*busy), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, busy);
	for (i = 0; i < MANY; i++)
		ASSERT_EQ(0, gp_create_aql(&self->env, &q[i], BE_PRIORITY));
	child = fork();
	ASSERT_LE(0, child);
	if (!child)
		_exit(reader(self->pid, q, busy));

	ASSERT_EQ(0, kfdsim_write(sim, "fail_slow_fence_us", SLOW_US));
	__atomic_store_n(&busy->begun, 1, __ATOMIC_RELEASE);
	EXPECT_EQ(0, kfd_queue_set_priority(&self->be.q, BE_PRIORITY + 1));
	__atomic_store_n(&busy->done, 1, __ATOMIC_RELEASE);
	ASSERT_EQ(0, kfdsim_write(sim, "fail_slow_fence_us", "0"));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_TRUE(WIFEXITED(status));
	EXPECT_EQ(0, WEXITSTATUS(status));
	for (i = 0; i < MANY; i++)
		EXPECT_EQ(0, kfd_queue_destroy(&q[i]));
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt's debugfs: queues and processes that are held by hand stay off
 * until they are let go, and the tables can be read at any time.
 */
#include <signal.h>

#include "gpreempt_test.h"

#define QUIET_MS	30

/* Ends by itself soon, if nobody holds it */
#define SHORT_NS	(50 * NSEC_PER_MSEC)

FIXTURE(debug) {
	struct kfd_env env;
	struct kfd_queue be;
	struct kfd_queue lc;
	struct kfd_props props;
	char process[16];
	char be_queue[32];
	char lc_queue[32];
};

FIXTURE_SETUP(debug)
{
	char text[16];
	int ret = kfd_env_open(&self->env, 0);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	self->props = self->env.gpu.props;
	ret = kfd_debug_read(self->props.gpu_id, "latency", text,
			     sizeof(text));
	if (kfd_test_no_gpu(ret < 0 ? ret : 0))
		SKIP(return, "no gpreempt: %d", ret);
	ASSERT_LT(0, ret);
	ASSERT_EQ(0, kfd_knobs_reset(self->props.node));
	ASSERT_EQ(0, kfd_knob_set(self->props.node, "be_max_wait_us", 0));
	ASSERT_EQ(0, kfd_knob_set(self->props.node, "lc_progress_timeout_us",
				  0));
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->be, BE_PRIORITY));
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->lc, LC_PRIORITY));
	ASSERT_EQ(0, kfd_knob_set(self->props.node, "enable", 1));
	snprintf(self->process, sizeof(self->process), "%d", getpid());
	snprintf(self->be_queue, sizeof(self->be_queue), "%d:%u", getpid(),
		 self->be.id);
	snprintf(self->lc_queue, sizeof(self->lc_queue), "%d:%u", getpid(),
		 self->lc.id);
}

FIXTURE_TEARDOWN(debug)
{
	EXPECT_EQ(0, kfd_knobs_reset(self->props.node));
	EXPECT_EQ(0, kfd_queue_destroy(&self->lc));
	EXPECT_EQ(0, kfd_queue_destroy(&self->be));
	kfd_env_close(&self->env);
}

static int hold(struct _test_data_debug *self, const char *target)
{
	return kfd_debug_write(self->props.gpu_id, "preempt", target);
}

static int let_go(struct _test_data_debug *self, const char *target)
{
	return kfd_debug_write(self->props.gpu_id, "resume", target);
}

static bool is_held(unsigned int qid)
{
	char state[128];

	return kfd_process_read(getpid(), qid, "state", state,
				sizeof(state)) > 0 &&
	       strstr(state, "held");
}

/* ---- by hand ---------------------------------------------------------- */

TEST_F(debug, hold_queue)
{
	struct kfd_env *env = &self->env;
	int n = kfd_env_fill(env, &self->be, 0, SHORT_NS, WAIT_MS);

	if (kfd_test_drains())
		SKIP(return, "running waves can't be saved");
	ASSERT_LT(0, n);
	ASSERT_EQ(0, hold(self, self->be_queue));
	EXPECT_EQ(0, kfd_knob_wait_state(self->props.node, "held", WAIT_MS));
	EXPECT_TRUE(is_held(self->be.id));
	EXPECT_FALSE(is_held(self->lc.id));
	EXPECT_EQ(-ETIMEDOUT, kfd_env_wait(env, 0, 2 * SHORT_NS /
						   NSEC_PER_MSEC));
	EXPECT_EQ(0ULL, kfd_load(&env->counter[0]));
	/* Nobody else is held up. */
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->lc, 1, 5, 1000));
	EXPECT_EQ(0, kfd_env_wait(env, 1, WAIT_MS));

	ASSERT_EQ(0, let_go(self, self->be_queue));
	EXPECT_FALSE(is_held(self->be.id));
	EXPECT_EQ(0, kfd_knob_wait_state(self->props.node, "idle", WAIT_MS));
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ((__u64)n, kfd_load(&env->counter[0]));
}

TEST_F(debug, hold_process)
{
	struct kfd_env *env = &self->env;

	ASSERT_EQ(0, hold(self, self->process));
	EXPECT_TRUE(is_held(self->be.id));
	EXPECT_TRUE(is_held(self->lc.id));
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->be, 0, 5, 1000));
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->lc, 1, 5, 1000));
	EXPECT_EQ(-ETIMEDOUT, kfd_env_wait(env, 0, QUIET_MS));
	EXPECT_EQ(-ETIMEDOUT, kfd_env_wait(env, 1, QUIET_MS));
	ASSERT_EQ(0, let_go(self, self->lc_queue));
	EXPECT_EQ(0, kfd_env_wait(env, 1, WAIT_MS));
	EXPECT_TRUE(is_held(self->be.id));
	ASSERT_EQ(0, let_go(self, self->process));
	EXPECT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ(5ULL, kfd_load(&env->counter[0]));
	EXPECT_EQ(5ULL, kfd_load(&env->counter[1]));
}

/* A hand is one more reason to be off, next to an inversion. */
TEST_F(debug, hold_while_preempted)
{
	struct kfd_env *env = &self->env;
	unsigned int node = self->props.node;

	ASSERT_EQ(0, gp_be_reside(env, &self->be));
	ASSERT_EQ(0, gp_lc_begin(env, &self->lc, 1));
	ASSERT_EQ(0, kfd_knob_wait_state(node, "preempted", WAIT_MS));
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->be, 0, 5, 1000));
	ASSERT_EQ(0, hold(self, self->be_queue));
	EXPECT_EQ(0, kfd_knob_wait_state(node, "preempted", 0));
	ASSERT_EQ(0, gp_lc_end(env));
	EXPECT_EQ(0, kfd_knob_wait_state(node, "held", WAIT_MS));
	EXPECT_EQ(-ETIMEDOUT, kfd_env_wait(env, 0, QUIET_MS));
	ASSERT_EQ(0, let_go(self, self->be_queue));
	EXPECT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
}

/* Updates by the program do not bring a held queue back. */
TEST_F(debug, update_held)
{
	struct kfd_env *env = &self->env;

	ASSERT_EQ(0, hold(self, self->be_queue));
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->be, 0, 5, 1000));
	ASSERT_EQ(0, kfd_queue_set_percent(&self->be, 0));
	ASSERT_EQ(0, kfd_queue_set_percent(&self->be, 100));
	ASSERT_EQ(0, kfd_queue_set_priority(&self->be, LC_PRIORITY));
	EXPECT_EQ(-ETIMEDOUT, kfd_env_wait(env, 0, QUIET_MS));
	EXPECT_TRUE(is_held(self->be.id));
	ASSERT_EQ(0, let_go(self, self->be_queue));
	EXPECT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
}

TEST_F(debug, destroy_held)
{
	struct kfd_queue other;
	char target[32];

	ASSERT_EQ(0, gp_create_aql(&self->env, &other, BE_PRIORITY));
	snprintf(target, sizeof(target), "%d:%u", getpid(), other.id);
	ASSERT_EQ(0, kfd_env_dispatch(&self->env, &other, 0, 5, BE_NS));
	ASSERT_EQ(0, hold(self, target));
	ASSERT_EQ(0, kfd_queue_destroy(&other));
	EXPECT_EQ(0, kfd_knob_wait_state(self->props.node, "idle", WAIT_MS));
	EXPECT_EQ(-ESRCH, let_go(self, target));
}

static int exit_held(void *arg)
{
	const struct kfd_props *props = arg;
	struct kfd_queue be;
	struct kfd_env env;
	char target[16];

	if (kfd_env_open(&env, 0) || gp_create_aql(&env, &be, BE_PRIORITY) ||
	    kfd_env_dispatch(&env, &be, 0, 5, BE_NS))
		return 1;
	snprintf(target, sizeof(target), "%d", getpid());
	return kfd_debug_write(props->gpu_id, "preempt", target) ? 2 : 0;
}

TEST_F(debug, exit_while_held)
{
	ASSERT_EQ(0, kfd_test_in_child(exit_held, &self->props));
	EXPECT_EQ(0, kfd_knob_wait_state(self->props.node, "idle", WAIT_MS));
	ASSERT_EQ(0, kfd_env_dispatch(&self->env, &self->be, 0, 5, 1000));
	EXPECT_EQ(0, kfd_env_wait(&self->env, 0, WAIT_MS));
}

/* Turned off, the scheduler holds nothing. */
TEST_F(debug, disable_while_held)
{
	struct kfd_env *env = &self->env;

	ASSERT_EQ(0, hold(self, self->be_queue));
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->be, 0, 5, 1000));
	EXPECT_EQ(-ETIMEDOUT, kfd_env_wait(env, 0, QUIET_MS));
	ASSERT_EQ(0, kfd_knob_set(self->props.node, "enable", 0));
	EXPECT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_FALSE(is_held(self->be.id));
	EXPECT_EQ(0, kfd_knob_wait_state(self->props.node, "off", WAIT_MS));
}

/* ---- bad input -------------------------------------------------------- */

TEST_F(debug, bad_targets)
{
	static const char *const bad[] = {
		"\n", " ", "x", "-1", "0", "1:", ":1", "1:x", "1:-1", "1:+1",
		"+1", "1:1:1", "1.5", "1 x", "1:1 SAVE", "1:1 save drain",
		"0x10", "99999999999", "1:99999999999", "1:1save", "1:1 ,",
		"111111111111111111111111111111111111111111111111111111111111",
	};
	static const char *const files[] = { "preempt", "resume" };
	char page[4097];
	unsigned int i, j;

	memset(page, '1', sizeof(page) - 1);
	page[sizeof(page) - 1] = '\0';
	for (j = 0; j < ARRAY_SIZE(files); j++) {
		for (i = 0; i < ARRAY_SIZE(bad); i++) {
			EXPECT_EQ(-EINVAL,
				  kfd_debug_write(self->props.gpu_id, files[j],
						  bad[i]))
				TH_LOG("%s: \"%s\"", files[j], bad[i]);
		}
		EXPECT_EQ(-EINVAL, kfd_debug_write(self->props.gpu_id,
						   files[j], page));
	}
	EXPECT_EQ(0, kfd_knob_wait_state(self->props.node, "idle", 0));
}

TEST_F(debug, unknown_targets)
{
	char target[32];

	EXPECT_EQ(-ESRCH, hold(self, "1"));
	EXPECT_EQ(-ESRCH, hold(self, "1:0"));
	EXPECT_EQ(-ESRCH, let_go(self, "1"));
	snprintf(target, sizeof(target), "%d:999", getpid());
	EXPECT_EQ(-ESRCH, hold(self, target));
	EXPECT_EQ(-ESRCH, let_go(self, target));
	EXPECT_EQ(0, kfd_knob_wait_state(self->props.node, "idle", 0));
}

/* The hardware scheduler has one way only. */
TEST_F(debug, ways)
{
	static const char *const ways[] = { "save", "drain", "reset" };
	char target[64];
	unsigned int i;

	if (kfd_test_no_hws())
		SKIP(return, "without HWS there are ways");
	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		snprintf(target, sizeof(target), "%s %s", self->be_queue,
			 ways[i]);
		EXPECT_EQ(-EOPNOTSUPP, hold(self, target));
		EXPECT_FALSE(is_held(self->be.id));
	}
	EXPECT_EQ(0, kfd_knob_wait_state(self->props.node, "idle", 0));
}

/* The same for the driver's own scheduling: saved work goes on, drained work
 * is done when the queue is off, and what is reset is lost.
 */
TEST_F(debug, ways_without_hws)
{
	struct kfd_env *env = &self->env;
	char target[64];
	int n;

	if (kfd_test_drains())
		SKIP(return, "running waves can't be saved");
	if (!kfd_test_no_hws())
		SKIP(return, "the hardware scheduler has one way only");

	snprintf(target, sizeof(target), "%s save", self->be_queue);
	n = kfd_env_fill(env, &self->be, 0, SHORT_NS, WAIT_MS);
	ASSERT_LT(0, n);
	ASSERT_EQ(0, hold(self, target));
	EXPECT_EQ(0ULL, kfd_load(&env->counter[0]));
	ASSERT_EQ(0, let_go(self, self->be_queue));
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ((__u64)n, kfd_load(&env->counter[0]));

	snprintf(target, sizeof(target), "%s drain\n", self->be_queue);
	n = kfd_env_fill(env, &self->be, 1, SHORT_NS, WAIT_MS);
	ASSERT_LT(0, n);
	ASSERT_EQ(0, hold(self, target));
	EXPECT_EQ((__u64)n, kfd_load(&env->counter[1]));
	ASSERT_EQ(0, let_go(self, self->be_queue));

	snprintf(target, sizeof(target), "%s reset", self->be_queue);
	n = kfd_env_fill(env, &self->be, 2, SHORT_NS, WAIT_MS);
	ASSERT_LT(0, n);
	ASSERT_EQ(0, hold(self, target));
	EXPECT_EQ(0ULL, kfd_load(&env->counter[2]));
	ASSERT_EQ(0, let_go(self, self->be_queue));
	EXPECT_EQ(-ETIMEDOUT, kfd_env_wait(env, 2, 2 * SHORT_NS /
						   NSEC_PER_MSEC));
	EXPECT_EQ(0ULL, kfd_load(&env->counter[2]));
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->be, 3, 5, 1000));
	EXPECT_EQ(0, kfd_env_wait(env, 3, WAIT_MS));
}

TEST_F(debug, kick)
{
	static const char *const bad[] = { "\n", "x", "0", "2", "-1", "1 1" };
	unsigned int i;

	EXPECT_EQ(0, kfd_debug_write(self->props.gpu_id, "kick", "1"));
	EXPECT_EQ(0, kfd_debug_write(self->props.gpu_id, "kick", "1\n"));
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(-EINVAL, kfd_debug_write(self->props.gpu_id, "kick",
						   bad[i]))
			TH_LOG("\"%s\"", bad[i]);
	}
	ASSERT_EQ(0, kfd_knob_set(self->props.node, "enable", 0));
	EXPECT_EQ(0, kfd_debug_write(self->props.gpu_id, "kick", "1"));
	EXPECT_EQ(0, kfd_knob_wait_state(self->props.node, "off", 0));
}

/* ---- tables ----------------------------------------------------------- */

static unsigned int count(const char *text, const char *word)
{
	unsigned int num = 0;

	while ((text = strstr(text, word))) {
		text += strlen(word);
		num++;
	}
	return num;
}

/* Is there a line of queue @qid of this process that says so? */
static bool find_queue(char *text, unsigned int qid, const char *class,
		       const char *state)
{
	char *line, *next, *last;
	char found[64];
	unsigned int id;
	int pid;

	for (line = text; *line; line = next + 1) {
		next = strchr(line, '\n');
		if (!next)
			return false;
		if (sscanf(line, "%d %u %63s", &pid, &id, found) != 3 ||
		    pid != getpid() || id != qid)
			continue;
		last = memrchr(line, ' ', next - line) + 1;
		return !strcmp(found, class) &&
		       (size_t)(next - last) == strlen(state) &&
		       !strncmp(last, state, strlen(state));
	}
	return false;
}

/* The worker puts a queue into its class soon after a change. */
static bool is_system(unsigned int qid)
{
	__u64 end = kfd_now_ns() + WAIT_MS * NSEC_PER_MSEC;
	char class[32];

	while (kfd_now_ns() < end) {
		if (kfd_process_read(getpid(), qid, "effective_class", class,
				     sizeof(class)) < 0)
			return false;
		if (!strcmp(class, "system\n"))
			return true;
		usleep(100);
	}
	return false;
}

TEST_F(debug, queues)
{
	char text[8192];

	ASSERT_LT(0, kfd_debug_read(self->props.gpu_id, "queues", text,
				    sizeof(text)));
	EXPECT_TRUE(find_queue(text, self->be.id, "be", "active"));
	EXPECT_TRUE(find_queue(text, self->lc.id, "lc", "active"));
	ASSERT_EQ(0, kfd_process_write(getpid(), self->be.id, "class",
				       "system"));
	ASSERT_EQ(0, hold(self, self->lc_queue));
	ASSERT_TRUE(is_system(self->be.id));
	ASSERT_LT(0, kfd_debug_read(self->props.gpu_id, "queues", text,
				    sizeof(text)));
	EXPECT_TRUE(find_queue(text, self->be.id, "system", "active"));
	EXPECT_TRUE(find_queue(text, self->lc.id, "lc", "held"));
	ASSERT_EQ(0, let_go(self, self->lc_queue));
}

/* ---- histograms --------------------------------------------------------- */

#define STAGES		6
#define MAX_BUCKETS	32

static const char *const stages[STAGES] = {
	"detect", "decide", "submit", "acknowledge", "progress", "resume",
};

/**
 * struct histograms - the table of the stages
 *
 * @buckets: how many rows there are of them
 * @below_us: what the samples of a row are shorter than; ~0: any
 * @samples: how many these are, of each stage
 * @count: how many samples each stage has
 * @max_ns: the longest of them
 */
struct histograms {
	unsigned int buckets;
	__u64 below_us[MAX_BUCKETS];
	__u64 samples[MAX_BUCKETS][STAGES];
	__u64 count[STAGES];
	__u64 max_ns[STAGES];
};

static bool is_head(const char *line)
{
	unsigned int i;

	for (i = 0; line && i < STAGES; i++)
		line = strstr(line, stages[i]);
	return line;
}

static bool parse_row(struct histograms *h, const char *line)
{
	__u64 values[STAGES];
	char name[16], *end;
	unsigned int i;
	int at = 0;

	if (sscanf(line, "%15s%n", name, &at) != 1)
		return false;
	for (i = 0, line += at; i < STAGES; i++, line = end) {
		values[i] = strtoull(line, &end, 10);
		if (end == line)
			return false;
	}
	if (!strcmp(name, "count")) {
		memcpy(h->count, values, sizeof(values));
	} else if (!strcmp(name, "max_ns")) {
		memcpy(h->max_ns, values, sizeof(values));
	} else if (strcmp(name, "mean_ns")) {
		if (h->buckets == MAX_BUCKETS)
			return false;
		memcpy(h->samples[h->buckets], values, sizeof(values));
		h->below_us[h->buckets] = strcmp(name, "inf") ?
					  strtoull(name, NULL, 10) : ~0ULL;
		h->buckets++;
	}
	return true;
}

/* Returns false if it can't be read, or isn't such a table. */
static bool read_histograms(__u32 gpu_id, struct histograms *h)
{
	char text[8192], *line, *rest = text;

	memset(h, 0, sizeof(*h));
	if (kfd_debug_read(gpu_id, "latency", text, sizeof(text)) <= 0 ||
	    !is_head(strsep(&rest, "\n")))
		return false;
	while ((line = strsep(&rest, "\n")) && *line) {
		if (!parse_row(h, line))
			return false;
	}
	return true;
}

/* No sample is in a bucket and not counted, or the other way round. */
static bool adds_up(const struct histograms *h)
{
	unsigned int stage, i;

	for (stage = 0; stage < STAGES; stage++) {
		__u64 sum = 0;

		for (i = 0; i < h->buckets; i++)
			sum += h->samples[i][stage];
		if (sum != h->count[stage]) {
			printf("# %s: %llu in the buckets, %llu counted\n",
			       stages[stage], sum, h->count[stage]);
			return false;
		}
	}
	return true;
}

static __u64 percentile_us(const struct histograms *h, unsigned int stage,
			   unsigned int percent)
{
	__u64 max_us = (h->max_ns[stage] + 999) / 1000;
	__u64 rank = (h->count[stage] * percent + 99) / 100, seen = 0;
	unsigned int i;

	for (i = 0; i < h->buckets; i++) {
		seen += h->samples[i][stage];
		if (seen >= rank)
			return h->below_us[i] < max_us ? h->below_us[i] :
							 max_us;
	}
	return 0;
}

static int preempt_often(struct _test_data_debug *self, unsigned int times)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < times && !ret; i++) {
		ret = gp_lc_begin(&self->env, &self->lc, 1) ?:
		      kfd_knob_wait_state(self->props.node, "preempted",
					  WAIT_MS) ?:
		      gp_lc_end(&self->env) ?:
		      kfd_knob_wait_state(self->props.node, "idle", WAIT_MS);
	}
	return ret;
}

/* What sysfs says of each stage is what its buckets say. */
TEST_F(debug, latency)
{
	static const struct {
		const char *name;
		unsigned int percent;
	} files[] = { { "p50_us", 50 }, { "p99_us", 99 }, { "max_us", 100 } };
	struct histograms h;
	unsigned int stage, i;
	char file[64];
	__u64 value;

	ASSERT_EQ(0, gp_be_reside(&self->env, &self->be));
	ASSERT_EQ(0, preempt_often(self, 3));
	ASSERT_EQ(0, kfd_knob_set(self->props.node, "enable", 0));
	ASSERT_TRUE(read_histograms(self->props.gpu_id, &h));
	EXPECT_LE(1U, h.buckets);
	EXPECT_TRUE(adds_up(&h));
	for (stage = 0; stage < STAGES; stage++) {
		EXPECT_LT(0ULL, h.count[stage]);
		for (i = 0; i < ARRAY_SIZE(files); i++) {
			snprintf(file, sizeof(file), "stats/%s_%s",
				 stages[stage], files[i].name);
			ASSERT_EQ(0, kfd_knob_get(self->props.node, file,
						  &value));
			EXPECT_LT(0ULL, value);
			EXPECT_EQ(percentile_us(&h, stage, files[i].percent),
				  value)
				TH_LOG("%s", file);
		}
	}
}

TEST_F(debug, mqds)
{
	static char text[1 << 20];
	char name[64];
	unsigned int i;

	ASSERT_LT(0, kfd_debug_read(self->props.gpu_id, "mqds", text,
				    sizeof(text)));
	EXPECT_EQ(2 * self->props.num_xcc, count(text, "process "));
	EXPECT_EQ(2 * self->props.num_xcc, count(text, " CP_HQD_ACTIVE "));
	for (i = 0; i < self->props.num_xcc; i++) {
		snprintf(name, sizeof(name), "process %d queue %u XCC %u\n",
			 getpid(), self->be.id, i);
		EXPECT_EQ(1U, count(text, name));
	}
	/* The ring's address, in units of 256 bytes */
	snprintf(name, sizeof(name), "CP_HQD_PQ_BASE               0x%08x\n",
		 (__u32)(self->be.ring.va >> 8));
	EXPECT_LE(self->props.num_xcc, count(text, name));
}

static int read_all(__u32 gpu_id)
{
	static const char *const files[] = { "queues", "mqds" };
	static char text[1 << 20];
	struct histograms h;
	unsigned int i;

	for (;;) {
		if (!read_histograms(gpu_id, &h) || !adds_up(&h))
			return 1;
		for (i = 0; i < ARRAY_SIZE(files); i++) {
			if (kfd_debug_read(gpu_id, files[i], text,
					   sizeof(text)) < 0)
				return 1;
		}
	}
}

/* Preemptions, queues that come and go, and somebody who looks all the time */
TEST_F(debug, read_under_load)
{
	struct kfd_env *env = &self->env;
	pid_t reader = fork();
	struct kfd_queue other;
	unsigned int i;
	int status;

	ASSERT_LE(0, reader);
	if (!reader)
		_exit(read_all(self->props.gpu_id));
	ASSERT_EQ(0, gp_be_reside(env, &self->be));
	for (i = 0; i < 10; i++) {
		ASSERT_EQ(0, gp_create_aql(env, &other, BE_PRIORITY));
		ASSERT_EQ(0, gp_lc_begin(env, &self->lc, 1));
		ASSERT_EQ(0, kfd_knob_wait_state(self->props.node, "preempted",
						 WAIT_MS));
		ASSERT_EQ(0, kfd_env_dispatch(env, &other, 0, 5, 1000));
		ASSERT_EQ(0, gp_lc_end(env));
		EXPECT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
		EXPECT_EQ(0, kfd_queue_destroy(&other));
	}
	ASSERT_EQ(0, kill(reader, SIGKILL));
	ASSERT_EQ(reader, waitpid(reader, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status))
		TH_LOG("a file could not be read, or was torn");
}

TEST_HARNESS_MAIN

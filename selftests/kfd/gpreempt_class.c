// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt: the operator gives processes and queues a class, and the scheduler
 * does as told: a queue's own class counts more than its process', and that
 * more than the priority.
 */
#include <fcntl.h>
#include <sys/ioctl.h>

#include "gpreempt_test.h"

#define QUIET_MS	30
#define PROCESS		(-1)

/*
 * Work that is waited for ends soon; work that is to be interrupted only long
 * after a slow machine, with others busy, would have interrupted it.
 */
#define AWAITED_NS	(50 * NSEC_PER_MSEC)
#define INTERRUPTED_NS	(600 * NSEC_PER_MSEC)

FIXTURE(class) {
	struct kfd_env env;
	struct kfd_queue be;
	struct kfd_queue lc;
	unsigned int node;
	int pid;
};

FIXTURE_SETUP(class)
{
	int ret = kfd_env_open(&self->env, 0);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	if (!kfd_test_on_kfdsim())
		SKIP(return, "only kfdsim runs kernels that are descriptors");
	if (kfd_test_drains())
		SKIP(return, "running waves can't be saved");
	self->node = self->env.gpu.props.node;
	self->pid = getpid();
	ASSERT_EQ(0, kfd_knobs_reset(self->node));
	/* An LC queue of a test may wait for as long as it likes. */
	ASSERT_EQ(0, kfd_knob_set(self->node, "be_max_wait_us", 0));
	ASSERT_EQ(0, kfd_knob_set(self->node, "lc_progress_timeout_us", 0));
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->be, BE_PRIORITY));
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->lc, LC_PRIORITY));
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 1));
}

FIXTURE_TEARDOWN(class)
{
	EXPECT_EQ(0, kfd_knobs_reset(self->node));
	EXPECT_EQ(0, kfd_queue_destroy(&self->lc));
	EXPECT_EQ(0, kfd_queue_destroy(&self->be));
	kfd_env_close(&self->env);
}

static int set_class(int qid, const char *class)
{
	return kfd_process_write(getpid(), qid, "class", class);
}

/* What the scheduler takes a queue for; changes take effect soon, not at once */
static bool is_class(const struct kfd_queue *q, const char *class)
{
	__u64 end = kfd_now_ns() + WAIT_MS * NSEC_PER_MSEC;
	size_t len = strlen(class);
	char text[32];

	do {
		if (kfd_process_read(getpid(), q->id, "effective_class", text,
				     sizeof(text)) < 0)
			return false;
		if (!strncmp(text, class, len) && text[len] == '\n')
			return true;
		usleep(100);
	} while (kfd_now_ns() < end);
	return false;
}

static __u64 preemptions(const struct kfd_queue *q)
{
	__u64 value;

	return kfd_process_stat(getpid(), q->id, "preemptions", &value) ?
		       ~0ULL : value;
}

/*
 * Work on @first comes while work on @second, of @second_ns, has the GPU.
 * 1: it got the GPU, and what was interrupted got done later; 0: no, it
 * waited; or a negative errno.
 */
static int preempts_within(struct kfd_env *env, struct kfd_queue *first,
			   struct kfd_queue *second, __u64 second_ns)
{
	__u64 before = preemptions(second);
	bool waited;
	int n, ret;

	env->counter[0] = 0;
	n = kfd_env_fill(env, second, 0, second_ns, WAIT_MS);
	if (n < 0)
		return n;
	ret = kfd_env_dispatch(env, first, 1, 1, NSEC_PER_USEC);
	if (!ret)
		ret = kfd_env_wait(env, 1, WAIT_MS);
	waited = kfd_load(&env->counter[0]);
	if (!ret)
		ret = kfd_env_wait(env, 0, WAIT_MS);
	if (!ret && kfd_load(&env->counter[0]) != (__u64)n)
		ret = -EBADMSG;
	/* What happened and what was counted have to agree. */
	if (!ret && waited != (preemptions(second) == before))
		ret = -EPROTO;
	return ret ? ret : !waited;
}

static int preempts(struct kfd_env *env, struct kfd_queue *first,
		    struct kfd_queue *second)
{
	return preempts_within(env, first, second, INTERRUPTED_NS);
}

/* 1: it waited; 0: it got the GPU; or a negative errno. */
static int waits(struct kfd_env *env, struct kfd_queue *first,
		 struct kfd_queue *second)
{
	int ret = preempts_within(env, first, second, AWAITED_NS);

	return ret < 0 ? ret : !ret;
}

/* ---- files ------------------------------------------------------------ */

struct format {
	const char *write;
	const char *read;
};

static int check_formats(int qid, const char *file,
			 const struct format *formats, unsigned int num)
{
	char text[128];
	unsigned int i;
	int bad = 0;

	for (i = 0; i < num; i++) {
		if (kfd_process_write(getpid(), qid, file, formats[i].write) ||
		    kfd_process_read(getpid(), qid, file, text,
				     sizeof(text)) < 0 ||
		    strcmp(text, formats[i].read)) {
			printf("# %s: wrote \"%s\"\n", file, formats[i].write);
			bad++;
		}
	}
	return bad;
}

static int check_bad(int qid, const char *file, const char *const *words,
		     unsigned int num)
{
	char before[128], after[128], page[4097];
	unsigned int i;
	int bad = 0;

	if (kfd_process_read(getpid(), qid, file, before, sizeof(before)) < 0)
		return -1;
	for (i = 0; i < num; i++) {
		if (kfd_process_write(getpid(), qid, file, words[i]) !=
		    -EINVAL) {
			printf("# %s: wrote \"%s\"\n", file, words[i]);
			bad++;
		}
	}
	memset(page, 'b', sizeof(page) - 1);
	page[sizeof(page) - 1] = '\0';
	bad += kfd_process_write(getpid(), qid, file, page) != -EINVAL;
	if (kfd_process_read(getpid(), qid, file, after, sizeof(after)) < 0)
		return -1;
	return bad + !!strcmp(before, after);
}

static const struct format class_formats[] = {
	{ "lc", "auto [lc] be system\n" },
	{ "be\n", "auto lc [be] system\n" },
	{ "system\n", "auto lc be [system]\n" },
	{ "auto", "[auto] lc be system\n" },
};

static const char *const bad_classes[] = {
	"\n", " ", "LC", "lc be", "lc,be", "[lc]", "1", "l", "lcx", "none",
	" lc", "\xff",
};

TEST_F(class, files)
{
	const int qids[] = { PROCESS, self->be.id, self->lc.id };
	char text[128];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(qids); i++) {
		ASSERT_LT(0, kfd_process_read(self->pid, qids[i], "class",
					      text, sizeof(text)));
		EXPECT_STREQ("[auto] lc be system\n", text);
		EXPECT_EQ(0, check_formats(qids[i], "class", class_formats,
					   ARRAY_SIZE(class_formats)));
		ASSERT_EQ(0, set_class(qids[i], "be"));
		EXPECT_EQ(0, check_bad(qids[i], "class", bad_classes,
				       ARRAY_SIZE(bad_classes)));
	}
}

TEST_F(class, policy_files)
{
	static const struct format formats[] = {
		{ "none\n", "preemptible lazy auto_deactivate\n" },
		{ "preemptible", "[preemptible] lazy auto_deactivate\n" },
		{ "lazy\n", "preemptible [lazy] auto_deactivate\n" },
		{ "auto_deactivate", "preemptible lazy [auto_deactivate]\n" },
		{ "preemptible+lazy",
		  "[preemptible] [lazy] auto_deactivate\n" },
		{ "auto_deactivate preemptible\n",
		  "[preemptible] lazy [auto_deactivate]\n" },
		{ "none", "preemptible lazy auto_deactivate\n" },
		{ "preemptible", "[preemptible] lazy auto_deactivate\n" },
	};
	static const char *const bad[] = {
		"\n", " ", "Lazy", "none lazy", "lazy none", "lazy+",
		"lazy lazy", "[lazy]", "0", "preempt", "\xff",
	};
	char text[128];

	ASSERT_LT(0, kfd_process_read(self->pid, self->be.id, "policy", text,
				      sizeof(text)));
	EXPECT_STREQ("[preemptible] lazy [auto_deactivate]\n", text);
	EXPECT_EQ(0, check_formats(self->be.id, "policy", formats,
				   ARRAY_SIZE(formats)));
	EXPECT_EQ(0, check_bad(self->be.id, "policy", bad, ARRAY_SIZE(bad)));
}

static int write_as_nobody(void *arg)
{
	const struct _test_data_class *self = arg;

	if (setuid(65534))
		return 1;
	if (kfd_process_write(self->pid, PROCESS, "class", "lc") != -EACCES)
		return 2;
	if (kfd_process_write(self->pid, self->be.id, "class", "lc") !=
	    -EACCES)
		return 3;
	return kfd_process_write(self->pid, self->be.id, "policy", "none") ==
	       -EACCES ? 0 : 4;
}

/* Who may set a class may take the GPU from everybody. */
TEST_F(class, only_root_writes)
{
	char text[128];

	EXPECT_EQ(0, kfd_test_in_child(write_as_nobody, self));
	ASSERT_LT(0, kfd_process_read(self->pid, self->be.id, "class", text,
				      sizeof(text)));
	EXPECT_STREQ("[auto] lc be system\n", text);
}

/* Modes don't stop root. */
TEST_F(class, read_only)
{
	EXPECT_GT(0, kfd_process_write(self->pid, self->be.id, "state", "1"));
	EXPECT_GT(0, kfd_process_write(self->pid, self->be.id,
				       "effective_class", "lc"));
	EXPECT_GT(0, kfd_process_write(self->pid, self->be.id, "stats/resumes",
				       "1"));
	EXPECT_GT(0, kfd_process_write(self->pid, PROCESS, "stats/resumes",
				       "1"));
}

TEST_F(class, only_compute)
{
	struct kfd_queue sdma, pm4;
	char text[128];

	ASSERT_EQ(0, gp_create(&self->env, &sdma, KFD_IOC_QUEUE_TYPE_SDMA,
			       BE_PRIORITY));
	ASSERT_EQ(0, gp_create(&self->env, &pm4, KFD_IOC_QUEUE_TYPE_COMPUTE,
			       BE_PRIORITY));
	EXPECT_EQ(-ENOENT, kfd_process_read(self->pid, sdma.id, "class", text,
					    sizeof(text)));
	EXPECT_LT(0, kfd_process_read(self->pid, pm4.id, "class", text,
				      sizeof(text)));
	EXPECT_EQ(0, kfd_queue_destroy(&sdma));
	EXPECT_EQ(0, kfd_queue_destroy(&pm4));
	EXPECT_EQ(-ENOENT, kfd_process_read(self->pid, pm4.id, "class", text,
					    sizeof(text)));
}

/* ---- effect ----------------------------------------------------------- */

TEST_F(class, by_priority)
{
	EXPECT_EQ(1, preempts(&self->env, &self->lc, &self->be));
	EXPECT_EQ(1, waits(&self->env, &self->be, &self->lc));
}

TEST_F(class, queue_lc)
{
	struct kfd_queue other;

	ASSERT_EQ(0, gp_create_aql(&self->env, &other, BE_PRIORITY));
	ASSERT_EQ(0, set_class(other.id, "lc"));
	ASSERT_TRUE(is_class(&other, "lc"));
	EXPECT_EQ(1, preempts(&self->env, &other, &self->be));
	ASSERT_EQ(0, set_class(other.id, "auto"));
	ASSERT_TRUE(is_class(&other, "be"));
	EXPECT_EQ(1, waits(&self->env, &other, &self->be));
	EXPECT_EQ(0, kfd_queue_destroy(&other));
}

TEST_F(class, queue_be)
{
	struct kfd_queue other;

	/* With a BE queue around, LC that waits for LC may preempt that. */
	ASSERT_EQ(0, kfd_queue_set_percent(&self->be, 0));
	ASSERT_EQ(0, gp_create_aql(&self->env, &other, LC_PRIORITY));
	ASSERT_TRUE(is_class(&other, "lc"));
	EXPECT_EQ(1, waits(&self->env, &self->lc, &other));
	ASSERT_EQ(0, set_class(other.id, "be"));
	ASSERT_TRUE(is_class(&other, "be"));
	EXPECT_EQ(1, preempts(&self->env, &self->lc, &other));
	ASSERT_EQ(0, set_class(other.id, "auto"));
	ASSERT_TRUE(is_class(&other, "lc"));
	EXPECT_EQ(1, waits(&self->env, &self->lc, &other));
	EXPECT_EQ(0, kfd_queue_destroy(&other));
}

/* Never taken off, and its wait is nobody's business. */
TEST_F(class, queue_system)
{
	ASSERT_EQ(0, set_class(self->be.id, "system"));
	ASSERT_TRUE(is_class(&self->be, "system"));
	EXPECT_EQ(1, waits(&self->env, &self->lc, &self->be));
	ASSERT_EQ(0, set_class(self->be.id, "auto"));
	ASSERT_EQ(0, set_class(self->lc.id, "system"));
	ASSERT_TRUE(is_class(&self->be, "be"));
	ASSERT_TRUE(is_class(&self->lc, "system"));
	EXPECT_EQ(1, waits(&self->env, &self->lc, &self->be));
	ASSERT_EQ(0, set_class(self->lc.id, "auto"));
	ASSERT_TRUE(is_class(&self->lc, "lc"));
	EXPECT_EQ(1, preempts(&self->env, &self->lc, &self->be));
}

static int set_gws(const struct kfd_env *env, const struct kfd_queue *q,
		   bool on)
{
	struct kfd_ioctl_alloc_queue_gws_args args = {
		.queue_id = q->id,
		.num_gws = on,
	};

	return ioctl(env->proc.fd, AMDKFD_IOC_ALLOC_QUEUE_GWS, &args) ?
		-errno : 0;
}

/* A queue with global wave sync is left alone, whatever anybody says of it. */
TEST_F(class, queue_gws)
{
	int ret = set_gws(&self->env, &self->be, true);

	if (ret == -ENODEV)
		SKIP(return, "no GWS in this mode");
	ASSERT_EQ(0, ret);
	EXPECT_TRUE(is_class(&self->be, "system"));
	ASSERT_EQ(0, set_class(self->be.id, "be"));
	EXPECT_TRUE(is_class(&self->be, "system"));
	EXPECT_EQ(1, waits(&self->env, &self->lc, &self->be));
	ASSERT_EQ(0, set_class(self->be.id, "auto"));
	ASSERT_EQ(0, set_gws(&self->env, &self->be, false));
	EXPECT_TRUE(is_class(&self->be, "be"));
	EXPECT_EQ(1, preempts(&self->env, &self->lc, &self->be));
}

/* What is not preemptible stays on, whatever its class. */
TEST_F(class, policy_none)
{
	ASSERT_EQ(0, kfd_process_write(self->pid, self->be.id, "policy",
				       "none"));
	EXPECT_EQ(1, waits(&self->env, &self->lc, &self->be));
	ASSERT_EQ(0, kfd_process_write(self->pid, self->be.id, "policy",
				       "preemptible"));
	EXPECT_EQ(1, preempts(&self->env, &self->lc, &self->be));
}

TEST_F(class, process_be)
{
	ASSERT_EQ(0, set_class(PROCESS, "be"));
	ASSERT_TRUE(is_class(&self->lc, "be"));
	ASSERT_TRUE(is_class(&self->be, "be"));
	EXPECT_EQ(1, waits(&self->env, &self->lc, &self->be));
	ASSERT_EQ(0, set_class(self->lc.id, "lc"));
	ASSERT_TRUE(is_class(&self->lc, "lc"));
	EXPECT_EQ(1, preempts(&self->env, &self->lc, &self->be));
	ASSERT_EQ(0, set_class(PROCESS, "auto"));
	ASSERT_TRUE(is_class(&self->be, "be"));
	EXPECT_EQ(1, preempts(&self->env, &self->lc, &self->be));
}

TEST_F(class, process_lc)
{
	ASSERT_EQ(0, set_class(PROCESS, "lc"));
	ASSERT_TRUE(is_class(&self->be, "lc"));
	ASSERT_TRUE(is_class(&self->lc, "lc"));
	EXPECT_EQ(1, waits(&self->env, &self->lc, &self->be));
	ASSERT_EQ(0, set_class(self->lc.id, "be"));
	ASSERT_TRUE(is_class(&self->lc, "be"));
	EXPECT_EQ(1, preempts(&self->env, &self->be, &self->lc));
	ASSERT_EQ(0, set_class(self->lc.id, "auto"));
	ASSERT_TRUE(is_class(&self->lc, "lc"));
	EXPECT_EQ(1, waits(&self->env, &self->be, &self->lc));
}

TEST_F(class, process_system)
{
	ASSERT_EQ(0, set_class(PROCESS, "system"));
	ASSERT_TRUE(is_class(&self->be, "system"));
	ASSERT_TRUE(is_class(&self->lc, "system"));
	EXPECT_EQ(1, waits(&self->env, &self->lc, &self->be));
	ASSERT_EQ(0, set_class(self->lc.id, "lc"));
	ASSERT_EQ(0, set_class(self->be.id, "be"));
	ASSERT_TRUE(is_class(&self->lc, "lc"));
	ASSERT_TRUE(is_class(&self->be, "be"));
	EXPECT_EQ(1, preempts(&self->env, &self->lc, &self->be));
}

/* Queues that come later are the process' as well. */
TEST_F(class, process_new_queue)
{
	struct kfd_queue other;

	ASSERT_EQ(0, set_class(PROCESS, "lc"));
	ASSERT_EQ(0, gp_create_aql(&self->env, &other, BE_PRIORITY));
	ASSERT_EQ(0, set_class(self->be.id, "be"));
	ASSERT_TRUE(is_class(&other, "lc"));
	ASSERT_TRUE(is_class(&self->be, "be"));
	EXPECT_EQ(1, preempts(&self->env, &other, &self->be));
	EXPECT_EQ(0, kfd_queue_destroy(&other));
}

/* Programs create a queue first and then say what it is. */
TEST_F(class, priority_by_update)
{
	struct kfd_queue other;

	ASSERT_EQ(0, gp_create_aql(&self->env, &other, BE_PRIORITY));
	ASSERT_TRUE(is_class(&other, "be"));
	EXPECT_EQ(1, waits(&self->env, &other, &self->be));
	ASSERT_EQ(0, kfd_queue_set_priority(&other, LC_PRIORITY));
	ASSERT_TRUE(is_class(&other, "lc"));
	EXPECT_EQ(1, preempts(&self->env, &other, &self->be));
	/* What the operator has said is not for the program to change. */
	ASSERT_EQ(0, set_class(other.id, "be"));
	ASSERT_TRUE(is_class(&other, "be"));
	ASSERT_EQ(0, kfd_queue_set_priority(&other, LC_PRIORITY - 1));
	ASSERT_TRUE(is_class(&other, "be"));
	EXPECT_EQ(1, preempts(&self->env, &self->lc, &other));
	EXPECT_EQ(0, kfd_queue_destroy(&other));
}

/* Between the two borders a queue is left alone. */
TEST_F(class, between_borders)
{
	ASSERT_EQ(0, kfd_knob_set(self->node, "be_priority_max",
				  BE_PRIORITY - 1));
	ASSERT_TRUE(is_class(&self->be, "system"));
	EXPECT_EQ(1, waits(&self->env, &self->lc, &self->be));
	ASSERT_EQ(0, set_class(self->be.id, "be"));
	ASSERT_TRUE(is_class(&self->be, "be"));
	EXPECT_EQ(1, preempts(&self->env, &self->lc, &self->be));
	ASSERT_EQ(0, set_class(self->be.id, "auto"));
	ASSERT_TRUE(is_class(&self->be, "system"));
	ASSERT_EQ(0, kfd_knob_set(self->node, "be_priority_max", BE_PRIORITY));
	ASSERT_TRUE(is_class(&self->be, "be"));
	EXPECT_EQ(1, preempts(&self->env, &self->lc, &self->be));
}

/* ---- changes while it matters ----------------------------------------- */

/* BE is off until the LC request is ended. */
static int hold_be(struct _test_data_class *self)
{
	int ret = gp_be_reside(&self->env, &self->be);

	if (!ret)
		ret = gp_lc_begin(&self->env, &self->lc, 1);
	return ret ? ret : kfd_knob_wait_state(self->node, "preempted",
					       WAIT_MS);
}

TEST_F(class, let_go_while_preempted)
{
	const char *const classes[] = { "system", "lc" };
	struct kfd_env *env = &self->env;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(classes); i++) {
		ASSERT_EQ(0, hold_be(self));
		ASSERT_EQ(0, kfd_env_dispatch(env, &self->be, 0, 5, 1000));
		EXPECT_EQ(-ETIMEDOUT, kfd_env_wait(env, 0, QUIET_MS));
		ASSERT_EQ(0, set_class(self->be.id, classes[i]));
		EXPECT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
		ASSERT_EQ(0, set_class(self->be.id, "auto"));
		EXPECT_TRUE(is_class(&self->be, "be"));
		ASSERT_EQ(0, gp_lc_end(env));
		ASSERT_EQ(0, kfd_knob_wait_state(self->node, "idle",
						 WAIT_MS));
	}
}

TEST_F(class, policy_while_preempted)
{
	struct kfd_env *env = &self->env;

	ASSERT_EQ(0, hold_be(self));
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->be, 0, 5, 1000));
	EXPECT_EQ(-ETIMEDOUT, kfd_env_wait(env, 0, QUIET_MS));
	ASSERT_EQ(0, kfd_process_write(self->pid, self->be.id, "policy",
				       "none"));
	EXPECT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	ASSERT_EQ(0, gp_lc_end(env));
}

/* The process that is in the way becomes best-effort, and is out of it. */
TEST_F(class, demote_while_waiting)
{
	struct kfd_env *env = &self->env;
	struct kfd_queue other;
	int n;

	ASSERT_EQ(0, kfd_queue_set_percent(&self->be, 0));
	ASSERT_EQ(0, gp_create_aql(env, &other, LC_PRIORITY));
	n = kfd_env_fill(env, &other, 0, BE_NS, WAIT_MS);
	ASSERT_LT(0, n);
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->lc, 1, 1, NSEC_PER_USEC));
	EXPECT_EQ(-ETIMEDOUT, kfd_env_wait(env, 1, QUIET_MS));
	ASSERT_EQ(0, set_class(other.id, "be"));
	ASSERT_EQ(0, kfd_env_wait(env, 1, WAIT_MS));
	EXPECT_EQ(0ULL, kfd_load(&env->counter[0]));
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ((__u64)n, kfd_load(&env->counter[0]));
	EXPECT_EQ(0, kfd_queue_destroy(&other));
}

/* ---- what the files say of it ----------------------------------------- */

TEST_F(class, queue_state)
{
	char state[128];

	ASSERT_LT(0, kfd_process_read(self->pid, self->be.id, "state", state,
				      sizeof(state)));
	EXPECT_STREQ("active\n", state);
	ASSERT_EQ(0, kfd_queue_set_percent(&self->be, 0));
	ASSERT_LT(0, kfd_process_read(self->pid, self->be.id, "state", state,
				      sizeof(state)));
	EXPECT_STREQ("inactive\n", state);
	ASSERT_EQ(0, kfd_queue_set_percent(&self->be, 100));
	ASSERT_EQ(0, hold_be(self));
	ASSERT_LT(0, kfd_process_read(self->pid, self->be.id, "state", state,
				      sizeof(state)));
	EXPECT_STREQ("inversion\n", state);
	ASSERT_LT(0, kfd_process_read(self->pid, self->lc.id, "state", state,
				      sizeof(state)));
	EXPECT_STREQ("active\n", state);
	ASSERT_EQ(0, gp_lc_end(&self->env));
	ASSERT_EQ(0, kfd_knob_wait_state(self->node, "idle", WAIT_MS));
	ASSERT_LT(0, kfd_process_read(self->pid, self->be.id, "state", state,
				      sizeof(state)));
	EXPECT_STREQ("active\n", state);
}

TEST_F(class, stats)
{
	__u64 value, before, sum;

	ASSERT_EQ(0, hold_be(self));
	ASSERT_EQ(0, kfd_process_stat(self->pid, self->be.id, "preemptions",
				      &value));
	EXPECT_EQ(1ULL, value);
	ASSERT_EQ(0, kfd_process_stat(self->pid, self->lc.id, "preemptions",
				      &value));
	EXPECT_EQ(0ULL, value);

	/* Time goes on while the queue is off. */
	ASSERT_EQ(0, kfd_process_stat(self->pid, self->be.id, "off_ns",
				      &before));
	usleep(5000);
	ASSERT_EQ(0, kfd_process_stat(self->pid, self->be.id, "off_ns",
				      &value));
	EXPECT_LE(before + 5 * NSEC_PER_MSEC, value);

	ASSERT_EQ(0, gp_lc_end(&self->env));
	ASSERT_EQ(0, kfd_knob_wait_state(self->node, "idle", WAIT_MS));
	ASSERT_EQ(0, kfd_process_stat(self->pid, self->be.id, "resumes",
				      &value));
	EXPECT_EQ(1ULL, value);
	ASSERT_EQ(0, kfd_process_stat(self->pid, self->be.id, "off_ns",
				      &before));
	ASSERT_EQ(0, kfd_process_stat(self->pid, PROCESS, "off_ns", &sum));
	EXPECT_EQ(before, sum);
	usleep(5000);
	ASSERT_EQ(0, kfd_process_stat(self->pid, self->be.id, "off_ns",
				      &value));
	EXPECT_EQ(before, value);
}

/* active_ns is the time for which the hardware could run the queue. */
TEST_F(class, active_time)
{
	__u64 before, value;

	ASSERT_EQ(0, kfd_process_stat(self->pid, self->be.id, "active_ns",
				      &before));
	usleep(5000);
	ASSERT_EQ(0, kfd_process_stat(self->pid, self->be.id, "active_ns",
				      &value));
	EXPECT_LE(before + 5 * NSEC_PER_MSEC, value);
	ASSERT_EQ(0, hold_be(self));
	ASSERT_EQ(0, kfd_process_stat(self->pid, self->be.id, "active_ns",
				      &before));
	usleep(5000);
	ASSERT_EQ(0, kfd_process_stat(self->pid, self->be.id, "active_ns",
				      &value));
	EXPECT_EQ(before, value);
	ASSERT_EQ(0, gp_lc_end(&self->env));
}

/* Counters never run back, not even when a queue goes away. */
TEST_F(class, sum_keeps_what_is_gone)
{
	static const char *const names[] = {
		"preemptions", "resumes", "off_ns", "active_ns",
	};
	__u64 before[ARRAY_SIZE(names)], after;
	struct kfd_queue other;
	unsigned int i;

	ASSERT_EQ(0, gp_create_aql(&self->env, &other, BE_PRIORITY));
	ASSERT_EQ(0, hold_be(self));
	ASSERT_EQ(0, gp_lc_end(&self->env));
	ASSERT_EQ(0, kfd_knob_wait_state(self->node, "idle", WAIT_MS));
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		ASSERT_EQ(0, kfd_process_stat(self->pid, PROCESS, names[i],
					      &before[i]));
		EXPECT_LT(0ULL, before[i])
			TH_LOG("%s", names[i]);
	}
	EXPECT_EQ(2ULL, before[0]);
	ASSERT_EQ(0, kfd_queue_destroy(&other));
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		ASSERT_EQ(0, kfd_process_stat(self->pid, PROCESS, names[i],
					      &after));
		EXPECT_LE(before[i], after)
			TH_LOG("%s", names[i]);
	}
	ASSERT_EQ(0, kfd_process_stat(self->pid, PROCESS, "preemptions",
				      &after));
	EXPECT_EQ(2ULL, after);
}

/* ---- coming and going ------------------------------------------------- */

/* Read and write all files of a process until they are gone. */
static int use_files(int pid)
{
	static const char *const files[] = {
		"class", "effective_class", "policy", "state", "stats/off_ns",
	};
	const int qids[] = { PROCESS, 0, 1, 2, 3 };
	char text[128];
	unsigned int i, j;
	int ret = 0;

	while (ret != -ENOENT) {
		for (i = 0; i < ARRAY_SIZE(qids); i++) {
			for (j = 0; j < ARRAY_SIZE(files); j++) {
				ret = kfd_process_read(pid, qids[i], files[j],
						       text, sizeof(text));
				if (ret == -EINVAL)
					return 1;
			}
			kfd_process_write(pid, qids[i], "class",
					  i % 2 ? "be" : "auto");
			kfd_process_write(pid, qids[i], "policy",
					  i % 2 ? "none" : "preemptible");
		}
		ret = kfd_process_read(pid, PROCESS, "class", text,
				       sizeof(text));
	}
	return 0;
}

/* Create and destroy queues; says in @started when it has begun. */
static int churn(int started)
{
	struct kfd_queue q[3];
	struct kfd_env env;
	unsigned int i, j;

	if (kfd_env_open(&env, 0) || write(started, "", 1) != 1)
		return 1;
	for (i = 0; i < 30; i++) {
		for (j = 0; j < ARRAY_SIZE(q); j++) {
			if (gp_create_aql(&env, &q[j], BE_PRIORITY))
				return 2;
		}
		/* The last ones are for the process' own end to remove. */
		for (j = 0; i < 29 && j < ARRAY_SIZE(q); j++) {
			if (kfd_queue_destroy(&q[j]))
				return 3;
		}
	}
	return 0;
}

/* Queues, and in the end their process, go away under those who read. */
TEST_F(class, files_in_use)
{
	pid_t user[2], owner;
	unsigned int i;
	int go[2], status;
	char byte;

	ASSERT_EQ(0, pipe(go));
	owner = fork();
	ASSERT_LE(0, owner);
	if (!owner)
		_exit(churn(go[1]));
	close(go[1]);
	ASSERT_EQ(1, read(go[0], &byte, 1));
	for (i = 0; i < ARRAY_SIZE(user); i++) {
		user[i] = fork();
		ASSERT_LE(0, user[i]);
		if (!user[i])
			_exit(use_files(owner));
	}
	ASSERT_EQ(owner, waitpid(owner, &status, 0));
	EXPECT_TRUE(WIFEXITED(status));
	EXPECT_EQ(0, WEXITSTATUS(status));
	for (i = 0; i < ARRAY_SIZE(user); i++) {
		ASSERT_EQ(user[i], waitpid(user[i], &status, 0));
		EXPECT_TRUE(WIFEXITED(status));
		EXPECT_EQ(0, WEXITSTATUS(status));
	}
	close(go[0]);
}

/* An open file outlives what it is about, and says so. */
TEST_F(class, open_file)
{
	char path[128], byte;
	struct kfd_queue other;
	int fd;

	ASSERT_EQ(0, gp_create_aql(&self->env, &other, BE_PRIORITY));
	snprintf(path, sizeof(path), KFD_PROCESSES "/%d/queues/%u/gpreempt/class",
		 self->pid, other.id);
	fd = open(path, O_RDWR);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, kfd_queue_destroy(&other));
	EXPECT_EQ(-1, pread(fd, &byte, 1, 0));
	EXPECT_EQ(ENODEV, errno);
	EXPECT_EQ(-1, pwrite(fd, "lc", 2, 0));
	EXPECT_EQ(ENODEV, errno);
	close(fd);
}

TEST_HARNESS_MAIN

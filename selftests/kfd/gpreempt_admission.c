// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt: more best-effort queues and processes than there are slots. The
 * hardware scheduler is never given more than fits, a latency-critical queue
 * always finds a slot, and everybody gets on.
 */
#include <pthread.h>
#include <sys/klog.h>

#include "gpreempt_crew.h"
#include "gpreempt_test.h"

#define NUM_BE		100
#define NUM_LC		4
#define NUM_BE_PROCESSES	40
#define DISPATCHES	6
#define WORK_NS		(2 * NSEC_PER_MSEC)
#define QUANTUM_US	3000

/* pipe_priority_map: what queue priority 7 becomes */
#define BE_PIPE_PRIORITY	1

FIXTURE(admission) {
	struct kfd_env env;
	struct kfd_queue be[NUM_BE];
	struct kfd_queue lc[NUM_LC];
	unsigned int num_be, num_lc;
	unsigned int node;
	__u64 rotations;
	int oversubscriptions;
};

#define LOG_READ_ALL	3
#define LOG_BYTES	(1024 * 1024)

/* How often amdkfd has said that the runlist came to be over-subscribed */
static int oversubscriptions(void)
{
	char *log = malloc(LOG_BYTES), *found;
	int size = log ? klogctl(LOG_READ_ALL, log, LOG_BYTES - 1) : -1;
	int count = 0;

	if (size < 0) {
		free(log);
		return -1;
	}
	log[size] = '\0';
	for (found = strstr(log, "oversubscribed"); found;
	     found = strstr(found + 1, "oversubscribed"))
		count++;
	free(log);
	return count;
}

static __u64 hws_rotations(const struct kfd_props *p)
{
	__u64 value = 0;

	return kfdsim_stat(p->sim, "hws_rotations", &value) ? ~0ULL : value;
}

FIXTURE_SETUP(admission)
{
	int ret = kfd_env_open(&self->env, 0);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	if (!kfd_test_on_kfdsim())
		SKIP(return, "only kfdsim says what is mapped");
	self->node = self->env.gpu.props.node;
	ASSERT_EQ(0, gp_reset_knobs(self->node));
	ASSERT_EQ(0, kfd_knob_set(self->node, "be_quantum_us", QUANTUM_US));
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 1));
	self->rotations = hws_rotations(&self->env.gpu.props);
	self->oversubscriptions = oversubscriptions();
	ASSERT_LE(0, self->oversubscriptions);
}

FIXTURE_TEARDOWN(admission)
{
	unsigned int i;

	EXPECT_EQ(self->oversubscriptions, oversubscriptions());

	/* Before the queues go: turning it off puts all of them back. */
	for (i = 0; i < self->num_be; i++) {
		EXPECT_EQ(0, kfd_queue_destroy(&self->be[i]))
			TH_LOG("number %u", i);
	}
	for (i = 0; i < self->num_lc; i++)
		EXPECT_EQ(0, kfd_queue_destroy(&self->lc[i]));
	EXPECT_EQ(0, kfd_knobs_reset(self->node));
	kfd_env_close(&self->env);
}

static int create_be(struct kfd_env *env, struct kfd_queue *be,
		     unsigned int *num, unsigned int target)
{
	int ret = 0;

	for (; *num < target && !ret; *num += !ret)
		ret = gp_create_aql(env, &be[*num], BE_PRIORITY);
	return ret;
}

/* Small kernels one after the other, so that a queue needs several turns */
static int queue_work(struct kfd_env *env, struct kfd_queue *q,
		      unsigned int slot)
{
	struct kfd_aql_dispatch d = {
		.kernel = &env->kernel[slot],
		.workgroups = 1,
		.workgroup_size = 64,
		.barrier = true,
	};
	unsigned int i;
	int ret = 0;

	kfd_kernel_init(&env->kernel[slot], WORK_NS, &env->counter[slot], 1);
	kfd_signal_init(&env->signal[slot], 1, NULL);
	for (i = 0; i < DISPATCHES && !ret; i++) {
		if (i == DISPATCHES - 1)
			d.completion = &env->signal[slot];
		ret = kfd_aql_dispatch(q, &d);
	}
	if (!ret)
		kfd_queue_ring(q);
	return ret;
}

static int be_mapped(const struct kfd_props *p)
{
	return kfdsim_hqd_count(p->sim, BE_PIPE_PRIORITY);
}

TEST_F(admission, queues)
{
	struct kfd_env *env = &self->env;
	const struct kfd_props *p = &env->gpu.props;
	__u64 be_max, value;
	unsigned int i;
	int mapped;

	ASSERT_EQ(0, kfd_knob_get(self->node, "hqd_be_max", &be_max));
	ASSERT_EQ(0, create_be(env, self->be, &self->num_be, NUM_BE));
	for (i = 0; i < NUM_BE; i++)
		ASSERT_EQ(0, queue_work(env, &self->be[i], i));

	/* Latency-critical queues that come late find a slot all the same. */
	for (; self->num_lc < NUM_LC; self->num_lc++) {
		ASSERT_EQ(0, gp_create_aql(env, &self->lc[self->num_lc],
					   LC_PRIORITY));
	}
	for (i = 0; i < NUM_LC; i++) {
		ASSERT_EQ(0, kfd_env_dispatch(env, &self->lc[i], NUM_BE + i, 1,
					      NSEC_PER_USEC));
	}
	for (i = 0; i < NUM_LC; i++)
		EXPECT_EQ(0, kfd_env_wait(env, NUM_BE + i, WAIT_MS));

	for (i = 0; i < NUM_BE; i++) {
		mapped = be_mapped(p);
		EXPECT_LE(0, mapped);
		EXPECT_LE(mapped, (int)be_max);
		ASSERT_EQ(0, kfd_env_wait(env, i, WAIT_MS))
			TH_LOG("number %u", i);
		EXPECT_EQ(DISPATCHES, kfd_load(&env->counter[i]));
	}
	EXPECT_EQ(self->rotations, hws_rotations(p));
	EXPECT_EQ(0, kfd_knob_get(self->node, "stats/queues_throttled", &value));
	EXPECT_LT(0ULL, value);
	EXPECT_EQ(0, kfd_knob_get(self->node, "stats/rotations", &value));
	EXPECT_LT(0ULL, value);
}

/* Each queue waits for the next one, and the last has the only kernel. */
TEST_F(admission, split_process_gets_on)
{
	struct kfd_env *env = &self->env;
	struct kfd_signal *dep;
	unsigned int i, n = NUM_BE / 2;

	ASSERT_EQ(0, create_be(env, self->be, &self->num_be, n));
	for (i = 0; i < n; i++)
		kfd_signal_init(&env->signal[i], 1, NULL);
	for (i = 0; i < n - 1; i++) {
		dep = &env->signal[i + 1];
		ASSERT_EQ(0, kfd_aql_barrier_and(&self->be[i], &dep, 1,
						 &env->signal[i]));
		kfd_queue_ring(&self->be[i]);
	}
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->be[n - 1], n - 1, 1,
				      NSEC_PER_USEC));
	EXPECT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ(self->rotations, hws_rotations(&env->gpu.props));
}

static int wait_mapped(const struct kfd_props *p, int least, int most)
{
	unsigned int i;
	int mapped;

	for (i = 0; i < WAIT_MS; i++) {
		mapped = be_mapped(p);
		if (mapped >= least && mapped <= most)
			return 0;
		usleep(1000);
	}
	return -ETIMEDOUT;
}

TEST_F(admission, reservation_changes_at_once)
{
	struct kfd_env *env = &self->env;
	const struct kfd_props *p = &env->gpu.props;
	unsigned int i, n = 30;
	__u64 total, be_max;

	ASSERT_EQ(0, kfd_knob_get(self->node, "hqd_total", &total));
	ASSERT_EQ(0, kfd_knob_get(self->node, "hqd_be_max", &be_max));
	ASSERT_EQ(0, create_be(env, self->be, &self->num_be, n));
	for (i = 0; i < n; i++)
		ASSERT_EQ(0, queue_work(env, &self->be[i], i));

	EXPECT_EQ(0, wait_mapped(p, be_max, be_max));
	ASSERT_EQ(0, kfd_knob_set(self->node, "hqd_be_max", 4));
	EXPECT_EQ(0, wait_mapped(p, 1, 4));
	ASSERT_EQ(0, kfd_knob_set(self->node, "hqd_be_max", be_max));
	ASSERT_EQ(0, kfd_knob_set(self->node, "hqd_lc_reserved", total - 2));
	EXPECT_EQ(0, wait_mapped(p, 1, 2));
	ASSERT_EQ(0, kfd_knob_set(self->node, "hqd_lc_reserved", 1));
	for (i = 0; i < n; i++) {
		ASSERT_EQ(0, kfd_env_wait(env, i, WAIT_MS))
			TH_LOG("number %u", i);
		EXPECT_EQ(DISPATCHES, kfd_load(&env->counter[i]));
	}
	EXPECT_EQ(self->rotations, hws_rotations(p));
}

/* ---- queues that change meanwhile ---------------------------------------- */

/* of another process, so that it takes a while to go through all of them */
#define OTHERS		GP_CREW_QUEUES

struct flipped {
	struct kfd_queue *q;
	bool end;
	unsigned int flips;
	int ret;
};

static void *flip(void *arg)
{
	struct flipped *f = arg;

	while (!f->ret && !__atomic_load_n(&f->end, __ATOMIC_SEQ_CST)) {
		f->ret = kfd_queue_set_percent(f->q, f->flips % 2 ?
					       KFD_MAX_QUEUE_PERCENTAGE : 0);
		f->flips += !f->ret;
	}
	return NULL;
}

/*
 * An update changes what a queue wants before it takes the lock under which slots
 * are handed out. It takes two CPUs to do both at once.
 */
TEST_F(admission, updates_while_slots_are_handed_out)
{
	__u64 end_ns = kfd_now_ns() + (kfd_test_is_exact() ? 1 : 20) *
		       100 * NSEC_PER_MSEC;
	struct gp_member others = {
		.priority = BE_PRIORITY,
		.queues = OTHERS,
		.workgroup_ns = NSEC_PER_MSEC,
	};
	struct flipped f = { .q = &self->be[0] };
	struct gp_member *crew = gp_crew_start(&others);
	unsigned int changes = 0;
	pthread_t thread;

	ASSERT_NE(NULL, crew);
	ASSERT_EQ(0, gp_crew_tell(crew, GP_WORK));
	ASSERT_EQ(0, create_be(&self->env, self->be, &self->num_be, 1));
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->lc[0], LC_PRIORITY));
	self->num_lc = 1;
	ASSERT_EQ(0, pthread_create(&thread, NULL, flip, &f));
	while (kfd_now_ns() < end_ns) {
		EXPECT_EQ(0, kfd_knob_set(self->node, "hqd_be_max",
					  OTHERS / 2 - changes++ % 2));
	}
	__atomic_store_n(&f.end, true, __ATOMIC_SEQ_CST);
	pthread_join(thread, NULL);
	EXPECT_EQ(0, f.ret);
	TH_LOG("%u updates, %u changes", f.flips, changes);
	EXPECT_LT(10, f.flips);
	EXPECT_LT(10, changes);
	EXPECT_EQ(0, gp_crew_tell(crew, GP_REST));
	EXPECT_EQ(0, gp_crew_end(crew));
	ASSERT_EQ(0, kfd_queue_set_percent(&self->be[0],
					   KFD_MAX_QUEUE_PERCENTAGE));
	ASSERT_EQ(0, queue_work(&self->env, &self->be[0], 0));
	EXPECT_EQ(0, kfd_env_wait(&self->env, 0, WAIT_MS));
}

/* ---- processes --------------------------------------------------------- */

struct start {
	__u32 ready;
	__u32 go;
};

static int process(struct start *start, __u32 priority)
{
	struct kfd_env env;
	struct kfd_queue q;

	if (kfd_env_open(&env, 0) || gp_create_aql(&env, &q, priority))
		return 1;
	__atomic_fetch_add(&start->ready, 1, __ATOMIC_SEQ_CST);
	while (!__atomic_load_n(&start->go, __ATOMIC_SEQ_CST))
		usleep(1000);
	if (queue_work(&env, &q, 0) || kfd_env_wait(&env, 0, 3 * WAIT_MS))
		return 2;
	if (kfd_load(&env.counter[0]) != DISPATCHES)
		return 3;
	if (kfd_queue_destroy(&q))
		return 4;
	kfd_env_close(&env);
	return 0;
}

TEST_F_TIMEOUT(admission, processes, 120)
{
	const struct kfd_props *p = &self->env.gpu.props;
	pid_t child[NUM_BE_PROCESSES + 2];
	struct start *start;
	unsigned int i;
	int status;

	if (kfd_test_no_hws())
		SKIP(return, "each process keeps a VMID, and there are fewer");
	start = mmap(NULL, sizeof(*start), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, start);
	for (i = 0; i < ARRAY_SIZE(child); i++) {
		child[i] = fork();
		ASSERT_LE(0, child[i]);
		if (!child[i]) {
			_exit(process(start, i < NUM_BE_PROCESSES ?
					     BE_PRIORITY : LC_PRIORITY));
		}
	}
	while (__atomic_load_n(&start->ready, __ATOMIC_SEQ_CST) <
	       ARRAY_SIZE(child) && !waitpid(-1, &status, WNOHANG))
		usleep(1000);
	EXPECT_EQ(ARRAY_SIZE(child), start->ready);
	__atomic_store_n(&start->go, 1, __ATOMIC_SEQ_CST);
	for (i = 0; i < ARRAY_SIZE(child); i++) {
		ASSERT_EQ(child[i], waitpid(child[i], &status, 0));
		EXPECT_TRUE(WIFEXITED(status));
		EXPECT_EQ(0, WEXITSTATUS(status)) TH_LOG("process %u", i);
	}
	EXPECT_EQ(self->rotations, hws_rotations(p));
}

TEST_HARNESS_MAIN

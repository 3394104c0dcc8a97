// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt without the hardware scheduler: queues own the slots, give them up
 * when they are off, and may come back in others.
 */
#include "gpreempt_stage.h"

#define QUIET_MS	30
/* Pipe priorities, as the driver derives them from a queue's */
#define PIPE_BE		1
#define PIPE_LC		2

#define MANY		60
#define PROCESSES	6
#define ROUNDS		3
#define WORKGROUPS	40
/* At most; what the device has is in hqd_total */
#define MAX_SLOTS	64

FIXTURE(nohws) {
	struct kfd_env env;
	struct kfd_queue be;
	struct kfd_queue lc;
	struct kfd_queue q[MAX_SLOTS];
	const struct kfd_props *props;
	unsigned int node;
	unsigned int sim;
	unsigned int used;
	__u64 total;
	__u64 be_max;
	__u64 errors;
};

FIXTURE_SETUP(nohws)
{
	int ret = kfd_env_open(&self->env, 0);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	if (!kfd_test_on_kfdsim() || !kfd_test_no_hws())
		SKIP(return, "only without the hardware scheduler");
	if (kfd_test_drains())
		SKIP(return, "waves can't be saved");
	self->props = &self->env.gpu.props;
	self->node = self->props->node;
	self->sim = self->props->sim;
	ASSERT_EQ(0, gp_reset_knobs(self->node));
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 1));
	ASSERT_EQ(0, kfd_knob_get(self->node, "hqd_total", &self->total));
	ASSERT_GE(MAX_SLOTS, self->total);
	ASSERT_EQ(0, kfd_knob_get(self->node, "hqd_be_max", &self->be_max));
	ASSERT_EQ(0, kfdsim_stat(self->sim, "cwsr_errors", &self->errors));
}

FIXTURE_TEARDOWN(nohws)
{
	__u64 active, errors;

	while (self->used--)
		EXPECT_EQ(0, kfd_queue_destroy(&self->q[self->used]));
	EXPECT_EQ(0, self->lc.created ? kfd_queue_destroy(&self->lc) : 0);
	EXPECT_EQ(0, self->be.created ? kfd_queue_destroy(&self->be) : 0);
	EXPECT_EQ(0, kfd_knobs_reset(self->node));
	/* Every slot that was given was given back. */
	EXPECT_EQ(0, kfd_knob_get(self->node, "hqd_active", &active));
	EXPECT_EQ(0ULL, active);
	EXPECT_EQ(0, kfdsim_stat(self->sim, "cwsr_errors", &errors));
	EXPECT_EQ(self->errors, errors);
	kfd_env_close(&self->env);
}

static int create_both(struct _test_data_nohws *self)
{
	int ret = gp_create_aql(&self->env, &self->be, BE_PRIORITY);

	return ret ? ret : gp_create_aql(&self->env, &self->lc, LC_PRIORITY);
}

/* More queues of a priority, until there are so many; slot numbers from 10 on */
static int create_more(struct _test_data_nohws *self, unsigned int number,
		       __u32 priority)
{
	int ret = 0;

	while (self->used < number && !ret) {
		struct kfd_queue *q = &self->q[self->used];

		ret = gp_create_aql(&self->env, q, priority);
		self->used += !ret;
		/* Else idle ones give way when slots are short. */
		if (!ret && priority == LC_PRIORITY)
			ret = kfd_process_write(getpid(), q->id, "policy",
						"preemptible");
	}
	return ret;
}

static int preempt(struct _test_data_nohws *self)
{
	int ret = gp_lc_begin(&self->env, &self->lc, 1);

	return ret ? ret : kfd_knob_wait_state(self->node, "preempted",
					       WAIT_MS);
}

/* Each of the further queues works; what they did before is in their counters. */
static int all_work(struct _test_data_nohws *self, unsigned int times)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < self->used && !ret; i++)
		ret = kfd_env_dispatch(&self->env, &self->q[i], 10 + i, 3,
				       1000);
	for (i = 0; i < self->used && !ret; i++) {
		ret = kfd_env_wait(&self->env, 10 + i, WAIT_MS);
		if (!ret &&
		    kfd_load(&self->env.counter[10 + i]) != 3ULL * times)
			ret = -EILSEQ;
	}
	return ret;
}

/* ---- slots --------------------------------------------------------------- */

/* No slot is lost, whatever a queue went through before it was destroyed. */
TEST_F(nohws, slots_come_back)
{
	unsigned int i;

	for (i = 0; i < 3 * self->total; i++) {
		ASSERT_EQ(0, create_both(self));
		ASSERT_EQ(0, gp_be_reside(&self->env, &self->be));
		ASSERT_EQ(0, i % 3 ? preempt(self) : 0);
		ASSERT_EQ(0, i % 3 == 2 ? gp_lc_end(&self->env) : 0);
		ASSERT_EQ(0, kfd_queue_destroy(&self->be));
		ASSERT_EQ(0, kfd_queue_destroy(&self->lc));
	}
}

/* Off, or with all slots given to queues that keep them, it is as it ever was. */
TEST_F(nohws, one_too_many_fails)
{
	struct kfd_queue q;

	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 0));
	ASSERT_EQ(0, create_more(self, self->total, BE_PRIORITY));
	EXPECT_EQ(-EBUSY, gp_create_aql(&self->env, &q, BE_PRIORITY));
	EXPECT_EQ(-EBUSY, gp_create_aql(&self->env, &q, LC_PRIORITY));
	EXPECT_EQ(0, kfd_queue_destroy(&self->q[--self->used]));
	ASSERT_EQ(0, create_more(self, self->total, BE_PRIORITY));
	EXPECT_EQ(0, all_work(self, 1));
}

TEST_F(nohws, one_lc_too_many_fails)
{
	struct kfd_queue q;

	ASSERT_EQ(0, create_more(self, self->total, LC_PRIORITY));
	EXPECT_EQ(-EBUSY, gp_create_aql(&self->env, &q, LC_PRIORITY));
	EXPECT_EQ(0, all_work(self, 1));
}

/* BE gives its slots to LC, and waits for as long as all are taken. */
TEST_F(nohws, lc_always_gets_a_slot)
{
	struct kfd_env *env = &self->env;
	int n;

	ASSERT_EQ(0, gp_create_aql(env, &self->be, BE_PRIORITY));
	n = kfd_env_fill(env, &self->be, 0, BE_NS / 4, WAIT_MS);
	ASSERT_LT(0, n);
	ASSERT_EQ(0, create_more(self, self->total, LC_PRIORITY));
	EXPECT_EQ(self->total, kfdsim_hqd_count(self->sim, PIPE_LC));
	EXPECT_EQ(0, kfdsim_hqd_count(self->sim, PIPE_BE));
	EXPECT_EQ(0, all_work(self, 1));
	EXPECT_EQ(0ULL, kfd_load(&env->counter[0]));
	EXPECT_EQ(0, kfd_queue_destroy(&self->q[--self->used]));
	EXPECT_EQ(0, kfd_queue_destroy(&self->q[--self->used]));
	EXPECT_EQ(0, kfd_queue_destroy(&self->q[--self->used]));
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ((__u64)n, kfd_load(&env->counter[0]));
	EXPECT_EQ(0, all_work(self, 2));
}

TEST_F(nohws, promoted_queue_gets_a_slot)
{
	struct kfd_env *env = &self->env;
	int n;

	ASSERT_EQ(0, create_both(self));
	ASSERT_EQ(0, create_more(self, self->total - 1, LC_PRIORITY));
	ASSERT_EQ(0, gp_wait_state(self->props, 0, "throttled", 1));
	n = kfd_env_fill(env, &self->lc, 1, BE_NS / 4, WAIT_MS);
	ASSERT_LT(0, n);
	/* All slots are LC's now, so LC it has to be to get one... */
	EXPECT_EQ(0, kfd_queue_destroy(&self->q[--self->used]));
	ASSERT_EQ(0, kfd_queue_set_priority(&self->be, LC_PRIORITY));
	EXPECT_EQ(self->total, kfdsim_hqd_count(self->sim, PIPE_LC));
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->be, 0, 5, 1000));
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ(5ULL, kfd_load(&env->counter[0]));
	ASSERT_EQ(0, kfd_env_wait(env, 1, WAIT_MS));
	EXPECT_EQ((__u64)n, kfd_load(&env->counter[1]));
}

/* Slot numbers of a queue that has none are nobody's. */
TEST_F(nohws, destroy_without_slot)
{
	struct kfd_env *env = &self->env;
	unsigned int lc = self->total - 1;

	ASSERT_EQ(0, create_both(self));
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->be, 0, 5, BE_NS));
	ASSERT_EQ(0, preempt(self));
	ASSERT_EQ(0, create_more(self, lc, LC_PRIORITY));
	EXPECT_EQ(self->total, kfdsim_hqd_count(self->sim, PIPE_LC));
	ASSERT_EQ(0, kfd_queue_destroy(&self->be));
	EXPECT_EQ(self->total, kfdsim_hqd_count(self->sim, PIPE_LC));
	EXPECT_EQ(0, all_work(self, 1));
	/* and it did not give back what is not its own */
	EXPECT_EQ(-EBUSY, gp_create_aql(env, &self->be, LC_PRIORITY));
	ASSERT_EQ(0, gp_lc_end(env));
	EXPECT_EQ(0ULL, kfd_load(&env->counter[0]));
}

TEST_F(nohws, another_slot)
{
	struct kfd_env *env = &self->env;
	struct kfdsim_hqd before, after;
	unsigned int lc = self->total - 1;
	int n;

	ASSERT_EQ(0, create_both(self));
	n = kfd_env_fill(env, &self->be, 0, BE_NS / 2, WAIT_MS);
	ASSERT_LT(0, n);
	ASSERT_EQ(0, kfdsim_hqd_find(self->sim, self->be.ring.va, &before));
	ASSERT_EQ(0, preempt(self));
	EXPECT_EQ(-ENOENT, kfdsim_hqd_find(self->sim, self->be.ring.va,
					   &after));
	/* They take all slots; the last one is not the one that BE had. */
	ASSERT_EQ(0, create_more(self, lc, LC_PRIORITY));
	ASSERT_EQ(0, kfdsim_hqd_find(self->sim, self->q[lc - 1].ring.va,
				     &after));
	if (after.pipe == before.pipe && after.queue == before.queue) {
		struct kfd_queue last = self->q[lc - 1];

		self->q[lc - 1] = self->q[0];
		self->q[0] = last;
	}
	ASSERT_EQ(0, kfd_knob_set(self->node, "hqd_lc_reserved", 0));
	ASSERT_EQ(0, kfd_queue_destroy(&self->q[--self->used]));
	ASSERT_EQ(0, gp_lc_end(env));
	ASSERT_EQ(0, gp_wait_state(self->props, 0, "inversion", 0));
	ASSERT_EQ(0, gp_wait_state(self->props, 0, "throttled", 0));
	ASSERT_EQ(0, kfdsim_hqd_find(self->sim, self->be.ring.va, &after));
	EXPECT_TRUE(before.pipe != after.pipe || before.queue != after.queue);
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ((__u64)n, kfd_load(&env->counter[0]));
}

/* ---- more queues than slots ------------------------------------------------ */

struct board {
	__u32 ready;
	__u32 start;
	__u32 done;
};

static int many_queues(void *arg)
{
	const unsigned int queues = MANY / PROCESSES;
	struct kfd_queue q[MANY / PROCESSES];
	struct board *board = arg;
	struct kfd_env env;
	unsigned int i, round;

	if (kfd_env_open(&env, 0))
		return 1;
	for (i = 0; i < queues; i++) {
		if (gp_create_aql(&env, &q[i], BE_PRIORITY))
			return 2;
	}
	__atomic_add_fetch(&board->ready, 1, __ATOMIC_RELEASE);
	if (kfd_poll_eq32(&board->start, 1, WAIT_MS))
		return 3;
	for (round = 1; round <= ROUNDS; round++) {
		for (i = 0; i < queues; i++) {
			if (kfd_env_dispatch(&env, &q[i], i, WORKGROUPS,
					     4 * NSEC_PER_MSEC))
				return 4;
		}
		for (i = 0; i < queues; i++) {
			if (kfd_env_wait(&env, i, 3 * WAIT_MS))
				return 5;
			if (kfd_load(&env.counter[i]) != round * WORKGROUPS)
				return 6;
		}
	}
	for (i = 0; i < queues; i++) {
		if (kfd_queue_destroy(&q[i]))
			return 7;
	}
	kfd_env_close(&env);
	__atomic_add_fetch(&board->done, 1, __ATOMIC_RELEASE);
	return 0;
}

/* Return: the largest number of BE queues seen mapped, with LC work between */
static int most_mapped(struct _test_data_nohws *self, const struct board *board)
{
	__u64 end = kfd_now_ns() + 4 * WAIT_MS * NSEC_PER_MSEC;
	int n, most = 0;

	while (kfd_load(&board->done) < PROCESSES) {
		n = kfdsim_hqd_count(self->sim, PIPE_BE);
		if (n < 0)
			return n;
		most = n > most ? n : most;
		if (kfd_env_dispatch(&self->env, &self->lc, 1, 4, 1000) ||
		    kfd_env_wait(&self->env, 1, WAIT_MS))
			return -EIO;
		if (kfd_now_ns() >= end)
			return -ETIMEDOUT;
		usleep(500);
	}
	return most;
}

TEST_F_TIMEOUT(nohws, many_queues, 170)
{
	struct board *board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid[PROCESSES];
	unsigned int i;
	int status;

	ASSERT_NE(MAP_FAILED, board);
	ASSERT_LT(self->total, MANY);
	for (i = 0; i < PROCESSES; i++) {
		pid[i] = fork();
		ASSERT_LE(0, pid[i]);
		if (!pid[i])
			_exit(many_queues(board));
	}
	ASSERT_EQ(0, kfd_poll_eq32(&board->ready, PROCESSES, WAIT_MS));
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->lc, LC_PRIORITY));

	/* Queues can't do without it any more; and nothing changes. */
	EXPECT_EQ(-EBUSY, kfd_knob_set(self->node, "enable", 0));
	EXPECT_EQ(0, kfd_knob_wait_state(self->node, "idle", 0));
	EXPECT_EQ(MANY - (int)self->be_max,
		  gp_count_state(self->props, 0, "throttled"));

	__atomic_store_n(&board->start, 1, __ATOMIC_RELEASE);
	EXPECT_EQ((int)self->be_max, most_mapped(self, board));
	for (i = 0; i < PROCESSES; i++) {
		ASSERT_EQ(pid[i], waitpid(pid[i], &status, 0));
		EXPECT_TRUE(WIFEXITED(status));
		EXPECT_EQ(0, WEXITSTATUS(status))
			TH_LOG("process %u", i);
	}
	EXPECT_EQ(0, kfd_knob_set(self->node, "enable", 0));
}

/* An LC queue that comes while BE has more queues than there are slots */
TEST_F(nohws, disable_refused)
{
	ASSERT_EQ(0, create_more(self, self->total + 1, BE_PRIORITY));
	EXPECT_EQ(-EBUSY, kfd_knob_set(self->node, "enable", 0));
	EXPECT_EQ(0, kfd_knob_wait_state(self->node, "idle", 0));
	EXPECT_EQ(0, all_work(self, 1));
	EXPECT_EQ(0, kfd_queue_destroy(&self->q[--self->used]));
	EXPECT_EQ(0, kfd_knob_set(self->node, "enable", 0));
	EXPECT_EQ(0, gp_count_off(self->props));
	EXPECT_EQ(0, all_work(self, 2));
}

/* ---- throttled queues ------------------------------------------------------- */

/* Three queues and one slot: the second and third wait, in whatever state. */
static int throttle(struct _test_data_nohws *self)
{
	int ret = kfd_knob_set(self->node, "hqd_be_max", 1);

	/* No turns: what is throttled stays so while it has no work. */
	if (!ret)
		ret = kfd_knob_set(self->node, "be_quantum_us", 1000000);
	if (!ret)
		ret = create_both(self);
	if (!ret)
		ret = create_more(self, 2, BE_PRIORITY);
	if (!ret)
		ret = gp_wait_state(self->props, 0, "throttled", 2);
	return ret;
}

TEST_F(nohws, update_throttled)
{
	struct kfd_env *env = &self->env;

	ASSERT_EQ(0, throttle(self));
	ASSERT_EQ(0, kfd_queue_set_percent(&self->q[0], 0));
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->q[0], 0, 5, 1000));
	ASSERT_EQ(0, kfd_queue_set_percent(&self->q[0], 100));
	EXPECT_GE(1, kfdsim_hqd_count(self->sim, PIPE_BE));
	/* It has work now, and the first has none. */
	ASSERT_EQ(0, kfd_knob_set(self->node, "be_quantum_us", 1000));
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ(5ULL, kfd_load(&env->counter[0]));
	EXPECT_EQ(0, all_work(self, 1));
}

TEST_F(nohws, promote_throttled)
{
	struct kfd_env *env = &self->env;

	ASSERT_EQ(0, throttle(self));
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->q[0], 0, 5, 1000));
	ASSERT_EQ(0, kfd_queue_set_priority(&self->q[0], LC_PRIORITY));
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ(5ULL, kfd_load(&env->counter[0]));
	EXPECT_GE(1, kfdsim_hqd_count(self->sim, PIPE_BE));
	EXPECT_EQ(2, kfdsim_hqd_count(self->sim, PIPE_LC));
}

/* ---- by hand: the ways to take a queue off ------------------------------------ */

#define HAND_WORKGROUPS	20

static int begin_work(struct _test_data_nohws *self)
{
	struct kfd_env *env = &self->env;
	int ret = create_both(self);

	if (!ret)
		ret = create_more(self, 1, BE_PRIORITY);
	if (!ret)
		ret = kfd_env_dispatch(env, &self->be, 0, HAND_WORKGROUPS,
				       200 * NSEC_PER_MSEC);
	if (!ret)
		ret = kfd_env_dispatch(env, &self->q[0], 1, HAND_WORKGROUPS,
				       200 * NSEC_PER_MSEC);
	if (!ret)
		ret = kfd_queue_wait_idle(&self->q[0], WAIT_MS);
	return ret ? ret : kfd_queue_wait_idle(&self->be, WAIT_MS);
}

static int by_hand(struct _test_data_nohws *self, const char *file,
		   const char *way)
{
	return gp_by_hand(self->props, file, getpid(), self->be.id, way);
}

TEST_F(nohws, save_by_hand)
{
	struct kfd_env *env = &self->env;

	ASSERT_EQ(0, begin_work(self));
	ASSERT_EQ(0, by_hand(self, "preempt", "save"));
	EXPECT_EQ(0, kfd_knob_wait_state(self->node, "held", 0));
	EXPECT_EQ(1, kfdsim_hqd_count(self->sim, PIPE_BE));
	ASSERT_EQ(0, kfd_env_wait(env, 1, WAIT_MS));
	EXPECT_EQ(0ULL, kfd_load(&env->counter[0]));
	ASSERT_EQ(0, by_hand(self, "resume", NULL));
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ(HAND_WORKGROUPS, kfd_load(&env->counter[0]));
}

/* With the answer the waves have ended; what comes after them waits. */
TEST_F(nohws, drain_by_hand)
{
	struct kfd_env *env = &self->env;

	ASSERT_EQ(0, begin_work(self));
	ASSERT_EQ(0, by_hand(self, "preempt", "drain"));
	EXPECT_EQ(HAND_WORKGROUPS, kfd_load(&env->counter[0]));
	EXPECT_EQ(0, kfd_env_wait(env, 0, QUIET_MS));
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->be, 2, 5, 1000));
	EXPECT_EQ(-ETIMEDOUT, kfd_env_wait(env, 2, QUIET_MS));
	ASSERT_EQ(0, by_hand(self, "resume", NULL));
	ASSERT_EQ(0, kfd_env_wait(env, 2, WAIT_MS));
	EXPECT_EQ(5ULL, kfd_load(&env->counter[2]));
	ASSERT_EQ(0, kfd_env_wait(env, 1, WAIT_MS));
	EXPECT_EQ(HAND_WORKGROUPS, kfd_load(&env->counter[1]));
}

/* Its waves are lost, and they alone; it works when it comes back. */
TEST_F(nohws, reset_by_hand)
{
	struct kfd_env *env = &self->env;

	ASSERT_EQ(0, begin_work(self));
	ASSERT_EQ(0, by_hand(self, "preempt", "reset"));
	ASSERT_EQ(0, by_hand(self, "resume", NULL));
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->be, 2, 5, 1000));
	ASSERT_EQ(0, kfd_env_wait(env, 2, WAIT_MS));
	EXPECT_EQ(5ULL, kfd_load(&env->counter[2]));
	ASSERT_EQ(0, kfd_env_wait(env, 1, WAIT_MS));
	EXPECT_EQ(HAND_WORKGROUPS, kfd_load(&env->counter[1]));
	EXPECT_EQ(0ULL, kfd_load(&env->counter[0]));
}

/* ---- a queue that does not answer ------------------------------------------------ */

static int set_fail_preempt(struct _test_data_nohws *self, __u64 doorbell)
{
	char text[32];

	snprintf(text, sizeof(text), "%llu", doorbell);
	return kfdsim_write(self->sim, "fail_preempt", text);
}

/* It stays where it is, LC has the rest, and nothing else comes of it. */
TEST_F_TIMEOUT(nohws, refuses, 120)
{
	struct kfd_env *env = &self->env;
	struct kfdsim_hqd hqd;
	int n;

	ASSERT_EQ(0, begin_work(self));
	n = HAND_WORKGROUPS;
	ASSERT_EQ(0, kfdsim_hqd_find(self->sim, self->be.ring.va, &hqd));
	ASSERT_EQ(0, set_fail_preempt(self, hqd.doorbell));
	ASSERT_EQ(0, gp_lc_begin(env, &self->lc, 1));
	ASSERT_EQ(0, kfd_env_wait(env, LC_SLOT, WAIT_MS));
	ASSERT_EQ(0, kfd_knob_wait_state(self->node, "preempted", WAIT_MS));
	EXPECT_EQ(1, kfdsim_hqd_count(self->sim, PIPE_BE));
	ASSERT_EQ(0, set_fail_preempt(self, 0));
	ASSERT_EQ(0, gp_lc_end(env));
	ASSERT_EQ(0, kfd_knob_wait_state(self->node, "idle", WAIT_MS));
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ((__u64)n, kfd_load(&env->counter[0]));
	ASSERT_EQ(0, kfd_env_wait(env, 1, WAIT_MS));
	EXPECT_EQ((__u64)n, kfd_load(&env->counter[1]));
}

/* ---- waves that can't be saved ----------------------------------------------------- */

/* BE leaves when its waves have ended, and what it has not begun waits. */
TEST(drain)
{
	struct kfd_queue be, lc;
	struct kfd_env env;
	unsigned int node;
	int n, ret = kfd_env_open(&env, 0);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	if (!kfd_test_on_kfdsim() || !kfd_test_no_hws() || !kfd_test_drains())
		SKIP(return, "waves can be saved");
	node = env.gpu.props.node;
	ASSERT_EQ(0, gp_reset_knobs(node));
	ASSERT_EQ(0, gp_create_aql(&env, &be, BE_PRIORITY));
	ASSERT_EQ(0, gp_create_aql(&env, &lc, LC_PRIORITY));
	ASSERT_EQ(0, kfd_knob_set(node, "enable", 1));

	n = kfd_env_fill(&env, &be, 0, 50 * NSEC_PER_MSEC, WAIT_MS);
	ASSERT_LT(0, n);
	ASSERT_EQ(0, gp_lc_begin(&env, &lc, 1));
	ASSERT_EQ(0, kfd_knob_wait_state(node, "preempted", WAIT_MS));
	EXPECT_EQ((__u64)n, kfd_load(&env.counter[0]));
	ASSERT_EQ(0, kfd_env_wait(&env, LC_SLOT, WAIT_MS));
	ASSERT_EQ(0, kfd_env_dispatch(&env, &be, 1, 5, 1000));
	EXPECT_EQ(-ETIMEDOUT, kfd_env_wait(&env, 1, QUIET_MS));
	EXPECT_EQ(-EOPNOTSUPP, gp_by_hand(&env.gpu.props, "preempt", getpid(),
					  be.id, "save"));
	ASSERT_EQ(0, gp_lc_end(&env));
	ASSERT_EQ(0, kfd_env_wait(&env, 1, WAIT_MS));
	EXPECT_EQ(5ULL, kfd_load(&env.counter[1]));
	EXPECT_EQ(0, gp_reset_knobs(node));
	EXPECT_EQ(0, kfd_queue_destroy(&lc));
	EXPECT_EQ(0, kfd_queue_destroy(&be));
	kfd_env_close(&env);
}

TEST_HARNESS_MAIN

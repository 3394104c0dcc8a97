// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt-bench: many queues, and what the driver does about them. The traces
 * that vm-bench has set up are turned on around it.
 *
 * One process has the LC queues; up to BE_PROCESSES others have the best-effort
 * ones. These are created while best-effort is held off, so that they come to
 * the hardware together, not with one runlist for each.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <signal.h>

#include "kfd_env.h"

#define BE_PROCESSES	8
#define BE_PRIORITY	0
#define LC_PRIORITY	15
#define MAX_LC		100
#define MAX_BE		1000
#define ROUNDS		16
#define CHECK_US	40000
#define WAIT_MS		60000
/* What the driver needs, and more, until it has armed the doorbells again */
#define SETTLE_US	5000

#define TRACING		"/sys/kernel/tracing/"

enum slot { SLOT_GATE, SLOT_PASSED };

/**
 * struct bench - the LC process, and the way to the others
 * @env: the GPU
 * @lc: LC queues
 * @num_lc: how many
 * @num_be: how many best-effort queues all processes have
 * @child: sockets, one for each best-effort process
 */
struct bench {
	struct kfd_env env;
	struct kfd_queue lc[MAX_LC];
	unsigned int num_lc;
	unsigned int num_be;
	int child[BE_PROCESSES];
};

static int fail(const char *what, int ret)
{
	if (ret)
		fprintf(stderr, "gpreempt-bench: %s: %s\n", what, strerror(-ret));
	return ret;
}

static int create(struct kfd_env *env, struct kfd_queue *queue,
		  unsigned int priority)
{
	struct kfd_queue_attr attr = KFD_QUEUE_ATTR(KFD_IOC_QUEUE_TYPE_COMPUTE_AQL);

	attr.priority = priority;
	return fail("queue", kfd_queue_create(&env->gpu, &attr, queue));
}

/* @queue has work until the gate is opened: a barrier packet that waits. */
static int close_gate(struct kfd_env *env, struct kfd_queue *queue)
{
	struct kfd_signal *gate = &env->signal[SLOT_GATE];
	int ret;

	kfd_signal_init(gate, 1, NULL);
	kfd_signal_init(&env->signal[SLOT_PASSED], 1, NULL);
	ret = kfd_aql_barrier_and(queue, &gate, 1, &env->signal[SLOT_PASSED]);
	if (!ret)
		kfd_queue_ring(queue);
	return fail("barrier", ret);
}

static void open_gate(struct kfd_env *env)
{
	__atomic_store_n(&env->signal[SLOT_GATE].value, 0, __ATOMIC_SEQ_CST);
}

/* ---- best-effort processes ---------------------------------------------- */

/*
 * Creates as many queues as it is told to, time and again, and answers. The
 * first one waits at a barrier: nobody looks at a node where there is nothing to
 * do.
 */
static int be_main(int fd)
{
	static struct kfd_queue queue[MAX_BE];
	unsigned int have = 0, more;
	struct kfd_env env;
	int ret;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	ret = fail("best-effort process", kfd_env_open(&env, 0));
	if (ret)
		return ret;
	while (!ret && read(fd, &more, sizeof(more)) == sizeof(more)) {
		while (!ret && more--) {
			ret = create(&env, &queue[have], BE_PRIORITY);
			if (!ret && !have++)
				ret = close_gate(&env, &queue[0]);
		}
		if (write(fd, &ret, sizeof(ret)) != sizeof(ret))
			ret = -EIO;
	}
	return ret;
}

static int start_children(struct bench *bench)
{
	int pair[2];

	for (unsigned int i = 0; i < BE_PROCESSES; i++) {
		pid_t pid;

		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
			return fail("socket", -errno);
		pid = fork();
		if (pid < 0)
			return fail("fork", -errno);
		if (!pid) {
			close(pair[0]);
			_exit(be_main(pair[1]) ? 1 : 0);
		}
		close(pair[1]);
		bench->child[i] = pair[0];
	}
	return 0;
}

static int add_be(struct bench *bench, unsigned int num)
{
	for (unsigned int i = 0; i < BE_PROCESSES; i++) {
		unsigned int more = 0;
		int ret;

		for (unsigned int n = bench->num_be; n < num; n++)
			more += n % BE_PROCESSES == i;
		if (write(bench->child[i], &more, sizeof(more)) != sizeof(more) ||
		    read(bench->child[i], &ret, sizeof(ret)) != sizeof(ret))
			ret = -EPIPE;
		if (ret)
			return fail("best-effort queues", ret);
	}
	bench->num_be = num;
	return 0;
}

/* ---- preempt and resume ------------------------------------------------- */

static int wait_state(struct bench *bench, const char *state)
{
	return fail(state, kfd_knob_wait_state(bench->env.gpu.props.node, state,
					       WAIT_MS));
}

static int preempt(struct bench *bench)
{
	int ret = close_gate(&bench->env, &bench->lc[0]);

	return ret ? ret : wait_state(bench, "preempted");
}

static int resume(struct bench *bench)
{
	int ret;

	open_gate(&bench->env);
	ret = fail("barrier", kfd_env_wait(&bench->env, SLOT_PASSED, WAIT_MS));
	if (!ret)
		ret = wait_state(bench, "idle");
	usleep(SETTLE_US);
	return ret;
}

static int grow(struct bench *bench, unsigned int num)
{
	int ret = 0;

	/* Nothing can be held off before there is one. */
	if (!bench->num_be)
		ret = add_be(bench, 1);
	if (!ret)
		ret = preempt(bench);
	if (!ret)
		ret = add_be(bench, num);
	return ret ? ret : resume(bench);
}

/* ---- measurements ------------------------------------------------------- */

static int set_file(const char *path, const char *text)
{
	return fail(path, kfd_file_write(path, text, strlen(text)));
}

/* What follows in the trace is of @operation. */
static int begin(struct bench *bench, const char *operation)
{
	int ret = set_file(TRACING "tracing_on", "1");
	char text[64];

	snprintf(text, sizeof(text), "bench: %s %u %u\n", operation,
		 bench->num_be, bench->num_lc);
	return ret ? ret : set_file(TRACING "trace_marker", text);
}

static int end(void)
{
	return set_file(TRACING "tracing_on", "0");
}

static int set_triggers(struct bench *bench, const char *triggers)
{
	return fail("triggers", kfd_knob_write(bench->env.gpu.props.node,
					       "triggers", triggers));
}

static int measure_checks(struct bench *bench)
{
	int ret = set_triggers(bench, "timer");

	usleep(SETTLE_US);
	if (!ret)
		ret = begin(bench, "check");
	if (!ret)
		usleep(CHECK_US);
	if (!ret)
		ret = end();
	return ret ? ret : set_triggers(bench, "timer+event+doorbell");
}

static int measure_rounds(struct bench *bench)
{
	int ret;

	usleep(SETTLE_US);
	ret = begin(bench, "rounds");
	for (unsigned int i = 0; i < ROUNDS && !ret; i++) {
		ret = preempt(bench);
		if (!ret)
			ret = resume(bench);
	}
	return ret ? ret : end();
}

/* Packets of the hardware scheduler's ring, as kfdsim counts them */
struct packets {
	__u64 unmap, fence, runlist;
};

static int read_packets(struct bench *bench, struct packets *packets)
{
	unsigned int sim = bench->env.gpu.props.sim;
	int ret;

	ret = kfdsim_stat(sim, "hiq_unmap_queues", &packets->unmap);
	if (!ret)
		ret = kfdsim_stat(sim, "hiq_query_status", &packets->fence);
	if (!ret)
		ret = kfdsim_stat(sim, "hiq_run_list", &packets->runlist);
	return fail("stats of kfdsim", ret);
}

static int count_packets(struct bench *bench, const char *operation,
			 int (*function)(struct bench *bench))
{
	struct packets before, after;
	int ret;

	ret = read_packets(bench, &before);
	if (!ret)
		ret = function(bench);
	/* The driver does not wait for a runlist, and this counts what was read. */
	usleep(SETTLE_US);
	if (!ret)
		ret = read_packets(bench, &after);
	if (!ret)
		printf("%s,%u,%u,%llu,%llu,%llu\n", operation, bench->num_be,
		       bench->num_lc,
		       (unsigned long long)(after.unmap - before.unmap),
		       (unsigned long long)(after.fence - before.fence),
		       (unsigned long long)(after.runlist - before.runlist));
	return ret;
}

static int measure(struct bench *bench, unsigned int num_be)
{
	int ret = grow(bench, num_be);

	if (!ret)
		ret = measure_checks(bench);
	if (!ret)
		ret = measure_rounds(bench);
	if (!ret)
		ret = count_packets(bench, "preempt", preempt);
	if (!ret)
		ret = count_packets(bench, "resume", resume);
	return ret;
}

static int open_lc(struct bench *bench, unsigned int num)
{
	int ret = fail("LC process", kfd_env_open(&bench->env, 0));

	while (!ret && bench->num_lc < num)
		ret = create(&bench->env, &bench->lc[bench->num_lc++],
			     LC_PRIORITY);
	return ret;
}

static unsigned int number(const char *text, unsigned int max)
{
	unsigned long value = strtoul(text, NULL, 10);

	if (!value || value > max) {
		fprintf(stderr, "gpreempt-bench: %s is not in 1..%u\n", text, max);
		exit(64);
	}
	return value;
}

int main(int argc, char **argv)
{
	static struct bench bench;
	int ret;

	if (argc < 3) {
		fprintf(stderr,
			"usage: gpreempt-bench <LC queues> <BE queues>...\n"
			"BE queues: numbers that grow. Prints what was sent to the hardware scheduler.\n");
		return 64;
	}
	for (int i = 2; i < argc; i++)
		number(argv[i], MAX_BE);
	ret = start_children(&bench);
	if (!ret)
		ret = open_lc(&bench, number(argv[1], MAX_LC));
	for (int i = 2; i < argc && !ret; i++)
		ret = measure(&bench, number(argv[i], MAX_BE));
	/* The end of the processes takes all queues with it, at once. */
	for (unsigned int i = 0; i < BE_PROCESSES; i++)
		close(bench.child[i]);
	while (wait(NULL) > 0)
		;
	return ret ? 1 : 0;
}

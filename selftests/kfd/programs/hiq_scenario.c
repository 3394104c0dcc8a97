// SPDX-License-Identifier: GPL-2.0
/*
 * Every operation on queues that makes the driver talk to the hardware
 * scheduler, always in the same order, with the packets captured.
 *
 * usage: hiq_scenario <output file>
 *
 * Two drivers that treat the hardware alike leave two files that are alike to
 * the byte. Steps wait until what they started is over, also where the driver
 * finishes it in the background: what is left over would decide which number
 * the next step gets.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kfd_env.h"

#define WAIT_MS		20000
#define SETTLE_US	50000
#define MANY		40
#define ROUNDS	3

static const struct kfd_queue_attr aql =
	KFD_QUEUE_ATTR(KFD_IOC_QUEUE_TYPE_COMPUTE_AQL);

static int request(struct kfd_env *env, struct kfd_queue *q, unsigned int slot)
{
	int ret = kfd_env_dispatch(env, q, slot, 10, 10000);

	return ret ? ret : kfd_env_wait(env, slot, WAIT_MS);
}

/* Create, update and destroy, one type after the other */
static int types(struct kfd_env *env)
{
	const __u32 type[] = {
		KFD_IOC_QUEUE_TYPE_COMPUTE_AQL, KFD_IOC_QUEUE_TYPE_COMPUTE,
		KFD_IOC_QUEUE_TYPE_SDMA, KFD_IOC_QUEUE_TYPE_SDMA_BY_ENG_ID,
	};
	struct kfd_queue q;
	unsigned int i;
	int ret = 0;

	for (i = 0; i < ARRAY_SIZE(type) && !ret; i++) {
		struct kfd_queue_attr attr = KFD_QUEUE_ATTR(type[i]);

		ret = kfd_queue_create(&env->gpu, &attr, &q);
		if (!ret)
			ret = kfd_queue_set_percent(&q, 0);
		if (!ret)
			ret = kfd_queue_set_percent(&q, 100);
		if (!ret)
			ret = kfd_queue_set_priority(&q, 15);
		if (!ret)
			ret = kfd_queue_destroy(&q);
	}
	return ret;
}

/* All priorities side by side, with work, and changed under it */
static int priorities(struct kfd_env *env)
{
	struct kfd_queue q[KFD_MAX_QUEUE_PRIORITY + 1];
	unsigned int i, n = KFD_MAX_QUEUE_PRIORITY + 1;
	int ret = 0;

	memset(q, 0, sizeof(q));
	for (i = 0; i < n && !ret; i++) {
		struct kfd_queue_attr attr = aql;

		attr.priority = i;
		ret = kfd_queue_create(&env->gpu, &attr, &q[i]);
		if (!ret)
			ret = request(env, &q[i], i);
	}
	for (i = 0; i < n && !ret; i++) {
		ret = kfd_queue_set_priority(&q[i], n - 1 - i);
		if (!ret)
			ret = request(env, &q[i], i);
	}
	while (n-- && !ret)
		ret = kfd_queue_destroy(&q[n]);
	return ret;
}

/* More queues than slots, then fewer again */
static int oversubscription(struct kfd_env *env)
{
	struct kfd_queue *q = calloc(MANY, sizeof(*q));
	unsigned int i;
	int ret = q ? 0 : -ENOMEM;

	for (i = 0; i < MANY && !ret; i++)
		ret = kfd_queue_create(&env->gpu, &aql, &q[i]);
	for (i = 0; i < MANY && !ret; i++)
		ret = request(env, &q[i], i);
	for (i = 0; i < MANY && !ret; i++)
		ret = kfd_queue_destroy(&q[i]);
	free(q);
	return ret;
}

static int eviction(struct kfd_env *env)
{
	int evicted = kfd_smi_open(&env->gpu, KFD_SMI_EVENT_QUEUE_EVICTION);
	int restored = kfd_smi_open(&env->gpu, KFD_SMI_EVENT_QUEUE_RESTORE);
	struct kfd_queue a, b;
	int ret;

	ret = kfd_queue_create(&env->gpu, &aql, &a);
	if (!ret)
		ret = kfd_queue_create(&env->gpu, &aql, &b);
	if (!ret)
		ret = kfdsim_evict(env->gpu.props.sim);
	if (!ret)
		ret = kfd_smi_wait(evicted, WAIT_MS);
	if (!ret)
		ret = kfd_queue_set_priority(&a, 11);
	if (!ret)
		ret = kfd_smi_wait(restored, WAIT_MS);
	if (!ret)
		ret = request(env, &b, 0);
	if (!ret)
		ret = kfd_queue_destroy(&a);
	if (!ret)
		ret = kfd_queue_destroy(&b);
	close(evicted);
	close(restored);
	return ret;
}

static int debugger(struct kfd_env *env)
{
	struct kfd_queue_snapshot_entry entries[2];
	struct kfd_queue q[2];
	int notify[2], ret;
	__u32 ids[2];

	if (pipe(notify))
		return -errno;
	ret = kfd_runtime_enable(&env->proc, true);
	if (!ret)
		ret = kfd_dbg_enable(&env->proc, notify[1]);
	if (!ret)
		ret = kfd_queue_create(&env->gpu, &aql, &q[0]);
	if (!ret)
		ret = kfd_queue_create(&env->gpu, &aql, &q[1]);
	if (ret)
		return ret;
	if (kfd_dbg_snapshot(&env->proc, entries, 2) != 2)
		return -EINVAL;
	ids[0] = q[0].id;
	ids[1] = q[1].id;
	if (kfd_dbg_suspend(&env->proc, ids, 2) != 2 ||
	    kfd_dbg_resume(&env->proc, ids, 1) != 1 ||
	    kfd_dbg_resume(&env->proc, &ids[1], 1) != 1)
		return -EINVAL;
	ret = request(env, &q[0], 0);
	if (!ret)
		ret = kfd_dbg_disable(&env->proc);
	if (!ret)
		ret = kfd_queue_destroy(&q[0]);
	if (!ret)
		ret = kfd_queue_destroy(&q[1]);
	if (!ret)
		ret = kfd_runtime_enable(&env->proc, false);
	close(notify[0]);
	close(notify[1]);
	return ret;
}

/* The process ends with queues that are busy. */
static int unclean(struct kfd_env *env)
{
	static struct kfd_queue q[4];
	unsigned int i;
	int ret = 0;

	for (i = 0; i < 4 && !ret; i++) {
		ret = kfd_queue_create(&env->gpu, &aql, &q[i]);
		if (!ret)
			ret = kfd_env_dispatch(env, &q[i], i, 100, 1000000000);
	}
	return ret;
}

/* Each in a process of its own, which the parent sees to its very end */
static int in_process(const char *name, int (*fn)(struct kfd_env *env))
{
	char path[64];
	struct stat st;
	int status, i;
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (!pid) {
		struct kfd_env env;
		int ret;

		/* The end of what never ends */
		alarm(2 * WAIT_MS / 1000);
		ret = kfd_env_open(&env, 0);
		if (!ret)
			ret = fn(&env);
		if (ret)
			fprintf(stderr, "hiq_scenario: %s: %s\n", name,
				strerror(-ret));
		_exit(!!ret);
	}
	if (waitpid(pid, &status, 0) != pid)
		return -errno;
	snprintf(path, sizeof(path), "/sys/class/kfd/kfd/proc/%d", pid);
	for (i = 0; i < WAIT_MS && !stat(path, &st); i++)
		usleep(1000);
	usleep(SETTLE_US);
	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -EIO;
}

static int copy_log(unsigned int sim, const char *to)
{
	char path[64], buf[65536];
	int in, out, ret = 0;
	ssize_t len;

	snprintf(path, sizeof(path), "/sys/kernel/debug/kfdsim/%u/hiq_log",
		 sim);
	in = open(path, O_RDONLY);
	out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (in < 0 || out < 0)
		ret = -errno;
	while (!ret && (len = read(in, buf, sizeof(buf)))) {
		if (len < 0 || write(out, buf, len) != len)
			ret = -errno;
	}
	close(in);
	close(out);
	return ret;
}

int main(int argc, char **argv)
{
	const struct {
		const char *name;
		int (*fn)(struct kfd_env *env);
	} steps[] = {
		{ "types", types },
		{ "priorities", priorities },
		{ "oversubscription", oversubscription },
		{ "eviction", eviction },
		{ "debugger", debugger },
		{ "unclean", unclean },
	};
	unsigned int i, round;
	struct kfd_props props;
	int ret;

	if (argc != 2) {
		fprintf(stderr, "usage: hiq_scenario <output file>\n");
		return 2;
	}
	ret = kfd_topology_gpu(0, &props);
	if (!ret)
		ret = kfdsim_write(props.sim, "hiq_log_enable", "1");
	for (round = 0; round < ROUNDS && !ret; round++) {
		for (i = 0; i < ARRAY_SIZE(steps) && !ret; i++)
			ret = in_process(steps[i].name, steps[i].fn);
	}
	if (!ret)
		ret = kfdsim_write(props.sim, "hiq_log_enable", "0");
	if (!ret)
		ret = copy_log(props.sim, argv[1]);
	if (ret)
		fprintf(stderr, "hiq_scenario: %s\n", strerror(-ret));
	return !!ret;
}

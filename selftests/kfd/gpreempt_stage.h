/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A process whose best-effort queues are brought into each stage in which
 * gpreempt may have them, for tests of what else may happen at that moment.
 *
 * The process runs beside the test and does what it is told, so that it can
 * be killed, evicted or debugged as any other.
 */
#ifndef GPREEMPT_STAGE_H
#define GPREEMPT_STAGE_H

#include <ctype.h>
#include <signal.h>

#include "gpreempt_test.h"

#define STAGE_QUEUES	3
/* Long enough to be interrupted in every stage, by who may have to wait for a CPU */
#define STAGE_NS	(60 * NSEC_PER_MSEC)
#define STAGE_SMP_NS	(240 * NSEC_PER_MSEC)
#define STAGE_BYTES	(64 * 1024)

enum gp_stage {
	GP_RUNNING,
	GP_BEING_PREEMPTED,	/* it may be so, or be over, or not have begun */
	GP_PREEMPTED,
	GP_RESUMED,
	GP_THROTTLED,		/* two of three, at any time */
	GP_LAZY,
	GP_ASLEEP,
	GP_HELD,
};

enum gp_command {
	GP_NO_COMMAND,
	GP_SUSPEND,		/* as its own debugger */
	GP_RESUME,
	GP_FINISH,		/* some more work; exit status 0 if all was done */
};

/**
 * struct gp_board - what the process and the test share
 * @ready: the queues exist and have their work
 * @command: what the process is to do; zero when it has done it
 * @error: what it came to: zero, or a negative errno
 * @node: topology node
 * @debug: the process is to be its own debugger
 * @stage: which stage it is for
 */
struct gp_board {
	__u32 ready;
	__u32 command;
	int error;
	unsigned int node;
	bool debug;
	enum gp_stage stage;
};

/* ---- the process ------------------------------------------------------- */

struct gp_victim {
	struct gp_board *board;
	struct kfd_env env;
	struct kfd_queue q[STAGE_QUEUES];
	__u32 ids[STAGE_QUEUES];
	int notify[2];
	__u64 expected[STAGE_QUEUES];
};

/* A third of the GPU for each queue */
static inline int gp_victim_dispatch(struct gp_victim *v, __u64 ns)
{
	__u32 workgroups = kfd_props_waves(&v->env.gpu.props) / STAGE_QUEUES;
	unsigned int i;
	int ret = 0;

	for (i = 0; i < STAGE_QUEUES && !ret; i++) {
		ret = kfd_env_dispatch(&v->env, &v->q[i], i, workgroups, ns);
		v->expected[i] += workgroups;
	}
	return ret;
}

static inline int gp_victim_wait(struct gp_victim *v)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < STAGE_QUEUES && !ret; i++) {
		ret = kfd_env_wait(&v->env, i, WAIT_MS);
		if (!ret && kfd_load(&v->env.counter[i]) != v->expected[i])
			ret = -EILSEQ;
	}
	return ret;
}

static inline int gp_victim_open(struct gp_victim *v)
{
	struct kfd_queue_snapshot_entry entries[STAGE_QUEUES];
	unsigned int i;
	int ret = kfd_env_open(&v->env, 0);

	if (!ret && v->board->debug) {
		ret = pipe(v->notify) ? -errno : 0;
		if (!ret)
			ret = kfd_runtime_enable(&v->env.proc, true);
		if (!ret)
			ret = kfd_dbg_enable(&v->env.proc, v->notify[1]);
	}
	for (i = 0; i < STAGE_QUEUES && !ret; i++) {
		ret = gp_create_aql(&v->env, &v->q[i], BE_PRIORITY);
		v->ids[i] = v->q[i].id;
	}
	if (!ret && v->board->debug &&
	    kfd_dbg_snapshot(&v->env.proc, entries, STAGE_QUEUES) !=
	    STAGE_QUEUES)
		ret = -ENODEV;
	return ret;
}

static inline int gp_victim_begin(struct gp_victim *v)
{
	int ret;

	switch (v->board->stage) {
	case GP_LAZY:
		return 0;
	case GP_ASLEEP:
		ret = gp_victim_dispatch(v, NSEC_PER_USEC);
		return ret ? ret : gp_victim_wait(v);
	default:
		return gp_victim_dispatch(v, kfd_test_is_exact() ?
					     STAGE_NS : STAGE_SMP_NS);
	}
}

static inline int gp_victim_finish(struct gp_victim *v)
{
	unsigned int i;
	int ret = 0;

	if (v->board->stage != GP_LAZY)
		ret = gp_victim_wait(v);
	if (!ret)
		ret = gp_victim_dispatch(v, NSEC_PER_MSEC);
	if (!ret)
		ret = gp_victim_wait(v);
	/* The end of a process waits for its debugger, were it itself. */
	if (v->board->debug && kfd_dbg_disable(&v->env.proc))
		ret = ret ? ret : -EBUSY;
	for (i = 0; i < STAGE_QUEUES && !ret; i++)
		ret = kfd_queue_destroy(&v->q[i]);
	return ret;
}

static inline int gp_victim_obey(struct gp_victim *v)
{
	int ret = 0;

	switch (v->board->command) {
	case GP_SUSPEND:
		ret = kfd_dbg_suspend(&v->env.proc, v->ids, STAGE_QUEUES);
		break;
	case GP_RESUME:
		ret = kfd_dbg_resume(&v->env.proc, v->ids, STAGE_QUEUES);
		break;
	case GP_FINISH:
		return gp_victim_finish(v);
	}
	if (ret >= 0)
		ret = ret == STAGE_QUEUES ? 0 : -EBUSY;
	return ret;
}

static inline int gp_victim_main(struct gp_board *board)
{
	struct gp_victim v = { .board = board };
	bool last;

	board->error = gp_victim_open(&v);
	if (!board->error)
		board->error = gp_victim_begin(&v);
	__atomic_store_n(&board->ready, 1, __ATOMIC_RELEASE);
	while (!board->error) {
		while (!kfd_load(&board->command))
			usleep(500);
		last = board->command == GP_FINISH;
		board->error = gp_victim_obey(&v);
		__atomic_store_n(&board->command, GP_NO_COMMAND,
				 __ATOMIC_RELEASE);
		if (last)
			break;
	}
	return !!board->error;
}

/* ---- the test ---------------------------------------------------------- */

static inline struct gp_board *gp_board_new(unsigned int node,
					    enum gp_stage stage, bool debug)
{
	struct gp_board *board = mmap(NULL, sizeof(*board),
				      PROT_READ | PROT_WRITE,
				      MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (board == MAP_FAILED)
		return NULL;
	board->node = node;
	board->stage = stage;
	board->debug = debug;
	return board;
}

/* To be called before the test itself opens /dev/kfd */
static inline pid_t gp_victim_start(struct gp_board *board)
{
	pid_t pid = fork();

	if (!pid)
		_exit(gp_victim_main(board));
	return pid;
}

static inline int gp_victim_tell(struct gp_board *board,
				 enum gp_command command)
{
	int ret;

	__atomic_store_n(&board->command, command, __ATOMIC_RELEASE);
	ret = kfd_poll_eq32(&board->command, GP_NO_COMMAND, 4 * WAIT_MS);
	return ret ? ret : board->error;
}

static inline int gp_debugfs_path(char *path, size_t size, __u32 gpu_id,
				  const char *file)
{
	return snprintf(path, size, "/sys/kernel/debug/kfd/gpreempt/%u/%s",
			gpu_id, file);
}

/* "preempt" or "resume": all queues of a process, or one, perhaps in a way */
static inline int gp_by_hand(const struct kfd_props *p, const char *file,
			     pid_t pid, int qid, const char *way)
{
	char path[128], text[64];
	int len = snprintf(text, sizeof(text), "%d", pid);

	if (qid >= 0)
		len += snprintf(text + len, sizeof(text) - len, ":%d", qid);
	if (way)
		len += snprintf(text + len, sizeof(text) - len, " %s", way);
	gp_debugfs_path(path, sizeof(path), p->gpu_id, file);
	return kfd_file_write(path, text, len);
}

/* "inactive" is not "active" */
static inline bool gp_has_word(const char *text, const char *word)
{
	const char *found = strstr(text, word);

	return found && (found == text || !isalpha(found[-1]));
}

/*
 * Number of tracked queues whose state contains @word, of process @pid or of
 * all with 0; a negative errno
 */
static inline int gp_count_state(const struct kfd_props *p, pid_t pid,
				 const char *word)
{
	char path[128], *text = malloc(STAGE_BYTES), *line, *next, *state;
	int ret, count = 0;

	gp_debugfs_path(path, sizeof(path), p->gpu_id, "queues");
	ret = text ? kfd_file_read(path, text, STAGE_BYTES) : -ENOMEM;
	for (line = text; ret > 0 && (next = strchr(line, '\n')); line = next) {
		*next++ = '\0';
		state = strrchr(line, ' ');
		if (state && gp_has_word(state, word) &&
		    (!pid || atoi(line) == pid))
			count++;
	}
	free(text);
	return ret < 0 ? ret : count;
}

static inline int gp_wait_state(const struct kfd_props *p, pid_t pid,
				const char *word, int count)
{
	__u64 end = kfd_now_ns() + WAIT_MS * NSEC_PER_MSEC;
	int ret;

	while ((ret = gp_count_state(p, pid, word)) != count) {
		if (ret < 0)
			return ret;
		if (kfd_now_ns() >= end)
			return -ETIMEDOUT;
		usleep(500);
	}
	return 0;
}

/* Queues that gpreempt has off for whatever reason */
static inline int gp_count_off(const struct kfd_props *p)
{
	static const char *const words[] = {
		"inversion", "throttled", "idle", "lazy", "held",
	};
	unsigned int i;
	int ret, count = 0;

	for (i = 0; i < ARRAY_SIZE(words); i++) {
		ret = gp_count_state(p, 0, words[i]);
		if (ret < 0)
			return ret;
		count += ret;
	}
	return count;
}

/* Before the process comes */
static inline int gp_stage_prepare(unsigned int node, enum gp_stage stage)
{
	switch (stage) {
	case GP_THROTTLED:
		return kfd_knob_set(node, "hqd_be_max", 1);
	case GP_LAZY:
		return kfd_knob_set(node, "lazy_activation", 1);
	case GP_ASLEEP:
		return kfd_knob_set(node, "auto_deactivate_us", 1000);
	default:
		return 0;
	}
}

/* With the process' work begun, and an LC queue of the test's own */
static inline int gp_stage_enter(struct kfd_env *env, struct kfd_queue *lc,
				 enum gp_stage stage, pid_t pid)
{
	const struct kfd_props *p = &env->gpu.props;
	int ret;

	switch (stage) {
	case GP_RUNNING:
		return gp_wait_state(p, pid, "active", STAGE_QUEUES);
	case GP_BEING_PREEMPTED:
		return gp_lc_begin(env, lc, 1);
	case GP_PREEMPTED:
	case GP_RESUMED:
		ret = gp_lc_begin(env, lc, 1);
		if (!ret)
			ret = gp_wait_state(p, pid, "inversion", STAGE_QUEUES);
		if (ret || stage == GP_PREEMPTED)
			return ret;
		ret = gp_lc_end(env);
		return ret ? ret : kfd_knob_wait_state(p->node, "idle",
						       WAIT_MS);
	case GP_THROTTLED:
		return gp_wait_state(p, pid, "throttled", STAGE_QUEUES - 1);
	case GP_LAZY:
		return gp_wait_state(p, pid, "lazy", STAGE_QUEUES);
	case GP_ASLEEP:
		return gp_wait_state(p, pid, "idle", STAGE_QUEUES);
	case GP_HELD:
		ret = gp_by_hand(p, "preempt", pid, -1, NULL);
		return ret ? ret : gp_wait_state(p, pid, "held", STAGE_QUEUES);
	}
	return -EINVAL;
}

/* Lets the queues go on; @alive: the process still has them */
static inline int gp_stage_leave(struct kfd_env *env, enum gp_stage stage,
				 pid_t pid, bool alive)
{
	switch (stage) {
	case GP_BEING_PREEMPTED:
	case GP_PREEMPTED:
		return gp_lc_end(env);
	case GP_HELD:
		return alive ? gp_by_hand(&env->gpu.props, "resume", pid, -1,
					  NULL) : 0;
	default:
		return 0;
	}
}

#endif

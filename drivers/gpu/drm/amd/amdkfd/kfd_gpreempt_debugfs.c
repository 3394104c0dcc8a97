// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: debugfs, kfd/gpreempt/<gpu_id>/.
 *
 * For debugging: nothing that an operator needs is here alone.
 */
#include <linux/ctype.h>
#include <linux/debugfs.h>
#include <linux/kstrtox.h>
#include <linux/math64.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "kfd_device_queue_manager.h"
#include "kfd_gpreempt_priv.h"
#include "kfd_priv.h"

/* Longest command: "<pid>:<qid> drain" and a newline */
#define MAX_COMMAND	48

/* The directory kfd/gpreempt, which the first node makes and the last one
 * removes.
 */
static DEFINE_MUTEX(root_mutex);

/* ---- queues ---------------------------------------------------------- */

static void show_ring(struct seq_file *m, struct kfd_gpreempt *gp,
		      const struct queue *q)
{
	unsigned long flags;
	bool pending;
	u64 rptr, wptr;

	if (!kfd_gpreempt_is_watchable(q)) {
		seq_printf(m, "%10s %10s %7s ", "-", "-", "-");
		return;
	}

	raw_spin_lock_irqsave(&gp->lock, flags);
	pending = kfd_gpreempt_ring_read(q, &rptr, &wptr);
	raw_spin_unlock_irqrestore(&gp->lock, flags);

	seq_printf(m, "%10llu %10llu %7u ", rptr, wptr, pending);
}

static void show_queue(struct seq_file *m, struct kfd_gpreempt *gp,
		       struct queue *q)
{
	const struct kfd_gpreempt_queue *gq = &q->gpreempt;
	struct kfd_gpreempt_queue_stats stats;
	char policy[48], state[80];

	kfd_gpreempt_read_stats(q, &stats);
	kfd_gpreempt_policy_name(gq->policy, policy, sizeof(policy));
	kfd_gpreempt_queue_state_name(q, '+', state, sizeof(state));

	seq_printf(m, "%7d %4u %-6s %-8s %8u ", q->process->lead_thread->pid,
		   q->properties.queue_id, kfd_gpreempt_class_name(gq->class),
		   kfd_gpreempt_class_name(gq->class_override),
		   q->properties.priority);
	show_ring(m, gp, q);
	seq_printf(m, "%9llu %9llu %9llu %-32s %s\n",
		   div_u64(stats.active_ns, NSEC_PER_MSEC),
		   div_u64(stats.off_ns, NSEC_PER_MSEC),
		   div_u64(q->gpreempt.pdd->gpreempt.served_ns,
			   NSEC_PER_MSEC), policy, state);
}

static int queues_show(struct seq_file *m, void *unused)
{
	struct kfd_gpreempt *gp = m->private;
	struct list_head *const lists[] = { &gp->lc, &gp->be, &gp->system };
	struct queue *q;
	unsigned int i;

	seq_printf(m, "%7s %4s %-6s %-8s %8s %10s %10s %7s %9s %9s %9s %-32s %s\n",
		   "pid", "qid", "class", "override", "priority", "rptr",
		   "wptr", "pending", "active_ms", "off_ms", "served_ms",
		   "policy", "state");

	dqm_lock(gp->dqm);
	for (i = 0; i < ARRAY_SIZE(lists); i++) {
		list_for_each_entry(q, lists[i], gpreempt.node)
			show_queue(m, gp, q);
	}
	dqm_unlock(gp->dqm);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(queues);

/* ---- latency --------------------------------------------------------- */

static void show_row(struct seq_file *m, const char *name, const u64 *values)
{
	unsigned int i;

	seq_printf(m, "%-10s", name);
	for (i = 0; i < KFD_GPREEMPT_STAGES; i++)
		seq_printf(m, " %12llu", values[i]);
	seq_putc(m, '\n');
}

static void show_buckets(struct seq_file *m,
			 const struct kfd_gpreempt_latency *latency)
{
	u64 values[KFD_GPREEMPT_STAGES];
	unsigned int i, stage;
	char name[16];
	bool any;

	for (i = 0; i < KFD_GPREEMPT_LATENCY_BUCKETS; i++) {
		any = false;
		for (stage = 0; stage < KFD_GPREEMPT_STAGES; stage++) {
			values[stage] = latency[stage].bucket[i];
			any |= values[stage];
		}
		if (!any)
			continue;
		if (i == KFD_GPREEMPT_LATENCY_BUCKETS - 1)
			strscpy(name, "inf");
		else
			snprintf(name, sizeof(name), "%lu", BIT(i));
		show_row(m, name, values);
	}
}

/*
 * One column for each stage; a bucket's row is named by its upper end, in us. All
 * of it is of one moment: it is copied under the lock that samples are counted
 * under, and a reader gets the rest of the same text when it reads on.
 */
static int latency_show(struct seq_file *m, void *unused)
{
	struct kfd_gpreempt_latency *latency;
	struct kfd_gpreempt *gp = m->private;
	u64 count[KFD_GPREEMPT_STAGES];
	u64 mean[KFD_GPREEMPT_STAGES];
	u64 max[KFD_GPREEMPT_STAGES];
	unsigned long flags;
	unsigned int i;

	/* too large for the stack */
	latency = kmalloc(sizeof(gp->latency), GFP_KERNEL);
	if (!latency)
		return -ENOMEM;

	raw_spin_lock_irqsave(&gp->lock, flags);
	memcpy(latency, gp->latency, sizeof(gp->latency));
	raw_spin_unlock_irqrestore(&gp->lock, flags);

	seq_printf(m, "%-10s", "below_us");
	for (i = 0; i < KFD_GPREEMPT_STAGES; i++) {
		count[i] = latency[i].count;
		mean[i] = count[i] ? div64_u64(latency[i].total_ns, count[i]) :
				     0;
		max[i] = latency[i].max_ns;
		seq_printf(m, " %12s", kfd_gpreempt_stage_name(i));
	}
	seq_putc(m, '\n');

	show_buckets(m, latency);
	show_row(m, "count", count);
	show_row(m, "mean_ns", mean);
	show_row(m, "max_ns", max);
	kfree(latency);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(latency);

/* ---- mqds ------------------------------------------------------------ */

static int mqds_show(struct seq_file *m, void *unused)
{
	struct kfd_gpreempt *gp = m->private;
	struct list_head *const lists[] = { &gp->lc, &gp->be, &gp->system };
	struct queue *q;
	unsigned int i;

	dqm_lock(gp->dqm);
	for (i = 0; i < ARRAY_SIZE(lists); i++) {
		list_for_each_entry(q, lists[i], gpreempt.node)
			kfd_gpreempt_mqd_show(m, q);
	}
	dqm_unlock(gp->dqm);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(mqds);

/* ---- commands -------------------------------------------------------- */

static int read_command(char *command, const char __user *buf, size_t count)
{
	if (count >= MAX_COMMAND)
		return -EINVAL;
	if (copy_from_user(command, buf, count))
		return -EFAULT;
	command[count] = '\0';
	/* A string that ends early hides what comes after it. */
	return strlen(command) == count ? 0 : -EINVAL;
}

static struct kfd_gpreempt *scheduler_of(struct file *file)
{
	return file_inode(file)->i_private;
}

static ssize_t kick_write(struct file *file, const char __user *buf,
			  size_t count, loff_t *ppos)
{
	struct kfd_gpreempt *gp = scheduler_of(file);
	char command[MAX_COMMAND];
	u32 value;
	int ret;

	ret = read_command(command, buf, count);
	if (ret)
		return ret;
	if (kstrtou32(command, 0, &value) || value != 1)
		return -EINVAL;

	mutex_lock(&gp->control);
	kfd_gpreempt_timer_kick(gp);
	kfd_gpreempt_worker_wake(gp);
	mutex_unlock(&gp->control);
	return count;
}

/* "<pid>" or "<pid>:<qid>"; @qid is -1 for all queues of the process */
static int parse_target(char *text, pid_t *pid, int *qid)
{
	char *number = strsep(&text, ":");

	if (!isdigit(*number) || kstrtoint(number, 10, pid) || !*pid)
		return -EINVAL;
	*qid = -1;
	if (text && (!isdigit(*text) || kstrtoint(text, 10, qid)))
		return -EINVAL;
	return 0;
}

static ssize_t preempt_write(struct file *file, const char __user *buf,
			     size_t count, loff_t *ppos)
{
	enum kfd_gpreempt_way way = KFD_GPREEMPT_WAY_DEFAULT;
	char command[MAX_COMMAND], *text, *target;
	pid_t pid;
	int qid;
	int ret;

	ret = read_command(command, buf, count);
	if (ret)
		return ret;
	text = strim(command);
	target = strsep(&text, " \t");
	ret = parse_target(target, &pid, &qid);
	if (!ret && text)
		ret = kfd_gpreempt_way_parse(skip_spaces(text), &way);
	if (!ret)
		ret = kfd_gpreempt_hold(scheduler_of(file), pid, qid, way);
	return ret ?: count;
}

static ssize_t resume_write(struct file *file, const char __user *buf,
			    size_t count, loff_t *ppos)
{
	char command[MAX_COMMAND];
	pid_t pid;
	int qid;
	int ret;

	ret = read_command(command, buf, count);
	if (ret)
		return ret;
	ret = parse_target(strim(command), &pid, &qid);
	if (!ret)
		ret = kfd_gpreempt_let_go(scheduler_of(file), pid, qid);
	return ret ?: count;
}

static const struct file_operations kick_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = kick_write,
};

static const struct file_operations preempt_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = preempt_write,
};

static const struct file_operations resume_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = resume_write,
};

/* ---- the directory --------------------------------------------------- */

/* The directory of all nodes, if amdkfd still has its own. */
static struct dentry *get_root(void)
{
	struct dentry *kfd = debugfs_lookup("kfd", NULL);
	struct dentry *root = NULL;

	if (kfd)
		root = debugfs_lookup("gpreempt", kfd);
	if (kfd && !root)
		root = dget(debugfs_create_dir("gpreempt", kfd));
	dput(kfd);
	return root;
}

/**
 * kfd_gpreempt_debugfs_add() - create a node's debugging files
 * @gp: its scheduler; the node has its gpu_id
 *
 * Failing is no reason to do without the scheduler, and is not reported.
 *
 * Context: process, may sleep.
 */
void kfd_gpreempt_debugfs_add(struct kfd_gpreempt *gp)
{
	struct dentry *root, *dir;
	char name[16];

	mutex_lock(&root_mutex);
	root = get_root();
	snprintf(name, sizeof(name), "%u", gp->dqm->dev->id);
	dir = debugfs_create_dir(name, root);
	dput(root);
	mutex_unlock(&root_mutex);

	debugfs_create_file("queues", 0444, dir, gp, &queues_fops);
	debugfs_create_file("latency", 0444, dir, gp, &latency_fops);
	debugfs_create_file("mqds", 0444, dir, gp, &mqds_fops);
	debugfs_create_file("kick", 0200, dir, gp, &kick_fops);
	debugfs_create_file("preempt", 0200, dir, gp, &preempt_fops);
	debugfs_create_file("resume", 0200, dir, gp, &resume_fops);
}

/**
 * kfd_gpreempt_debugfs_remove() - remove a node's debugging files
 * @gp: its scheduler; it may have none
 *
 * Waits until nobody uses them.
 *
 * Context: process, may sleep; no lock of @gp, no dqm lock.
 */
void kfd_gpreempt_debugfs_remove(struct kfd_gpreempt *gp)
{
	struct dentry *kfd = debugfs_lookup("kfd", NULL);
	struct dentry *root;
	char name[16];

	/* When the module goes amdkfd has removed all of its files already. */
	if (!kfd)
		return;

	snprintf(name, sizeof(name), "%u", gp->dqm->dev->id);
	root = debugfs_lookup("gpreempt", kfd);
	if (root)
		debugfs_lookup_and_remove(name, root);
	dput(root);
	dput(kfd);
}

/**
 * kfd_gpreempt_node_added() - a node has got its gpu_id
 * @node: the node, with or without a scheduler
 *
 * Context: process, may sleep.
 */
void kfd_gpreempt_node_added(struct kfd_node *node)
{
	if (node->gpreempt)
		kfd_gpreempt_debugfs_add(node->gpreempt);
}

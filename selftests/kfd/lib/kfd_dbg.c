// SPDX-License-Identifier: GPL-2.0
#include <unistd.h>

#include "kfd_lib.h"

static int dbg_trap(struct kfd_proc *proc, __u32 op,
		    struct kfd_ioctl_dbg_trap_args *args)
{
	args->pid = getpid();
	args->op = op;
	return kfd_ioctl(proc->fd, AMDKFD_IOC_DBG_TRAP, args);
}

/**
 * kfd_runtime_enable() - tell KFD that a runtime is ready to be debugged
 * @proc: this process; it has no queues yet
 * @enable: or the end of that
 *
 * While debugging is on the call blocks until the debugger answers, so a
 * process that debugs itself calls this before kfd_dbg_enable().
 *
 * Return: 0; -EEXIST with queues; -EBUSY when enabled; another errno.
 */
int kfd_runtime_enable(struct kfd_proc *proc, bool enable)
{
	struct kfd_ioctl_runtime_enable_args args = {
		.mode_mask = enable ? KFD_RUNTIME_ENABLE_MODE_ENABLE_MASK |
			     KFD_RUNTIME_ENABLE_MODE_TTMP_SAVE_MASK : 0,
	};

	return kfd_ioctl(proc->fd, AMDKFD_IOC_RUNTIME_ENABLE, &args);
}

/**
 * kfd_dbg_enable() - start to debug this process
 * @proc: this process
 * @notify_fd: KFD writes to it when an exception is raised
 *
 * Return: 0 or a negative errno.
 */
int kfd_dbg_enable(struct kfd_proc *proc, int notify_fd)
{
	struct kfd_runtime_info info = {};
	struct kfd_ioctl_dbg_trap_args args = {
		.enable = {
			.rinfo_ptr = (__u64)(uintptr_t)&info,
			.rinfo_size = sizeof(info),
			.dbg_fd = notify_fd,
		},
	};
	int ret = kfd_proc_open_others(proc);

	return ret ? ret : dbg_trap(proc, KFD_IOC_DBG_TRAP_ENABLE, &args);
}

/**
 * kfd_dbg_disable() - end debugging; resumes what was suspended
 * @proc: this process
 *
 * Return: 0 or a negative errno.
 */
int kfd_dbg_disable(struct kfd_proc *proc)
{
	struct kfd_ioctl_dbg_trap_args args = {};

	return dbg_trap(proc, KFD_IOC_DBG_TRAP_DISABLE, &args);
}

/**
 * kfd_dbg_snapshot() - list the queues, and acknowledge that they are new
 * @proc: this process
 * @entries: filled in
 * @num: size of @entries
 *
 * A queue whose EC_QUEUE_NEW exception is pending can't be suspended.
 *
 * Return: the number of queues that exist, or a negative errno.
 */
int kfd_dbg_snapshot(struct kfd_proc *proc,
		     struct kfd_queue_snapshot_entry *entries,
		     unsigned int num)
{
	struct kfd_ioctl_dbg_trap_args args = {
		.queue_snapshot = {
			.exception_mask = KFD_EC_MASK(EC_QUEUE_NEW),
			.snapshot_buf_ptr = (__u64)(uintptr_t)entries,
			.num_queues = num,
			.entry_size = sizeof(*entries),
		},
	};
	int ret = dbg_trap(proc, KFD_IOC_DBG_TRAP_GET_QUEUE_SNAPSHOT, &args);

	return ret ? ret : (int)args.queue_snapshot.num_queues;
}

/**
 * kfd_dbg_suspend() - take queues off the hardware, as a debugger does
 * @proc: this process
 * @ids: queue ids; on return with status bits
 * @num: how many
 *
 * Return: the number of queues suspended, or a negative errno.
 */
int kfd_dbg_suspend(struct kfd_proc *proc, __u32 *ids, unsigned int num)
{
	struct kfd_ioctl_dbg_trap_args args = {
		.suspend_queues = {
			.queue_array_ptr = (__u64)(uintptr_t)ids,
			.num_queues = num,
		},
	};

	return dbg_trap(proc, KFD_IOC_DBG_TRAP_SUSPEND_QUEUES, &args);
}

/**
 * kfd_dbg_resume() - undo kfd_dbg_suspend()
 * @proc: this process
 * @ids: queue ids; on return with status bits
 * @num: how many
 *
 * Return: the number of queues resumed, or a negative errno.
 */
int kfd_dbg_resume(struct kfd_proc *proc, __u32 *ids, unsigned int num)
{
	struct kfd_ioctl_dbg_trap_args args = {
		.resume_queues = {
			.queue_array_ptr = (__u64)(uintptr_t)ids,
			.num_queues = num,
		},
	};

	return dbg_trap(proc, KFD_IOC_DBG_TRAP_RESUME_QUEUES, &args);
}

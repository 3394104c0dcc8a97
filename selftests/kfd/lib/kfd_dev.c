// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kfd_lib.h"
#include "kfd_internal.h"

/**
 * kfd_ioctl() - an ioctl that survives signals
 * @fd: /dev/kfd, or a render node
 * @cmd: command
 * @arg: its arguments
 *
 * Return: what the ioctl returned (some return a count), or a negative errno.
 */
int kfd_ioctl(int fd, unsigned long cmd, void *arg)
{
	int ret;

	do {
		ret = ioctl(fd, cmd, arg);
	} while (ret < 0 && errno == EINTR);
	return ret < 0 ? -errno : ret;
}

/**
 * kfd_proc_open() - open /dev/kfd and reserve the address range
 * @proc: filled in
 *
 * A child inherits neither the reservation nor the right to use the file, so
 * fork before this call, or call it again in the child.
 *
 * Return: 0 or a negative errno; -ENXIO without a device.
 */
int kfd_proc_open(struct kfd_proc *proc)
{
	int ret;

	memset(proc, 0, sizeof(*proc));
	proc->fd = open("/dev/kfd", O_RDWR | O_CLOEXEC);
	if (proc->fd < 0)
		return -errno;

	proc->base = mmap((void *)KFD_VA_BASE, KFD_VA_SIZE, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE |
			  MAP_FIXED_NOREPLACE, -1, 0);
	if (proc->base == MAP_FAILED) {
		ret = -errno;
		goto err_close;
	}
	if (madvise(proc->base, KFD_VA_SIZE, MADV_DONTFORK)) {
		ret = -errno;
		goto err_unmap;
	}
	return 0;

err_unmap:
	munmap(proc->base, KFD_VA_SIZE);
err_close:
	close(proc->fd);
	proc->fd = -1;
	return ret;
}

/**
 * kfd_proc_close() - give up the process' KFD state
 * @proc: opened by kfd_proc_open(); its GPUs must be closed
 *
 * KFD tears a process down when its address space goes, so what is still
 * allocated stays allocated until the process exits.
 */
void kfd_proc_close(struct kfd_proc *proc)
{
	if (proc->fd < 0)
		return;
	while (proc->num_others)
		close(proc->other_fds[--proc->num_others]);
	munmap(proc->base, KFD_VA_SIZE);
	close(proc->fd);
	proc->fd = -1;
}

/* Open a GPU's render node and bind its VM to the process; the fd, or < 0 */
static int acquire_vm(struct kfd_proc *proc, const struct kfd_props *props)
{
	struct kfd_ioctl_acquire_vm_args args = { .gpu_id = props->gpu_id };
	char path[64];
	int fd, ret;

	snprintf(path, sizeof(path), "/dev/dri/renderD%u",
		 props->drm_render_minor);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;

	args.drm_fd = fd;
	ret = kfd_ioctl(proc->fd, AMDKFD_IOC_ACQUIRE_VM, &args);
	if (ret) {
		close(fd);
		return ret;
	}
	return fd;
}

/**
 * kfd_gpu_open() - open a GPU's render node and bind its VM to the process
 * @proc: the process
 * @gpu: filled in
 * @index: the how many-th GPU node, 0-based, in the order of the topology
 *
 * Return: 0; -ENODEV when there is no such GPU; another negative errno.
 */
int kfd_gpu_open(struct kfd_proc *proc, struct kfd_gpu *gpu,
		 unsigned int index)
{
	int ret;

	memset(gpu, 0, sizeof(*gpu));
	gpu->proc = proc;
	gpu->drm_fd = -1;
	if (proc->num_gpus == KFD_MAX_GPUS)
		return -ENOSPC;
	ret = kfd_topology_gpu(index, &gpu->props);
	if (ret)
		return ret;

	gpu->drm_fd = acquire_vm(proc, &gpu->props);
	if (gpu->drm_fd < 0)
		return gpu->drm_fd;

	if (proc->event_page.proc) {
		ret = kfd_bo_map(&proc->event_page, gpu);
		if (ret)
			goto err_close;
	}
	proc->gpus[proc->num_gpus++] = gpu;
	return 0;

err_close:
	close(gpu->drm_fd);
	gpu->drm_fd = -1;
	return ret;
}

static bool is_open(const struct kfd_proc *proc, __u32 gpu_id)
{
	unsigned int i;

	for (i = 0; i < proc->num_gpus; i++) {
		if (proc->gpus[i]->props.gpu_id == gpu_id)
			return true;
	}
	return false;
}

/**
 * kfd_proc_open_others() - bind the VMs of those GPUs that nobody has opened
 * @proc: the process, with the GPUs that it uses
 *
 * ROCm's runtime opens every GPU. Linux 6.12 follows a null pointer when a
 * debugger suspends queues of a process that has not.
 *
 * Return: 0 or a negative errno.
 */
int kfd_proc_open_others(struct kfd_proc *proc)
{
	struct kfd_props props;
	unsigned int i;
	int fd;

	if (proc->num_others)
		return 0;
	for (i = 0; i < KFD_MAX_GPUS && !kfd_topology_gpu(i, &props); i++) {
		if (is_open(proc, props.gpu_id))
			continue;
		fd = acquire_vm(proc, &props);
		if (fd < 0)
			return fd;
		proc->other_fds[proc->num_others++] = fd;
	}
	return 0;
}

/**
 * kfd_gpu_close() - close what kfd_gpu_open() opened
 * @gpu: the GPU; its queues must be gone
 */
void kfd_gpu_close(struct kfd_gpu *gpu)
{
	struct kfd_proc *proc = gpu->proc;
	unsigned int i;

	if (gpu->drm_fd < 0)
		return;
	if (gpu->doorbells)
		munmap(gpu->doorbells, KFD_DOORBELL_BYTES);
	gpu->doorbells = NULL;
	close(gpu->drm_fd);
	gpu->drm_fd = -1;
	for (i = 0; i < proc->num_gpus; i++) {
		if (proc->gpus[i] != gpu)
			continue;
		proc->gpus[i] = proc->gpus[--proc->num_gpus];
		break;
	}
}

/**
 * kfd_gpu_map_doorbells() - map the process' doorbell pages, once
 * @gpu: the GPU
 * @mmap_offset: doorbell_offset of any queue on it
 *
 * Return: 0 or a negative errno.
 */
int kfd_gpu_map_doorbells(struct kfd_gpu *gpu, __u64 mmap_offset)
{
	void *ptr;

	if (gpu->doorbells)
		return 0;
	ptr = mmap(NULL, KFD_DOORBELL_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED,
		   gpu->proc->fd, mmap_offset & ~(KFD_DOORBELL_BYTES - 1));
	if (ptr == MAP_FAILED)
		return -errno;
	gpu->doorbells = ptr;
	return 0;
}

/**
 * kfd_gpu_clock() - read a GPU's clock
 * @gpu: which
 * @ticks: set to it
 *
 * Return: 0 or a negative errno.
 */
int kfd_gpu_clock(const struct kfd_gpu *gpu, __u64 *ticks)
{
	struct kfd_ioctl_get_clock_counters_args args = {
		.gpu_id = gpu->props.gpu_id,
	};
	int ret = kfd_ioctl(gpu->proc->fd, AMDKFD_IOC_GET_CLOCK_COUNTERS,
			    &args);

	*ticks = args.gpu_clock_counter;
	return ret;
}

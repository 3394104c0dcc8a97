// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "kfd_lib.h"

/**
 * kfd_smi_open() - listen to one system management event of this process
 * @gpu: the GPU
 * @event: enum kfd_smi_event
 *
 * Return: a file descriptor, or a negative errno.
 */
int kfd_smi_open(struct kfd_gpu *gpu, unsigned int event)
{
	__u64 mask = KFD_SMI_EVENT_MASK_FROM_INDEX(event);
	struct kfd_ioctl_smi_events_args args = {
		.gpuid = gpu->props.gpu_id,
	};
	int ret;

	ret = kfd_ioctl(gpu->proc->fd, AMDKFD_IOC_SMI_EVENTS, &args);
	if (ret)
		return ret;
	if (write(args.anon_fd, &mask, sizeof(mask)) != sizeof(mask)) {
		ret = -errno;
		close(args.anon_fd);
		return ret;
	}
	return args.anon_fd;
}

/**
 * kfd_smi_wait() - wait until the event has happened
 * @fd: from kfd_smi_open()
 * @timeout_ms: give up after this long
 *
 * Takes all that has happened up to now.
 *
 * Return: 0; -ETIMEDOUT; another negative errno.
 */
int kfd_smi_wait(int fd, unsigned int timeout_ms)
{
	__u64 end = kfd_now_ns() + timeout_ms * 1000000ULL;

	for (;;) {
		struct pollfd pfd = { .fd = fd, .events = POLLIN };
		__u64 now = kfd_now_ns();
		char text[1024];
		ssize_t len;

		if (now >= end)
			return -ETIMEDOUT;
		if (poll(&pfd, 1, (end - now) / 1000000 + 1) < 0 &&
		    errno != EINTR)
			return -errno;
		len = read(fd, text, sizeof(text));
		if (len > 0)
			return 0;
		if (len < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
	}
}

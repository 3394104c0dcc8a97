// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "kfd_lib.h"
#include "kfd_internal.h"

#define KFD_EVENT_PAGE_BYTES	(KFD_SIGNAL_EVENT_LIMIT * 8UL)
#define KFD_SIGNAL_KIND_USER	1
/* How many events one wait ioctl gets; enough for every caller here */
#define KFD_MAX_WAIT_EVENTS	64
#define KFD_POLL_US		20

static int event_page_create(struct kfd_gpu *gpu)
{
	struct kfd_proc *proc = gpu->proc;
	struct kfd_bo *page = &proc->event_page;
	unsigned int i;
	int ret;

	ret = kfd_bo_alloc(gpu, page, KFD_EVENT_PAGE_BYTES, KFD_MEM_GTT);
	if (ret)
		return ret;
	for (i = 0; i < proc->num_gpus; i++) {
		ret = kfd_bo_map(page, proc->gpus[i]);
		if (ret)
			goto err_unmap;
	}
	return 0;

err_unmap:
	while (i--)
		kfd_bo_unmap(page, proc->gpus[i]);
	kfd_bo_free(page);
	return ret;
}

/**
 * kfd_event_create() - create a signal event
 * @gpu: whose memory the event page is in, if this is the first event
 * @ev: filled in
 * @auto_reset: a wait that sees the event resets it
 *
 * Return: 0; -ENOSPC when all slots are taken; another negative errno.
 */
int kfd_event_create(struct kfd_gpu *gpu, struct kfd_event *ev,
		     bool auto_reset)
{
	struct kfd_ioctl_create_event_args args = {
		.event_type = KFD_IOC_EVENT_SIGNAL,
		.auto_reset = auto_reset,
	};
	struct kfd_proc *proc = gpu->proc;
	bool first = !proc->event_page.proc;
	int ret;

	if (first) {
		ret = event_page_create(gpu);
		if (ret)
			return ret;
		args.event_page_offset = proc->event_page.handle;
	}
	ret = kfd_ioctl(proc->fd, AMDKFD_IOC_CREATE_EVENT, &args);
	if (ret)
		return ret;
	ev->proc = proc;
	ev->id = args.event_id;
	ev->slot = proc->event_page.va + args.event_slot_index * 8UL;
	return 0;
}

/**
 * kfd_event_destroy() - destroy an event
 * @ev: the event
 *
 * Return: 0; -EINVAL when KFD does not know it.
 */
int kfd_event_destroy(struct kfd_event *ev)
{
	struct kfd_ioctl_destroy_event_args args = { .event_id = ev->id };

	return kfd_ioctl(ev->proc->fd, AMDKFD_IOC_DESTROY_EVENT, &args);
}

/**
 * kfd_event_set() - signal an event from the CPU
 * @ev: the event
 *
 * Return: 0 or a negative errno.
 */
int kfd_event_set(struct kfd_event *ev)
{
	struct kfd_ioctl_set_event_args args = { .event_id = ev->id };

	return kfd_ioctl(ev->proc->fd, AMDKFD_IOC_SET_EVENT, &args);
}

/**
 * kfd_event_reset() - make an event unsignaled
 * @ev: the event
 *
 * Return: 0 or a negative errno.
 */
int kfd_event_reset(struct kfd_event *ev)
{
	struct kfd_ioctl_reset_event_args args = { .event_id = ev->id };

	return kfd_ioctl(ev->proc->fd, AMDKFD_IOC_RESET_EVENT, &args);
}

/**
 * kfd_events_wait() - wait for events
 * @ev: array of events of one process
 * @num: how many, at most 64
 * @all: wait for all of them; otherwise for one
 * @timeout_ms: give up after this long
 *
 * Return: 0; -ETIMEDOUT; -EIO when an event was destroyed meanwhile; another
 * negative errno.
 */
int kfd_events_wait(struct kfd_event *ev, unsigned int num, bool all,
		    unsigned int timeout_ms)
{
	struct kfd_event_data data[KFD_MAX_WAIT_EVENTS];
	struct kfd_ioctl_wait_events_args args = {
		.events_ptr = (__u64)(uintptr_t)data,
		.num_events = num,
		.wait_for_all = all,
		.timeout = timeout_ms,
	};
	unsigned int i;
	int ret;

	if (!num || num > KFD_MAX_WAIT_EVENTS)
		return -EINVAL;
	memset(data, 0, num * sizeof(data[0]));
	for (i = 0; i < num; i++)
		data[i].event_id = ev[i].id;
	ret = kfd_ioctl(ev->proc->fd, AMDKFD_IOC_WAIT_EVENTS, &args);
	if (ret)
		return ret;
	switch (args.wait_result) {
	case KFD_IOC_WAIT_RESULT_COMPLETE:
		return 0;
	case KFD_IOC_WAIT_RESULT_TIMEOUT:
		return -ETIMEDOUT;
	default:
		return -EIO;
	}
}

/**
 * kfd_event_wait() - wait for one event
 * @ev: the event
 * @timeout_ms: give up after this long
 *
 * Return: as kfd_events_wait().
 */
int kfd_event_wait(struct kfd_event *ev, unsigned int timeout_ms)
{
	return kfd_events_wait(ev, 1, true, timeout_ms);
}

/**
 * kfd_signal_init() - prepare a signal
 * @sig: 64-byte aligned, in memory that the GPU has mapped
 * @value: start value
 * @ev: event to raise at each completion; NULL for none
 */
void kfd_signal_init(struct kfd_signal *sig, __s64 value,
		     const struct kfd_event *ev)
{
	memset(sig, 0, sizeof(*sig));
	sig->kind = KFD_SIGNAL_KIND_USER;
	if (ev) {
		sig->event_mailbox_ptr = ev->slot;
		sig->event_id = ev->id;
	}
	__atomic_store_n(&sig->value, value, __ATOMIC_RELEASE);
}

/**
 * kfd_signal_wait_below() - wait until a signal's value is small enough
 * @sig: the signal
 * @bound: wait for value < @bound
 * @ev: the event that @sig raises, to sleep on; NULL polls memory
 * @timeout_ms: give up after this long
 *
 * Return: 0; -ETIMEDOUT; another negative errno.
 */
int kfd_signal_wait_below(struct kfd_signal *sig, __s64 bound,
			  struct kfd_event *ev, unsigned int timeout_ms)
{
	__u64 end = kfd_now_ns() + timeout_ms * 1000000ULL;

	while (kfd_load(&sig->value) >= bound) {
		__u64 now = kfd_now_ns();
		int ret;

		if (now >= end)
			return -ETIMEDOUT;
		if (!ev) {
			usleep(KFD_POLL_US);
			continue;
		}
		ret = kfd_event_wait(ev, (end - now) / 1000000 + 1);
		if (ret && ret != -ETIMEDOUT)
			return ret;
	}
	return 0;
}

/**
 * kfd_now_ns() - the clock of every timeout here
 *
 * Return: CLOCK_MONOTONIC in ns.
 */
__u64 kfd_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

/**
 * kfd_poll_eq64() - wait until memory holds a value
 * @addr: where
 * @value: what
 * @timeout_ms: give up after this long
 *
 * Return: 0 or -ETIMEDOUT.
 */
int kfd_poll_eq64(const __u64 *addr, __u64 value,
		  unsigned int timeout_ms)
{
	__u64 end = kfd_now_ns() + timeout_ms * 1000000ULL;

	while (kfd_load(addr) != value) {
		if (kfd_now_ns() >= end)
			return -ETIMEDOUT;
		usleep(KFD_POLL_US);
	}
	return 0;
}

/**
 * kfd_poll_ge64() - wait until a counter in memory has reached a value
 * @addr: where
 * @value: at least this
 * @timeout_ms: give up after this long
 *
 * Return: 0 or -ETIMEDOUT.
 */
int kfd_poll_ge64(const __u64 *addr, __u64 value,
		  unsigned int timeout_ms)
{
	__u64 end = kfd_now_ns() + timeout_ms * 1000000ULL;

	while (kfd_load(addr) < value) {
		if (kfd_now_ns() >= end)
			return -ETIMEDOUT;
		usleep(KFD_POLL_US);
	}
	return 0;
}

/**
 * kfd_poll_eq32() - wait until memory holds a 32-bit value
 * @addr: where
 * @value: what
 * @timeout_ms: give up after this long
 *
 * Return: 0 or -ETIMEDOUT.
 */
int kfd_poll_eq32(const __u32 *addr, __u32 value,
		  unsigned int timeout_ms)
{
	__u64 end = kfd_now_ns() + timeout_ms * 1000000ULL;

	while (kfd_load(addr) != value) {
		if (kfd_now_ns() >= end)
			return -ETIMEDOUT;
		usleep(KFD_POLL_US);
	}
	return 0;
}

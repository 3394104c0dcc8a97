// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/kfd itself: who may use it, and what it answers to nonsense.
 */
#include <fcntl.h>
#include <sys/ioctl.h>

#include "kfd_test.h"

#define NO_GPU_ID	0xdead
#define NO_ID		0x7fff

FIXTURE(kfd_open) {
	struct kfd_env env;
};

FIXTURE_SETUP(kfd_open)
{
	int ret = kfd_env_open(&self->env, 0);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
}

FIXTURE_TEARDOWN(kfd_open)
{
	kfd_env_close(&self->env);
}

TEST_F(kfd_open, version)
{
	struct kfd_ioctl_get_version_args args = {};

	ASSERT_EQ(0, kfd_ioctl(self->env.proc.fd, AMDKFD_IOC_GET_VERSION,
			       &args));
	EXPECT_EQ(KFD_IOCTL_MAJOR_VERSION, args.major_version);
	EXPECT_LE(KFD_IOCTL_MINOR_VERSION, args.minor_version);
}

TEST_F(kfd_open, unknown_ioctl)
{
	char args[256] = {};
	int fd = self->env.proc.fd;

	EXPECT_EQ(-ENOTTY, kfd_ioctl(fd, AMDKFD_IO(0), args));
	EXPECT_EQ(-ENOTTY, kfd_ioctl(fd, AMDKFD_IO(AMDKFD_COMMAND_END), args));
	EXPECT_EQ(-ENOTTY, kfd_ioctl(fd, AMDKFD_IO(0xff), args));
}

TEST_F(kfd_open, bad_pointer)
{
	int fd = self->env.proc.fd;

	EXPECT_EQ(-EFAULT, kfd_ioctl(fd, AMDKFD_IOC_CREATE_QUEUE, NULL));
	EXPECT_EQ(-EFAULT, kfd_ioctl(fd, AMDKFD_IOC_GET_VERSION, NULL));
	EXPECT_EQ(-EFAULT, kfd_ioctl(fd, AMDKFD_IOC_WAIT_EVENTS, (void *)8));
}

TEST_F(kfd_open, second_open)
{
	struct kfd_ioctl_get_version_args args = {};
	int fd = open("/dev/kfd", O_RDWR | O_CLOEXEC);

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, kfd_ioctl(fd, AMDKFD_IOC_GET_VERSION, &args));
	EXPECT_EQ(0, close(fd));
	EXPECT_EQ(0, kfd_ioctl(self->env.proc.fd, AMDKFD_IOC_GET_VERSION,
			       &args));
}

/* An inherited file descriptor names the parent's state: refused. */
TEST_F(kfd_open, fork)
{
	struct kfd_ioctl_get_version_args args = {};
	int status;
	pid_t pid = fork();

	ASSERT_LE(0, pid);
	if (!pid)
		_exit(-kfd_ioctl(self->env.proc.fd, AMDKFD_IOC_GET_VERSION,
				 &args));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_TRUE(WIFEXITED(status));
	EXPECT_EQ(EBADF, WEXITSTATUS(status));
}

TEST_F(kfd_open, acquire_vm)
{
	struct kfd_gpu *gpu = &self->env.gpu;
	struct kfd_ioctl_acquire_vm_args args = {
		.drm_fd = gpu->drm_fd,
		.gpu_id = gpu->props.gpu_id,
	};
	int fd = self->env.proc.fd;
	char path[64];

	EXPECT_EQ(0, kfd_ioctl(fd, AMDKFD_IOC_ACQUIRE_VM, &args));

	snprintf(path, sizeof(path), "/dev/dri/renderD%u",
		 gpu->props.drm_render_minor);
	args.drm_fd = open(path, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, (int)args.drm_fd);
	EXPECT_EQ(-EBUSY, kfd_ioctl(fd, AMDKFD_IOC_ACQUIRE_VM, &args));
	close(args.drm_fd);
	EXPECT_EQ(-EINVAL, kfd_ioctl(fd, AMDKFD_IOC_ACQUIRE_VM, &args));

	args.drm_fd = gpu->drm_fd;
	args.gpu_id = NO_GPU_ID;
	EXPECT_EQ(-EINVAL, kfd_ioctl(fd, AMDKFD_IOC_ACQUIRE_VM, &args));
}

TEST_F(kfd_open, apertures)
{
	struct kfd_process_device_apertures pa[KFD_MAX_GPUS] = {};
	struct kfd_ioctl_get_process_apertures_new_args args = {};
	int fd = self->env.proc.fd;
	int gpus = kfd_topology_count();
	unsigned int i, found = 0;

	ASSERT_EQ(0, kfd_ioctl(fd, AMDKFD_IOC_GET_PROCESS_APERTURES_NEW,
			       &args));
	ASSERT_EQ((__u32)gpus, args.num_of_nodes);
	args.kfd_process_device_apertures_ptr = (uintptr_t)pa;
	ASSERT_EQ(0, kfd_ioctl(fd, AMDKFD_IOC_GET_PROCESS_APERTURES_NEW,
			       &args));
	for (i = 0; i < args.num_of_nodes; i++) {
		EXPECT_LT(pa[i].gpuvm_base, pa[i].gpuvm_limit);
		EXPECT_LT(pa[i].lds_base, pa[i].lds_limit);
		EXPECT_LT(pa[i].scratch_base, pa[i].scratch_limit);
		found += pa[i].gpu_id == self->env.gpu.props.gpu_id;
	}
	EXPECT_EQ(1U, found);
}

TEST_F(kfd_open, clock_counters)
{
	struct kfd_ioctl_get_clock_counters_args args = {
		.gpu_id = self->env.gpu.props.gpu_id,
	};
	int fd = self->env.proc.fd;
	__u64 gpu, cpu;

	ASSERT_EQ(0, kfd_ioctl(fd, AMDKFD_IOC_GET_CLOCK_COUNTERS, &args));
	gpu = args.gpu_clock_counter;
	cpu = args.cpu_clock_counter;
	EXPECT_LT(0ULL, gpu);
	usleep(1000);
	ASSERT_EQ(0, kfd_ioctl(fd, AMDKFD_IOC_GET_CLOCK_COUNTERS, &args));
	EXPECT_LT(gpu, args.gpu_clock_counter);
	EXPECT_LT(cpu, args.cpu_clock_counter);
}

TEST_F(kfd_open, bad_mmap)
{
	int fd = self->env.proc.fd;
	const __u64 doorbell = 3ULL << 62;
	const __u64 gpu = (__u64)self->env.gpu.props.gpu_id << 46;
	void *ptr;

	ptr = mmap(NULL, 8192, PROT_READ, MAP_SHARED, fd, 0);
	EXPECT_EQ(MAP_FAILED, ptr);
	EXPECT_EQ(ENODEV, errno);
	ptr = mmap(NULL, 8192, PROT_READ, MAP_SHARED, fd, doorbell);
	EXPECT_EQ(MAP_FAILED, ptr);
	EXPECT_EQ(ENODEV, errno);
	ptr = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, doorbell | gpu);
	EXPECT_EQ(MAP_FAILED, ptr);
	EXPECT_EQ(EINVAL, errno);
}

TEST_F(kfd_open, bad_memory_handles)
{
	struct kfd_gpu *gpu = &self->env.gpu;
	__u32 gpu_id = gpu->props.gpu_id;
	struct kfd_ioctl_free_memory_of_gpu_args f = {};
	struct kfd_ioctl_map_memory_to_gpu_args m = {
		.handle = self->env.mem.handle,
		.device_ids_array_ptr = (uintptr_t)&gpu_id,
	};
	int fd = self->env.proc.fd;

	f.handle = (__u64)NO_GPU_ID << 32 | NO_ID;
	EXPECT_EQ(-EINVAL, kfd_ioctl(fd, AMDKFD_IOC_FREE_MEMORY_OF_GPU, &f));
	f.handle = (__u64)gpu_id << 32 | NO_ID;
	EXPECT_EQ(-EINVAL, kfd_ioctl(fd, AMDKFD_IOC_FREE_MEMORY_OF_GPU, &f));

	EXPECT_EQ(-EINVAL, kfd_ioctl(fd, AMDKFD_IOC_MAP_MEMORY_TO_GPU, &m));
	m.n_devices = 1;
	m.n_success = 2;
	EXPECT_EQ(-EINVAL, kfd_ioctl(fd, AMDKFD_IOC_MAP_MEMORY_TO_GPU, &m));
	m.n_success = 0;
	m.device_ids_array_ptr = 8;
	EXPECT_EQ(-EFAULT, kfd_ioctl(fd, AMDKFD_IOC_MAP_MEMORY_TO_GPU, &m));
	m.device_ids_array_ptr = (uintptr_t)&gpu_id;
	m.handle = (__u64)gpu_id << 32 | NO_ID;
	EXPECT_EQ(-ENOMEM, kfd_ioctl(fd, AMDKFD_IOC_MAP_MEMORY_TO_GPU, &m));
	m.handle = self->env.mem.handle;
	gpu_id = NO_GPU_ID;
	EXPECT_EQ(-EINVAL, kfd_ioctl(fd, AMDKFD_IOC_MAP_MEMORY_TO_GPU, &m));
}

TEST_F(kfd_open, bad_allocations)
{
	struct kfd_ioctl_alloc_memory_of_gpu_args args = {
		.va_addr = 0x200000000000,
		.gpu_id = self->env.gpu.props.gpu_id,
		.flags = KFD_MEM_GTT,
	};
	int fd = self->env.proc.fd;

	EXPECT_EQ(-EINVAL, kfd_ioctl(fd, AMDKFD_IOC_ALLOC_MEMORY_OF_GPU,
				     &args));
	args.size = KFD_PAGE_SIZE;
	args.gpu_id = NO_GPU_ID;
	EXPECT_EQ(-EINVAL, kfd_ioctl(fd, AMDKFD_IOC_ALLOC_MEMORY_OF_GPU,
				     &args));
	args.gpu_id = self->env.gpu.props.gpu_id;
	args.flags = KFD_IOC_ALLOC_MEM_FLAGS_DOORBELL;
	EXPECT_EQ(-EINVAL, kfd_ioctl(fd, AMDKFD_IOC_ALLOC_MEMORY_OF_GPU,
				     &args));
}

TEST_F(kfd_open, bad_events)
{
	struct kfd_ioctl_destroy_event_args d = { .event_id = NO_ID };
	struct kfd_ioctl_set_event_args s = { .event_id = NO_ID };
	struct kfd_event ev = { .proc = &self->env.proc, .id = NO_ID };
	int fd = self->env.proc.fd;

	EXPECT_EQ(-EINVAL, kfd_ioctl(fd, AMDKFD_IOC_DESTROY_EVENT, &d));
	EXPECT_EQ(-EINVAL, kfd_ioctl(fd, AMDKFD_IOC_SET_EVENT, &s));
	EXPECT_EQ(-EINVAL, kfd_event_wait(&ev, 0));
}

static int open_and_leave(void *arg)
{
	struct kfd_env env;
	int ret = kfd_env_open(&env, 0);

	return kfd_test_no_gpu(ret) ? KSFT_SKIP : !!ret;
}

/* Processes that come and go leave nothing that keeps the next one out. */
TEST(open_often)
{
	unsigned int i;

	for (i = 0; i < 20; i++) {
		int ret = kfd_test_in_child(open_and_leave, NULL);

		if (ret == KSFT_SKIP)
			SKIP(return, "no KFD GPU");
		ASSERT_EQ(0, ret);
	}
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0
/*
 * The render node: memory that is allocated there is memory for KFD's queues,
 * and what there is none of is refused.
 */
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <drm/amdgpu_drm.h>

#include "kfd_test.h"

#define BYTES			(4 * KFD_PAGE_SIZE)
#define NO_HANDLE		999

/* Below the range that the library gives addresses from */
#define VA			0x200000000UL

FIXTURE(render) {
	struct kfd_env env;
	int fd;
};

FIXTURE_SETUP(render)
{
	int ret = kfd_env_open(&self->env, 0);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	self->fd = self->env.gpu.drm_fd;
}

FIXTURE_TEARDOWN(render)
{
	kfd_env_close(&self->env);
}

static int gem_create(int fd, __u64 size, __u64 domains, __u64 flags,
		      __u32 *handle)
{
	union drm_amdgpu_gem_create args = {
		.in = {
			.bo_size = size,
			.alignment = KFD_PAGE_SIZE,
			.domains = domains,
			.domain_flags = flags,
		},
	};
	int ret = kfd_ioctl(fd, DRM_IOCTL_AMDGPU_GEM_CREATE, &args);

	*handle = args.out.handle;
	return ret;
}

static int gem_close(int fd, __u32 handle)
{
	struct drm_gem_close args = { .handle = handle };

	return kfd_ioctl(fd, DRM_IOCTL_GEM_CLOSE, &args);
}

static int gem_mmap(int fd, __u32 handle, __u32 **ptr)
{
	union drm_amdgpu_gem_mmap args = { .in = { .handle = handle } };
	int ret = kfd_ioctl(fd, DRM_IOCTL_AMDGPU_GEM_MMAP, &args);

	if (ret)
		return ret;
	*ptr = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		    args.out.addr_ptr);
	return *ptr == MAP_FAILED ? -errno : 0;
}

static int gem_va(int fd, __u32 handle, __u32 op, __u64 va, __u64 offset,
		  __u64 size)
{
	struct drm_amdgpu_gem_va args = {
		.handle = handle,
		.operation = op,
		.flags = AMDGPU_VM_PAGE_READABLE | AMDGPU_VM_PAGE_WRITEABLE,
		.va_address = va,
		.offset_in_bo = offset,
		.map_size = size,
	};

	return kfd_ioctl(fd, DRM_IOCTL_AMDGPU_GEM_VA, &args);
}

static int info(int fd, __u32 query, void *data, __u32 size)
{
	struct drm_amdgpu_info args = {
		.return_pointer = (uintptr_t)data,
		.return_size = size,
		.query = query,
	};

	return kfd_ioctl(fd, DRM_IOCTL_AMDGPU_INFO, &args);
}

static __u64 vram_usage(int fd)
{
	__u64 usage = 0;

	return info(fd, AMDGPU_INFO_VRAM_USAGE, &usage, sizeof(usage)) ? 0 :
									 usage;
}

TEST_F(render, create)
{
	const __u64 domains[] = {
		AMDGPU_GEM_DOMAIN_VRAM,
		AMDGPU_GEM_DOMAIN_GTT,
		AMDGPU_GEM_DOMAIN_VRAM | AMDGPU_GEM_DOMAIN_GTT,
		AMDGPU_GEM_DOMAIN_CPU,
	};
	union drm_amdgpu_gem_wait_idle idle = {};
	struct drm_amdgpu_gem_create_in was = {};
	struct drm_amdgpu_gem_op op = {
		.op = AMDGPU_GEM_OP_GET_GEM_CREATE_INFO,
		.value = (uintptr_t)&was,
	};
	__u64 before = vram_usage(self->fd);
	unsigned int i;
	__u32 *ptr;

	for (i = 0; i < ARRAY_SIZE(domains); i++) {
		ASSERT_EQ(0, gem_create(self->fd, BYTES - 1, domains[i], 0,
					&op.handle))
			TH_LOG("number %u", i);
		ASSERT_EQ(0, gem_mmap(self->fd, op.handle, &ptr));
		EXPECT_EQ(0U, ptr[BYTES / 4 - 1]);
		ptr[BYTES / 4 - 1] = i;
		EXPECT_EQ(0, munmap(ptr, BYTES));

		idle.in.handle = op.handle;
		idle.in.timeout = ~0ULL;
		EXPECT_EQ(0, kfd_ioctl(self->fd,
				       DRM_IOCTL_AMDGPU_GEM_WAIT_IDLE, &idle));
		EXPECT_EQ(0U, idle.out.status);
		EXPECT_EQ(0, kfd_ioctl(self->fd, DRM_IOCTL_AMDGPU_GEM_OP, &op));
		EXPECT_EQ(BYTES, was.bo_size);
		EXPECT_EQ(domains[i], was.domains);
		EXPECT_EQ(before + (domains[i] & AMDGPU_GEM_DOMAIN_VRAM ?
				    BYTES : 0), vram_usage(self->fd));
		EXPECT_EQ(0, gem_close(self->fd, op.handle));
		EXPECT_EQ(before, vram_usage(self->fd));
	}
}

TEST_F(render, refused)
{
	struct drm_amdgpu_memory_info mem = {};
	__u32 handle, *ptr;

	EXPECT_EQ(-EINVAL, gem_create(self->fd, 0, AMDGPU_GEM_DOMAIN_GTT, 0,
				      &handle));
	EXPECT_EQ(-EINVAL, gem_create(self->fd, BYTES, 0, 0, &handle));
	EXPECT_EQ(-EINVAL, gem_create(self->fd, BYTES, AMDGPU_GEM_DOMAIN_GDS,
				      0, &handle));
	EXPECT_EQ(-EINVAL, gem_create(self->fd, BYTES, AMDGPU_GEM_DOMAIN_GTT,
				      AMDGPU_GEM_CREATE_ENCRYPTED, &handle));
	EXPECT_EQ(-EINVAL, gem_create(self->fd, ~0ULL, AMDGPU_GEM_DOMAIN_GTT,
				      0, &handle));
	ASSERT_EQ(0, info(self->fd, AMDGPU_INFO_MEMORY, &mem, sizeof(mem)));
	EXPECT_LT(0ULL, mem.vram.total_heap_size);
	EXPECT_EQ(-ENOMEM, gem_create(self->fd,
				      mem.vram.total_heap_size + KFD_PAGE_SIZE,
				      AMDGPU_GEM_DOMAIN_VRAM, 0, &handle));
	EXPECT_EQ(-ENOENT, gem_mmap(self->fd, NO_HANDLE, &ptr));
	EXPECT_EQ(-EINVAL, gem_close(self->fd, NO_HANDLE));
	ASSERT_EQ(0, gem_create(self->fd, BYTES, AMDGPU_GEM_DOMAIN_VRAM,
				AMDGPU_GEM_CREATE_NO_CPU_ACCESS, &handle));
	EXPECT_EQ(-EPERM, gem_mmap(self->fd, handle, &ptr));
	EXPECT_EQ(0, gem_close(self->fd, handle));
}

/* A queue writes to it: all of it, a part of it, and not any more. */
TEST_F(render, address)
{
	const struct kfd_queue_attr attr =
		KFD_QUEUE_ATTR(KFD_IOC_QUEUE_TYPE_COMPUTE);
	struct kfd_queue q;
	__u32 handle, *ptr;
	int fd = self->fd;

	ASSERT_EQ(0, kfd_queue_create(&self->env.gpu, &attr, &q));
	ASSERT_EQ(0, gem_create(fd, BYTES, AMDGPU_GEM_DOMAIN_VRAM, 0, &handle));
	ASSERT_EQ(0, gem_mmap(fd, handle, &ptr));
	ASSERT_EQ(0, gem_va(fd, handle, AMDGPU_VA_OP_MAP, VA, 0, BYTES));
	ASSERT_EQ(0, gem_va(fd, handle, AMDGPU_VA_OP_MAP, VA + BYTES,
			    2 * KFD_PAGE_SIZE, KFD_PAGE_SIZE));
	ASSERT_EQ(0, kfd_pm4_write_data(&q, VA + BYTES - 4, 11));
	ASSERT_EQ(0, kfd_pm4_write_data(&q, VA + BYTES + 8, 22));
	kfd_queue_ring(&q);
	ASSERT_EQ(0, kfd_poll_eq32(&ptr[BYTES / 4 - 1], 11, WAIT_MS));
	ASSERT_EQ(0, kfd_poll_eq32(&ptr[2 * KFD_PAGE_SIZE / 4 + 2], 22,
				   WAIT_MS));

	EXPECT_EQ(-EINVAL, gem_va(fd, handle, AMDGPU_VA_OP_MAP,
				  VA + KFD_PAGE_SIZE, 0, KFD_PAGE_SIZE));
	EXPECT_EQ(-ENOENT, gem_va(fd, handle, AMDGPU_VA_OP_UNMAP,
				  VA + KFD_PAGE_SIZE, 0, KFD_PAGE_SIZE));
	EXPECT_EQ(0, gem_va(fd, handle, AMDGPU_VA_OP_UNMAP, VA, 0, BYTES));
	EXPECT_EQ(-ENOENT, gem_va(fd, handle, AMDGPU_VA_OP_UNMAP, VA, 0,
				  BYTES));
	EXPECT_EQ(0, gem_va(fd, handle, AMDGPU_VA_OP_MAP, VA, 0, BYTES));
	/* the handle takes its addresses along */
	EXPECT_EQ(0, gem_close(fd, handle));
	ASSERT_EQ(0, gem_create(fd, BYTES, AMDGPU_GEM_DOMAIN_GTT, 0, &handle));
	EXPECT_EQ(0, gem_va(fd, handle, AMDGPU_VA_OP_MAP, VA, 0, BYTES));
	EXPECT_EQ(0, gem_va(fd, handle, AMDGPU_VA_OP_MAP, VA + BYTES, 0,
			    BYTES));
	EXPECT_EQ(11U, ptr[BYTES / 4 - 1]);
	EXPECT_EQ(0, munmap(ptr, BYTES));
	EXPECT_EQ(0, kfd_queue_destroy(&q));
}

TEST_F(render, bad_address)
{
	const struct {
		__u32 op;
		__u64 va, offset, size;
	} table[] = {
		{ AMDGPU_VA_OP_MAP, VA + 1, 0, BYTES },
		{ AMDGPU_VA_OP_MAP, VA, 1, BYTES - KFD_PAGE_SIZE },
		{ AMDGPU_VA_OP_MAP, VA, 0, BYTES - 1 },
		{ AMDGPU_VA_OP_MAP, VA, 0, 0 },
		{ AMDGPU_VA_OP_MAP, VA, 0, BYTES + KFD_PAGE_SIZE },
		{ AMDGPU_VA_OP_MAP, VA, KFD_PAGE_SIZE, BYTES },
		{ AMDGPU_VA_OP_MAP, VA, -KFD_PAGE_SIZE, BYTES },
		{ AMDGPU_VA_OP_MAP, VA, 0, -KFD_PAGE_SIZE },
		{ AMDGPU_VA_OP_MAP, 0, 0, BYTES },
		{ AMDGPU_VA_OP_MAP, -KFD_PAGE_SIZE, 0, BYTES },
		{ AMDGPU_VA_OP_MAP, 1ULL << 62, 0, BYTES },
		{ AMDGPU_VA_OP_CLEAR + 100, VA, 0, BYTES },
	};
	unsigned int i;
	__u32 handle;

	ASSERT_EQ(0, gem_create(self->fd, BYTES, AMDGPU_GEM_DOMAIN_GTT, 0,
				&handle));
	for (i = 0; i < ARRAY_SIZE(table); i++) {
		EXPECT_EQ(-EINVAL, gem_va(self->fd, handle, table[i].op,
					  table[i].va, table[i].offset,
					  table[i].size))
			TH_LOG("row %u", i);
	}
	EXPECT_EQ(-ENOENT, gem_va(self->fd, NO_HANDLE, AMDGPU_VA_OP_MAP, VA, 0,
				  BYTES));
}

/* A queue whose ring is there keeps it. */
TEST_F(render, ring)
{
	const struct kfd_queue_attr attr =
		KFD_QUEUE_ATTR(KFD_IOC_QUEUE_TYPE_SDMA);
	struct kfd_queue q;
	__u32 handle;

	ASSERT_EQ(0, gem_create(self->fd, KFD_PAGE_SIZE, AMDGPU_GEM_DOMAIN_GTT,
				0, &handle));
	ASSERT_EQ(0, gem_va(self->fd, handle, AMDGPU_VA_OP_MAP, VA, 0,
			    KFD_PAGE_SIZE));
	ASSERT_EQ(0, kfd_queue_prepare(&self->env.gpu, &attr, &q));
	q.args.ring_base_address = VA;
	ASSERT_EQ(0, kfd_queue_submit(&q));
	EXPECT_EQ(-EBUSY, gem_va(self->fd, handle, AMDGPU_VA_OP_UNMAP, VA, 0,
				 KFD_PAGE_SIZE));
	EXPECT_EQ(0, kfd_queue_destroy(&q));
	EXPECT_EQ(0, gem_va(self->fd, handle, AMDGPU_VA_OP_UNMAP, VA, 0,
			    KFD_PAGE_SIZE));
}

/* From the render node to KFD, and back to a handle, which is the same. */
TEST_F(render, dma_buf)
{
	struct kfd_ioctl_import_dmabuf_args import = {
		.va_addr = VA,
		.gpu_id = self->env.gpu.props.gpu_id,
	};
	struct kfd_ioctl_free_memory_of_gpu_args put = {};
	struct kfd_ioctl_get_dmabuf_info_args what = {};
	struct drm_prime_handle prime = { .flags = DRM_CLOEXEC | DRM_RDWR };
	int kfd = self->env.proc.fd, other;
	__u32 handle, *ptr;

	ASSERT_EQ(0, gem_create(self->fd, BYTES, AMDGPU_GEM_DOMAIN_VRAM, 0,
				&handle));
	prime.handle = handle;
	ASSERT_EQ(0, kfd_ioctl(self->fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime));
	what.dmabuf_fd = prime.fd;
	EXPECT_EQ(0, kfd_ioctl(kfd, AMDKFD_IOC_GET_DMABUF_INFO, &what));
	EXPECT_EQ(BYTES, what.size);
	import.dmabuf_fd = prime.fd;
	ASSERT_EQ(0, kfd_ioctl(kfd, AMDKFD_IOC_IMPORT_DMABUF, &import));

	prime.handle = 0;
	EXPECT_EQ(0, kfd_ioctl(self->fd, DRM_IOCTL_PRIME_FD_TO_HANDLE, &prime));
	EXPECT_EQ(handle, prime.handle);
	EXPECT_EQ(0, gem_close(self->fd, handle));
	EXPECT_EQ(0, kfd_ioctl(self->fd, DRM_IOCTL_PRIME_FD_TO_HANDLE, &prime));
	ASSERT_EQ(0, gem_mmap(self->fd, prime.handle, &ptr));
	EXPECT_EQ(0, munmap(ptr, BYTES));

	other = open("/dev/null", O_RDWR | O_CLOEXEC);
	EXPECT_EQ(0, close(prime.fd));
	prime.fd = other;
	EXPECT_EQ(-EINVAL, kfd_ioctl(self->fd, DRM_IOCTL_PRIME_FD_TO_HANDLE,
				     &prime));
	EXPECT_EQ(0, close(other));
	put.handle = import.handle;
	EXPECT_EQ(0, kfd_ioctl(kfd, AMDKFD_IOC_FREE_MEMORY_OF_GPU, &put));
}

static int ctx(int fd, union drm_amdgpu_ctx *args, __u32 op, __u32 id,
	       __s32 priority)
{
	memset(args, 0, sizeof(*args));
	args->in.op = op;
	args->in.ctx_id = id;
	args->in.priority = priority;
	return kfd_ioctl(fd, DRM_IOCTL_AMDGPU_CTX, args);
}

TEST_F(render, context)
{
	union drm_amdgpu_ctx args;
	int fd = self->fd;
	__u32 id;

	EXPECT_EQ(-EINVAL, ctx(fd, &args, AMDGPU_CTX_OP_ALLOC_CTX, 0, 77));
	EXPECT_EQ(-EINVAL, ctx(fd, &args, AMDGPU_CTX_OP_QUERY_STATE, 1, 0));
	ASSERT_EQ(0, ctx(fd, &args, AMDGPU_CTX_OP_ALLOC_CTX, 0,
			 AMDGPU_CTX_PRIORITY_NORMAL));
	id = args.out.alloc.ctx_id;
	EXPECT_LT(0U, id);
	EXPECT_EQ(0, ctx(fd, &args, AMDGPU_CTX_OP_QUERY_STATE, id, 0));
	EXPECT_EQ(AMDGPU_CTX_NO_RESET, args.out.state.reset_status);
	EXPECT_EQ(0, ctx(fd, &args, AMDGPU_CTX_OP_QUERY_STATE2, id, 0));
	EXPECT_EQ(0ULL, args.out.state.flags);
	EXPECT_EQ(-EINVAL, ctx(fd, &args, AMDGPU_CTX_OP_QUERY_STATE2 + 100, id,
			       0));
	EXPECT_EQ(0, ctx(fd, &args, AMDGPU_CTX_OP_FREE_CTX, id, 0));
	EXPECT_EQ(-EINVAL, ctx(fd, &args, AMDGPU_CTX_OP_FREE_CTX, id, 0));
}

TEST_F(render, info)
{
	struct drm_amdgpu_info_hw_ip ip = { .available_rings = 1 };
	struct drm_amdgpu_info_vram_gtt sizes = {};
	struct drm_amdgpu_memory_info mem = {};
	__u64 clock, now;
	int fd = self->fd;

	ASSERT_EQ(0, info(fd, AMDGPU_INFO_MEMORY, &mem, sizeof(mem)));
	ASSERT_EQ(0, info(fd, AMDGPU_INFO_VRAM_GTT, &sizes, sizeof(sizes)));
	EXPECT_EQ(mem.vram.total_heap_size, sizes.vram_size);
	EXPECT_EQ(mem.gtt.total_heap_size, sizes.gtt_size);
	EXPECT_EQ(mem.vram.total_heap_size - mem.vram.heap_usage,
		  mem.vram.max_allocation);
	EXPECT_EQ(0, info(fd, AMDGPU_INFO_HW_IP_INFO, &ip, sizeof(ip)));
	EXPECT_EQ(0U, ip.available_rings);

	ASSERT_EQ(0, kfd_gpu_clock(&self->env.gpu, &clock));
	ASSERT_EQ(0, info(fd, AMDGPU_INFO_TIMESTAMP, &now, sizeof(now)));
	EXPECT_LE(clock, now);
	ASSERT_EQ(0, kfd_gpu_clock(&self->env.gpu, &clock));
	EXPECT_LE(now, clock);

	EXPECT_EQ(-EFAULT, info(fd, AMDGPU_INFO_MEMORY, (void *)8,
				sizeof(mem)));
	EXPECT_EQ(-EINVAL, info(fd, AMDGPU_INFO_MEMORY, &mem, 0));
	EXPECT_EQ(-EINVAL, info(fd, 0xffff, &mem, sizeof(mem)));
}

/* There is no ring to submit to. */
TEST_F(render, no_submission)
{
	union drm_amdgpu_cs args = {};

	EXPECT_EQ(-EINVAL, kfd_ioctl(self->fd, DRM_IOCTL_AMDGPU_CS, &args));
}

TEST_HARNESS_MAIN

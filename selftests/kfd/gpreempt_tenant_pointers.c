// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt: tenants whose queues have their pointers where none should be: at
 * the end of a page, so that a part of them is in the next one, and beside
 * pages that the kernel itself can't read.
 */
#include <sys/syscall.h>

#include "gpreempt_tenant_test.h"

/* A queue like the tenant's own, but for its pointers; it may be refused. */
static void create(struct gt_tenant *t, __u64 rptr, __u64 wptr)
{
	struct kfd_ioctl_create_queue_args args = t->q.args;

	args.read_pointer_address = rptr;
	args.write_pointer_address = wptr;
	if (!kfd_ioctl(t->env.proc.fd, AMDKFD_IOC_CREATE_QUEUE, &args))
		t->made++;
}

static int create_all(struct gt_tenant *t, __u64 page)
{
	static const unsigned int offset[] = { 4089, 4093, 4095 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(offset); i++) {
		create(t, page + offset[i], t->q.wptr.va);
		create(t, t->q.rptr.va, page + offset[i]);
		create(t, page + offset[i], page + offset[i]);
	}
	return 0;
}

/* Memory of the GPU, and of the program, with nothing behind it */
static int odd_pointers(struct gt_tenant *t)
{
	static struct kfd_bo gtt, user;
	int ret;

	ret = kfd_bo_create(&t->env.gpu, &gtt, KFD_PAGE_SIZE, KFD_MEM_GTT);
	if (!ret)
		ret = kfd_bo_create(&t->env.gpu, &user, KFD_PAGE_SIZE,
				    KFD_MEM_USERPTR);
	if (!ret)
		ret = create_all(t, gtt.va);
	if (!ret)
		ret = create_all(t, user.va);
	return ret;
}

/* Pages that no one else has; taken in turn with others they are neighbours. */
static char *secret_pages(unsigned int number)
{
	int fd = syscall(SYS_memfd_secret, 0);
	char *pages;

	if (fd < 0 || ftruncate(fd, number * KFD_PAGE_SIZE))
		return MAP_FAILED;
	pages = mmap(NULL, number * KFD_PAGE_SIZE, PROT_READ | PROT_WRITE,
		     MAP_SHARED, fd, 0);
	close(fd);
	return pages;
}

static int beside_secrets(struct gt_tenant *t)
{
	static struct kfd_bo user[1000];
	char *secrets = secret_pages(t->attack->number);
	unsigned int i;
	int ret = 0;

	if (secrets == MAP_FAILED)
		return -errno;
	for (i = 0; i < t->attack->number && !ret; i++) {
		secrets[i * KFD_PAGE_SIZE] = 1;
		ret = kfd_bo_create(&t->env.gpu, &user[i], KFD_PAGE_SIZE,
				    KFD_MEM_USERPTR);
		if (!ret)
			create(t, user[i].va + 4093, user[i].va + 4093);
	}
	return ret;
}

static int rest(struct gt_tenant *t)
{
	(void)t;
	gt_sleep(10 * NSEC_PER_MSEC);
	return 0;
}

FIXTURE_VARIANT_ADD(tenant, odd_pointers) {
	{ "odd_pointers", .prepare = odd_pointers, .strike = rest }
};

FIXTURE_VARIANT_ADD(tenant, beside_secrets) {
	{ "beside_secrets", .prepare = beside_secrets, .strike = rest, .number = 200,
	  .shares = true, .takes_slots = true }
};

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt: tenants who attack others by system calls, and by what they have
 * mapped.
 */
#include "gpreempt_tenant_test.h"

/* As two pages, one of which is different from its neighbours */
#define VMAS_OF_A_PAIR	2

static void *map_doorbells(struct gt_tenant *t)
{
	return mmap(NULL, 2 * KFD_PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
		    t->env.proc.fd,
		    t->q.args.doorbell_offset & ~(2 * KFD_PAGE_SIZE - 1));
}

/* Few where time is none of the promises */
static unsigned int scaled(const struct gt_tenant *t)
{
	return kfd_test_is_exact() ? t->attack->number :
				     t->attack->number / 20;
}

/* With nothing new in the ring */
static int ring(struct gt_tenant *t)
{
	__atomic_store_n(t->q.doorbell, t->q.next - 1, __ATOMIC_SEQ_CST);
	return 0;
}

static int ring_and_rest(struct gt_tenant *t)
{
	gt_sleep(2 * NSEC_PER_MSEC);
	return ring(t);
}

/* ---- an address space that takes long to look through ------------------- */

static int many_mappings(struct gt_tenant *t)
{
	while (t->made < scaled(t)) {
		if (map_doorbells(t) == MAP_FAILED)
			return -errno;
		t->made++;
	}
	return 0;
}

/* A second mapping of the doorbells, for which all the others are looked at */
static int many_vmas(struct gt_tenant *t)
{
	unsigned int pairs = scaled(t) / VMAS_OF_A_PAIR;
	char *base = mmap(NULL, 2 * pairs * KFD_PAGE_SIZE, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (base == MAP_FAILED)
		return -errno;
	for (; t->made < pairs; t->made++) {
		if (mprotect(base + 2 * t->made * KFD_PAGE_SIZE, KFD_PAGE_SIZE,
			     PROT_READ))
			return -errno;
	}
	return map_doorbells(t) == MAP_FAILED ? -errno : 0;
}

/* ---- system calls without end ------------------------------------------ */

static int remap(struct gt_tenant *t)
{
	void *doorbells = map_doorbells(t);

	if (doorbells == MAP_FAILED)
		return -errno;
	return munmap(doorbells, 2 * KFD_PAGE_SIZE) ? -errno : 0;
}

static int set_ring(struct gt_tenant *t, __u64 address)
{
	struct kfd_ioctl_update_queue_args args = {
		.ring_base_address = address,
		.queue_id = t->q.id,
		.ring_size = t->q.attr.ring_bytes,
		.queue_percentage = t->q.attr.percent,
		.queue_priority = t->q.attr.priority,
	};

	return kfd_ioctl(t->env.proc.fd, AMDKFD_IOC_UPDATE_QUEUE, &args);
}

/* Without a ring it is not active. */
static int toggle_ring(struct gt_tenant *t)
{
	int ret = set_ring(t, 0);

	return ret ? ret : set_ring(t, t->q.ring.va);
}

static int flip_priority(struct gt_tenant *t)
{
	int ret = kfd_queue_set_priority(&t->q, BE_PRIORITY);

	return ret ? ret : kfd_queue_set_priority(&t->q, LC_PRIORITY);
}

/* One more, with the buffers of the one that there is */
static int come_and_go(struct gt_tenant *t)
{
	struct kfd_ioctl_create_queue_args args = t->q.args;
	struct kfd_ioctl_destroy_queue_args destroy = {};
	int ret = kfd_ioctl(t->env.proc.fd, AMDKFD_IOC_CREATE_QUEUE, &args);

	if (ret)
		return ret;
	destroy.queue_id = args.queue_id;
	return kfd_ioctl(t->env.proc.fd, AMDKFD_IOC_DESTROY_QUEUE, &destroy);
}

/* Whatever an ordinary user may read; most of it holds some number. */
static void read_below(const char *path)
{
	struct dirent *entry;
	char name[600], text[256];
	DIR *dir = opendir(path);

	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		if (entry->d_type == DT_DIR)
			read_below(name);
		else if (entry->d_type == DT_REG)
			kfd_file_read(name, text, sizeof(text));
	}
	if (dir)
		closedir(dir);
}

static int read_files(struct gt_tenant *t)
{
	(void)t;
	read_below(KFD_PROCESSES);
	return 0;
}

/* ---- the table --------------------------------------------------------- */

FIXTURE_VARIANT_ADD(tenant, mappings) {
	/*
	 * The driver looks at no more than some hundred. kfdsim looks at every mapping
	 * of a page that was rung, on the only CPU: with 60,000 nobody else gets on.
	 */
	{ "mappings", .prepare = many_mappings, .strike = ring_and_rest, .number = 10000,
	  .shares = true }
};

FIXTURE_VARIANT_ADD(tenant, vmas) {
	{ "vmas", .prepare = many_vmas, .strike = ring_and_rest, .number = 60000 }
};

FIXTURE_VARIANT_ADD(tenant, remap) {
	/*
	 * One ring in a hundred waits for the only CPU: for the rest of an munmap()
	 * that the kernel does not preempt, and for its RCU callbacks.
	 */
	{ "remap", .strike = remap, .latency_factor = 12 }
};

FIXTURE_VARIANT_ADD(tenant, toggle_ring) {
	{ "toggle_ring", .strike = toggle_ring }
};

FIXTURE_VARIANT_ADD(tenant, flip_priority) {
	{ "flip_priority", .strike = flip_priority }
};

FIXTURE_VARIANT_ADD(tenant, ring_storm) {
	{ "ring_storm", .strike = ring, .threads = 4 }
};

FIXTURE_VARIANT_ADD(tenant, come_and_go) {
	/*
	 * amdkfd maps and unmaps for each, with gpreempt or without; and RCU frees
	 * its files, in the time of whoever has the only CPU: in one request of a
	 * hundred that is the scheduler's thread.
	 */
	{ "come_and_go", .strike = come_and_go, .latency_factor = 12 }
};

FIXTURE_VARIANT_ADD(tenant, read_files) {
	/* A CPU that is in a read() or getdents() runs nothing else. */
	{ "read_files", .strike = read_files, .latency_factor = 3 }
};

TEST_HARNESS_MAIN

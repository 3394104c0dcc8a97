// SPDX-License-Identifier: GPL-2.0
/*
 * AQL packet processor.
 *
 * Packets of a queue start in order. The processor works on the packet at the
 * read index until that packet has been *launched*: a kernel dispatch when its
 * last workgroup has got its wave slots, a barrier when its dependencies are
 * satisfied. Only then is its header set to INVALID and the read index moved,
 * in memory too, as the HSA specification's "launch phase" has it and as
 * hardware does. So:
 *
 * - a dispatch that finds no free slots keeps the read index where it is;
 * - a read index equal to the write index means that everything has been
 *   launched, not that everything has completed;
 * - a dispatch larger than the GPU keeps the read index until its last
 *   workgroups start.
 *
 * Launched dispatches run concurrently, unless a packet has the barrier bit.
 *
 * After a preemption the processor looks at the packet at the read index
 * again; what had been launched of it comes back from the save area.
 */
#include <uapi/linux/kfd_ioctl.h>

#include "kfdsim_hw.h"
#include "kfdsim_trace.h"

#define AQL_PACKET_BYTES	64
#define AQL_HEADER_TYPE		0xff
#define AQL_HEADER_BARRIER	BIT(8)

enum aql_type {
	AQL_VENDOR_SPECIFIC,
	AQL_INVALID,
	AQL_KERNEL_DISPATCH,
	AQL_BARRIER_AND,
	AQL_AGENT_DISPATCH,
	AQL_BARRIER_OR,
};

struct aql_dispatch {
	u16 header;
	u16 setup;
	u16 workgroup[3];
	u16 reserved0;
	u32 grid[3];
	u32 private_bytes;
	u32 group_bytes;
	u64 kernel_object;
	u64 kernarg;
	u64 reserved1;
	u64 completion_signal;
};

struct aql_barrier {
	u16 header;
	u16 reserved0;
	u32 reserved1;
	u64 dep_signal[5];
	u64 reserved2;
	u64 completion_signal;
};

/* Vendor-specific packets have their own types, behind the header */
enum aql_amd_format {
	AQL_AMD_BARRIER_VALUE = 2,
};

enum aql_condition { AQL_EQ, AQL_NE, AQL_LT, AQL_GTE };

struct aql_barrier_value {
	u16 header;
	u8 format;
	u8 reserved0;
	u32 reserved1;
	u64 signal;
	s64 value;
	s64 mask;
	u32 cond;
	u32 reserved2;
	u64 reserved3;
	u64 reserved4;
	u64 completion_signal;
};

union aql_packet {
	u16 header;
	struct aql_dispatch dispatch;
	struct aql_barrier barrier;
	struct aql_barrier_value barrier_value;
};

static_assert(sizeof(union aql_packet) == AQL_PACKET_BYTES);

static u64 aql_packet_va(const struct kfdsim_hqd *hqd)
{
	u64 slots = hqd->ring_bytes / AQL_PACKET_BYTES;

	return hqd->ring + (hqd->rptr & (slots - 1)) * AQL_PACKET_BYTES;
}

/* The packet at the read index has been launched */
void kfdsim_aql_retire(struct kfdsim_hqd *hqd, u64 now)
{
	const u16 invalid = AQL_INVALID;

	if (kfdsim_hqd_write(hqd, aql_packet_va(hqd), &invalid,
			     sizeof(invalid)))
		return;
	hqd->rptr++;
	hqd->poll_ns = 0;
	kfdsim_hqd_report_rptr(hqd);
	kfdsim_hqd_fetch_at(hqd, now + hqd->node->hw->sim->model.packet_ns);
}

/* ---- kernel dispatch ------------------------------------------------------ */

static u64 aql_lanes(const struct aql_dispatch *p)
{
	return (u64)p->workgroup[0] * (p->workgroup[1] ?: 1) *
	       (p->workgroup[2] ?: 1);
}

/* Return: number of workgroups, 0 for a grid that has none or too many */
static u32 aql_workgroups(const struct aql_dispatch *p)
{
	unsigned int i, dims = clamp(p->setup & 3, 1, 3);
	u64 n = 1;

	for (i = 0; i < dims; i++) {
		if (!p->workgroup[i])
			return 0;
		n *= DIV_ROUND_UP_ULL(p->grid[i], p->workgroup[i]);
		if (n > U32_MAX)
			return 0;
	}
	return n;
}

static void aql_dispatch(struct kfdsim_hqd *hqd, const struct aql_dispatch *p,
			 u64 now)
{
	const struct kfdsim_launch launch = {
		.kernel_va = p->kernel_object,
		.signal_va = p->completion_signal,
		.lanes = aql_lanes(p),
		.total = aql_workgroups(p),
		.xcc = -1,
	};

	if (launch.total)
		kfdsim_dispatch_start(hqd, &launch, now);
	else
		kfdsim_hqd_error(hqd, EC_QUEUE_PACKET_DISPATCH_DIM_INVALID,
				 "bad grid");
}

/* ---- barriers ------------------------------------------------------------- */

/* Return: 1 when satisfied, 0 when not, <0 when the queue has stopped */
static int aql_barrier_ready(struct kfdsim_hqd *hqd,
			     const struct aql_barrier *p, bool any)
{
	bool none = true, one = false, all = true;
	s64 value;
	int i;

	for (i = 0; i < ARRAY_SIZE(p->dep_signal); i++) {
		if (!p->dep_signal[i])
			continue;
		none = false;
		if (kfdsim_signal_value(hqd, p->dep_signal[i], &value))
			return -EFAULT;
		if (value)
			all = false;
		else
			one = true;
	}
	return none || (any ? one : all);
}

/* The same for a packet that compares the value of one signal */
static int aql_barrier_value_ready(struct kfdsim_hqd *hqd,
				   const struct aql_barrier_value *p)
{
	s64 value;

	if (!p->signal)
		return 1;
	if (kfdsim_signal_value(hqd, p->signal, &value))
		return -EFAULT;
	value &= p->mask;
	switch (p->cond) {
	case AQL_EQ:
		return value == p->value;
	case AQL_NE:
		return value != p->value;
	case AQL_LT:
		return value < p->value;
	case AQL_GTE:
	default:
		return value >= p->value;
	}
}

/* Whatever it waits for, a barrier goes on so, and completes so */
static void aql_barrier(struct kfdsim_hqd *hqd, int ready,
			u64 completion_signal, u64 now)
{
	if (ready < 0)
		return;
	if (!ready) {
		kfdsim_hqd_poll(hqd, now);
		return;
	}
	/*
	 * The signals may be other GPUs', whose clocks need not be as late as
	 * ours: what they caused can't come before it.
	 */
	now = max(now, ktime_get_ns());
	hqd->node->hw->stats.barriers++;
	kfdsim_signal_send(hqd, completion_signal, 0, 0);
	if (!hqd->error)
		kfdsim_aql_retire(hqd, now);
}

static void aql_vendor(struct kfdsim_hqd *hqd,
		       const struct aql_barrier_value *p, u64 now)
{
	if (p->format != AQL_AMD_BARRIER_VALUE || p->cond > AQL_GTE)
		kfdsim_hqd_error(hqd, EC_QUEUE_PACKET_VENDOR_UNSUPPORTED,
				 "unsupported vendor packet");
	else
		aql_barrier(hqd, aql_barrier_value_ready(hqd, p),
			    p->completion_signal, now);
}

/* Look at the packet at the read index */
void kfdsim_aql_fetch(struct kfdsim_hqd *hqd, u64 now)
{
	union aql_packet p;

	if (hqd->head || (s64)(hqd->wptr - hqd->rptr) <= 0)
		return;
	if (kfdsim_hqd_read(hqd, aql_packet_va(hqd), &p, sizeof(p)))
		return;
	now = kfdsim_seen(now);
	/* Reserved by a producer that has yet to write it, and then to ring */
	if ((p.header & AQL_HEADER_TYPE) == AQL_INVALID)
		return;
	if (p.header & AQL_HEADER_BARRIER && !list_empty(&hqd->dispatches)) {
		hqd->barrier_wait = true;
		return;
	}
	switch (p.header & AQL_HEADER_TYPE) {
	case AQL_KERNEL_DISPATCH:
		aql_dispatch(hqd, &p.dispatch, now);
		break;
	case AQL_BARRIER_AND:
		aql_barrier(hqd, aql_barrier_ready(hqd, &p.barrier, false),
			    p.barrier.completion_signal, now);
		break;
	case AQL_BARRIER_OR:
		aql_barrier(hqd, aql_barrier_ready(hqd, &p.barrier, true),
			    p.barrier.completion_signal, now);
		break;
	case AQL_VENDOR_SPECIFIC:
		aql_vendor(hqd, &p.barrier_value, now);
		break;
	default:
		kfdsim_hqd_error(hqd, EC_QUEUE_PACKET_UNSUPPORTED,
				 "unsupported packet");
		break;
	}
}

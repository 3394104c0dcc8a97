// SPDX-License-Identifier: GPL-2.0
/*
 * PM4 packet processor of user queues: compute registers and dispatches, memory
 * writes, end-of-pipe events, waits, cache maintenance (which has nothing to
 * maintain).
 *
 * Packets are taken from the ring or from an indirect buffer, whose packet
 * stays at the read index meanwhile. That packet is read again each time, so
 * that where the processor is in the buffer is all that a preemption has to
 * keep.
 *
 * Dispatches run while the next packets are executed. An end-of-pipe event is
 * written when all of them have ended; here packets behind it wait for that.
 */
#include <uapi/linux/kfd_ioctl.h>

#include "kfdsim_hw.h"
#include "kfd_pm4_headers_ai.h"
#include "kfd_pm4_opcodes.h"

#define PM4_MAX_DWORDS	64
/* A NOP of this count has no body */
#define PM4_NOP_ONE	0x3fff

/* Dword 3 of INDIRECT_BUFFER */
#define PM4_IB_SIZE	KFDSIM_IB_MAX_DWORDS
#define PM4_IB_CHAIN	BIT(20)
#define PM4_IB_DWORDS	4
#define PM4_DISPATCH_DWORDS	5

/* EVENT_WRITE: wait until all dispatches have ended */
#define PM4_CS_PARTIAL_FLUSH	7

/* What becomes of a packet */
enum pm4_result {
	PM4_DONE,	/* the next one can follow */
	PM4_WAIT,	/* it is looked at again */
	PM4_BAD,	/* the queue stops */
};

/**
 * struct pm4_source - where packets come from
 *
 * @left: dwords that are there
 * @ib: it is an indirect buffer; the ring otherwise
 * @va: of the next packet, in an indirect buffer
 */
struct pm4_source {
	u64 left;
	bool ib;
	u64 va;
};

static u64 pm4_u64(u32 lo, u32 hi)
{
	return (u64)hi << 32 | lo;
}

/* Read @n dwords of the ring at the read index, around its end if need be */
static int pm4_read_ring(struct kfdsim_hqd *hqd, u32 *buf, unsigned int n)
{
	u32 at = hqd->rptr & (hqd->ring_bytes / 4 - 1);
	unsigned int first = min(n, hqd->ring_bytes / 4 - at);
	int err = kfdsim_hqd_read(hqd, hqd->ring + at * 4, buf, first * 4);

	if (!err && first < n)
		err = kfdsim_hqd_read(hqd, hqd->ring, buf + first,
				      (n - first) * 4);
	return err;
}

static int pm4_read(struct kfdsim_hqd *hqd, const struct pm4_source *src,
		    u32 *buf, unsigned int n)
{
	return src->ib ? kfdsim_hqd_read(hqd, src->va, buf, n * 4) :
			 pm4_read_ring(hqd, buf, n);
}

/* ---- what waits ------------------------------------------------------------ */

/* Return: whether there is a dispatch to wait for; that goes on then */
static bool pm4_wait_idle(struct kfdsim_hqd *hqd)
{
	hqd->barrier_wait = !list_empty(&hqd->dispatches);
	return hqd->barrier_wait;
}

static enum pm4_result pm4_event_write(struct kfdsim_hqd *hqd, const u32 *p)
{
	bool flush = (p[1] & 0x3f) == PM4_CS_PARTIAL_FLUSH;

	return flush && pm4_wait_idle(hqd) ? PM4_WAIT : PM4_DONE;
}

static enum pm4_result pm4_wait_mem(struct kfdsim_hqd *hqd, const u32 *p,
				    unsigned int n, u64 now)
{
	u32 func = p[1] & 7, space = (p[1] >> 4) & 3, op = (p[1] >> 6) & 3;
	const u32 memory = 1, wait = 0;
	u32 value;

	if (n != 7 || space != memory || op != wait)
		return PM4_BAD;
	if (kfdsim_hqd_read(hqd, pm4_u64(p[2] & ~3U, p[3]), &value,
			    sizeof(value)))
		return PM4_WAIT;
	if (kfdsim_compare(func, value & p[5], p[4]))
		return PM4_DONE;
	kfdsim_hqd_poll(hqd, now);
	return PM4_WAIT;
}

/* ---- what writes ----------------------------------------------------------- */

static enum pm4_result pm4_write_data(struct kfdsim_hqd *hqd, const u32 *p,
				      unsigned int n)
{
	u32 dst = (p[1] >> 8) & 0xf;

	if (n < 5 || (dst != dst_sel___write_data__memory &&
		      dst != dst_sel___write_data__tc_l2))
		return PM4_BAD;
	kfdsim_hqd_write(hqd, pm4_u64(p[2] & ~3U, p[3]), p + 4, (n - 4) * 4);
	return PM4_DONE;
}

/* Return: bytes of @data to write, or -EINVAL */
static int pm4_release_data(const struct pm4_mec_release_mem *rm, u64 now,
			    u64 *data)
{
	*data = pm4_u64(rm->data_lo, rm->data_hi);
	switch (rm->bitfields3.data_sel) {
	case data_sel__mec_release_mem__none:
		return 0;
	case data_sel__mec_release_mem__send_32_bit_low:
		return 4;
	case data_sel__mec_release_mem__send_64_bit_data:
		return 8;
	case data_sel__mec_release_mem__send_gpu_clock_counter:
		*data = KFDSIM_GPU_TICKS(now);
		return 8;
	default:
		return -EINVAL;
	}
}

static bool pm4_release_interrupts(const struct pm4_mec_release_mem *rm)
{
	switch (rm->bitfields3.int_sel) {
	case int_sel__mec_release_mem__send_interrupt_only:
	case int_sel__mec_release_mem__send_interrupt_after_write_confirm:
		return true;
	default:
		return false;
	}
}

static enum pm4_result pm4_release_mem(struct kfdsim_hqd *hqd, const u32 *p,
				       unsigned int n, u64 now)
{
	const struct pm4_mec_release_mem *rm = (const void *)p;
	u64 data, va;
	int len;

	if (n != sizeof(*rm) / 4)
		return PM4_BAD;
	len = pm4_release_data(rm, now, &data);
	if (len < 0)
		return PM4_BAD;
	if (pm4_wait_idle(hqd))
		return PM4_WAIT;
	va = pm4_u64(rm->ordinal4 & ~3U, rm->address_hi);
	if (len && kfdsim_hqd_write(hqd, va, &data, len))
		return PM4_DONE;
	if (pm4_release_interrupts(rm))
		kfdsim_eop_irq(hqd, hqd->target_xcc, rm->int_ctxid);
	return PM4_DONE;
}

/* ---- the processor --------------------------------------------------------- */

static enum pm4_result pm4_packet(struct kfdsim_hqd *hqd, const u32 *p,
				  unsigned int n, u64 now)
{
	const union PM4_MES_TYPE_3_HEADER h = { .u32All = p[0] };

	switch (h.opcode) {
	case IT_NOP:
		return PM4_DONE;
	case IT_WRITE_DATA:
		return pm4_write_data(hqd, p, n);
	case IT_RELEASE_MEM:
		return pm4_release_mem(hqd, p, n, now);
	case IT_EVENT_WRITE:
		return pm4_event_write(hqd, p);
	case IT_WAIT_REG_MEM:
		return pm4_wait_mem(hqd, p, n, now);
	case IT_ACQUIRE_MEM:
		/* Gfx10 and later have another dword */
		return n == 7 || n == 8 ? PM4_DONE : PM4_BAD;
	case IT_SET_SH_REG:
		return kfdsim_pm4_set_sh_reg(hqd, p, n) ? PM4_DONE : PM4_BAD;
	case IT_DISPATCH_DIRECT:
		if (n != PM4_DISPATCH_DWORDS)
			return PM4_BAD;
		return kfdsim_pm4_dispatch(hqd, p, now) ? PM4_DONE : PM4_WAIT;
	default:
		return PM4_BAD;
	}
}

/*
 * The next packet, all of it unless it is a NOP.
 * Return: its length in dwords; 0 when the queue has stopped.
 */
static unsigned int pm4_next(struct kfdsim_hqd *hqd,
			     const struct pm4_source *src, u32 *packet)
{
	union PM4_MES_TYPE_3_HEADER h;
	unsigned int n;

	if (pm4_read(hqd, src, &h.u32All, 1))
		return 0;
	n = h.opcode == IT_NOP && h.count == PM4_NOP_ONE ? 1 : h.count + 2;
	if (h.type != PM4_TYPE_3 || n > src->left ||
	    (h.opcode != IT_NOP && n > PM4_MAX_DWORDS)) {
		kfdsim_hqd_error(hqd, EC_QUEUE_PACKET_RESERVED,
				 "malformed PM4");
		return 0;
	}
	packet[0] = h.u32All;
	if (h.opcode != IT_NOP && pm4_read(hqd, src, packet, n))
		return 0;
	return n;
}

/* The packet at hand, of @n dwords, is done */
static void pm4_retire(struct kfdsim_hqd *hqd, unsigned int n, u64 now)
{
	struct kfdsim_hw *hw = hqd->node->hw;

	if (hqd->error)
		return;
	hw->stats.pm4_packets++;
	hqd->poll_ns = 0;
	if (hqd->ib_next) {
		hqd->ib_next += n;
	} else {
		hqd->rptr += n;
		kfdsim_hqd_report_rptr(hqd);
	}
	kfdsim_hqd_fetch_at(hqd, now + hw->sim->model.packet_ns);
}

/*
 * INDIRECT_BUFFER is at the read index: go on with what it names.
 * Return: false when there is nothing to go on with.
 */
static bool pm4_indirect(struct kfdsim_hqd *hqd, const u32 *p, unsigned int n,
			 struct pm4_source *src, u64 now)
{
	u32 size = p[3] & PM4_IB_SIZE, at;

	if (n != PM4_IB_DWORDS || p[3] & PM4_IB_CHAIN) {
		kfdsim_hqd_error(hqd, EC_QUEUE_PACKET_UNSUPPORTED,
				 "unsupported PM4");
		return false;
	}
	hqd->ib_next = hqd->ib_next ?: 1;
	at = hqd->ib_next - 1;
	if (at >= size) {
		hqd->ib_next = 0;
		pm4_retire(hqd, PM4_IB_DWORDS, now);
		return false;
	}
	src->ib = true;
	src->left = size - at;
	src->va = pm4_u64(p[1] & ~3U, p[2] & 0xffff) + at * 4ULL;
	return true;
}

static bool pm4_is_indirect(const u32 *p)
{
	const union PM4_MES_TYPE_3_HEADER h = { .u32All = p[0] };

	return h.opcode == IT_INDIRECT_BUFFER;
}

/* Look at the packet at the read index */
void kfdsim_pm4_fetch(struct kfdsim_hqd *hqd, u64 now)
{
	struct pm4_source src = { .left = hqd->wptr - hqd->rptr };
	u32 packet[PM4_MAX_DWORDS];
	unsigned int n;

	if (hqd->head || (s64)src.left <= 0)
		return;
	if (src.left > hqd->ring_bytes / 4) {
		kfdsim_hqd_error(hqd, EC_QUEUE_PACKET_RESERVED,
				 "more than the ring holds");
		return;
	}
	n = pm4_next(hqd, &src, packet);
	if (!n)
		return;
	now = kfdsim_seen(now);
	if (pm4_is_indirect(packet)) {
		if (!pm4_indirect(hqd, packet, n, &src, now))
			return;
		n = pm4_next(hqd, &src, packet);
		if (!n)
			return;
		now = kfdsim_seen(now);
	} else {
		/* A ring must not be rewritten; whoever did has lost the buffer */
		hqd->ib_next = 0;
	}
	switch (pm4_packet(hqd, packet, n, now)) {
	case PM4_DONE:
		pm4_retire(hqd, n, now);
		break;
	case PM4_WAIT:
		break;
	case PM4_BAD:
		kfdsim_hqd_error(hqd, EC_QUEUE_PACKET_UNSUPPORTED,
				 "unsupported PM4");
		break;
	}
}

/* Every workgroup of the dispatch at hand has got its slots */
void kfdsim_pm4_launched(struct kfdsim_hqd *hqd, u64 now)
{
	pm4_retire(hqd, PM4_DISPATCH_DWORDS, now);
}

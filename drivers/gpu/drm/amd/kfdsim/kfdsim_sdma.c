// SPDX-License-Identifier: GPL-2.0
/*
 * SDMA queues: copy, fill, write, fence, trap, timestamp, poll memory, atomic
 * add.
 *
 * Pointers are in bytes and never wrap; packets may wrap around the ring.
 */
#include <linux/slab.h>
#include <uapi/linux/kfd_ioctl.h>

#include "kfdsim_hw.h"
#include "vega10_sdma_pkt_open.h"

#define SDMA_MAX_DWORDS		64
#define SDMA_ATOMIC_ADD64	0x2f
#define SDMA_COUNT_MASK		0x3fffffff
/* CONSTANT_FILL writes bytes, words or dwords; this is dwords */
#define SDMA_FILL_SIZE(header)	((header) >> 30)
#define SDMA_FILL_DWORDS	2
/* Of a copy, in one event: about as much as one event should cost */
#define SDMA_SLICE		(16 * PAGE_SIZE)

static int sdma_read(struct kfdsim_hqd *hqd, u32 *buf, unsigned int dwords)
{
	u32 at = hqd->rptr & (hqd->ring_bytes - 1);
	u32 first = min(dwords * 4, hqd->ring_bytes - at);
	int err = kfdsim_hqd_read(hqd, hqd->ring + at, buf, first);

	if (!err && first < dwords * 4)
		err = kfdsim_hqd_read(hqd, hqd->ring, (void *)buf + first,
				      dwords * 4 - first);
	return err;
}

static u64 sdma_va(const u32 *p)
{
	return (u64)p[1] << 32 | p[0];
}

/* Length of the packet in dwords; 0 for one that is not supported */
static unsigned int sdma_length(const u32 *p)
{
	u32 op = p[0] & 0xff, sub_op = (p[0] >> 8) & 0xff;

	switch (op) {
	case SDMA_OP_NOP:
		return 1 + ((p[0] >> 16) & 0x3fff);
	case SDMA_OP_COPY:
		return sub_op == SDMA_SUBOP_COPY_LINEAR ? 7 : 0;
	case SDMA_OP_CONST_FILL:
		return SDMA_FILL_SIZE(p[0]) == SDMA_FILL_DWORDS ? 5 : 0;
	case SDMA_OP_WRITE:
		if (sub_op != SDMA_SUBOP_WRITE_LINEAR)
			return 0;
		return 5 + (p[3] & SDMA_PKT_WRITE_UNTILED_DW_3_count_mask);
	case SDMA_OP_FENCE:
		return 4;
	case SDMA_OP_TRAP:
		return 2;
	case SDMA_OP_POLL_REGMEM:
		/* Of memory; there are no registers to poll */
		return p[0] >> 31 ? 6 : 0;
	case SDMA_OP_ATOMIC:
		return p[0] >> 25 == SDMA_ATOMIC_ADD64 ? 8 : 0;
	case SDMA_OP_TIMESTAMP:
		return sub_op == SDMA_SUBOP_TIMESTAMP_GET_GLOBAL ? 3 : 0;
	default:
		return 0;
	}
}

static void sdma_done(struct kfdsim_hqd *hqd, unsigned int dwords, u64 now)
{
	struct kfdsim_hw *hw = hqd->node->hw;

	if (hqd->error)
		return;
	hw->stats.sdma_packets++;
	hqd->rptr += dwords * 4;
	hqd->poll_ns = 0;
	kfdsim_hqd_report_rptr(hqd);
	kfdsim_hqd_fetch_at(hqd, now + hw->sim->model.packet_ns);
}

static int sdma_copy_slice(struct kfdsim_hqd *hqd, u32 bytes)
{
	void *page = kmalloc(PAGE_SIZE, GFP_KERNEL);
	int err = 0;
	u32 n;

	if (!page)
		return -ENOMEM;
	while (bytes && !err) {
		n = min_t(u32, bytes, PAGE_SIZE);
		if (hqd->copy_fill)
			memset32(page, hqd->copy_src, n / 4);
		else
			err = kfdsim_hqd_read(hqd, hqd->copy_src, page, n);
		err = err ?: kfdsim_hqd_write(hqd, hqd->copy_dst, page, n);
		hqd->copy_src += hqd->copy_fill ? 0 : n;
		hqd->copy_dst += n;
		hqd->copy_left -= n;
		bytes -= n;
	}
	kfree(page);
	return err;
}

/* The next slice, after the time that it takes */
static void sdma_copy_next(struct kfdsim_hqd *hqd, u64 now)
{
	const struct kfdsim_model *model = &hqd->node->hw->sim->model;
	u32 bytes = min_t(u32, hqd->copy_left, SDMA_SLICE);

	kfdsim_event_at(hqd->node->hw, &hqd->fetch, now +
			mul_u64_u64_div_u64(bytes, NSEC_PER_SEC,
					    model->sdma_bandwidth));
}

static void sdma_copy_start(struct kfdsim_hqd *hqd, u32 bytes,
			    unsigned int dwords, u64 now)
{
	hqd->copy_left = bytes;
	hqd->copy_dwords = dwords;
	sdma_copy_next(hqd, now);
}

/* Another slice of a copy: its bytes arrive when its time is over */
static void sdma_copy(struct kfdsim_hqd *hqd, u64 now)
{
	u32 bytes = min_t(u32, hqd->copy_left, SDMA_SLICE);
	int err = sdma_copy_slice(hqd, bytes);

	if (err == -ENOMEM) {
		kfdsim_event_at(hqd->node->hw, &hqd->fetch,
				now + NSEC_PER_MSEC);
		return;
	}
	if (err)
		hqd->copy_left = 0;
	if (hqd->copy_left) {
		sdma_copy_next(hqd, now);
		return;
	}
	sdma_done(hqd, hqd->copy_dwords, now);
	kfdsim_dequeue_progress(hqd, now);
}

static void sdma_poll(struct kfdsim_hqd *hqd, const u32 *p, u64 now)
{
	u32 value;

	if (kfdsim_hqd_read(hqd, sdma_va(p + 1), &value, sizeof(value)))
		return;
	if (kfdsim_compare((p[0] >> 28) & 7, value & p[4], p[3])) {
		/* Another GPU may have written it, as with a barrier's signals */
		sdma_done(hqd, 6, max(now, ktime_get_ns()));
		return;
	}
	kfdsim_hqd_poll(hqd, now);
}

static void sdma_packet(struct kfdsim_hqd *hqd, const u32 *p, unsigned int n,
			u64 now)
{
	struct kfdsim_node *node = hqd->node;
	u64 ticks = KFDSIM_GPU_TICKS(now);
	s64 old;

	switch (p[0] & 0xff) {
	case SDMA_OP_COPY:
		hqd->copy_fill = false;
		hqd->copy_src = sdma_va(p + 3);
		hqd->copy_dst = sdma_va(p + 5);
		sdma_copy_start(hqd, (p[1] & SDMA_COUNT_MASK) + 1, n, now);
		return;
	case SDMA_OP_CONST_FILL:
		hqd->copy_fill = true;
		hqd->copy_src = p[3];
		hqd->copy_dst = sdma_va(p + 1) & ~3ULL;
		/* The count is of the last dword, or of its last byte */
		sdma_copy_start(hqd, ((p[4] & SDMA_COUNT_MASK) & ~3U) + 4, n,
				now);
		return;
	case SDMA_OP_POLL_REGMEM:
		sdma_poll(hqd, p, now);
		return;
	case SDMA_OP_WRITE:
		kfdsim_hqd_write(hqd, sdma_va(p + 1), p + 4, (n - 4) * 4);
		break;
	case SDMA_OP_FENCE:
		kfdsim_hqd_write(hqd, sdma_va(p + 1), p + 3, 4);
		break;
	case SDMA_OP_TRAP:
		kfdsim_irq_sdma_trap(node->hw->sim, hqd->pipe, node->first_xcc,
				     hqd->vmid, hqd->pasid, p[1] & 0xfffffff);
		break;
	case SDMA_OP_TIMESTAMP:
		kfdsim_hqd_write(hqd, sdma_va(p + 1), &ticks, sizeof(ticks));
		break;
	case SDMA_OP_ATOMIC:
		if (kfdsim_vm_fetch_add64(hqd->vm, sdma_va(p + 1),
					  sdma_va(p + 3), &old))
			kfdsim_hqd_fault(hqd, sdma_va(p + 1), true);
		break;
	}
	sdma_done(hqd, n, now);
}

/* Look at the packet at the read index */
void kfdsim_sdma_fetch(struct kfdsim_hqd *hqd, u64 now)
{
	u64 avail = (hqd->wptr - hqd->rptr) / 4;
	u32 packet[SDMA_MAX_DWORDS];
	unsigned int n;

	if (hqd->copy_left) {
		sdma_copy(hqd, now);
		return;
	}
	if ((s64)(hqd->wptr - hqd->rptr) <= 0)
		return;
	if (avail > hqd->ring_bytes / 4) {
		kfdsim_hqd_error(hqd, EC_QUEUE_PACKET_RESERVED,
				 "more than the ring holds");
		return;
	}
	memset(packet, 0, 4 * sizeof(*packet));
	if (sdma_read(hqd, packet, min_t(u64, avail, 4)))
		return;
	n = sdma_length(packet);
	if (!n || n > avail ||
	    ((packet[0] & 0xff) != SDMA_OP_NOP && n > SDMA_MAX_DWORDS)) {
		kfdsim_hqd_error(hqd, EC_QUEUE_PACKET_UNSUPPORTED,
				 "unsupported SDMA packet");
		return;
	}
	now = kfdsim_seen(now);
	if ((packet[0] & 0xff) == SDMA_OP_NOP)
		sdma_done(hqd, n, now);
	else if (!sdma_read(hqd, packet, n))
		sdma_packet(hqd, packet, n, now);
}

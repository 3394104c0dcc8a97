// SPDX-License-Identifier: GPL-2.0
/*
 * What a preempted queue leaves in its save areas, and getting it back.
 *
 * Each XCC has its own area (CP_HQD_CTX_SAVE_BASE). The control stack comes
 * first and stays unused; then:
 *
 *	header | dispatch | group ... | dispatch | group ... | (rest: registers)
 *
 * A group is workgroups of one dispatch with the same time left to run. A
 * dispatch whose workgroups run for times of their own, and have not all been
 * launched, has these before its groups. The
 * simulator keeps no other copy, so lost or damaged state is lost work, which
 * the checksum tells from a simulator bug. The header is written last.
 *
 * CP_HQD_WG_STATE_OFFSET counts the bytes that real waves would have taken, if
 * that is more.
 */
#include <linux/crc32.h>
#include <linux/slab.h>
#include <uapi/linux/kfd_ioctl.h>

#include "kfdsim_hw.h"
#include "kfdsim_trace.h"

#define CWSR_MAGIC	0x727377637364666bULL	/* "kfdscwsr" */

struct cwsr_header {
	u64 magic;
	u32 xcc;
	u32 dispatches;
	u32 bytes;	/* of what follows */
	u32 crc;	/* of what follows */
};

struct cwsr_dispatch {
	u64 packet_id;
	u64 signal_va;
	u64 start_ns;
	struct kfdsim_kernel kernel;
	u32 total;
	u32 unlaunched;	/* of this XCC's share */
	u32 groups;
	u32 reserved;
};

struct cwsr_group {
	u64 left_ns;
	u32 wgs;
	u32 reserved;
};

/* A cursor in the save area of one XCC, with a buffer */
struct cwsr_io {
	struct kfdsim_hqd *hqd;
	u64 va;		/* of the buffer's first byte */
	u64 left;	/* bytes of the area that the cursor may still pass */
	u32 bytes;	/* that it has passed */
	u32 crc;	/* of these */
	u32 at;		/* cursor in the buffer */
	u32 slots;	/* wave slots that are not taken yet by what was read */
	u32 fill;	/* bytes that were read into the buffer */
	u8 buf[512];
};

static void cwsr_open(struct cwsr_io *io, struct kfdsim_hqd *hqd,
		      unsigned int xcc, u64 size)
{
	const struct kfdsim_model *model = &hqd->node->hw->sim->model;

	io->hqd = hqd;
	io->va = hqd->ctx_base[xcc] + hqd->cntl_stack_size +
		 sizeof(struct cwsr_header);
	io->left = size;
	io->bytes = 0;
	io->crc = ~0;
	io->at = 0;
	io->fill = 0;
	io->slots = model->cu_per_xcc * model->simd_per_cu *
		    model->waves_per_simd;
}

static void cwsr_pass(struct cwsr_io *io, const void *data, size_t len)
{
	io->crc = crc32_le(io->crc, data, len);
	io->at += len;
	io->bytes += len;
	io->left -= len;
}

static int cwsr_flush(struct cwsr_io *io)
{
	int err = kfdsim_hqd_write(io->hqd, io->va, io->buf, io->at);

	io->va += io->at;
	io->at = 0;
	return err;
}

static int cwsr_put(struct cwsr_io *io, const void *data, size_t len)
{
	if (io->left < len)
		return -ENOSPC;
	if (io->at + len > sizeof(io->buf) && cwsr_flush(io))
		return -EFAULT;
	memcpy(io->buf + io->at, data, len);
	cwsr_pass(io, data, len);
	return 0;
}

static int cwsr_get(struct cwsr_io *io, void *data, size_t len)
{
	if (io->left < len)
		return -EBADMSG;
	if (io->at + len > io->fill) {
		io->va += io->at;
		io->at = 0;
		io->fill = min_t(u64, io->left, sizeof(io->buf));
		if (kfdsim_hqd_read(io->hqd, io->va, io->buf, io->fill))
			return -EFAULT;
	}
	memcpy(data, io->buf + io->at, len);
	cwsr_pass(io, data, len);
	return 0;
}

static u64 cwsr_area(const struct kfdsim_hqd *hqd)
{
	return hqd->ctx_size - hqd->cntl_stack_size;
}

/* ---- save ------------------------------------------------------------------ */

static size_t cwsr_times_bytes(const struct cwsr_dispatch *rec)
{
	return rec->kernel.num_times * sizeof(u64);
}

static u32 cwsr_groups(const struct kfdsim_dispatch *d, unsigned int xcc)
{
	const struct kfdsim_cohort *c;
	const struct kfdsim_saved *s;
	u32 n = 0;

	list_for_each_entry(c, &d->cohorts, link)
		n += !!c->wgs[xcc];
	list_for_each_entry(s, &d->saved, link)
		n += s->xcc == xcc;
	return n;
}

static int cwsr_put_dispatch(struct cwsr_io *io,
			     const struct kfdsim_dispatch *d, unsigned int xcc,
			     u32 groups)
{
	struct cwsr_dispatch rec = {
		.packet_id = d->packet_id,
		.signal_va = d->signal_va,
		.start_ns = d->start_ns,
		.kernel = d->kernel,
		.total = d->total,
		.unlaunched = d->rem[xcc],
		.groups = groups,
	};
	struct cwsr_group group = {};
	const struct kfdsim_cohort *c;
	const struct kfdsim_saved *s;
	int err = cwsr_put(io, &rec, sizeof(rec));

	if (!err && rec.unlaunched && d->times)
		err = cwsr_put(io, d->times->ns, cwsr_times_bytes(&rec));
	list_for_each_entry(c, &d->cohorts, link) {
		if (err || !c->wgs[xcc])
			continue;
		group.left_ns = c->left_ns;
		group.wgs = c->wgs[xcc];
		err = cwsr_put(io, &group, sizeof(group));
	}
	list_for_each_entry(s, &d->saved, link) {
		if (err || s->xcc != xcc)
			continue;
		group.left_ns = s->left_ns;
		group.wgs = s->wgs;
		err = cwsr_put(io, &group, sizeof(group));
	}
	return err;
}

/*
 * Write what @hqd has on @xcc to its save area. Its waves are frozen.
 * @used: bytes of the area that are in use.
 * Return: 0, -EFAULT, or -ENOSPC when the area is too small.
 */
int kfdsim_cwsr_save(struct kfdsim_hqd *hqd, unsigned int xcc, u32 *used)
{
	struct cwsr_header h = { .magic = CWSR_MAGIC, .xcc = xcc };
	u64 bytes = kfdsim_compute_bytes(hqd, xcc);
	const struct kfdsim_dispatch *d;
	struct cwsr_io io;
	u32 groups;
	int err = 0;

	*used = 0;
	if (cwsr_area(hqd) < max_t(u64, bytes, sizeof(h)))
		return -ENOSPC;
	cwsr_open(&io, hqd, xcc, cwsr_area(hqd) - sizeof(h));
	list_for_each_entry(d, &hqd->dispatches, link) {
		groups = cwsr_groups(d, xcc);
		if (!groups && !d->rem[xcc])
			continue;
		err = cwsr_put_dispatch(&io, d, xcc, groups);
		if (err)
			return err;
		h.dispatches++;
	}
	if (!h.dispatches)
		return 0;
	if (cwsr_flush(&io))
		return -EFAULT;
	h.bytes = io.bytes;
	h.crc = io.crc;
	if (kfdsim_hqd_write(hqd, hqd->ctx_base[xcc] + hqd->cntl_stack_size,
			     &h, sizeof(h)))
		return -EFAULT;
	*used = max_t(u64, bytes, sizeof(h) + io.bytes);
	return 0;
}

/* ---- restore --------------------------------------------------------------- */

/* The dispatch of @rec, which another XCC may have brought already */
static struct kfdsim_dispatch *
cwsr_dispatch_get(struct kfdsim_hqd *hqd, const struct cwsr_dispatch *rec)
{
	struct kfdsim_dispatch *d, *new;

	list_for_each_entry(d, &hqd->dispatches, link) {
		if (d->packet_id == rec->packet_id)
			return d;
		if (d->packet_id > rec->packet_id)
			break;
	}
	new = kfdsim_dispatch_new(hqd, rec->packet_id);
	if (!new)
		return NULL;
	/* Packet order: before the first later one, which d is, or the head */
	list_move_tail(&new->link, &d->link);
	new->signal_va = rec->signal_va;
	new->start_ns = rec->start_ns;
	new->kernel = rec->kernel;
	new->total = rec->total;
	return new;
}

/*
 * A program can write its save area, and its checksum: nothing there is to be
 * believed. What is left of a dispatch is resident waves, and of the packet at
 * the read index workgroups that have not been launched.
 */
static bool cwsr_dispatch_ok(const struct kfdsim_hqd *hqd,
			     const struct cwsr_dispatch *rec)
{
	if (rec->unlaunched && rec->packet_id != kfdsim_hqd_packet_id(hqd))
		return false;
	return (rec->groups || rec->unlaunched) &&
	       rec->unlaunched <= rec->total &&
	       kfdsim_kernel_ok(hqd->node->hw, &rec->kernel);
}

/* Each XCC has brought the same ones, unless the program has written there */
static int cwsr_get_times(struct cwsr_io *io, struct kfdsim_dispatch *d,
			  const struct cwsr_dispatch *rec)
{
	unsigned int i;
	int err;

	if (!rec->unlaunched || !rec->kernel.num_times)
		return 0;
	if (!d->times)
		d->times = kzalloc(sizeof(*d->times), GFP_KERNEL);
	if (!d->times)
		return -ENOMEM;
	err = cwsr_get(io, d->times->ns, cwsr_times_bytes(rec));
	for (i = 0; i < rec->kernel.num_times; i++)
		d->times->ns[i] = kfdsim_run_ns(d->times->ns[i]);
	return err;
}

static int cwsr_get_group(struct cwsr_io *io, struct kfdsim_dispatch *d,
			  unsigned int xcc)
{
	struct cwsr_group group;
	int err = cwsr_get(io, &group, sizeof(group));

	if (err)
		return err;
	if (!group.wgs ||
	    group.wgs > io->slots / d->kernel.waves_per_workgroup)
		return -EBADMSG;
	io->slots -= group.wgs * d->kernel.waves_per_workgroup;
	err = kfdsim_dispatch_add_saved(d, xcc, group.wgs,
					kfdsim_run_ns(group.left_ns));
	if (!err)
		d->outstanding += group.wgs;
	return err;
}

static int cwsr_get_dispatch(struct cwsr_io *io, unsigned int xcc)
{
	struct kfdsim_dispatch *d;
	struct cwsr_dispatch rec;
	int err;

	err = cwsr_get(io, &rec, sizeof(rec));
	if (err)
		return err;
	if (!cwsr_dispatch_ok(io->hqd, &rec))
		return -EBADMSG;
	d = cwsr_dispatch_get(io->hqd, &rec);
	if (!d)
		return -ENOMEM;
	if (d->total != rec.total || d->rem[xcc] ||
	    rec.unlaunched > d->total - d->unlaunched ||
	    memcmp(&d->kernel, &rec.kernel, sizeof(d->kernel)))
		return -EBADMSG;
	d->rem[xcc] = rec.unlaunched;
	d->unlaunched += rec.unlaunched;
	err = cwsr_get_times(io, d, &rec);
	while (!err && rec.groups--)
		err = cwsr_get_group(io, d, xcc);
	return err;
}

static int cwsr_restore_xcc(struct kfdsim_hqd *hqd, unsigned int xcc)
{
	struct cwsr_header h;
	struct cwsr_io io;
	int err;

	if (kfdsim_hqd_read(hqd, hqd->ctx_base[xcc] + hqd->cntl_stack_size, &h,
			    sizeof(h)))
		return -EFAULT;
	if (h.magic != CWSR_MAGIC || h.xcc != xcc ||
	    h.bytes > cwsr_area(hqd) - sizeof(h))
		return -EBADMSG;
	cwsr_open(&io, hqd, xcc, h.bytes);
	while (h.dispatches--) {
		err = cwsr_get_dispatch(&io, xcc);
		if (err)
			return err;
	}
	return io.crc == h.crc && !io.left ? 0 : -EBADMSG;
}

/* Only the packet at the read index can have been launched in part */
static int cwsr_find_head(struct kfdsim_hqd *hqd)
{
	struct kfdsim_dispatch *d;

	list_for_each_entry(d, &hqd->dispatches, link) {
		/* Neither overflows: what was added up is bounded */
		if (d->outstanding > d->total - d->unlaunched)
			return -EBADMSG;
		d->outstanding += d->unlaunched;
		if (d->unlaunched)
			hqd->head = d;
	}
	return 0;
}

/*
 * Read back what the save areas of @hqd hold; the MQDs say which do.
 * Return: 0, -EFAULT, -ENOMEM, or -EBADMSG when the state is damaged.
 */
int kfdsim_cwsr_restore(struct kfdsim_hqd *hqd)
{
	unsigned int i;
	int err = 0;

	for (i = 0; !err && i < hqd->node->num_xcc; i++)
		if (hqd->save_mask & BIT(i))
			err = cwsr_restore_xcc(hqd, i);
	return err ?: cwsr_find_head(hqd);
}

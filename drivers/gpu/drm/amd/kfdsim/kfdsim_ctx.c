// SPDX-License-Identifier: GPL-2.0
/*
 * DRM_IOCTL_AMDGPU_CTX: contexts, by which programs learn of resets. There is
 * no ring of the graphics driver's, so nothing is ever submitted to one.
 */
#include <linux/capability.h>
#include <drm/amdgpu_drm.h>
#include <drm/drm_file.h>

#include "kfdsim_host.h"

#define KFDSIM_MAX_CTX	4096	/* of a file, as in amdgpu */

/* There is nothing to schedule by it; it is checked as it would be. */
static int kfdsim_ctx_priority(s32 priority)
{
	static const s32 priorities[] = {
		AMDGPU_CTX_PRIORITY_UNSET,
		AMDGPU_CTX_PRIORITY_VERY_LOW,
		AMDGPU_CTX_PRIORITY_LOW,
		AMDGPU_CTX_PRIORITY_NORMAL,
		AMDGPU_CTX_PRIORITY_HIGH,
		AMDGPU_CTX_PRIORITY_VERY_HIGH,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(priorities); i++) {
		if (priorities[i] == priority)
			return priority <= AMDGPU_CTX_PRIORITY_NORMAL ||
			       capable(CAP_SYS_NICE) ? 0 : -EACCES;
	}
	return -EINVAL;
}

static int kfdsim_ctx_alloc(struct kfdsim *sim, struct xarray *ctxs,
			    union drm_amdgpu_ctx *args)
{
	void *resets = xa_mk_value(atomic_read(&sim->host->resets));
	int ret = kfdsim_ctx_priority(args->in.priority);
	u32 id;

	if (ret)
		return ret;
	ret = xa_alloc(ctxs, &id, resets, XA_LIMIT(1, KFDSIM_MAX_CTX),
		       GFP_KERNEL);
	if (ret)
		return ret == -EBUSY ? -ENOSPC : ret;
	memset(args, 0, sizeof(*args));
	args->out.alloc.ctx_id = id;
	return 0;
}

/* Resets since the context was created, or, if @forget, were asked for last */
static int kfdsim_ctx_reset(struct kfdsim *sim, struct xarray *ctxs, u32 id,
			    bool forget, bool *reset)
{
	int resets = atomic_read(&sim->host->resets);
	void *seen;

	xa_lock(ctxs);
	seen = xa_load(ctxs, id);
	/* replaces a value: allocates nothing */
	if (seen && forget)
		__xa_store(ctxs, id, xa_mk_value(resets), GFP_ATOMIC);
	xa_unlock(ctxs);
	if (!seen)
		return -EINVAL;
	*reset = xa_to_value(seen) != resets;
	return 0;
}

static int kfdsim_ctx_query(struct kfdsim *sim, struct xarray *ctxs,
			    union drm_amdgpu_ctx *args)
{
	bool v2 = args->in.op == AMDGPU_CTX_OP_QUERY_STATE2, reset;
	int ret = kfdsim_ctx_reset(sim, ctxs, args->in.ctx_id, !v2, &reset);

	if (ret)
		return ret;
	memset(args, 0, sizeof(*args));
	if (!reset)
		return 0;
	if (v2)
		args->out.state.flags = AMDGPU_CTX_QUERY2_FLAGS_RESET;
	else
		args->out.state.reset_status = AMDGPU_CTX_UNKNOWN_RESET;
	return 0;
}

/**
 * kfdsim_ctx_ioctl - DRM_IOCTL_AMDGPU_CTX
 * @ddev: a partition's DRM device
 * @data: union drm_amdgpu_ctx
 * @file: the open render node
 *
 * Return: 0; -EACCES for a priority that is not for everyone; -ENOSPC; -EINVAL
 * for what is not there, and for clocks, of which there is one.
 */
int kfdsim_ctx_ioctl(struct drm_device *ddev, void *data,
		     struct drm_file *file)
{
	struct kfdsim_fpriv *fpriv = to_kfdsim_fpriv(drm_priv_to_vm(file));
	struct kfdsim *sim = kfdsim_from_drm(ddev);
	union drm_amdgpu_ctx *args = data;
	struct xarray *ctxs = &fpriv->ctxs;

	switch (args->in.op) {
	case AMDGPU_CTX_OP_ALLOC_CTX:
		return args->in.flags ? -EINVAL :
					kfdsim_ctx_alloc(sim, ctxs, args);
	case AMDGPU_CTX_OP_FREE_CTX:
		return xa_erase(ctxs, args->in.ctx_id) ? 0 : -EINVAL;
	case AMDGPU_CTX_OP_QUERY_STATE:
	case AMDGPU_CTX_OP_QUERY_STATE2:
		return kfdsim_ctx_query(sim, ctxs, args);
	default:
		return -EINVAL;
	}
}

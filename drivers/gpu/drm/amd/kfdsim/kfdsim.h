/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kfdsim: a simulated GPU under the real amdkfd.
 *
 *   amdkfd objects (the distribution's, with the project's hooks)
 *        |  amdgpu_amdkfd_*(), amdgpu_bo_*()        |  kfd2kgd_calls
 *   host side: PCI, DRM, memory, power, reset       |
 *        |  kfdsim_gpu.h                            |
 *   hardware side: HWS, MES, HQDs, packet processors, compute units, events
 *        |  kfdsim_board.h
 *   board: the way to memory, doorbell pages, interrupts
 *
 * The hardware side knows only what hardware could know: registers (the
 * kfd2kgd calls), doorbells, memory, and the packets that it finds there. A
 * file includes kfdsim_host.h or kfdsim_hw.h, and never both.
 */
#ifndef KFDSIM_H
#define KFDSIM_H

#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/types.h>

#include "amdgpu.h"
#include "kfdsim_model.h"

struct kfdsim_hw;
struct kfdsim_vm;

/**
 * struct kfdsim - one simulated GPU; drvdata of its PCI device
 *
 * @adev: what amdkfd sees; embeds the drm_device, so it is allocated first
 *	and this structure hangs off it (see kfdsim_from_adev())
 * @index: number of the GPU, 0-based; names its debugfs directory
 * @model: the model's parameters, constant after probe
 * @hw: the hardware side; NULL before kfdsim_hw_init() and after
 *	kfdsim_hw_fini()
 * @debugfs: directory kfdsim/<index>
 * @host: what only the host side and the board use
 */
struct kfdsim {
	struct amdgpu_device *adev;
	unsigned int index;
	struct kfdsim_model model;
	struct kfdsim_hw *hw;
	struct dentry *debugfs;
	struct kfdsim_host *host;
};

static inline struct kfdsim *kfdsim_from_adev(const struct amdgpu_device *adev)
{
	return adev->ddev.dev_private;
}

#endif

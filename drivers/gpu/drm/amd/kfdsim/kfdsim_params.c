// SPDX-License-Identifier: GPL-2.0
/*
 * Module parameters: those that describe the simulated GPUs, and those of
 * amdgpu that amdkfd reads, with amdgpu's names, types and defaults.
 */
#include <linux/module.h>

#include "kfd_priv.h"
#include "kfdsim_host.h"
#include "kfdsim_params.h"

/* amdgpu.h has claimed it */
#undef pr_fmt
#define pr_fmt(fmt) "kfdsim: " fmt

#define KFDSIM_MAX_GPUS	8

static char *preset = "mi308x";
module_param(preset, charp, 0444);
MODULE_PARM_DESC(preset, "Chip: mi300x, mi308x (default) or navi31");

static unsigned int num_gpus = 1;
module_param(num_gpus, uint, 0444);
MODULE_PARM_DESC(num_gpus, "Number of GPUs (1 to 8, default 1)");

static char *mode = "SPX";
module_param(mode, charp, 0444);
MODULE_PARM_DESC(mode, "Compute partitioning: SPX (one KFD node a GPU, default) or CPX (one node an XCC)");

static unsigned int num_xcc;
module_param(num_xcc, uint, 0444);
MODULE_PARM_DESC(num_xcc, "XCCs of a GPU (1 to 8; 0 = the chip's, default)");

static unsigned int cu_per_xcc;
module_param(cu_per_xcc, uint, 0444);
MODULE_PARM_DESC(cu_per_xcc, "Compute units of an XCC (1 to 40, navi31 96; 0 = the chip's, default)");

static unsigned int slow_motion = 1;
module_param(slow_motion, uint, 0444);
MODULE_PARM_DESC(slow_motion, "All of the chip's times are so many times as long (1 to 100, default 1)");

static char *model_changes = "";
module_param_named(model, model_changes, charp, 0444);
MODULE_PARM_DESC(model, "Parameters of the model other than the chip's: name=value,... (default none)");

/* ---- amdgpu's ----------------------------------------------------------- */

int sched_policy = KFD_SCHED_POLICY_HWS;
module_param(sched_policy, int, 0444);
MODULE_PARM_DESC(sched_policy, "Scheduling policy (0 = HWS (default), 1 = HWS without over-subscription, 2 = no HWS)");

int amdgpu_runtime_pm = -1;
module_param_named(runpm, amdgpu_runtime_pm, int, 0444);
MODULE_PARM_DESC(runpm, "Runtime power management (1 = on, 0 = off, -1 = on where amdgpu has it on, default)");

int hws_max_conc_proc = -1;
module_param(hws_max_conc_proc, int, 0444);
MODULE_PARM_DESC(hws_max_conc_proc, "Processes that HWS runs at a time (-1 = as many as KFD has VMIDs, default)");

int cwsr_enable = 1;
module_param(cwsr_enable, int, 0444);
MODULE_PARM_DESC(cwsr_enable, "Compute wave save/restore (0 = off, 1 = on (default))");

int max_num_of_queues_per_device = KFD_MAX_NUM_OF_QUEUES_PER_DEVICE_DEFAULT;
module_param(max_num_of_queues_per_device, int, 0444);
MODULE_PARM_DESC(max_num_of_queues_per_device, "Queues of one device (1 to 4096, default 4096)");

int send_sigterm;
module_param(send_sigterm, int, 0444);
MODULE_PARM_DESC(send_sigterm, "Send SIGTERM to a process on an exception that it does not handle (default 0)");

int halt_if_hws_hang;
module_param(halt_if_hws_hang, int, 0644);
MODULE_PARM_DESC(halt_if_hws_hang, "Halt instead of a reset when HWS hangs (default 0)");

bool hws_gws_support;
module_param(hws_gws_support, bool, 0444);
MODULE_PARM_DESC(hws_gws_support, "Assume that firmware has GWS barriers (default: by its version)");

int queue_preemption_timeout_ms = 9000;
module_param(queue_preemption_timeout_ms, int, 0644);
MODULE_PARM_DESC(queue_preemption_timeout_ms, "Time for HWS to preempt all queues (ms, default 9000)");

bool debug_evictions;
module_param(debug_evictions, bool, 0644);
MODULE_PARM_DESC(debug_evictions, "Warn about each eviction (default false)");

int amdgpu_no_queue_eviction_on_vm_fault;
module_param_named(no_queue_eviction_on_vm_fault,
		   amdgpu_no_queue_eviction_on_vm_fault, int, 0444);
MODULE_PARM_DESC(no_queue_eviction_on_vm_fault, "Leave queues mapped on a VM fault (default 0)");

int amdgpu_use_xgmi_p2p = 1;
module_param_named(use_xgmi_p2p, amdgpu_use_xgmi_p2p, int, 0444);
MODULE_PARM_DESC(use_xgmi_p2p, "Peer-to-peer access over XGMI (default 1)");

int amdgpu_exp_hw_support;
module_param_named(exp_hw_support, amdgpu_exp_hw_support, int, 0444);
MODULE_PARM_DESC(exp_hw_support, "As for amdgpu; no simulated chip needs it");

int amdgpu_emu_mode;
module_param_named(emu_mode, amdgpu_emu_mode, int, 0444);
MODULE_PARM_DESC(emu_mode, "As for amdgpu (default 0)");

uint amdgpu_sdma_phase_quantum = 32;
module_param_named(sdma_phase_quantum, amdgpu_sdma_phase_quantum, uint, 0444);
MODULE_PARM_DESC(sdma_phase_quantum, "As for amdgpu (default 32)");

/**
 * kfdsim_param_get - show one of the parameters above
 * @name: which
 * @buffer: a page
 *
 * For amdgpu_standin, in whose directory programs look for amdgpu's. Context:
 * may sleep. Return: number of characters; -ENOENT.
 */
int kfdsim_param_get(const char *name, char *buffer)
{
	const struct kernel_param *kp = THIS_MODULE->kp;
	const struct kernel_param *end = kp + THIS_MODULE->num_kp;
	int ret = -ENOENT;

	kernel_param_lock(THIS_MODULE);
	for (; kp < end; kp++)
		if (!strcmp(kp->name, name))
			ret = kp->ops->get(buffer, kp);
	kernel_param_unlock(THIS_MODULE);
	return ret;
}
EXPORT_SYMBOL_GPL(kfdsim_param_get);

/* ---- checks ------------------------------------------------------------- */

static int kfdsim_param_range(const char *name, unsigned int value,
			      unsigned int max)
{
	if (value >= 1 && value <= max)
		return 0;
	pr_err("%s=%u: must be 1 to %u\n", name, value, max);
	return -EINVAL;
}

static int kfdsim_param_preset(struct kfdsim_config *config)
{
	int ret = kfdsim_model_init(&config->model, preset);

	if (ret) {
		pr_err("preset=%s: must be mi300x, mi308x or navi31\n",
		       preset);
		return ret;
	}
	/* the PCI device ID by which user space knows the chip */
	if (kfdsim_model_has_mes(&config->model))
		config->device_id = 0x744c;
	else
		config->device_id = strcmp(preset, "mi300x") ? 0x74a2 : 0x74a1;
	config->runpm = amdgpu_runtime_pm < 0 ?
			kfdsim_model_has_mes(&config->model) :
			!!amdgpu_runtime_pm;
	return 0;
}

static int kfdsim_param_size(struct kfdsim_model *model)
{
	unsigned int max_xcc = MAX_XCP, max_cu = 40;
	int ret;

	/* one die; its bitmap has eight CUs for each of its shader arrays */
	if (kfdsim_model_has_mes(model)) {
		max_xcc = 1;
		max_cu = 96;
		if (cu_per_xcc % 2) {
			pr_err("cu_per_xcc=%u: must be even\n", cu_per_xcc);
			return -EINVAL;
		}
	}
	if (num_xcc)
		model->num_xcc = num_xcc;
	if (cu_per_xcc)
		model->cu_per_xcc = cu_per_xcc;
	ret = kfdsim_param_range("num_xcc", model->num_xcc, max_xcc);
	return ret ?: kfdsim_param_range("cu_per_xcc", model->cu_per_xcc,
					 max_cu);
}

/* One of model=name=value,name=value,... */
static int kfdsim_param_set(struct kfdsim_model *model, char *item)
{
	char *name = strsep(&item, "=");
	u64 value;
	int ret;

	if (!item || kstrtou64(item, 0, &value)) {
		pr_err("model=%s: must be name=value\n", name);
		return -EINVAL;
	}
	ret = kfdsim_model_set(model, name, value);
	if (ret == -ENOENT)
		pr_err("model=%s: no parameter that can be set\n", name);
	else if (ret)
		pr_err("model=%s=%llu: out of range\n", name, value);
	return ret ? -EINVAL : 0;
}

static int kfdsim_param_model(struct kfdsim_model *model)
{
	char *copy, *rest, *item;
	int ret = 0;

	copy = kstrdup(model_changes, GFP_KERNEL);
	if (!copy)
		return -ENOMEM;
	rest = copy;
	while (!ret && (item = strsep(&rest, ",")))
		if (*item)
			ret = kfdsim_param_set(model, item);
	kfree(copy);
	return ret;
}

/**
 * kfdsim_config_init - the module parameters, checked
 * @config: filled in
 *
 * Return: 0, -ENOMEM, or -EINVAL after a message that says what is wrong.
 */
int kfdsim_config_init(struct kfdsim_config *config)
{
	int ret;

	ret = kfdsim_param_preset(config);
	if (ret)
		return ret;
	ret = kfdsim_param_size(&config->model);
	if (ret)
		return ret;
	ret = kfdsim_param_model(&config->model);
	if (ret)
		return ret;
	ret = kfdsim_param_range("num_gpus", num_gpus, KFDSIM_MAX_GPUS);
	if (ret)
		return ret;
	config->num_gpus = num_gpus;

	ret = kfdsim_param_range("slow_motion", slow_motion, KFDSIM_MAX_SLOW);
	if (ret)
		return ret;
	kfdsim_model_slow_down(&config->model, slow_motion);

	if (!strcasecmp(mode, "SPX")) {
		config->model.num_partitions = 1;
	} else if (!strcasecmp(mode, "CPX")) {
		config->model.num_partitions = config->model.num_xcc;
	} else {
		pr_err("mode=%s: must be SPX or CPX\n", mode);
		return -EINVAL;
	}
	return 0;
}

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The distribution's unmodified ROCm runtime on the driver. It has to take the
# GPU for a chip that it knows, and one with a single XCC.

# shellcheck source=/dev/null
. ./ktap_helpers.sh

export HSA_OVERRIDE_GFX_VERSION=9.0.10

rocm_info()
{
	rocminfo > /out/rocminfo.txt 2>&1 &&
		grep -q 'Device Type: *GPU' /out/rocminfo.txt &&
		grep -q 'HSA System Attributes' /out/rocminfo.txt
}

ktap_print_header
if ! command -v rocminfo > /dev/null || ! [ -x hsa_queues ] ||
	! [ -d /sys/module/kfdsim ]; then
	ktap_skip_all "no ROCm runtime here, or no kfdsim"
	exit "$KSFT_SKIP"
fi
ktap_set_plan 4
ktap_test_result "rocminfo" rocm_info
ktap_test_result "queues, barriers, kernels and signals" ./hsa_queues
ktap_test_result "once more" ./hsa_queues
ktap_test_result "rocminfo afterwards" rocm_info
ktap_finished

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Programs look for amdgpu's parameters in amdgpu's directory: what is there is
# what kfdsim was loaded with.

# shellcheck source=/dev/null
. ./ktap_helpers.sh

AMDGPU=/sys/module/amdgpu/parameters
KFDSIM=/sys/module/kfdsim/parameters

# shown <parameter>...: both have it, and it is the same
shown()
{
	for name in "$@"; do
		[ "$(cat "$AMDGPU/$name")" = "$(cat "$KFDSIM/$name")" ] || return 1
	done
}

# all that amdgpu has, and at least one
nothing_else()
{
	found=0
	for path in "$AMDGPU"/*; do
		shown "${path##*/}" || return 1
		found=$((found + 1))
	done
	[ "$found" -gt 10 ]
}

ktap_print_header
if ! [ -d /sys/module/amdgpu_standin ] || ! [ -d "$KFDSIM" ]; then
	ktap_skip_all "no stand-in for amdgpu here, or no kfdsim"
	exit "$KSFT_SKIP"
fi
ktap_set_plan 2
ktap_test_result "what tests of the KFD read" shown cwsr_enable sched_policy emu_mode
ktap_test_result "all that there is" nothing_else
ktap_finished

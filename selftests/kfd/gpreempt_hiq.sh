#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# With gpreempt built in and turned off, the driver sends the same packets to
# the hardware scheduler as the driver without it, to the byte.

# shellcheck source=/dev/null
. ./ktap_helpers.sh

# record <module> <file>: the packets of one run, from loading to unloading
record()
{
	kfdsim-load -v "$1" || return 1
	./hiq_scenario "$2"
	status=$?
	kfdsim-unload && return "$status"
}

complete()
{
	! grep -q '^full' /out/hiq.hooks
}

ktap_print_header
if ! [ -f /lib/modules/kfdsim-nohooks.ko ]; then
	ktap_skip_all "no driver without hooks to compare with"
	exit "$KSFT_SKIP"
fi
ktap_set_plan 5
ktap_test_result "scenario with gpreempt" record kfdsim /out/hiq.hooks
ktap_test_result "scenario without" record kfdsim-nohooks /out/hiq.nohooks
ktap_test_result "there are packets" test -s /out/hiq.hooks
ktap_test_result "the capture is complete" complete
ktap_test_result "the same packets" cmp /out/hiq.hooks /out/hiq.nohooks
ktap_finished

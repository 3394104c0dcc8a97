#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# gpreempt: the KUnit suites that ran when kfdsim was loaded, case by case.

# shellcheck source=/dev/null
. ./ktap_helpers.sh

suites="kfd_gpreempt_act kfd_gpreempt_hooks kfd_gpreempt_hqd kfd_gpreempt_latency
	kfd_gpreempt_policy"
kunit=/sys/kernel/debug/kunit

# cases <suite>: what the suite planned, then a line for each case
cases()
{
	sed -n -e 's/^    1\.\.\([0-9]*\)$/plan \1/p' \
		-e 's/^    \(ok\|not ok\) [0-9]* \([a-z_0-9]*\)\( #.*\)\?$/\1 \2/p' \
		"$kunit/$1/results"
}

planned=0
for suite in $suites; do
	[ -r "$kunit/$suite/results" ] ||
		{ ktap_print_header; ktap_set_plan 1
		  ktap_test_fail "$suite did not run"; ktap_finished; }
	planned=$((planned + $(cases "$suite" | sed -n 's/^plan //p')))
done

ktap_print_header
ktap_set_plan "$planned"
for suite in $suites; do
	cases "$suite" > /tmp/cases
	while read -r result name rest; do
		case $result in
		ok) ktap_test_pass "$suite.$name" ;;
		not)
			ktap_test_fail "$suite.$rest"
			grep '^ *#' "$kunit/$suite/results" | sed 's/^ */# /'
			;;
		esac
	done < /tmp/cases
done
ktap_finished

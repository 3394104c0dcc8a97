#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# gpreempt-apply, gpreempt-top and gpreempt-bugreport on a driver at work: what
# they say is what its files say.

# shellcheck source=/dev/null
. ./ktap_helpers.sh

node=/sys/class/kfd/kfd/topology/nodes/1
knobs=$node/gpreempt
stats=$knobs/stats
work=/tmp/tools

# file_of <knob>
file_of()
{
	if [ -f "$knobs/tuning/$1" ]; then
		echo "$knobs/tuning/$1"
	else
		echo "$knobs/$1"
	fi
}

# all_knobs: every knob with its value
all_knobs()
{
	for default in "$knobs"/.defaults/*; do
		echo "${default##*/} $(cat "$(file_of "${default##*/}")")"
	done
}

# is <knob> <value>
is()
{
	set -- "$(file_of "$1")" "$2"
	[ "$(cat "$1")" = "$2" ] || { echo "# $1 is $(cat "$1"), not $2"; return 1; }
}

# column <heading> <file> <first line> <filter>...: of the table that begins with
# this heading, the column's values in the rows in which awk finds the filter
column()
{
	awk -v want="$1" -v first="$3" -v filter="$4" '
	$1 == "NODE" {
		at = 0
		for (i = 1; i <= NF; i++) {
			if ($i == first)
				inside = 1
			if ($i == want)
				at = i
		}
		if (!at || !index($0, first))
			inside = 0
		next
	}
	!NF { inside = 0 }
	inside && $0 ~ filter { print $at }' "$2"
}

# ---- gpreempt-apply -----------------------------------------------------

# config <line>...
config()
{
	printf '%s\n' "$@" > "$work/conf"
}

# refused <words that say why> <option>...: and nothing has changed
refused()
{
	why=$1
	shift
	all_knobs > "$work/before"
	if gpreempt-apply -c "$work/conf" "$@" > "$work/log" 2>&1; then
		echo "# accepted"
		return 1
	fi
	sed 's/^/# /' "$work/log"
	grep -q "$why" "$work/log" || return 1
	all_knobs | cmp -s - "$work/before"
}

out_of_range()
{
	config '[node all]' 'confirm_us = 7' 'lc_priority_min = 16' 'enable = 1'
	refused "lc_priority_min: 16 is not from 1 to 15"
}

unknown_knob()
{
	config '[node all]' 'confirm_us = 7' 'confrim_us = 7'
	refused "confrim_us: this node has no such knob"
}

no_such_gpu()
{
	config '[node gpu=1]' 'confirm_us = 7'
	refused "gpu=1.: there is no such node"
}

dry_run()
{
	config '[node all]' 'confirm_us = 7'
	all_knobs > "$work/before"
	gpreempt-apply -n -c "$work/conf" > "$work/log" || return 1
	grep -q "would write 7 to confirm_us, which is $(cat "$(file_of confirm_us)")" \
		"$work/log" &&
		all_knobs | cmp -s - "$work/before"
}

# The kernel has the last word: the address of a GPU is found as it is shown.
applied()
{
	config '[node all]' 'triggers = doorbell timer' 'lc_interval_us = 0x1f4' \
		'enable = 1' 'confirm_us = 9' '[node pci=1:00.0]' 'confirm_us = 0' \
		'[node gpu=0]' 'resume_delay_us = 60'
	pci=$(readlink -f /sys/class/drm/renderD128/device)
	sed -i "s/pci=1:00.0/pci=${pci##*/}/" "$work/conf"
	gpreempt-apply --wait=3 -c "$work/conf" > "$work/log" 2>&1
	status=$?
	sed 's/^/# /' "$work/log"
	[ "$status" = 0 ] && is enable 1 && is lc_interval_us 500 &&
		is confirm_us 0 && is resume_delay_us 60 &&
		is triggers "[timer] event [doorbell]"
}

again()
{
	gpreempt-apply -c "$work/conf" > "$work/log" && ! [ -s "$work/log" ]
}

# ---- under load ---------------------------------------------------------

begin_load()
{
	gpreempt-load be --seconds=0 > "$work/be.json" &
	be=$!
	gpreempt-load lc --seconds=0 --rate=50 > "$work/lc.json" &
	lc=$!
	for _ in $(seq 100); do
		sleep 0.05
		[ "$(cat $stats/preemptions)" -le 5 ] || return 0
	done
	return 1
}

end_load()
{
	kill -INT "$be" "$lc"
	wait "$be" && wait "$lc"
}

# What the report says of a second lies within what two looks around it say.
rates()
{
	before=$(cat $stats/preemptions)
	gpreempt-top --batch=1 --interval=1 > "$work/top" || return 1
	after=$(cat $stats/preemptions)
	sed 's/^/# /' "$work/top"
	rate=$(column PREEMPT/S "$work/top" GPU_ID .)
	echo "# $rate/s, between looks $before and $after"
	awk -v rate="$rate" -v most=$((after - before)) \
		'BEGIN { exit !(rate >= 5 && rate <= most + 1) }' || return 1
	held=$(column HELD% "$work/top" GPU_ID .)
	awk -v held="$held" 'BEGIN { exit !(held > 0 && held < 100) }'
}

# Every preemption has an acknowledgment, and one that took some time; nothing
# took more time than there has been. With several CPUs the two are not read at the
# same moment: reading all files may take the machine a tenth of a second.
stages()
{
	up_us=$(sed 's/\..*/000000/' /proc/uptime)
	for most in $(column EVER_MAX_US "$work/top" STAGE .); do
		awk -v most="$most" -v up="$up_us" \
			'BEGIN { exit !(most + 0 <= up) }' || return 1
	done
	acknowledged=$(column PER_S "$work/top" STAGE acknowledge)
	rate=$(column PREEMPT/S "$work/top" GPU_ID .)
	awk -v acknowledged="$acknowledged" -v rate="$rate" \
		-v cpus="$(nproc)" 'BEGIN {
		off = acknowledged > rate ? acknowledged - rate : rate - acknowledged
		exit !(off <= 2 + (cpus > 1) * rate / 5) }' ||
		return 1
	p99=$(column EVER_P99_US "$work/top" STAGE acknowledge)
	most=$(cat $stats/acknowledge_max_us)
	echo "# acknowledge p99 $p99 us, at most $most us"
	[ "$p99" -ge 8 ] && [ "$p99" -le "$most" ]
}

queues()
{
	[ "$(column PID "$work/top" QID ' lc .*gpreempt-load$' | sort -u)" = "$lc" ] &&
		[ "$(column PID "$work/top" QID ' be .*gpreempt-load$' | sort -u)" = "$be" ] &&
		[ "$(column QID "$work/top" QID ' be ' | wc -l)" = 2 ] || return 1
	for off in $(column OFF% "$work/top" QID ' be '); do
		awk -v off="$off" 'BEGIN { exit !(off > 0 && off < 100) }' || return 1
	done
}

report()
{
	all_knobs > "$work/before"
	gpreempt-bugreport --trace=1 -o "$work/report.tar.gz" > "$work/log" 2>&1
	status=$?
	sed 's/^/# /' "$work/log"
	[ "$status" = 0 ] && all_knobs | cmp -s - "$work/before" &&
		tar -xzf "$work/report.tar.gz" -C "$work"
}

# The knobs, the state of a queue, debugfs, the kernel's messages, no error
reported()
{
	for default in "$knobs"/.defaults/*; do
		file=$(file_of "${default##*/}")
		cmp "$file" "$work/report/2$file" || return 1
	done
	[ "$(cat "$work/report/1/sys/class/kfd/kfd/proc/$lc/queues"/*/gpreempt/effective_class)" = lc ] &&
		grep -q "^ *$be .* be " "$work/report/debugfs"/*/queues &&
		grep -q kfd "$work/report/dmesg" &&
		! grep -vE '^(modinfo|dkms|lspci)' "$work/report/MISSING"
}

traced()
{
	grep -q 'kfd_gpreempt_preempt_end:.*cause=inversion' "$work/report/trace.txt" &&
		[ ! -e /sys/kernel/tracing/instances/gpreempt-bugreport ]
}

# Two recorded trees say what happened between them.
recorded()
{
	gpreempt-top --sysfs="$work/report/2/sys" --since="$work/report/1/sys" \
		> "$work/top" || return 1
	cmp "$work/top" "$work/report/top" || return 1
	rate=$(column PREEMPT/S "$work/top" GPU_ID .)
	[ "$(column PID "$work/top" QID ' lc .*gpreempt-load$')" = "$lc" ] &&
		awk -v rate="$rate" 'BEGIN { exit !(rate > 0) }'
}

# ---- when all is quiet --------------------------------------------------

turned_off()
{
	gpreempt-apply --off | grep -q '^node 1: off$' && is enable 0 && is state off
}

# Nothing moves any more: every counter has to be the same, to the digit.
prometheus()
{
	gpreempt-top --prometheus > "$work/prometheus" || return 1
	labels="node=\"1\",gpu_id=\"$(cat $node/gpu_id)\""
	compared=0
	for file in "$stats"/*; do
		name=${file##*/}
		value=$(cat "$file")
		labelled=${name}_total
		case $name in
		preempt_ns | resume_ns | be_held_ns | guard_ns)
			value=$(printf '%010d\n' "$value" | sed 's/.\{9\}$/.&/')
			labelled=${name%_ns}_seconds_total
			;;
		*_ns | *_count | *_us) continue ;;
		cu_lc_reserved) labelled=$name ;;
		esac
		grep -qxF "gpreempt_$labelled{$labels} $value" "$work/prometheus" ||
			{ echo "# $name $value"; return 1; }
		compared=$((compared + 1))
	done
	grep -qxF "gpreempt_state{$labels,state=\"off\"} 1" "$work/prometheus" &&
		grep -qxF "gpreempt_stage_seconds_count{$labels,stage=\"submit\"} $(cat $stats/submit_count)" \
			"$work/prometheus" &&
		grep -qxF "gpreempt_stage_seconds{$labels,stage=\"submit\",quantile=\"0.99\"} $(awk \
			'{ printf "%.6f", $0 / 1e6 }' $stats/submit_p99_us)" "$work/prometheus" && [ "$compared" = 24 ]
}

ktap_print_header
if ! command -v gpreempt-top > /dev/null || ! command -v gpreempt-load > /dev/null; then
	ktap_skip_all "the tools are not here"
	exit "$KSFT_SKIP"
fi
rm -rf $work
mkdir -p $work
ktap_set_plan 17
ktap_test_result "apply: one value out of range, none is written" out_of_range
ktap_test_result "apply: no such knob" unknown_knob
ktap_test_result "apply: no such GPU" no_such_gpu
ktap_test_result "apply: dry run" dry_run
ktap_test_result "apply: all of the file" applied
ktap_test_result "apply: once more changes nothing" again
ktap_test_result "a load that preempts" begin_load
ktap_test_result "top: rates" rates
ktap_test_result "top: stages" stages
ktap_test_result "top: queues" queues
ktap_test_result "bugreport: made, and nothing changed" report
ktap_test_result "bugreport: what is in it" reported
ktap_test_result "bugreport: trace" traced
ktap_test_result "top: of the report" recorded
ktap_test_result "the load lost nothing" end_load
ktap_test_result "apply: off" turned_off
ktap_test_result "top: Prometheus" prometheus
for default in "$knobs"/.defaults/*; do
	cat "$default" > "$(file_of "${default##*/}")"
done
ktap_finished

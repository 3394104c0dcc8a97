#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The commands of gpreempt-tracing.rst, as they stand there, and its table of
# events: what they say has to agree with what the scheduler counts and has.

# shellcheck source=/dev/null
. ./ktap_helpers.sh

doc=$PWD/doc/gpreempt-tracing.rst
events=/sys/kernel/tracing/events/kfd_gpreempt
node=/sys/class/kfd/kfd/topology/nodes/1/gpreempt
work=/tmp/tracing

# command <name>: the code block of that name
command_of()
{
	awk -v name="$1" '
		$0 == "   :name: " name { found = 1; next }
		found && /^[^ ]/ { exit }
		found && NF { sub(/^   /, ""); print }' "$doc"
}

# wait_for <command>...: until it succeeds
wait_for()
{
	for _ in $(seq 600); do
		"$@" && return 0
		sleep 0.05
	done
	return 1
}

contains()
{
	grep -q "$2" "$1" 2> /dev/null
}

preemptions()
{
	cat $node/stats/preemptions
}

# A second of two jobs on one GPU; sets $preempted
load()
{
	before=$(preemptions)
	gpreempt-load be --seconds=0 > $work/be.json &
	be=$!
	gpreempt-load lc --seconds=1 --rate=50 > $work/lc.json 2>&1
	lc_status=$?
	kill -INT "$be"
	wait "$be" || lc_status=$?
	[ "$lc_status" -eq 0 ] || { cat $work/*.json; return 1; }
	preempted=$(($(preemptions) - before))
	[ "$preempted" -gt 5 ]
}

# Five seconds are enough on a host that has nothing else to do; here, what the
# command sleeps for ends with the load.
patient_sleep()
{
	mkdir -p bin
	mkfifo loaded
	printf '#!/bin/sh\nread -r _ < %s/loaded\n' $work > bin/sleep
	chmod +x bin/sleep
}

# trace-cmd: events are there by name, as many as were counted
record_and_report()
{
	command_of trace-cmd > commands
	[ "$(grep -c . commands)" -eq 2 ] || return 1
	sed -n 1p commands > record
	sed -n 2p commands > report
	patient_sleep
	PATH=$work/bin:$PATH sh record > record.log 2>&1 &
	recorder=$!
	wait_for contains $events/enable 1 && load
	loaded=$?
	# does not wait for a recorder that has gone
	echo 1<> loaded
	wait "$recorder" || { cat record.log; return 1; }
	[ "$loaded" -eq 0 ] || return 1
	sh report > report.log 2>&1 || { cat report.log; return 1; }
	counted=$(grep -c 'kfd_gpreempt_preempt_end:' report.log)
	echo "# $counted preemptions in the trace, $preempted counted"
	[ "$counted" -eq "$preempted" ]
}

# names <field> <word>...: all of them occur, and nothing but words does
names()
{
	field=$1
	shift
	for word; do
		grep -q " $field=$word\( \|\$\)" report.log || {
			echo "# no $field=$word"
			return 1
		}
	done
	# kfd_gpreempt_change counts queues in fields of that name
	! sed 's/ off=[0-9]* on=[0-9]*//' report.log | grep " $field=[0-9]"
}

reports_names()
{
	names cause inversion drained && names class be && names off inversion &&
		names old_off inversion
}

# bpftrace: its histogram has all preemptions, and nothing else
histogram()
{
	command_of bpftrace > one-liner
	grep -q preempt_end one-liner || return 1
	sh -c "exec $(cat one-liner)" > histogram.log 2>&1 &
	tracer=$!
	# it says that before it attaches, and waits for events afterwards
	wait_for contains histogram.log '^Attaching' &&
		wait_for contains "/proc/$tracer/wchan" epoll && load
	loaded=$?
	kill -INT "$tracer"
	wait "$tracer"
	[ "$loaded" -eq 0 ] || { cat histogram.log; return 1; }
	sed 's/^/# /' histogram.log
	joined=$(awk '/^\[/ { sub(/^\[[^])]*[])]/, ""); sum += $1 }
		END { print sum + 0 }' histogram.log)
	echo "# $joined preemptions in the histogram, $preempted counted"
	[ "$joined" -eq "$preempted" ] && ! grep -q '@begin' histogram.log
}

# "event: field ..." of all fields, from the table and from tracefs
documented_events()
{
	awk '/^``kfd_gpreempt_/ && ($2 == "stable" || $2 == "unstable") {
		gsub(/[`,]/, ""); event = $1; $1 = $2 = ""; sub(/^ */, "")
		print event ": " $0 }' "$doc" | sort
}

present_events()
{
	for event in "$events"/kfd_gpreempt_*; do
		printf '%s:' "$(basename "$event")"
		awk '/^\tfield:/ && !/ common_/ {
			sub(/;.*/, ""); printf " %s", $NF }
			END { print "" }' "$event/format"
	done | sort
}

table()
{
	documented_events > documented
	present_events > present
	diff documented present | sed 's/^/# /'
	[ -s documented ] && cmp -s documented present
}

mkdir -p $work
cd $work || exit 1
ktap_print_header
ktap_set_plan 4
echo 1 > $node/enable
ktap_test_result "events are as in the table" table
ktap_test_result "trace-cmd has every preemption" record_and_report
ktap_test_result "trace-cmd reports names" reports_names
ktap_test_result "bpftrace joins every preemption" histogram
echo 0 > $node/enable
ktap_finished

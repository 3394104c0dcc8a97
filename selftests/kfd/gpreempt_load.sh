#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# gpreempt-load: requests are what they are said to be, and what is compared with
# the driver does what it says. Seen in what the simulated hardware did, never in
# what the load generator says of itself.

# shellcheck disable=SC2016	# what is in quotes is awk's
# shellcheck source=/dev/null
. ./ktap_helpers.sh

sim=/sys/kernel/debug/kfdsim/0
tracing=/sys/kernel/tracing
work=/tmp/load
board=/dev/shm/gpreempt-load
lc_args="--board=$board --arrivals=closed"

pasid()
{
	cat "/sys/class/kfd/kfd/proc/$1/pasid"
}

# mapped <pid>: compute queues of a process that are on the hardware
mapped()
{
	grep -c "pasid=$(pasid "$1") " $sim/hqds
}

# occupied: wave slots of the GPU that are taken
occupied()
{
	awk -F= '{ sum += $NF } END { print sum }' $sim/cus
}

# soon <command>...: until it says 0 or two seconds have passed
soon()
{
	for _ in $(seq 100); do
		! "$@" || return 0
		sleep 0.02
	done
	echo "# not within 2 s: $*"
	return 1
}

has_waves() { [ "$(occupied)" -ge "$1" ]; }
is_mapped() { [ "$(mapped "$1")" = "$2" ]; }

# begin_be <option>...: sets be
begin_be()
{
	rm -f $board
	gpreempt-load be --seconds=0 --board=$board "$@" > $work/be.json &
	be=$!
	soon has_waves 100
}

# end <pid>...: each of them lost no work, or says so with its status
end()
{
	failed=0
	for pid; do
		kill -INT "$pid"
		wait "$pid" || failed=1
	done
	return $failed
}

begin_trace()
{
	echo 0 > $tracing/tracing_on
	echo 16384 > $tracing/buffer_size_kb
	echo mono > $tracing/trace_clock
	echo > $tracing/trace
	for event in doorbell dispatch_start dispatch_end hqd_map hqd_unmap; do
		echo 1 > $tracing/events/kfdsim/$event/enable
	done
	echo 1 > $tracing/tracing_on
}

# end_trace: leaves in $work/trace, of each event, its name and then the values
#	of its fields as name=value
end_trace()
{
	echo 0 > $tracing/tracing_on
	echo 0 > $tracing/events/enable
	sed -n 's/.*: \([a-z_]*\): \(time_ns=.*\)/\1 \2/p' $tracing/trace > $work/trace
	[ -s $work/trace ]
}

# look <program>: an awk program over the trace, where v["time_ns"] is the event's
look()
{
	awk -v lc="$lc_pasid" -v be="$be_pasid" '
	{
		delete v
		for (i = 2; i <= NF; i++) {
			at = index($i, "=")
			v[substr($i, 1, at - 1)] = substr($i, at + 1)
		}
	}
	function fail(why) {
		if (++failures < 5)
			print "# " why ": " $0
	}
	'"$1"'
	END { exit failures > 0 }' $work/trace
}

# run_lc <option>...: with the trace on; sets lc_pasid
run_lc()
{
	# shellcheck disable=SC2086	# one word for each argument
	gpreempt-load lc $lc_args --samples=$work/lc.csv "$@" > $work/lc.json ||
		return 1
	lc_pasid=$(sed 's/.*"pasid": \([0-9]*\).*/\1/' $work/lc.json)
}

requests()
{
	grep -vc arrival $work/lc.csv
}

# samples <condition>: of awk, on start and end in us; all requests meet it
samples()
{
	awk -F, 'NR > 1 {
		wait = ($3 - $2) / 1000
		took = ($4 - $3) / 1000
		if (!('"$1"') && ++failures < 5)
			print "# request", NR - 1, "waited", wait, "took", took
	} END { exit failures || NR < 3 }' $work/lc.csv
}

# ---- requests -----------------------------------------------------------

# The kernels of a request run one after the other, with their widths in turn.
chain()
{
	rm -f $board
	begin_trace
	run_lc --kernels=7 --workgroups=1,80,3 --workgroup-us=100 --seconds=0.05 "$@" ||
		return 1
	end_trace || return 1
	samples 'took >= 700 && took < 800' || return 1
	look '
	BEGIN { split("1 80 3 1 80 3 1", width) }
	v["pasid"] != lc { next }
	$1 == "dispatch_start" && v["start_ns"] + 0 < ended + 0 {
		fail("began before the last one had ended")
	}
	$1 == "dispatch_start" && v["workgroups"] != width[v["packet"] % 7 + 1] {
		fail("other workgroups")
	}
	$1 == "dispatch_end" { ended = v["end_ns"]; dispatches++ }
	END {
		if (dispatches != 7 * '"$(requests)"')
			fail(dispatches " dispatches")
	}'
}

# <how many> kernels are submitted before the first of them has ended.
most_ahead()
{
	look '
	v["pasid"] != lc { next }
	$1 == "doorbell" {
		ahead = v["value"] + 1 - ended
		if (ahead > most)
			most = ahead
	}
	$1 == "dispatch_end" { ended++ }
	END { if (most != '"$1"') fail(most " ahead") }'
}

all_at_once() { chain && most_ahead 7; }
some_ahead() { chain --ahead=2 && most_ahead 2; }

queues_in_turn()
{
	rm -f $board
	begin_trace
	run_lc --kernels=2 --queues=3 --workgroups=4 --arrivals=constant --rate=1000 \
		--seconds=0.06 || return 1
	end_trace || return 1
	look '
	v["pasid"] != lc { next }
	$1 == "dispatch_end" { number[v["doorbell"]]++ }
	END {
		for (doorbell in number) {
			queues++
			if (number[doorbell] < 38 || number[doorbell] > 40)
				fail(number[doorbell] " dispatches")
		}
		if (queues != 3)
			fail(queues " queues")
	}'
}

# Of 15 uniform times the longest is nearly always in the upper part.
times_per_workgroup()
{
	rm -f $board
	run_lc --workgroup-us=uniform:100:500 --seconds=0.05 &&
		samples 'took >= 340 && took < 520'
}

times_per_kernel()
{
	rm -f $board
	run_lc --workgroup-us=uniform:100:500 --per-kernel --seconds=0.05 &&
		samples 'took >= 100 && took < 520' || return 1
	awk -F, 'NR > 1 { if ($4 - $3 < 250000) short++ }
		END { exit !(short > NR / 5 && short < NR / 2) }' $work/lc.csv
}

# ---- lc that waits for be -----------------------------------------------

# BE that leaves room, so that nothing but its count is waited for
begin_count()
{
	begin_be --publish --queues=1 --in-flight=1 --workgroups=40 \
		--workgroup-us=5000
}

# Between the ring and the first wave be has ended a dispatch.
after_be()
{
	begin_count || return 1
	be_pasid=$(pasid $be)
	begin_trace
	run_lc --after-be=40 --workgroups=4 --seconds=0.1 || return 1
	end_trace || return 1
	end $be || return 1
	look '
	$1 == "dispatch_end" && v["pasid"] == be { be_end = v["end_ns"] }
	$1 == "doorbell" && v["pasid"] == lc { rung = v["time_ns"]; requests++ }
	$1 == "dispatch_start" && v["pasid"] == lc && be_end + 0 < rung + 0 {
		fail("did not wait")
	}
	END {
		if (requests < 5)
			fail(requests " requests")
	}'
}

without_after_be()
{
	begin_count && run_lc --workgroups=4 --seconds=0.1 && samples 'wait < 500' &&
		end $be
}

# The count never gets there: the end of be is the end of it.
be_never()
{
	begin_count || return 1
	# shellcheck disable=SC2086
	gpreempt-load lc $lc_args --after-be=1000000 --seconds=0.1 > $work/lc.json &
	lc=$!
	sleep 0.3
	status=0
	[ ! -s $work/lc.json ] || status=1
	end $be || status=1
	wait $lc && [ $status = 0 ]
}

nobody_counts()
{
	rm -f $board
	run_lc --after-be=1 --seconds=0.05 && samples 'wait < 500'
}

# ---- the daemon ---------------------------------------------------------

# hold_lc: a request of 600 ms, most of it pending; sets lc
hold_lc()
{
	# shellcheck disable=SC2086
	gpreempt-load lc $lc_args --kernels=30 --workgroup-us=20000 --workgroups=1 \
		--seconds=0.1 > $work/lc.json &
	lc=$!
	sleep 0.3
}

without_daemon()
{
	begin_be || return 1
	hold_lc
	[ "$(mapped $lc)" = 1 ] && is_mapped $be 2
	status=$?
	wait $lc && end $be && [ $status = 0 ]
}

# While lc has work be's queues are off; then they come back. No work is lost.
daemon()
{
	begin_be || return 1
	be_pasid=$(pasid $be)
	gpreempt-load daemon --board=$board --poll-ms=1 --seconds=0 > $work/daemon.json &
	daemon=$!
	begin_trace
	soon is_mapped $be 2 || return 1
	hold_lc
	status=0
	[ "$(mapped $lc)" = 1 ] && is_mapped $be 0 || status=1
	[ "$(occupied)" -le 16 ] || status=1
	cat $sim/hqds | sed 's/ ring=.*state/ state/; s/^/# /'
	wait $lc || status=1
	soon is_mapped $be 2 || status=1
	end_trace || status=1
	cat $work/daemon.json
	end $daemon $be && [ $status = 0 ]
}

# There was a time when one was off and the other one was mapped again, and more
# than what passes between two of one runlist.
one_by_one()
{
	look '
	v["pasid"] != be { next }
	left == 1 && v["time_ns"] - since > alone { alone = v["time_ns"] - since }
	$1 == "hqd_map" { mapped[v["doorbell"]] = 1 }
	$1 == "hqd_unmap" { delete mapped[v["doorbell"]] }
	$1 ~ /^hqd_/ {
		left = 0
		for (doorbell in mapped)
			left++
		since = v["time_ns"]
	}
	END {
		print "# one alone for " alone / 1000 " us"
		if (alone < 50000)
			fail("all at once")
	}'
}

# begin_off: BE's queues are off, and LC still has work; sets daemon
begin_off()
{
	begin_be || return 1
	gpreempt-load daemon --board=$board --seconds=0 > $work/daemon.json &
	daemon=$!
	hold_lc
	is_mapped $be 0
}

# What is off when the daemon ends is given back.
daemon_ends()
{
	begin_off
	status=$?
	end "$daemon" || status=1
	is_mapped "$be" 2 || status=1
	wait "$lc" || status=1
	end "$be" && [ $status = 0 ]
}

# And what is off when be ends, so that all that it has dispatched ends.
be_ends()
{
	begin_off
	status=$?
	end "$be" || status=1
	wait "$lc" || status=1
	end "$daemon" && [ $status = 0 ]
}

# ---- throttling ---------------------------------------------------------

# most_in_flight <how many>: of be, rung and not ended
most_in_flight()
{
	look '
	v["pasid"] != be { next }
	$1 == "doorbell" {
		rung[v["doorbell"]] = v["value"] + 1
		in_flight = -ended
		for (queue in rung)
			in_flight += rung[queue]
		if (in_flight > most)
			most = in_flight
	}
	$1 == "dispatch_end" { ended++ }
	END {
		print "# " most " in flight, " ended " ended"
		if (most != '"$1"' || ended < 50)
			fail("in flight")
	}'
}

# Traced from its beginning, as what is in flight is counted from there
in_flight()
{
	begin_trace
	begin_be --queues=4 --in-flight=4 --workgroup-us=2000 "$@" || return 1
	be_pasid=$(pasid $be)
	sleep 0.3
	end_trace
	end $be
}

throttled()
{
	in_flight --throttle="$1" && most_in_flight "$1"
}

not_throttled() { in_flight && most_in_flight 16; }

# beside_lc <option>...: how often be rings while a request is under way. It may
#	have looked right before that: what comes in the first 0.1 ms is not counted.
beside_lc()
{
	begin_be --queues=4 --in-flight=2 --workgroup-us=2000 "$@" || return 1
	be_pasid=$(pasid $be)
	begin_trace
	run_lc --workgroups=80 --workgroup-us=5000 --seconds=0.4 --arrivals=constant \
		--rate=23 || return 1
	end_trace
	end $be || return 1
	look '
	$1 == "doorbell" && v["pasid"] == lc { since = v["time_ns"]; requests++ }
	$1 == "dispatch_end" && v["pasid"] == lc { since = 0 }
	$1 == "doorbell" && v["pasid"] == be && since {
		if (v["time_ns"] - since > 100000)
			inside++
	}
	$1 == "doorbell" && v["pasid"] == be && !since { outside++ }
	END {
		print "# " requests " requests; be rang " inside + 0 " times beside, " outside " not"
		if (requests < 4 || outside < 10)
			fail("no load")
		if ('"$expect"')
			fail("beside")
	}'
}

holds_back() { expect='inside > 0'; beside_lc --throttle=2; }
does_not_hold_back() { expect='inside < 4'; beside_lc; }

# ---- masks --------------------------------------------------------------

# idle_cus <how many>: are without a wave, and they are the first of their XCCs
idle_cus()
{
	awk -v want="$1" '
	{
		for (i = 1; i <= NF; i++) {
			split($i, field, "=")
			v[field[1]] = field[2]
		}
		if (v["waves"] == 0) {
			idle++
			if (v["cu"] * 4 >= want)
				high++
		} else if (v["waves"] != 32) {
			part++
		}
	}
	END {
		if (idle == want && !high && !part)
			exit 0
		print "# " idle + 0 " idle, " high + 0 " of them not the first, " part + 0 " in part"
		exit 1
	}' $sim/cus
}

# Whenever one looks, and be has had every slot many times. lc need not wait for
# be, but for the CPU that simulates them both.
masked()
{
	begin_be --cu-off-percent="$1" --in-flight=4 --workgroup-us=3000 || return 1
	soon has_waves $(((80 - $2) * 32)) || return 1
	for _ in $(seq 20); do
		sleep 0.011
		soon idle_cus "$2" || return 1
	done
	[ "$3" = no ] || run_lc --workgroups=8 --seconds=0.1 || return 1
	end $be && { [ "$3" = no ] || samples 'wait < 500'; }
}

not_masked()
{
	begin_be --in-flight=4 --workgroup-us=3000 || return 1
	soon has_waves 2560 && run_lc --workgroups=8 --seconds=0.1 || return 1
	end $be || return 1
	! samples 'wait < 500' > /dev/null
}

ktap_print_header
if ! command -v gpreempt-load > /dev/null || [ ! -d $sim ]; then
	ktap_skip_all "no load generator, or not kfdsim"
	exit "$KSFT_SKIP"
fi
rm -rf $work
mkdir -p $work
ktap_set_plan 24
ktap_test_result "a request is a chain" all_at_once
ktap_test_result "submitted a few ahead" some_ahead
ktap_test_result "queues in turn" queues_in_turn
ktap_test_result "times of workgroups" times_per_workgroup
ktap_test_result "times of kernels" times_per_kernel
ktap_test_result "lc waits for be" after_be
ktap_test_result "lc that does not" without_after_be
ktap_test_result "lc waits for be until be ends" be_never
ktap_test_result "lc has nobody to wait for" nobody_counts
ktap_test_result "no daemon: be stays" without_daemon
ktap_test_result "daemon: be goes and comes" daemon
ktap_test_result "daemon: one by one" one_by_one
ktap_test_result "daemon ends" daemon_ends
ktap_test_result "be ends while it is off" be_ends
ktap_test_result "no throttle: all in flight" not_throttled
ktap_test_result "throttle to 1" throttled 1
ktap_test_result "throttle to 2" throttled 2
ktap_test_result "throttle to 8" throttled 8
ktap_test_result "no throttle: be launches beside lc" does_not_hold_back
ktap_test_result "throttle: none beside lc" holds_back
ktap_test_result "no mask: lc waits" not_masked
ktap_test_result "mask of 10 percent" masked 10 8 yes
ktap_test_result "mask of 25 percent" masked 25 20 yes
ktap_test_result "mask of 50 percent" masked 50 40 yes
ktap_finished

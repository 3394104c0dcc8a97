# SPDX-License-Identifier: GPL-2.0
# gnuplot -e "points='FILE'; names='NAME...'; floor_us=N; output_svg='FILE'" \
#	latency.gp
# points: one block of (latency in us, share of dispatches above it) each
set terminal svg size 900,560 font "sans-serif,13" background "white"
set output output_svg
set title "LC doorbell to first wave (simulated)"
set xlabel "latency, us"
set ylabel "share of dispatches that waited longer"
set logscale xy
set format y "10^{%T}"
set grid xtics ytics linecolor "#d0d0d0"
set key bottom left
set style line 1 linecolor rgb "#1b7837" linewidth 2
set style line 2 linecolor rgb "#d7301f" linewidth 2
set style line 3 linecolor rgb "#fe9929" linewidth 2
set style line 4 linecolor rgb "#2166ac" linewidth 2
set style line 5 linecolor rgb "#6a51a3" linewidth 2
set style line 6 linecolor rgb "#525252" linewidth 2
if (floor_us > 0) {
	set arrow from floor_us, graph 0 to floor_us, graph 1 nohead \
		linecolor "#525252" dashtype 2
	set label "floor: what the hardware takes" at floor_us, graph 0.02 \
		rotate by 90 offset 0.8, 0 textcolor "#525252" font ",11"
}
plot for [i = 1:words(names)] points index i - 1 using 1:2 \
	with steps linestyle i title word(names, i)

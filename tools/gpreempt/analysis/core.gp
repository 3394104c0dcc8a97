# SPDX-License-Identifier: GPL-2.0
# gnuplot -e "points='FILE'; blocks=N; output_svg='FILE'" core.gp
# points: one block of (BE queues, instructions) each, its title before it
set terminal svg size 900,560 font "sans-serif,13" background "white"
set output output_svg
set title "What the core costs, by the number of best-effort queues"
set xlabel "BE queues"
set ylabel "instructions"
set logscale xy
set grid xtics ytics linecolor "#d0d0d0"
set key outside right top
set xrange [0.8:1250]
set for [i = 1:3] linetype i linecolor rgb "#1b7837" pointtype 6 + i
set for [i = 4:6] linetype i linecolor rgb "#d7301f" pointtype 3 + i
set for [i = 7:9] linetype i linecolor rgb "#2166ac" pointtype i
set for [i = 10:12] linetype i linecolor rgb "#fe9929" pointtype i - 3
plot for [i = 0:blocks - 1] points index i using 1:2 with linespoints \
	linetype i + 1 linewidth 1.5 title columnheader(1)

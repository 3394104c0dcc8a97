# SPDX-License-Identifier: GPL-2.0
# gnuplot -e "points='FILE'; blocks=N; heading='TEXT'; x='TEXT'; y='TEXT';
#	logarithmic='x' or 'xy'; output_svg='FILE'" lines.gp
# points: one block of (x, y) for each line, its title before it
set terminal svg size 900,560 font "sans-serif,13" background "white" noenhanced
set output output_svg
set title heading
set xlabel x
set ylabel y
eval "set logscale ".logarithmic
set grid xtics ytics linecolor "#d0d0d0"
set key outside right top
load styles
plot for [i = 0:blocks - 1] points index i using 1:2 with linespoints \
	linestyle i + 1 title columnheader(1)

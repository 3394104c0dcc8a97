# SPDX-License-Identifier: GPL-2.0
# gnuplot -e "points='FILE'; output_svg='FILE'" swaps.gp
# points: one block of (resident waves, us) each for saves, restores and the floor
set terminal svg size 900,500 font "sans-serif,13" background "white" noenhanced
set output output_svg
set title "Saving and restoring the waves of a queue on one XCC (simulated)"
set xlabel "resident waves"
set ylabel "us"
set yrange [0:*]
set grid linecolor "#d0d0d0"
set key left top
plot points index 0 using 1:2 with points pointtype 7 pointsize 0.5 \
	linecolor "#d7301f" title "save", \
	points index 1 using 1:2 with points pointtype 6 pointsize 0.6 \
	linecolor "#084594" title "restore", \
	points index 2 using 1:2 with lines linecolor "#777777" \
	title "the model's floor"

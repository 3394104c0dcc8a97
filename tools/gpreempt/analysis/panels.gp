# SPDX-License-Identifier: GPL-2.0
# gnuplot -e "dir='DIR'; panels=N; blocks=N; columns=N; rows=N; x='TEXT';
#	y='TEXT'; logarithmic='x', 'y' or 'xy'; how='points' or 'steps'; heading='TEXT';
#	output_svg='FILE'" panels.gp
# DIR/1 and so on: a panel's title in the first line, then one block of (x, y) for
# each policy, the same in all panels, its name before it; and one more, of the
# front
set terminal svg size 340 * columns, 300 * rows + 30 \
	font "sans-serif,11" background "white" noenhanced
set output output_svg
set multiplot layout rows, columns title heading font ",15"
set xlabel x
set ylabel y
eval "set logscale ".logarithmic
# the same in all panels, also where BE loses nothing
if (how eq "points") { set xrange [0:115] }
set grid xtics ytics linecolor "#d0d0d0"
load styles
unset key
do for [panel = 1:panels] {
	set title system("head -n 1 ".dir."/".panel) font ",10"
	if (how eq "points") {
		plot dir."/".panel index blocks + 1 using 1:2 with lines \
			linecolor "#bbbbbb" linewidth 3 notitle, \
			for [i = 0:blocks - 1] dir."/".panel index i + 1 using 1:2 \
			with points linestyle i + 1 pointsize 1.2 title columnheader(1)
	} else {
		plot for [i = 0:blocks - 1] dir."/".panel index i + 1 using 1:2 \
			with lines linestyle i + 1 title columnheader(1)
	}
}
# the last panel has the names
set key at graph 0.5, graph 0.5 center center maxrows 12 font ",10"
unset title; unset xlabel; unset ylabel; unset border; unset tics; unset grid
unset logscale
set xrange [0:1]
set yrange [0:1]
if (how eq "points") {
	plot for [i = 0:blocks - 1] dir."/1" index i + 1 using (NaN):(NaN) \
		with points linestyle i + 1 pointsize 1.2 title columnheader(1)
} else {
	plot for [i = 0:blocks - 1] dir."/1" index i + 1 using (NaN):(NaN) \
		with lines linestyle i + 1 title columnheader(1)
}
unset multiplot

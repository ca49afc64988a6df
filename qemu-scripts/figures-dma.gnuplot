# SPDX-License-Identifier: GPL-2.0
# gnuplot -c figures-dma.gnuplot TABLE: the table of figures-dma as bars, in SVG: the lines
# that have a figure for each, in percent of mainline's.
rows = "<sed -nE '/requests for/d; s/ *[|] */|/g; /([|][0-9.]+){3}[|]$/p' '".ARG1."'"
array name[3] = ["ours", "ours, xen_dma=machine", "mainline"]
array colour[3] = ["#2166ac", "#92c5de", "#bbbbbb"]

set terminal svg size 920,430 font "sans-serif,13" background "white" noenhanced
set datafile separator "|"
set label "DMA by devices behind the SMMU that Xen drives, in percent of mainline's" \
	at screen 0.02, screen 0.96
set tmargin 3
set bmargin 5
set xrange [0:135]
set yrange [-0.6:] reverse
set grid xtics
set border 3
set tics nomirror
set ytics scale 0
set key at screen 0.98, 0.02 right bottom horizontal maxrows 1
set style fill solid

# One above the other, each from 0 to its figure
y(i) = column(0) + 0.26 * (i - 2)
plot rows using (0):0:ytic(2) with dots notitle, \
	for [i = 1:3] rows using (0):(y(i)):(0):(column(2 + i) / column(5) * 100): \
		(y(i) - 0.12):(y(i) + 0.12) with boxxyerror linecolor rgb colour[i] title name[i]

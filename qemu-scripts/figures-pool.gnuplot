# SPDX-License-Identifier: GPL-2.0
# gnuplot -c figures-pool.gnuplot TABLE: of the table of bench, what a page costs to allocate
# and to free, in batches of different sizes, as lines, in SVG.
rows = "<sed -nE 's/^. call, (batches of ([0-9]+)|one page) /\\2 /p' '".ARG1."' | tr -s '|/ ' ' ' | awk 'NF < 10 { $0 = 1 \" \" $0 } 1'"
array name[3] = ["ours", "mainline", "ballooning"]
array colour[3] = ["#2166ac", "#777777", "#d6604d"]

set terminal svg size 920,430 font "sans-serif,13" background "white" noenhanced
set label "A page allocated and freed, instructions, by the size of the batch" \
	at screen 0.02, screen 0.96
set tmargin 3
set logscale xy
set yrange [3:5000]
set xrange [0.5:80000]
set xtics ("1" 1, "16" 16, "256" 256, "4,096" 4096, "32,768" 32768)
set ytics (5, 10, 20, 50, 100, 200, 500, 1000, 2000)
set xlabel "pages in one request"
set grid ytics
set border 3
set tics nomirror
set key top center horizontal

# For each: alloc, free, free in random order
cost(i) = column(3 * i - 1) + column(3 * i)
plot for [i = 1:3] rows using 1:(cost(i)) with linespoints pointtype 7 linewidth 2 \
		linecolor rgb colour[i] title name[i], \
	for [i = 1:2] rows using 1:(cost(i)):(sprintf("%.1f", cost(i))) with labels \
		offset 0,(i == 1 ? -0.8 : 0.8) textcolor rgb colour[i] notitle

# SPDX-License-Identifier: BSD-3-Clause
set title "Path loss at 3.5 GHz (lte-macro: 2 GHz)"
set xlabel "distance, m"; set ylabel "path loss, dB"
set logscale x
set xrange [10:5000]; set yrange [50:200]
names = "free-space log-distance(n=3.2) lte-macro uma-los uma-nlos umi-los umi-nlos"
plot for [i=0:6] file("path-loss") index i using 2:4 with lines lt i+1 title word(names, i+1), \
     for [i=0:6] file("path-loss") index i every 8 using 2:3 with points lt i+1 pt 7 ps 0.4 notitle

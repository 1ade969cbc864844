# SPDX-License-Identifier: BSD-3-Clause
set title "Bursts of the Gilbert-Elliott chain"
set xlabel "length, packets"; set ylabel "bursts"
set key top right
set logscale y; set xrange [0:63]; set yrange [1:10000]
names = "'p 0.01, r 0.2' 'p 0.002, r 0.05' 'p 0.02, r 0.3'"
plot for [i=0:2] file("loss") index i using 1:3 with lines lt i+1 title word(names, i+1), \
     for [i=0:2] file("loss") index i using 1:2 with points lt i+1 pt 7 ps 0.5 notitle

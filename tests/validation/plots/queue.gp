# SPDX-License-Identifier: BSD-3-Clause
set title "Mean wait in a UE's queue"
set xlabel "load"; set ylabel "wait, service times"
set logscale y; set xrange [0.2:0.95]; set yrange [0.1:20]
plot x / (1 - x) lt 1 title "M/M/1", x / (2 * (1 - x)) lt 2 title "M/D/1", \
     for [i=0:1] file("queue") index i using 2:3:4:5 with yerrorbars lt 2-i pt 7 ps 0.5 notitle

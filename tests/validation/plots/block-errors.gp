# SPDX-License-Identifier: BSD-3-Clause
set title "Block error rate over a slot of 106 RB"
set xlabel "SNR, dB"; set ylabel "block error rate"
set logscale y; set format y "10^{%L}"; set yrange [1e-5:1]; set xrange [-5:25]
set key bottom left horizontal
plot for [i=0:7] file("block-errors") index i using 2:4 with lines lt i+1 title sprintf("MCS %d", 4*i), \
     for [i=0:7] file("block-errors") index i using 2:3 with points lt i+1 pt 7 ps 0.4 notitle

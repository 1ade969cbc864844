# SPDX-License-Identifier: BSD-3-Clause
set title "Rate of the chosen scheme over 20 MHz and Shannon's capacity"
set xlabel "SNR, dB"; set ylabel "Mbit/s"
set xrange [-10:40]; set yrange [0:160]
plot file("link-adaptation") index 0 using 2:4 with lines lt 6 title "capacity", \
     for [i=0:1] file("link-adaptation") index i using 2:3 with steps lt i+1 title (i == 0 ? "64QAM table" : "256QAM table")

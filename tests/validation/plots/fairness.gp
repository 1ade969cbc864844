# SPDX-License-Identifier: BSD-3-Clause
set title "Four UEs at 0, 5, 10 and 15 dB"
set xlabel "UE"; set ylabel "Mbit/s"
set yrange [0:*]; set xrange [0.4:4.6]; set xtics 1
set boxwidth 0.35; set style fill solid 0.3
plot file("fairness") index 1 using ($1-0.18):9 with boxes lt 1 title "proportional fair", \
     "" index 1 using ($1-0.18):6:7:8 with yerrorbars lt 6 pt 7 ps 0.5 notitle, \
     "" index 2 using ($1+0.18):9 with boxes lt 2 title "round robin", \
     "" index 2 using ($1+0.18):6:7:8 with yerrorbars lt 6 pt 7 ps 0.5 notitle

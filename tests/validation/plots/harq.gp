# SPDX-License-Identifier: BSD-3-Clause
set title "Delay with HARQ"
set xlabel "delay, ms"; set ylabel "share of the packets"
set key top right
set logscale y; set yrange [0.001:5]; set xrange [5:75]
set boxwidth 2; set style fill solid 0.3
plot file("harq") index 0 using ($1-1.2):5 with boxes lt 1 title "block errors 0.3", \
     "" index 0 using ($1-1.2):2:3:4 with yerrorbars lt 6 pt 7 ps 0.5 notitle, \
     "" index 1 using ($1+1.2):5 with boxes lt 2 title "block errors 0.5, 0.2, 0.08, 0.032", \
     "" index 1 using ($1+1.2):2:3:4 with yerrorbars lt 6 pt 7 ps 0.5 notitle

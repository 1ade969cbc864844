# SPDX-License-Identifier: BSD-3-Clause
set title "Autocorrelation of shadowing"
set xlabel "way x, m"; set ylabel "correlation"
set key top right
set yrange [-0.1:1.05]
plot for [i=0:1] exp(-x / (i == 0 ? 13. : 50.)) lt i+1 title (i == 0 ? "D = 13 m (UMi NLOS)" : "D = 50 m (UMa NLOS)"), \
     for [i=0:1] file("shadowing") index i using 2:3:4:5 with yerrorbars lt i+1 pt 7 ps 0.5 notitle

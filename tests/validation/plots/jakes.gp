# SPDX-License-Identifier: BSD-3-Clause
set title "Correlation of Jakes fading"
set xlabel "way, wavelengths"; set ylabel "correlation"
set key top right
set xrange [0:2]; set yrange [-0.5:1.05]
plot file("jakes") using 1:5 with lines lt 1 title "J0(2 pi x)", \
     "" every 2 using 1:2:3:4 with yerrorbars lt 1 pt 7 ps 0.4 title "of h", \
     "" using 1:9 with lines lt 2 title "J0^2", \
     "" using 1:10 with lines lt 6 dt 2 title "J0^2 less the share of 32 sinusoids", \
     "" every 2 using 1:6:7:8 with yerrorbars lt 2 pt 7 ps 0.4 title "of the power"

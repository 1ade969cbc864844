# SPDX-License-Identifier: BSD-3-Clause
set title "Probability of line of sight"
set xlabel "distance on the ground, m"; set ylabel "P(LOS)"
set key top right
set yrange [0:1.05]; set xrange [10:450]; set samples 200
p(d, s) = d <= 18 ? 1 : 18 / d + exp(-d / s) * (1 - 18 / d)
plot p(x, 63) lt 1 title "UMa", p(x, 36) lt 2 title "UMi", \
     for [i=0:1] file("line-of-sight") index i using 2:3:4:5 with yerrorbars lt i+1 pt 7 ps 0.5 notitle

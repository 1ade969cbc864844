# SPDX-License-Identifier: BSD-3-Clause
set title "Distribution of the fading power"
set xlabel "power over its mean, dB"; set ylabel "P(power <= x)"
set xrange [-20:10]; set yrange [0:1]
ks = "0 1 5 20"
plot for [i=0:3] file("fading") index i using (10*log10($2)):4 with lines lt i+1 \
       title (i == 0 ? "Rayleigh: exp(1)" : "Rician, K = " . word(ks, i+1)), \
     for [i=0:3] file("fading") index i using (10*log10($2)):3 with points lt i+1 pt 7 ps 0.4 notitle

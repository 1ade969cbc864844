# SPDX-License-Identifier: BSD-3-Clause
# Lines are theory, points are what the code gives, bars their 99 % intervals. Called before each plot: gnuplot -e "series='DIR'" style.gp PLOT.gp, the drawing on standard output.
set terminal svg size 640,400 font "sans-serif,12" background "white"
set datafile separator ","
set datafile commentschars "abcdefghijklmnopqrstuvwxyz#" # the header line
set grid lc rgb "#dddddd"
set key top left samplen 2 spacing 1.1
set linetype 1 lc rgb "#0060ad" lw 1.5
set linetype 2 lc rgb "#dd181f" lw 1.5
set linetype 3 lc rgb "#00844a" lw 1.5
set linetype 4 lc rgb "#e08a00" lw 1.5
set linetype 5 lc rgb "#7d3c98" lw 1.5
set linetype 6 lc rgb "#555555" lw 1.5
set linetype 7 lc rgb "#a04000" lw 1.5
set linetype 8 lc rgb "#008b8b" lw 1.5
file(name) = series . "/" . name . ".csv"

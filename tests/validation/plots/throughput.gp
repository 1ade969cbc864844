# SPDX-License-Identifier: BSD-3-Clause
set title "Throughput of a full queue over 20 MHz"
set xlabel "MCS"; set ylabel "Mbit/s"
set xrange [-0.5:28.5]
plot file("throughput-64qam") using 1:3 with steps lt 1 title "table 5.1.3.1-1 (64QAM)", \
     "" using 1:2 with points lt 1 pt 7 ps 0.5 notitle, \
     file("throughput-256qam") using 1:3 with steps lt 2 title "table 5.1.3.1-2 (256QAM)", \
     "" using 1:2 with points lt 2 pt 7 ps 0.5 notitle

// SPDX-License-Identifier: BSD-3-Clause
// Decibels and ratios. Every conversion is finite: what would be log10(0) is DB_FLOOR, so that no -inf or NaN
// travels from a dead link into a rate or a report.
#pragma once

#define DB_FLOOR (-300.) // reads as "no signal": 1e-30 of the reference
#define DB_CEILING 300.

double db_to_linear(double db); // 10^(db / 10), db held within [DB_FLOOR, DB_CEILING]; NaN counts as DB_FLOOR
double
linear_to_db(double ratio);  // 10 log10(ratio), held within [DB_FLOOR, DB_CEILING]; NaN counts as DB_FLOOR
double dbm_to_w(double dbm); // watts; dbm held as in db_to_linear
double w_to_dbm(double power_w); // dBm; result held as in linear_to_db

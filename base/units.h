// SPDX-License-Identifier: BSD-3-Clause
// Values with units, as people write them: 1MHz, 50ms, 23dBm, -174dBm/Hz, 1MiB, 20GFLOP/s.
// A number without its unit is refused, except for UNIT_NONE.
#pragma once

#include <stddef.h>
#include "base/err.h"

enum unit {
	UNIT_NONE,   // a plain number
	UNIT_S,	     // ns us ms s min -> seconds
	UNIT_HZ,     // Hz kHz MHz GHz -> hertz
	UNIT_BPS,    // bit/s kbit/s Mbit/s Gbit/s (also bps kbps Mbps Gbps) -> bit per second
	UNIT_BYTE,   // B kB MB GB KiB MiB GiB -> bytes
	UNIT_M,	     // mm cm m km -> metres
	UNIT_MPS,    // m/s km/h -> metres per second
	UNIT_W,	     // dBm uW mW W -> watts
	UNIT_J,	     // uJ mJ J kJ -> joules
	UNIT_DB,     // dB -> decibel
	UNIT_DBM_HZ, // dBm/Hz -> dBm per hertz
	UNIT_FLOPS,  // MFLOP/s GFLOP/s TFLOP/s -> floating-point operations per second
	UNIT_RATIO,  // % or a plain number between 0 and 1 -> ratio
};

// Reads `text` as a quantity of `unit` into *out (SI units as above). Returns 0, or -EINVAL with a sentence
// that names the text and the accepted units ("'50' has no unit: write a time such as 50ms").
int unit_parse(const char *text, enum unit unit, double *out, struct err *err);

// Writes `value` with the unit prefix that reads best ("19.2 Mbit/s", "50 ms"). Returns buf.
char *unit_format(double value, enum unit unit, char *buf, size_t size);

// "a time (ns, us, ms, s, min)": what the unit is, for help texts and errors.
const char *unit_describe(enum unit unit);

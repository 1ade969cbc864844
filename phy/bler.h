// SPDX-License-Identifier: BSD-3-Clause
// How often a coded block is lost. AN APPROXIMATION, not a link simulation: the normal approximation of the
// best code of finite length on the complex Gaussian channel (Polyanskiy, Poor, Verdu, IEEE Trans.
// Information Theory 56(5), 2010, eq. 296 for real channels):
//     error = Q((n C - k + log2(n) / 2) / sqrt(n V)),
//     C = log2(1 + s), V = s (s + 2) / (s + 1)^2 log2(e)^2, s = snr / gap,
// with n symbols that carry k bits. The gap stands for everything that keeps a real link from that bound: QAM
// in place of Gaussian symbols (up to 1.53 dB), a real LDPC code and decoder, channel estimation. A transport
// block longer than 8424 bits is cut into equal code blocks (TS 38.212, 5.2.2, base graph 1) and lost when
// one of them is.
#pragma once

#define BLER_DEFAULT_GAP_DB 3.

// Block error rate in [0, 1] of n_symbols that carry efficiency bits each (mcs_efficiency) at an snr
// (linear). Falls with snr; 1 when snr, n_symbols or efficiency is not positive.
double bler(double snr, double gap_db, double efficiency, double n_symbols);

// The snr (linear) at which bler falls to target (0 < target < 1), found by bisection to 1e-9 dB within
// -100 .. 200 dB; 1e20 where even that does not reach it.
double bler_threshold_snr(double target, double gap_db, double efficiency, double n_symbols);

// SPDX-License-Identifier: BSD-3-Clause
#include "phy/nr.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>

static const double spacing_khz[] = {15, 30, 60, 120};

// TS 38.101-1 table 5.3.2-1, and 38.101-2 table 5.3.2-1 for 120 kHz. 0 = not a channel at that spacing.
static const struct {
	double mhz;
	int blocks[4]; // by numerology
} channels[] = {
    {5, {25, 11}},	   {10, {52, 24, 11}},	     {15, {79, 38, 18}},       {20, {106, 51, 24}},
    {25, {133, 65, 31}},   {30, {160, 78, 38}},	     {35, {188, 92, 44}},      {40, {216, 106, 51}},
    {45, {242, 119, 58}},  {50, {270, 133, 65, 32}}, {60, {0, 162, 79}},       {70, {0, 189, 93}},
    {80, {0, 217, 107}},   {90, {0, 245, 121}},	     {100, {0, 273, 135, 66}}, {200, {0, 0, 0, 132}},
    {400, {0, 0, 0, 264}},
};

int nr_numerology(double spacing_hz, struct err *err)
{
	for (int mu = 0; mu < 4; mu++)
		if (fabs(spacing_hz - spacing_khz[mu] * 1e3) < 1)
			return mu;
	return err_set(err, EINVAL, "subcarrier spacing %g kHz: it must be 15, 30, 60 or 120 kHz",
		       spacing_hz / 1e3);
}

double nr_slot_s(int numerology)
{
	return ldexp(1e-3, -numerology);
}

int nr_resource_blocks(double bandwidth_hz, double spacing_hz, struct err *err)
{
	int mu = nr_numerology(spacing_hz, err);
	if (mu < 0)
		return mu;
	for (size_t i = 0; i < sizeof(channels) / sizeof(channels[0]); i++)
		if (fabs(bandwidth_hz - channels[i].mhz * 1e6) < 1 && channels[i].blocks[mu] > 0)
			return channels[i].blocks[mu];
	double fit = floor(bandwidth_hz / (NR_SUBCARRIERS_PER_RB * spacing_khz[mu] * 1e3) + 1e-9);
	if (!(fit >= 1 && fit <= 1e6))
		return err_set(err, EINVAL,
			       "bandwidth %g kHz does not hold one resource block of %g kHz (12 x %g kHz)",
			       bandwidth_hz / 1e3, NR_SUBCARRIERS_PER_RB * spacing_khz[mu], spacing_khz[mu]);
	return (int)fit;
}

double nr_rate_bps(const struct mcs *mcs, int n_rb, int numerology, double overhead)
{
	return mcs_efficiency(mcs) * nr_slot_symbols(n_rb, overhead) / nr_slot_s(numerology);
}

double nr_slot_symbols(int n_rb, double overhead)
{
	return (double)n_rb * NR_SUBCARRIERS_PER_RB * NR_SYMBOLS_PER_SLOT * (1 - overhead);
}

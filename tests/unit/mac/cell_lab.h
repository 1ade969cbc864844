// SPDX-License-Identifier: BSD-3-Clause
// Cells for tests: every UE alike unless a test changes it, rates given in bit/s over the whole band.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "mac/cell.h"
#include "phy/rate.h"

#define LAB_MAX_UES 64
#define LAB_BAND_HZ 10e6

struct lab {
	struct cell_ue_config ues[LAB_MAX_UES];
	struct cell_config config;
};

static inline void lab_init(struct lab *lab, uint32_t n_ues, enum grant_strategy strategy, double rate_bps)
{
	*lab = (struct lab){.config = {.n_ues = n_ues, .seed = 1, .run = 1}};
	for (int dir = 0; dir < LINK_DIRS; dir++)
		lab->config.carrier[dir] = (struct cell_carrier_config){.strategy = strategy,
									.band_hz = LAB_BAND_HZ,
									.rate = LINK_RATE_SHANNON_DEFAULT,
									.noise_dbm_hz = THERMAL_NOISE_DBM_HZ};
	for (uint32_t i = 0; i < n_ues; i++)
		for (int dir = 0; dir < LINK_DIRS; dir++)
			lab->ues[i].flow[dir] = (struct cell_flow_config){
			    .fixed_bps = rate_bps, .limit_bytes = 1ull << 40, .tx_w = 0.2};
}

static inline struct cell *lab_cell(struct lab *lab)
{
	lab->config.ues = lab->ues;
	struct err err = {""};
	struct cell *cell = cell_new(&lab->config, 0, &err);
	if (!cell)
		fprintf(stderr, "%s\n", err.text);
	assert_non_null(cell);
	return cell;
}

static inline struct link_counters lab_counters(struct cell *cell, uint32_t ue, enum link_dir dir,
						int64_t now)
{
	struct link_counters c;
	cell_read_counters(cell, ue, dir, now, &c);
	assert_int_equal(c.enqueued_packets, c.packets + c.drops + c.queue_packets);
	assert_int_equal(c.enqueued_bytes, c.bytes + c.dropped_bytes + c.queue_bytes);
	assert_true(c.delivered_packets + c.lost_packets <= c.packets);
	return c;
}

static inline void lab_fill(struct cell *cell, uint32_t ue, int n_packets, uint32_t bytes, int64_t now)
{
	for (int i = 0; i < n_packets; i++)
		assert_int_equal(cell_enqueue(cell, ue, LINK_UP, bytes, (uint64_t)i, now), 0);
}

static inline uint64_t lab_seed(void)
{
	const char *text = getenv("AIRBATCH_SEED");
	uint64_t seed = text ? strtoull(text, NULL, 0) : 1;
	printf("seed %llu (AIRBATCH_SEED)\n", (unsigned long long)seed);
	return seed;
}

// SPDX-License-Identifier: BSD-3-Clause
// Random streams. A stream is named by (seed, run, stream id), so that one draw more in one place never
// shifts the draws of another: every UE's arrivals, every link's fading and every input has its own stream.
#pragma once

#include <stdint.h>

struct rng;

// A stream id: a purpose and an index (which UE, which input).
enum rng_purpose {
	RNG_PLACEMENT = 1,
	RNG_DEADLINE,
	RNG_ARRIVAL,
	RNG_INPUT,
	RNG_WEIGHTS,
	RNG_FADING,
	RNG_SHADOWING,
	RNG_LOSS,
	RNG_TEST,
	RNG_MOBILITY,
	RNG_LINE_OF_SIGHT,
	RNG_TRAFFIC,
	RNG_TASK_DEADLINE,
	RNG_AGENT,	 // first parameters
	RNG_EXPLORATION, // by episode
	RNG_REPLAY,	 // by episode
	RNG_DECISION,
	RNG_CONFIDENCE, // by UE
};

// Opens the stream (MT19937 of GSL, seeded through SplitMix64 over the four numbers). NULL with errno when
// out of memory; the caller frees it with rng_free.
struct rng *rng_new(uint64_t seed, uint64_t run, enum rng_purpose purpose, uint64_t index);
void rng_free(struct rng *rng);

// Draws by number instead of in turn: draw n of a stream is the same whether or not the draws before it were
// made, so that what happens in slot n cannot depend on what was decided before. Needs no storage.
// (SplitMix64 as a hash.)
struct rng_key {
	uint64_t word;
};
struct rng_key rng_key(uint64_t seed, uint64_t run, enum rng_purpose purpose, uint64_t index);
double rng_uniform_at(struct rng_key key, uint64_t n); // [0, 1)

double rng_uniform(struct rng *rng, double low, double high); // [low, high)
double rng_normal(struct rng *rng, double mean, double sigma);
double rng_exponential(struct rng *rng, double mean);
uint64_t rng_below(struct rng *rng, uint64_t n); // 0 .. n-1, n >= 1 and < 2^32

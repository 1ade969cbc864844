// SPDX-License-Identifier: BSD-3-Clause
#include "tests/bench/precision/law.h"

#include <math.h>

// Nanoseconds since the first arrival, as doubles: exact to a picosecond over a minute.
struct state {
	double free_ns;	   // a link's band: the last bit of the packet before; a bucket: its departure
	double tokens;	   // bytes, at free_ns
	double bytes_a_ns; // the rate
};

static double link_departure(const struct law *law, struct state *state, double in_ns, double bytes)
{
	state->free_ns = fmax(in_ns, state->free_ns) + bytes / state->bytes_a_ns;
	return state->free_ns + (double)law->delay_ns;
}

static double bucket_departure(const struct law *law, struct state *state, double in_ns, double bytes)
{
	double need = law->kind == LAW_BUCKET ? bytes : 0;
	double ready_ns = fmax(in_ns, state->free_ns);
	double tokens =
	    fmin(law->burst_bytes, state->tokens + (ready_ns - state->free_ns) * state->bytes_a_ns);
	if (tokens < need) {
		ready_ns += (need - tokens) / state->bytes_a_ns;
		tokens = need;
	}
	state->free_ns = ready_ns;
	state->tokens = tokens - bytes;
	return ready_ns;
}

void law_errors(const struct law *law, const struct crossing *crossings, size_t n, double *error_us)
{
	struct state state = {.tokens = law->burst_bytes, .bytes_a_ns = law->rate_bps / 8e9};
	for (size_t i = 0; i < n; i++) {
		double in_ns = (double)(crossings[i].in_ns - crossings[0].in_ns);
		double out_ns = (double)(crossings[i].out_ns - crossings[0].in_ns);
		double bytes = crossings[i].bytes;
		double due_ns = law->kind == LAW_LINK ? link_departure(law, &state, in_ns, bytes)
						      : bucket_departure(law, &state, in_ns, bytes);
		error_us[i] = (out_ns - due_ns) / 1e3;
	}
}

struct rate_error rate_errors(const struct crossing *crossings, size_t n, double rate_bps, int64_t window_ns,
			      int64_t skip_ns)
{
	struct rate_error result = {0};
	size_t first = 0;
	while (first < n && crossings[first].out_ns - crossings[0].out_ns < skip_ns)
		first++;
	double bytes = 0;
	for (size_t i = first + 1, begin = first; i < n; i++) {
		int64_t span_ns = crossings[i].out_ns - crossings[begin].out_ns;
		bytes += crossings[i].bytes;
		if (span_ns < window_ns)
			continue;
		double error = bytes * 8e9 / (double)span_ns / rate_bps - 1;
		if (!result.windows || fabs(error) > fabs(result.worst))
			result.worst = error;
		result.windows++;
		result.packets += i - begin;
		begin = i;
		bytes = 0;
	}
	return result;
}

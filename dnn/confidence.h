// SPDX-License-Identifier: BSD-3-Clause
// Exits by confidence (an extension; Teerapittayanon, McDanel and Kung 2016 leave by entropy): an input
// leaves at the first exit whose answer's largest softmax value reaches a threshold, and at its planned exit
// at the latest. Easy inputs so leave early, and thresholds are chosen on held-out inputs so that the mean
// accuracy of all is still what a task needs.
//
// What is measured is the answers of CONFIDENCE_INPUTS inputs at every exit and at the end, by the cpu
// executor; kept in the cache, keyed as samples are. Everything else follows from that.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "base/err.h"
#include "dnn/network.h"

struct confidence;

enum { CONFIDENCE_INPUTS = 8192 };
#define CONFIDENCE_SEED                                                                                      \
	UINT64_C(0x5eed0ca1b8a7e) // of the held-out inputs; no run should have it as samples.seed
#define CONFIDENCE_NEVER 2.0	  // a threshold that no softmax value reaches

// One answer: its largest softmax value, and whether that is at the input's class.
struct confidence_answer {
	float sure;
	uint32_t right;
};

// From answers[n][n_exits + 1], which are copied: of exit 1, 2, .., and of the end. 0 or -ENOMEM.
int confidence_of(struct confidence **out, const struct confidence_answer *answers, int n, int n_exits);

// Measures them if they are not in the cache yet (or damaged there) and writes the file's path. -EINVAL with
// a sentence when the network has no exits, or its inputs no classes. progress as in profile_measure.
int confidence_ensure(const struct network *net, char *path, int path_size,
		      void (*progress)(double share, void *user), void *user, struct err *err);

// Reads such a file; refuses one of another network or a damaged one.
int confidence_open(struct confidence **out, const char *path, const struct network *net, struct err *err);
void confidence_close(struct confidence *c); // NULL is allowed

// What a task goes by that leaves at `exit` (0 = the end) at the latest.
struct confidence_rule {
	double threshold; // it leaves at an earlier exit whose answer is as sure; CONFIDENCE_NEVER = at none
	double accuracy;  // mean over the held-out inputs
	// [n_exits] share of the held-out inputs that go on beyond each exit; 0 from the latest on. As long
	// as c is.
	const double *goes_on;
};

// The lowest threshold for which the mean accuracy of those who go by it is at least `least`, by the lower
// end of its one-sided 95 % interval, as it is for all higher ones. Without any: CONFIDENCE_NEVER.
struct confidence_rule confidence_rule(const struct confidence *c, int exit, double least);

// Of a task whose answer nobody computes (replay, simulation): is it sure enough at an exit, from 1? Stands
// for the held-out input that its number draws, the same at every exit and in every host.
bool confidence_draw(const struct confidence *c, uint64_t seed, uint32_t ue, uint32_t task, int exit,
		     double threshold);

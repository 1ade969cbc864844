// SPDX-License-Identifier: BSD-3-Clause
// Real activations, computed once and mapped by every UE: so a hundred emulated phones need no hundred
// processors. For each of `count` seeded inputs: the input as it travels, the tensor at every cut 1..N-1 in
// every encoding (dnn/features.h), the result the cpu executor makes of each of them, and the reference
// result (float64 loops, rounded to fp32). Kept in the cache, keyed by network hash, seed, count, library
// version and instruction set. Inputs are smooth coloured blobs with noise, so that activations differ
// between places and between inputs as those of photographs do, streets before a laser scanner
// (dnn/samples_points.c), or pentominoes (dnn/pentominoes.h).
//
// In a network that selects (network_selects), rounding may exchange two points that are equally far, and all
// that follows would differ: there the reference takes each sub-task's input from the cpu executor, must
// agree within SAMPLES_TOLERANCE, and its last sub-task gives the result.
#pragma once

#include <stdint.h>
#include "base/err.h"
#include "dnn/features.h"
#include "dnn/network.h"

struct samples;

#define SAMPLES_TOLERANCE 1e-4 // relative_error of a sub-task (dnn/reference.h)

// Maps the file at path (read-only); refuses one of another network or a damaged one: every byte is checked
// once, about 1 ms for each sample of mobilenet-v2. net must outlive it.
int samples_open(struct samples **out, const char *path, const struct network *net, struct err *err);
void samples_close(struct samples *s);
int samples_count(const struct samples *s);

// Which of n samples a task infers: UE and task from 1.
static inline uint32_t samples_number(uint32_t n, uint32_t ue, uint32_t task)
{
	return (task - 1 + ue - 1) % n;
}

int samples_of_task(const struct samples *s, uint32_t ue, uint32_t task);

// What travels at a cut (0..N-1): its wire bytes; *bytes gets the size, features_cut_bytes.
// Mapped memory at a multiple of 64 bytes, until samples_close.
const void *samples_wire(const struct samples *s, int sample, int cut, enum features features,
			 int64_t *bytes);

// The result a plain reference gives for this input: values as network_cut_values(net, N).
const float *samples_result(const struct samples *s, int sample);

// What the edge must find when it goes on from what was sent: the plain reference's result where that was
// exact (fp32, or the input); else what the cpu executor makes of the tensor as it decodes. A result is held
// against this one, so that the judgement needs no tolerance for the encoding; how far the encoding moved the
// result is then its distance from samples_result.
const float *samples_split_result(const struct samples *s, int sample, int cut, enum features features);

// The result of the unsplit network on the cpu executor (what a UE that runs everything locally obtains).
const float *samples_local_result(const struct samples *s, int sample);

// What the head of an exit, from 1, answers: as a plain reference has it for this input, and on the cpu
// executor. Of a tensor that was encoded nothing is prepared.
const float *samples_exit_result(const struct samples *s, int sample, int exit);
const float *samples_local_exit_result(const struct samples *s, int sample, int exit);

// Makes the file if it is not in the cache yet (or damaged there) and writes its path. -EDOM when a tensor
// holds what int8 cannot (features_encode). Two processes may race: each reads a whole file. progress as in
// profile_measure.
int samples_ensure(const struct network *net, uint64_t seed, int count, char *path, int path_size,
		   void (*progress)(double share, void *user), void *user, struct err *err);

// Seeded input number `index` as it travels: network_cut_bits(net, 0) / 8 bytes into wire (aligned as fp32).
// 0 or -ENOMEM.
int samples_draw_input(const struct network *net, uint64_t seed, int index, void *wire);

// The class of seeded input number `index`, which the largest value of a right answer names; -1 where the
// network's inputs have none. Draws the input to find out.
int samples_class(const struct network *net, uint64_t seed, int index);

// The same of a prepared input.
int samples_class_of(const struct samples *s, int sample);

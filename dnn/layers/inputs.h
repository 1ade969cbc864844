// SPDX-License-Identifier: BSD-3-Clause
// How lines of a description name further inputs.
#pragma once

#include "dnn/layers/layers.h"

// NAME: the second input.
int inputs_read_second(struct parser *p, struct layer *l);
void inputs_write_second(FILE *text, const struct layer *l, const char *const names[]);

// NAME,NAME,...: all inputs.
int inputs_read_all(struct parser *p, struct layer *l);
void inputs_write_all(FILE *text, const struct layer *l, const char *const names[]);

// The reference of a layer that gives all inputs' values, one input behind the other. 0.
int inputs_in_turn(const struct layer *l, const struct layer_tensors *t);

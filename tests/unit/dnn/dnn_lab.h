// SPDX-License-Identifier: BSD-3-Clause
// Tensors of several users at every cut of a network, as the reference computes them, to hold executors
// against.
#pragma once

#include "dnn/executor.h"
#include "dnn/network.h"

enum { LAB_MAX_USERS = 5, LAB_MAX_CUTS = 65 }; // and answers of exits

#define LAB_TOLERANCE 1e-4 // relative, against the reference

struct lab {
	struct network *net; // owned
	int users;
	int64_t largest;			   // values of the largest cut
	float *truth[LAB_MAX_USERS][LAB_MAX_CUTS]; // [user][cut]: the reference's tensor, rounded to fp32;
						   // where selections hang on it, computed from the rounded one;
						   // [user][n_subtasks + e]: the answer of exit e
	float *out[LAB_MAX_USERS];		   // room for any cut
};

// Takes over net and computes the truth of `users` seeded inputs. Fails the test when memory is short.
void lab_open(struct lab *lab, struct network *net, int users);
void lab_close(struct lab *lab);

// Room for a tensor; never NULL.
float *lab_tensor(int64_t values);

// Runs part n (a sub-task or a head) on the truth of users 0..batch-1, into lab->out, which holds NaN before.
void lab_run(struct lab *lab, struct executor *e, int n, int batch);

// Runs sub-tasks 0..N-1 for user 0: out[p] gets the tensor at cut p, [0] the input. All freshly allocated.
void lab_chain(struct lab *lab, struct executor *e, float *out[LAB_MAX_CUTS]);

// Fails unless the relative error is within LAB_TOLERANCE.
void lab_assert_close(const struct lab *lab, const float *a, const float *b, int64_t values, int n,
		      int batch);

// A description under dnn/networks/, with the input's height and width replaced by `side` (0 = as it stands).
// The caller frees.
char *lab_description(const char *name, int side);

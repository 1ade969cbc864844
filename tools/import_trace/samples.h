// SPDX-License-Identifier: BSD-3-Clause
// What an importer reads, whatever the format: values of nodes over time. A node is a device of the file: a
// vehicle, a phone, or the file itself.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"

#define SAMPLE_VALUES 3

struct sample {
	int64_t ns; // in the file's own time, whole microseconds
	int node;
	double value[SAMPLE_VALUES]; // a rate in bit/s; a gain in dB; x, y, z in metres
};

struct samples {
	size_t n, capacity;
	struct sample *at;
	int n_nodes;
	char **node;	  // [n_nodes] names, in the order of their first appearance
	void *by_name;	  // private
	size_t n_missing; // rows that were left out, for they had no value
};

#define SAMPLES_MOST_S 4e9 // seconds since 1970 are times like others

void samples_free(struct samples *s);

// The number of a node, which is new where the name is. Negative: -ENOMEM with a sentence.
int samples_node(struct samples *s, const char *name, struct err *err);

// A sample at ns, which is rounded to a microsecond. 0, or -ENOMEM with a sentence.
int samples_add(struct samples *s, int node, int64_t ns, const double value[SAMPLE_VALUES], struct err *err);

// In the order of time, nodes of equal times in their own; what a node has several times at one instant
// becomes its mean.
void samples_sort(struct samples *s);

// After samples_sort: only the nodes for which keep[node] is at least 0, under that number.
void samples_select(struct samples *s, const int *keep);

// After samples_sort: the trace begins at start_ns, with what each node has there: its sample before, or
// (straight) the point of the straight line to the next. 0, or -ENOMEM with a sentence.
int samples_start_at(struct samples *s, int n_nodes, int64_t start_ns, bool straight, struct err *err);

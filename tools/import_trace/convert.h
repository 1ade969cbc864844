// SPDX-License-Identifier: BSD-3-Clause
// From what an importer read to a trace file: which nodes become UEs, where time begins, which form is
// written.
#pragma once

#include "tools/import_trace/write.h"

#define CONVERT_MOST_UES 1000

struct conversion {
	const char *from, *input; // the format's name and the (first) file, for messages
	const char *out;	  // NULL: standard output
	bool overwrite;		  // out may be there
	const char *start;	  // NULL: the first row's time
	double time_unit_s;	  // of a start that is a number
	const char *nodes;	  // with commas between them; NULL: all
	int ues;		  // the first so many; 0: all
	bool to_given;		  // output.form was asked for
	struct trace_output output;
};

// Writes the trace, and to standard error what it is. 0; -errno with a sentence: the input does not make a
// trace, and nothing is written; +errno with a sentence: the file could not be written.
int convert_samples(struct conversion *c, struct samples *s, enum sample_kind kind, struct err *err);

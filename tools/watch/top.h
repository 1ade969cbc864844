// SPDX-License-Identifier: BSD-3-Clause
// `airbatch top RUN`: a running run as its own terminal shows it, from anywhere, until it ends.
#pragma once

struct argp;
extern const struct argp top_argp;

int top_command(int argc, char **argv);

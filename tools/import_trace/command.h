// SPDX-License-Identifier: BSD-3-Clause
// `airbatch import-trace`: traces of links, gains and places from the formats of others.
#pragma once

struct argp;
extern const struct argp import_trace_argp;

int import_trace_command(int argc, char **argv);

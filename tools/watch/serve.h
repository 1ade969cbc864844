// SPDX-License-Identifier: BSD-3-Clause
// `airbatch serve RUN`: a local web page with live charts of a running run, or of a finished one's directory.
#pragma once

struct argp;
extern const struct argp serve_argp;

int serve_command(int argc, char **argv);

// SPDX-License-Identifier: BSD-3-Clause
// `airbatch import`: a network from an ONNX model, as a description with cuts and a weights file.
#pragma once

struct argp;
extern const struct argp import_argp;

int import_command(int argc, char **argv);

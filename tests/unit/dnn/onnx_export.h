// SPDX-License-Identifier: BSD-3-Clause
// A network of ours as an ONNX model: the importer must make the same of it again.
#pragma once

#include "base/rng.h"
#include "tests/unit/dnn/onnx_lab.h"

// Writes every layer as its ONNX operator, NCHW. With `norms` a convolution whose bias is a folded batch
// normalisation becomes a convolution and a batch normalisation with drawn statistics that come to the same,
// up to rounding. The value behind the last layer of part n (0-based) is called "cut<n + 1>"; the answers of
// exits are outputs before the result.
void export_network(struct maker *m, const struct network *net, bool norms, struct rng *rng);

// SPDX-License-Identifier: BSD-3-Clause
// `airbatch network`: what a network is made of, and its weights as a file.
#pragma once

struct argp;
extern const struct argp network_argp;

int network_command(int argc, char **argv);

// SPDX-License-Identifier: BSD-3-Clause
// `airbatch profile`: measures F_n(b), `airbatch profile show`: prints and plots it,
// and `airbatch profile list`.
#pragma once

struct argp;
extern const struct argp profile_argp;

int profile_command(int argc, char **argv);

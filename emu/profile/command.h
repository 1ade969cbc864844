// SPDX-License-Identifier: BSD-3-Clause
// `airbatch profile`: measures F_n(b), and `airbatch profile show`: prints and plots it.
#pragma once

int profile_command(int argc, char **argv);

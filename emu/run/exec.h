// SPDX-License-Identifier: BSD-3-Clause
// `airbatch exec RUN ue3 -- COMMAND...`: any program inside a node of a running run, behind the shaped link.
#pragma once

int exec_command(int argc, char **argv);

// SPDX-License-Identifier: BSD-3-Clause
// `airbatch profile list`: the cache's profiles, a line each.
#pragma once

int profile_list_command(int argc, char **argv);

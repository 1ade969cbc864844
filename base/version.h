// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// "airbatch 0.2.0 (git 1a2b3c4, Release, gcc 12.2.0, DPDK 22.11.11, oneDNN 2.6.3)": version, git id and build
// options.
const char *airbatch_version(void);

// The git id alone ("1a2b3c4" or "1a2b3c4-dirty", "unknown" outside a checkout); programs of one run must
// agree on it.
const char *airbatch_git_id(void);

// The day of the last change: "2026-01-31".
const char *airbatch_date(void);

// SPDX-License-Identifier: BSD-3-Clause
// The fields of summary.json in the order in which they stand there, for the manual. A row speaks for
// everything below its path; "[]" is each item of a list.
#pragma once

#include "base/column.h"

extern const struct column summary_fields[];

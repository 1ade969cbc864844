// SPDX-License-Identifier: BSD-3-Clause
// The sections of the validation, one function each. References are written anew from their sources, on GSL
// and libm alone; nothing here asks the code under test what would be right.
#pragma once

#include "report.h"

void validate_path_loss(struct report *r);
void validate_line_of_sight(struct report *r);
void validate_shadowing(struct report *r);
void validate_fading(struct report *r);
void validate_jakes(struct report *r);
void validate_rate(struct report *r);
void validate_block_errors(struct report *r);
void validate_loss(struct report *r);
void validate_harq(struct report *r);
void validate_fairness(struct report *r);
void validate_turns(struct report *r);
void validate_queue(struct report *r);
void validate_conservation(struct report *r);
void validate_conservation_cell(struct report *r);

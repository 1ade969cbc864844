// SPDX-License-Identifier: BSD-3-Clause
// What the parts of a round share: round.c (from requests to a plan) and round_answers.c (from the plan to
// answers).
#pragma once

#include "edge/desk/round.h"

// Fills answers[n] of a plan that was made of this snapshot.
void round_fill_answers(const struct round *round, const struct snapshot *snapshot, const struct plan *plan,
			struct message_plan *answers);

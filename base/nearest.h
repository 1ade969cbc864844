// SPDX-License-Identifier: BSD-3-Clause
// "Did you mean": the word of several that a mistyped one is nearest to.
//   struct nearest n = nearest_to("polcy");
//   nearest_offer(&n, "policy"); ...
//   if (n.best) err_set(err, EINVAL, "no '%s': did you mean %s?", n.word, n.best);
#pragma once

#include <stddef.h>

struct nearest {
	const char *word, *best; // best: NULL = none offered so far is near; borrowed, as word
	size_t distance;	 // of best: letters added, left out, exchanged or turned round
};

struct nearest nearest_to(const char *word);

// Near is a third of the letters and one more; of equals the first stays.
void nearest_offer(struct nearest *n, const char *candidate);

// Likewise each of a NULL-terminated list (NULL = none).
void nearest_offer_all(struct nearest *n, const char *const *candidates);

// "; did you mean BEST?", or nothing. Returns buf.
char *nearest_text(const struct nearest *n, char *buf, size_t size);

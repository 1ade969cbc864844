// SPDX-License-Identifier: BSD-3-Clause
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "dnn/network.h"

const char *const network_cut_words[] = {"articulations", "branches", NULL};

const char *network_cuts(const char *reference)
{
	static const char extension[] = ".safetensors";
	size_t n = strlen(reference), m = strlen(extension);
	const char *end = reference + n, *cuts = end;
	if (n >= m && strcmp(end - m, extension) == 0) {
		const char *at = strrchr(reference, '@');
		end = cuts = at ? at : end;
	}
	for (const char *c = reference; c < end; c++) {
		if (*c == ':')
			cuts = c;
		else if (*c == '/' || *c == '.') // of a file's name
			cuts = end;
	}
	return cuts;
}

int network_check_cuts(const char *reference, struct err *err)
{
	static const char weights[] = ".safetensors";
	char words[64] = "", near[80], how[NETWORK_REFERENCE_MAX];
	snprintf(how, sizeof(how), "%s", network_cuts(reference));
	size_t length = strlen(how), tail = strlen(weights);
	if (length > tail && strcmp(how + length - tail, weights) == 0)
		how[strcspn(how, "@")] = '\0';
	if (!*how)
		return 0;
	struct nearest nearest = nearest_to(how + 1);
	for (const char *const *w = network_cut_words; *w; w++) {
		if (strcmp(*w, how + 1) == 0)
			return 0;
		size_t n = strlen(words);
		snprintf(words + n, sizeof(words) - n, "%s%s", n ? ", " : "", *w);
	}
	nearest_offer_all(&nearest, network_cut_words);
	return err_set(err, EINVAL, "a network cannot be cut at '%s': behind ':' there can be %s%s", how + 1,
		       words, nearest_text(&nearest, near, sizeof(near)));
}

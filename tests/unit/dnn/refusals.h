// SPDX-License-Identifier: BSD-3-Clause
// Descriptions that must be refused, each with its line and its reason.
#pragma once

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "dnn/description.h"
#include "dnn/network.h"

struct refusal {
	const char *text;
	int line;
	const char *reason;
};

static inline void expect_refusals(const struct refusal rows[], size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct network *net;
		struct err err = {""};
		char where[32];
		snprintf(where, sizeof(where), "test.net:%d:", rows[i].line);
		if (network_parse(&net, rows[i].text, "test.net", 1, &err) != -EINVAL)
			fail_msg("row %zu: '%s' is accepted", i, rows[i].text);
		assert_null(net);
		if (!strstr(err.text, where) || !strstr(err.text, rows[i].reason))
			fail_msg("row %zu: '%s' lacks '%s' or '%s'", i, err.text, where, rows[i].reason);
	}
}

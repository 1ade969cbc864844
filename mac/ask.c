// SPDX-License-Identifier: BSD-3-Clause
#include "mac/ask.h"

#include <errno.h>
#include <string.h>

size_t ask_read_state(struct cell *cell, uint32_t first_ue, int64_t now, struct ask_state *out)
{
	uint32_t n_ues = cell_n_ues(cell), left = first_ue < n_ues ? n_ues - first_ue : 0;
	*out = (struct ask_state){.type = ASK_STATE,
				  .first_ue = first_ue,
				  .n_ues = n_ues,
				  .n = left < ASK_MAX_STATES ? left : ASK_MAX_STATES,
				  .is_granted = cell_band(cell, LINK_UP)->strategy == GRANT_GRANTED,
				  .t_ns = now,
				  .band_hz = cell_band(cell, LINK_UP)->band_hz,
				  .least_hz = cell_least_hz(cell, LINK_UP)};
	for (uint32_t i = 0; i < out->n; i++)
		cell_read_state(cell, first_ue + i, LINK_UP, now, &out->ue[i]);
	return ASK_STATE_SIZE(out->n);
}

static size_t say(struct ask_granted *answer, int code, int64_t now, const struct err *err)
{
	size_t size = code < 0 ? strlen(err->text) : 0;
	*answer = (struct ask_granted){.type = ASK_GRANTED, .code = code, .t_ns = now};
	memcpy(answer->why, err->text, size);
	return offsetof(struct ask_granted, why) + size;
}

static int grant(struct cell *cell, const struct ask_grant *q, size_t size, int64_t now, struct err *err)
{
	bool is_whole = size >= ASK_GRANT_SIZE(0) && q->n <= ASK_MAX_SHARES && size == ASK_GRANT_SIZE(q->n);
	return is_whole ? cell_grant_all(cell, LINK_UP, q->share, q->n, now, err)
			: err_set(err, EPROTO, "the edge's grants are %zu bytes: %zu for each UE are right",
				  size, sizeof(struct cell_share));
}

size_t ask_obey(struct cell *cell, const void *question, size_t size, int64_t now, void *answer,
		const struct ask_grant **granted)
{
	const struct ask_read *read = question;
	struct err err = {0};
	uint32_t type = size >= sizeof(type) ? read->type : 0;
	*granted = NULL;
	if (type == ASK_READ && size == sizeof(*read))
		return ask_read_state(cell, read->first_ue, now, answer);
	int code = type == ASK_GRANT
		       ? grant(cell, question, size, now, &err)
		       : err_set(&err, EPROTO, "the edge asks %zu bytes of type %u, which no cell knows",
				 size, type);
	*granted = code == 0 ? question : NULL;
	return say(answer, code, now, &err);
}

int ask_check_answer(const void *answer, size_t size)
{
	const struct ask_state *state = answer;
	uint32_t type = size >= sizeof(type) ? state->type : 0;
	if (type == ASK_GRANTED && size >= offsetof(struct ask_granted, why))
		return 0;
	bool is_whole = type == ASK_STATE && size >= ASK_STATE_SIZE(0) && state->n <= ASK_MAX_STATES &&
			size == ASK_STATE_SIZE(state->n);
	return is_whole ? 0 : -EPROTO;
}

// SPDX-License-Identifier: BSD-3-Clause
// What the edge asks of the cell, and what the shaper answers (mac/ask.h). Nobody waits: an answer is an
// event.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/child.h"
#include "base/clock.h"
#include "edge/process/server_private.h"
#include "mac/ask.h"

struct asking {
	int fd;
	_Alignas(8) unsigned char question[ASK_MAX_QUESTION], answer[ASK_MAX_ANSWER];
};

int server_open_asking(struct server *s, struct err *err)
{
	int fd = child_ask();
	if (fd < 0)
		return 0; // no cell that obeys
	s->asking = malloc(sizeof(*s->asking));
	if (!s->asking)
		return err_set(err, ENOMEM, "no memory for what is asked of the cell");
	s->asking->fd = fd;
	return server_watch(s, fd, &s->asking) < 0 ? err_sys(err, errno, "cannot watch the cell") : 0;
}

void server_close_asking(struct server *s)
{
	free(s->asking);
	s->asking = NULL;
}

// A shaper that is gone, or behind by megabytes, is not waited for: the supervisor hears of the one, the
// stage shaper_grant of the other.
static void ask(const struct asking *a, const void *question, size_t size)
{
	send(a->fd, question, size, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void server_read_cell(struct server *s, uint32_t first_ue)
{
	if (s->asking)
		ask(s->asking, &(struct ask_read){ASK_READ, first_ue}, sizeof(struct ask_read));
}

void server_grant(struct server *s, const struct cell_share *shares, size_t n)
{
	if (!s->asking || n > ASK_MAX_SHARES)
		return;
	struct ask_grant *q = (struct ask_grant *)s->asking->question;
	*q = (struct ask_grant){.type = ASK_GRANT, .n = (uint32_t)n, .sent_ns = clock_now_ns()};
	memcpy(q->share, shares, n * sizeof(*shares));
	ask(s->asking, q, ASK_GRANT_SIZE(n));
}

static int see(struct server *s, const struct ask_state *state, struct err *err)
{
	const struct desk_event e = {.kind = DESK_CELL,
				     .now_ns = clock_now_ns(),
				     .cell = {.is_granted = state->is_granted,
					      .band_hz = state->band_hz,
					      .least_hz = state->least_hz,
					      .first_ue = state->first_ue,
					      .n = state->n,
					      .ue = state->ue}};
	int r = server_tell(s, &e, err);
	if (state->n > 0 && state->first_ue + state->n < state->n_ues)
		server_read_cell(s, state->first_ue + state->n);
	return r;
}

int server_take_answer(struct server *s, struct err *err)
{
	const void *answer = s->asking->answer;
	ssize_t n = recv(s->asking->fd, s->asking->answer, sizeof(s->asking->answer), MSG_DONTWAIT);
	if (n == 0)
		epoll_ctl(s->epoll, EPOLL_CTL_DEL, s->asking->fd, NULL); // the shaper is gone
	if (n <= 0 || ask_check_answer(answer, (size_t)n) < 0)
		return 0;
	const struct ask_granted *granted = answer;
	if (granted->type == ASK_STATE)
		return see(s, answer, err);
	return granted->code == 0
		   ? 0
		   : server_tell(
			 s, &(struct desk_event){.kind = DESK_GRANT_REFUSED, .now_ns = clock_now_ns()}, err);
}

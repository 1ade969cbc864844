// SPDX-License-Identifier: BSD-3-Clause
// The edge's questions to the cell, obeyed by the loop that owns it.
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "emu/shaper/shaper.h"
#include "mac/ask.h"

#define AT_ONCE 16 // questions of one look, so that an edge that asks without end holds no packet up

struct asked {
	_Alignas(8) unsigned char question[ASK_MAX_QUESTION];
	_Alignas(8) unsigned char answer[ASK_MAX_ANSWER];
};

int asked_open(struct shaper *s, struct err *err)
{
	if (s->orders.ask_fd < 0)
		return 0;
	s->asked = malloc(sizeof(*s->asked));
	return s->asked ? 0 : err_set(err, ENOMEM, "no memory for what the edge asks");
}

void asked_close(struct shaper *s)
{
	free(s->asked);
	s->asked = NULL;
}

static void stamp(struct shaper *s, const struct ask_grant *granted, int64_t now)
{
	lateness_add(&s->accuracy.grant, HOST_SHAPER_GRANT, now - granted->sent_ns);
	for (uint32_t i = 0; i < granted->n; i++)
		stamps_add(s, granted->share[i].ue, now);
	stamps_send(s, now);
}

static void note_refusal(const struct shaper *s, const struct ask_granted *answer, size_t size)
{
	char text[sizeof(((struct err *)0)->text)];
	if (answer->type != ASK_GRANTED || answer->code == 0)
		return;
	snprintf(text, sizeof(text), "%.*s", (int)(size - offsetof(struct ask_granted, why)), answer->why);
	orders_note(&s->orders, text);
}

static void obey(struct shaper *s, size_t size)
{
	const struct ask_grant *granted;
	int64_t now = clock_now_ns();
	size_t n = ask_obey(s->cell, s->asked->question, size, now, s->asked->answer, &granted);
	if (granted)
		stamp(s, granted, now);
	note_refusal(s, (const struct ask_granted *)s->asked->answer, n);
	// An edge that does not read its answers misses them.
	send(s->orders.ask_fd, s->asked->answer, n, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void asked_obey(struct shaper *s)
{
	ssize_t n = 1;
	for (int i = 0; s->orders.ask_fd >= 0 && i < AT_ONCE && n > 0; i++) {
		n = recv(s->orders.ask_fd, s->asked->question, sizeof(s->asked->question),
			 MSG_DONTWAIT | MSG_TRUNC);
		if (n > 0)
			obey(s, (size_t)n);
		else if (n == 0 || (errno != EAGAIN && errno != EINTR))
			s->orders.ask_fd = -1; // the edge is gone
	}
}

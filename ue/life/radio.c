// SPDX-License-Identifier: BSD-3-Clause
#include "ue/life/radio.h"

static void share(struct radio_share *s, int64_t ns, int n)
{
	if (n == 0)
		return;
	int64_t all_ns = ns + s->rest_ns;
	s->each_ns += all_ns / n;
	s->rest_ns = all_ns % n;
}

static void share_all(struct radio *r, int64_t ns, int64_t up_ns, int64_t down_ns)
{
	share(&r->sent, up_ns, r->n_uploads);
	share(&r->received, down_ns, r->n_open);
	share(&r->idle, ns - up_ns - down_ns, r->n_open);
}

void radio_until(struct radio *r, struct ue_moment m)
{
	share_all(r, m.now_ns - r->then.now_ns, m.up_ns - r->then.up_ns, m.down_ns - r->then.down_ns);
	r->then = m;
}

void radio_join(struct radio *r, struct radio_mark *mark)
{
	r->n_open++;
	mark->received_ns = r->received.each_ns;
	mark->idle_ns = r->idle.each_ns;
}

// Rests go to those who are still there, the last one's to itself.
void radio_leave(struct radio *r, const struct radio_mark *mark, int64_t *received_ns, int64_t *idle_ns)
{
	share_all(r, 0, 0, 0);
	r->n_open--;
	*received_ns = r->received.each_ns - mark->received_ns;
	int64_t ns = r->idle.each_ns - mark->idle_ns;
	*idle_ns = ns > 0 ? ns : 0;
}

void radio_upload_begins(struct radio *r, struct radio_mark *mark)
{
	r->n_uploads++;
	mark->sent_ns = r->sent.each_ns;
}

int64_t radio_upload_ends(struct radio *r, const struct radio_mark *mark)
{
	share_all(r, 0, 0, 0);
	r->n_uploads--;
	return r->sent.each_ns - mark->sent_ns;
}

// SPDX-License-Identifier: BSD-3-Clause
#include "edge/policy/rl/checkpoint.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "edge/policy/rl/sections_private.h"

static const size_t MOST_STATE_BYTES = (size_t)4 << 30;

int training_open(struct training *t, const struct agent_identity *identity,
		  const struct ddpg_options *options, int episodes, int slots, uint64_t seed,
		  const char *topology, struct err *err)
{
	*t = (struct training){.identity = *identity, .seed = seed, .episodes = episodes, .slots = slots};
	int rc = ddpg_open(&t->ddpg, options, identity->n_obs, identity->n_action, err);
	if (rc < 0)
		return rc;
	t->curve = calloc((size_t)episodes, sizeof(*t->curve));
	t->best = calloc(t->ddpg.actor.n, sizeof(*t->best));
	t->topology = topology ? strdup(topology) : NULL;
	if (!t->curve || !t->best || (topology && !t->topology))
		return err_set(err, ENOMEM, "no memory for %d episodes", episodes);
	return 0;
}

void training_close(struct training *t)
{
	ddpg_close(&t->ddpg);
	free(t->curve);
	free(t->best);
	free(t->topology);
	*t = (struct training){0};
}

void training_keep_best(struct training *t, double energy_j)
{
	t->curve[t->done - 1].validated_j = energy_j;
	if (t->best_episode > 0 && energy_j >= t->curve[t->best_episode - 1].validated_j)
		return;
	t->best_episode = t->done;
	memcpy(t->best, t->ddpg.actor.parameters, t->ddpg.actor.n * sizeof(*t->best));
}

int checkpoint_write_agent(const struct training *t, const char *path, struct err *err)
{
	struct format_writer w;
	format_begin(&w, FORMAT_AGENT);
	sections_write_common(&w, t);
	const float *actor = t->best_episode > 0 ? t->best : t->ddpg.actor.parameters;
	format_section(&w, SECTION_ACTOR, actor, t->ddpg.actor.n * sizeof(float));
	return format_write(&w, path, err);
}

static const char *critic_section(int critic)
{
	return critic == 0 ? SECTION_CRITIC : SECTION_CRITIC_2;
}

// The sizes of the replay memory's three sections, in values.
struct replay_sizes {
	size_t before, after, outcome;
};

static struct replay_sizes replay_sizes(const struct replay *r, int count)
{
	size_t n = (size_t)count;
	return (struct replay_sizes){n * (size_t)(r->n_obs + r->n_action), n * (size_t)r->n_obs, n * 2};
}

int checkpoint_write_state(const struct training *t, const char *path, struct err *err)
{
	struct format_writer w;
	const struct ddpg *d = &t->ddpg;
	struct replay_sizes n = replay_sizes(&d->replay, d->replay.count);
	format_begin(&w, FORMAT_STATE);
	sections_write_common(&w, t);
	format_section(&w, SECTION_ACTOR, d->actor.parameters, learner_saved(&d->actor) * sizeof(float));
	for (int c = 0; c < d->n_critics; c++)
		format_section(&w, critic_section(c), d->critic[c].parameters,
			       learner_saved(&d->critic[c]) * sizeof(float));
	format_section(&w, SECTION_BEST, t->best, d->actor.n * sizeof(float));
	format_section(&w, SECTION_REPLAY_BEFORE, d->replay.before, n.before * sizeof(float));
	format_section(&w, SECTION_REPLAY_AFTER, d->replay.after, n.after * sizeof(float));
	format_section(&w, SECTION_REPLAY_OUTCOME, d->replay.outcome, n.outcome * sizeof(float));
	return format_write(&w, path, err);
}

static int read_learner(const struct format_reader *r, const char *tag, struct learner *l, int64_t steps)
{
	l->steps = steps;
	return format_floats(r, tag, l->parameters, learner_saved(l));
}

static int read_replay(const struct format_reader *r, struct replay *replay, const struct stored_progress *p)
{
	bool full = p->replay_count == replay->capacity;
	if (p->replay_count > replay->capacity || p->replay_next >= replay->capacity ||
	    (!full && p->replay_next != p->replay_count))
		return err_set(r->err, EBADMSG, "%s: %d transitions, the next at %d, in a memory of %d",
			       r->name, p->replay_count, p->replay_next, replay->capacity);
	replay->count = p->replay_count;
	replay->next = p->replay_next;
	struct replay_sizes n = replay_sizes(replay, replay->count);
	int rc = format_floats(r, SECTION_REPLAY_BEFORE, replay->before, n.before);
	rc = rc < 0 ? rc : format_floats(r, SECTION_REPLAY_AFTER, replay->after, n.after);
	return rc < 0 ? rc : format_floats(r, SECTION_REPLAY_OUTCOME, replay->outcome, n.outcome);
}

static int read_rest(const struct format_reader *r, struct training *t, const struct stored_progress *p)
{
	struct ddpg *d = &t->ddpg;
	t->done = p->done;
	t->best_episode = p->best_episode;
	d->updates = p->updates;
	int rc = format_copy(r, SECTION_CURVE, t->curve, (size_t)p->done * sizeof(*t->curve));
	rc = rc < 0 ? rc : read_learner(r, SECTION_ACTOR, &d->actor, p->steps[0]);
	rc = rc < 0 ? rc : format_floats(r, SECTION_BEST, t->best, d->actor.n);
	for (int c = 0; rc == 0 && c < d->n_critics; c++)
		rc = read_learner(r, critic_section(c), &d->critic[c], p->steps[1 + c]);
	return rc < 0 ? rc : read_replay(r, &d->replay, p);
}

static int read_topology(const struct format_reader *r, struct training *t)
{
	const void *text;
	size_t size;
	if (format_find(r, SECTION_TOPOLOGY, SIZE_MAX, &text, &size) < 0)
		return 0; // it is for people
	t->topology = strndup(text, size);
	return t->topology ? 0 : err_set(r->err, ENOMEM, "%s: no memory", r->name);
}

int checkpoint_read_state(struct training *t, const void *data, size_t size, const char *name,
			  struct err *err)
{
	struct format_reader r;
	struct agent_identity identity;
	struct ddpg_options options;
	struct stored_progress p;
	int rc = format_open(&r, data, size, FORMAT_STATE, name, err);
	rc = rc < 0 ? rc : sections_identity(&r, &identity);
	rc = rc < 0 ? rc : sections_options(&r, &options);
	rc = rc < 0 ? rc : sections_progress(&r, &p);
	if (rc < 0)
		return rc;
	rc = training_open(t, &identity, &options, p.episodes, p.slots, p.seed, NULL, err);
	if (rc == -EINVAL) {
		err_prefix(err, "%s", name);
		rc = -EBADMSG;
	}
	rc = rc < 0 ? rc : read_topology(&r, t);
	rc = rc < 0 ? rc : read_rest(&r, t, &p);
	if (rc < 0)
		training_close(t);
	return rc;
}

int checkpoint_load_state(struct training *t, const char *path, struct err *err)
{
	void *data;
	size_t size;
	int rc = checkpoint_read_file(path, MOST_STATE_BYTES, &data, &size, err);
	if (rc == 0 && data)
		rc = checkpoint_read_state(t, data, size, path, err);
	free(data);
	return rc;
}

static int read_stream(FILE *f, const char *path, size_t most, void **data, size_t *size, struct err *err)
{
	if (fseek(f, 0, SEEK_END) < 0)
		return err_sys(err, errno, "cannot read %s", path);
	long length = ftell(f);
	if (length < 0 || (size_t)length > most)
		return err_set(err, EBADMSG, "%s is no agent: it has %ld bytes, an agent at most %zu", path,
			       length, most);
	rewind(f);
	*size = (size_t)length;
	*data = malloc(*size + 1);
	if (!*data)
		return err_set(err, ENOMEM, "%s: no memory for %zu bytes", path, *size);
	if (fread(*data, 1, *size, f) == *size)
		return 0;
	free(*data);
	*data = NULL;
	return err_sys(err, EIO, "cannot read %s", path);
}

int checkpoint_read_file(const char *path, size_t most, void **data, size_t *size, struct err *err)
{
	FILE *f = fopen(path, "rbe");
	*data = NULL;
	if (!f)
		return err_sys(err, errno, "cannot read %s", path);
	int rc = read_stream(f, path, most, data, size, err);
	fclose(f);
	return rc;
}

// SPDX-License-Identifier: BSD-3-Clause
#include "emu/supervisor/supervisor_private.h"

#include <errno.h>
#include <string.h>

#include "base/channel.h"
#include "base/clock.h"
#include "emu/supervisor/live_key.h"

static json_t *progress_json(const struct supervisor *s)
{
	json_t *o = run_snapshot_to_json(results_snapshot(s->results, clock_now_ns()));
	json_object_set_new(o, "ok", json_true());
	return o;
}

static json_t *processes_json(const struct supervisor *s)
{
	json_t *pids = json_object();
	for (int i = 0; i < s->n_children; i++)
		if (s->children[i].pid)
			json_object_set_new(pids, s->children[i].label, json_integer(s->children[i].pid));
	return json_pack("{s:b, s:o}", "ok", 1, "processes", pids);
}

// All changes of a request, or none when one of them is wrong.
static json_t *change(struct supervisor *s, json_t *changes, struct err *err)
{
	struct live_setting settings[64];
	size_t n = 0;
	const char *key;
	json_t *value;
	json_object_foreach(changes, key, value)
	{
		const char *text = json_string_value(value);
		if (!text || n == 64) {
			err_set(err, EINVAL,
				text ? "more than 64 changes at once"
				     : "%s: a text such as \"-95dB\" is right",
				key);
			return NULL;
		}
		if (live_parse(key, text, (uint32_t)s->run->topology->n_ues, &settings[n++], err) < 0)
			return NULL;
	}
	s->trial.topology = s->run->topology;
	s->trial.cell = &s->run->resolved->cell;
	if (live_try(&s->trial, settings, n, err) < 0)
		return NULL;
	for (size_t i = 0; i < n; i++)
		if (channel_send(s->children[SHAPER].channel, CHANNEL_SET, &settings[i],
				 sizeof(settings[i])) < 0) {
			err_set(err, EPIPE, "the shaper does not listen any more");
			return NULL;
		}
	return json_pack("{s:b, s:f}", "ok", 1, "time_s", ns_to_s(clock_now_ns() - s->epoch_ns));
}

static json_t *on_control(const json_t *request, void *user, struct err *err)
{
	struct supervisor *s = user;
	json_t *changes = json_object_get(request, "set");
	const char *get = json_string_value(json_object_get(request, "get"));
	if (json_is_object(changes))
		return change(s, changes, err);
	if (get && strcmp(get, "progress") == 0)
		return progress_json(s);
	if (get && strcmp(get, "processes") == 0)
		return processes_json(s);
	err_set(err, EINVAL,
		"{\"set\": {KEY: VALUE}} or {\"get\": \"progress\"} or {\"get\": \"processes\"} is right");
	return NULL;
}

int supervisor_open_control(struct supervisor *s, struct err *err)
{
	int r = control_open(&s->control, s->run->directory, on_control, s, err);
	if (r == 0 && supervisor_watch(s, control_fd(s->control), control_datum(s)) < 0)
		r = err_sys(err, errno, "cannot watch the control socket");
	return r;
}

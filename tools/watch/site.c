// SPDX-License-Identifier: BSD-3-Clause
#include "tools/watch/site.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "tools/watch/host.h"
#include "tools/watch/page.h"

#define ASK_EVERY_NS (200 * NS_PER_MS)
#define IDLE_S 30 // connections that say nothing are closed
#define MOST_CONNECTIONS 64

struct site {
	struct MHD_Daemon *daemon;
	struct run_source *source;
	int64_t asked_ns;
	struct err error; // of the last update; text "" = none
};

static const struct {
	const char *name, *value;
} headers[] = {
    {MHD_HTTP_HEADER_CACHE_CONTROL, "no-store"},
    {"X-Content-Type-Options", "nosniff"},
    {"Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
				"connect-src 'self'; frame-ancestors 'none'"},
};

static enum MHD_Result answer(struct MHD_Connection *connection, unsigned status, const char *type,
			      char *body, enum MHD_ResponseMemoryMode mode)
{
	struct MHD_Response *r = MHD_create_response_from_buffer(strlen(body), body, mode);
	if (!r)
		return MHD_NO;
	MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		MHD_add_response_header(r, headers[i].name, headers[i].value);
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(r, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	enum MHD_Result done = MHD_queue_response(connection, status, r);
	MHD_destroy_response(r);
	return done;
}

static enum MHD_Result answer_text(struct MHD_Connection *connection, unsigned status, const char *text)
{
	return answer(connection, status, "text/plain; charset=utf-8", (char *)text, MHD_RESPMEM_PERSISTENT);
}

// Takes the object.
static enum MHD_Result answer_json(struct MHD_Connection *connection, json_t *o)
{
	char *text = o ? json_dumps(o, JSON_COMPACT | JSON_REAL_PRECISION(9)) : NULL;
	json_decref(o);
	return text ? answer(connection, MHD_HTTP_OK, "application/json", text, MHD_RESPMEM_MUST_FREE)
		    : answer_text(connection, MHD_HTTP_INTERNAL_SERVER_ERROR, "no memory\n");
}

static void update(struct site *s)
{
	int64_t now = clock_now_ns();
	struct err err = {0};
	if (now - s->asked_ns < ASK_EVERY_NS || run_source_ended(s->source))
		return; // what was said of the end stays
	s->asked_ns = now;
	s->error = run_source_update(s->source, &err) < 0 ? err : (struct err){0};
}

static json_t *snapshot_json(struct site *s)
{
	const char *error = *s->error.text ? s->error.text : NULL;
	return json_pack("{s:o, s:b, s:s?, s:s?, s:s}", "run",
			 run_snapshot_to_json(run_source_snapshot(s->source)), "ended",
			 run_source_ended(s->source), "error", error, "problem",
			 run_source_problem(s->source), "directory", run_source_directory(s->source));
}

static bool is_asked_by_our_name(struct MHD_Connection *connection)
{
	struct sockaddr_storage reached = {0};
	socklen_t size = sizeof(reached);
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	return info && getsockname(info->connect_fd, (struct sockaddr *)&reached, &size) == 0 &&
	       host_is_ours(MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_HOST),
			    (const struct sockaddr *)&reached);
}

static enum MHD_Result on_request(void *user, struct MHD_Connection *connection, const char *url,
				  const char *method, const char *version, const char *upload,
				  size_t *upload_size, void **state)
{
	struct site *s = user;
	(void)version;
	(void)upload;
	(void)upload_size;
	(void)state;
	if (!is_asked_by_our_name(connection))
		return answer_text(
		    connection, MHD_HTTP_FORBIDDEN,
		    "this site answers to localhost and to the address it listens at, not to another "
		    "name: open the address that `airbatch serve` printed\n");
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return answer_text(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "this site can be read only\n");
	if (strcmp(url, "/") == 0)
		return answer(connection, MHD_HTTP_OK, "text/html; charset=utf-8", (char *)page_html,
			      MHD_RESPMEM_PERSISTENT);
	update(s);
	if (strcmp(url, "/snapshot.json") == 0)
		return answer_json(connection, snapshot_json(s));
	if (strcmp(url, "/history.json") == 0)
		return answer_json(connection, run_source_history(s->source));
	return answer_text(connection, MHD_HTTP_NOT_FOUND, "/, /snapshot.json and /history.json are here\n");
}

struct site *site_start(int listener, struct run_source *source, struct err *err)
{
	struct site *s = calloc(1, sizeof(*s));
	if (s) {
		s->source = source;
		s->daemon = MHD_start_daemon(
		    MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL, 0, NULL, NULL, on_request, s,
		    MHD_OPTION_LISTEN_SOCKET, listener, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S,
		    MHD_OPTION_CONNECTION_LIMIT, (unsigned)MOST_CONNECTIONS, MHD_OPTION_END);
	}
	if (s && s->daemon)
		return s;
	free(s);
	close(listener);
	err_set(err, ENOMEM, "the web server cannot be started");
	return NULL;
}

void site_stop(struct site *s)
{
	if (!s)
		return;
	MHD_stop_daemon(s->daemon); // closes the listening socket, too
	free(s);
}

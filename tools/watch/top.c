// SPDX-License-Identifier: BSD-3-Clause
#include "tools/watch/top.h"

#include <argp.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/units.h"
#include "records/watch/screen.h"
#include "records/watch/view.h"
#include "tools/watch/run_argument.h"
#include "tools/watch/source.h"

struct arguments {
	const char *run;
	double interval_s;
	bool once, json;
	enum view_sort sort;
};

static const struct argp_option option_table[] = {
    {"interval", 'i', "TIME", 0, "time between two looks (default: 500ms; 50ms to 1min)", 0},
    {"sort", 's', "KEY", 0, "order of UEs: UE (default), missed, latency, energy, gain or busy; worst first",
     0},
    {"once", '1', 0, 0, "print one snapshot, as when standard output is no terminal", 0},
    {"json", 'j', 0, 0, "print one snapshot as a JSON line", 0},
    {0},
};

static void parse_interval(struct arguments *a, const char *text, struct argp_state *state)
{
	struct err err;
	if (unit_parse(text, UNIT_S, &a->interval_s, &err) < 0)
		argp_error(state, "--interval: %s", err.text);
	else if (!(a->interval_s >= .05 && a->interval_s <= 60))
		argp_error(state, "--interval %s: from 50ms to 1min is right", text);
}

static void parse_sort(struct arguments *a, const char *text, struct argp_state *state)
{
	for (int i = 0; i < SORT_COUNT; i++)
		if (strcasecmp(text, view_sort_name((enum view_sort)i)) == 0) {
			a->sort = (enum view_sort)i;
			return;
		}
	argp_error(state, "--sort '%s': UE, missed, latency, energy, gain or busy is right", text);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->run;
		return 0;
	case 'i':
		parse_interval(a, arg, state);
		return 0;
	case 's':
		parse_sort(a, arg, state);
		return 0;
	case '1':
		a->once = true;
		return 0;
	case 'j':
		a->json = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp top_argp = {
    .options = option_table,
    .parser = parse,
    .args_doc = "RUN",
    .children = run_argp_children,
    .doc =
	"Shows a running run until it ends: time, tasks, energy, links and batches of all UEs. RUN is its "
	"name (airbatch ls) or its directory; of a finished run's directory the end is printed. Keys: q "
	"quits, p pauses, s changes the order of the UEs, + and - the interval.\vExit status: 0 done, 1 the "
	"run cannot be found or read, 2 wrong usage."};

static void print_text(const struct run_snapshot *s, enum view_sort sort)
{
	struct screen screen;
	struct view v = {.columns = 100, .sort = sort};
	if (screen_open(&screen, STDOUT_FILENO) == 0) {
		v.colour = screen.colour;
		v.utf8 = screen.utf8;
		screen_size(&screen, &v.columns, &(int){0});
		screen_close(&screen);
	}
	char *text = view_text(s, &v);
	fputs(text ? text : "", stdout);
	free(text);
}

static void print_json(const struct run_snapshot *s)
{
	json_t *o = run_snapshot_to_json(s);
	if (o)
		json_dumpf(o, stdout, JSON_COMPACT | JSON_REAL_PRECISION(9));
	putchar('\n');
	json_decref(o);
}

// The person's terminal while it shows the run: a screen of its own, keys without Enter, signals as events.
struct watching {
	struct arguments *a;
	struct run_source *source;
	struct screen screen;
	struct termios before;
	int signals;
	bool raw;  // `before` is to be restored
	bool keys; // they can still come
	bool paused, quit;
};

static void put(const char *sequence)
{
	fputs(sequence, stdout);
	fflush(stdout);
}

static int begin(struct watching *w)
{
	sigset_t set;
	sigemptyset(&set);
	int all[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH};
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		sigaddset(&set, all[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	w->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	w->keys = w->raw = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &w->before) == 0;
	if (w->raw) {
		struct termios raw = w->before;
		raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
		tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	}
	put("\033[?1049h\033[?25l\033[H"); // own screen, no cursor
	return w->signals;
}

static void end(struct watching *w)
{
	screen_close(&w->screen);
	put("\033[?25h\033[?1049l");
	if (w->raw)
		tcsetattr(STDIN_FILENO, TCSANOW, &w->before);
	close(w->signals);
}

static void draw(struct watching *w)
{
	char footer[160];
	snprintf(footer, sizeof(footer), "q quit   p %s   s order: %s   +/- every %.2g s",
		 w->paused ? "go on (paused)" : "pause", view_sort_name(w->a->sort), w->a->interval_s);
	struct view v = {
	    .colour = w->screen.colour, .utf8 = w->screen.utf8, .sort = w->a->sort, .footer = footer};
	screen_size(&w->screen, &v.columns, &v.rows);
	v.rows--; // the cursor's
	char *text = view_text(run_source_snapshot(w->source), &v);
	if (text)
		screen_draw(&w->screen, text);
	free(text);
}

static void on_key(struct watching *w, char key)
{
	if (key == 'q' || key == 'Q' || key == 4) // Ctrl-D
		w->quit = true;
	if (key == 'p' || key == ' ')
		w->paused = !w->paused;
	if (key == 's')
		w->a->sort = (w->a->sort + 1) % SORT_COUNT;
	if (key == '+')
		w->a->interval_s = fmax(.05, w->a->interval_s / 2);
	if (key == '-')
		w->a->interval_s = fmin(60, w->a->interval_s * 2);
}

static void on_signal(struct watching *w)
{
	struct signalfd_siginfo info;
	while (read(w->signals, &info, sizeof(info)) == sizeof(info))
		w->quit = w->quit || (info.ssi_signo != SIGWINCH && info.ssi_signo != SIGTSTP);
}

// Waits for a key, a signal or the time.
static void wait_until(struct watching *w, int64_t next_ns)
{
	int64_t left_ns = next_ns - clock_now_ns();
	struct pollfd p[2] = {{.fd = w->signals, .events = POLLIN},
			      {.fd = w->keys ? STDIN_FILENO : -1, .events = POLLIN}};
	poll(p, 2, left_ns > 0 ? (int)(left_ns / NS_PER_MS) + 1 : 0);
	char key;
	if (p[0].revents)
		on_signal(w);
	if (p[1].revents && read(STDIN_FILENO, &key, 1) == 1)
		on_key(w, key);
	else if (p[1].revents)
		w->keys = false; // its terminal is gone
}

static int watch(struct watching *w, struct err *err)
{
	int r = 0;
	int64_t next_ns = 0;
	while (!w->quit && r == 0 && !run_source_ended(w->source)) {
		if (clock_now_ns() >= next_ns) {
			r = w->paused ? 0 : run_source_update(w->source, err);
			next_ns = clock_now_ns() + s_to_ns(w->a->interval_s);
		}
		draw(w);
		wait_until(w, next_ns);
	}
	return r;
}

static int show(struct arguments *a, struct run_source *source, struct err *err)
{
	struct watching w = {.a = a, .source = source};
	bool live =
	    !a->once && !a->json && !run_source_ended(source) && screen_open(&w.screen, STDOUT_FILENO) == 0;
	int r = 0;
	if (live && begin(&w) >= 0) {
		r = watch(&w, err);
		end(&w);
	}
	if (run_source_problem(source))
		log_warn("%s", run_source_problem(source));
	if (r == 0 && a->json)
		print_json(run_source_snapshot(source));
	else if (r == 0)
		print_text(run_source_snapshot(source), a->sort);
	return r;
}

int top_command(int argc, char **argv)
{
	struct arguments a = {.interval_s = .5};
	argp_parse(&top_argp, argc, argv, 0, NULL, &a);
	struct err err = {0};
	struct run_source *source = run_source_open(a.run, &err);
	int r = source ? show(&a, source, &err) : -1;
	run_source_free(source);
	if (r < 0)
		log_error("%s", err.text);
	return r < 0 ? 1 : 0;
}

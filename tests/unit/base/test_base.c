// SPDX-License-Identifier: BSD-3-Clause
// Laws of the base room: quantiles, streams, channels between processes, files that are whole or not there,
// the nearest word.
#include <errno.h>
#include <math.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/cache.h"
#include "base/channel.h"
#include "base/descriptors.h"
#include "base/estimate.h"
#include "base/histogram.h"
#include "base/nearest.h"
#include "base/quantile.h"
#include "base/rng.h"
#include "base/version.h"

// The histogram's quantile lies above the exact one by at most a bucket (1/128).
static void histogram_quantiles_are_within_a_bucket(void **state)
{
	(void)state;
	struct histogram *h = calloc(1, sizeof(*h));
	struct rng *rng = rng_new(1, 1, RNG_TEST, 0);
	enum { N = 20000 };
	static double values[N];
	for (int i = 0; i < N; i++) {
		values[i] = (double)(int64_t)rng_exponential(rng, 1e5);
		histogram_add(h, (int64_t)values[i]);
	}
	for (double q = 0; q <= 1; q += .125) {
		double exact = quantile(values, N, q); // sorts
		int rank = (int)(q * (N - 1));
		double low = values[rank];
		double got = (double)histogram_quantile(h, q);
		assert_true(got >= low && got <= low * (1 + 1. / 128) + 1);
		assert_true(exact >= low);
	}
	assert_int_equal(histogram_quantile(h, 1), h->max_ns);
	histogram_add(h, INT64_MAX);
	assert_int_equal(histogram_quantile(h, 1), INT64_MAX);
	rng_free(rng);
	free(h);
}

// P(X <= k) of a binomial X.
static double binomial_up_to(int k, int n, double p)
{
	double sum = 0;
	for (int i = 0; i <= k; i++)
		sum +=
		    exp(lgamma(n + 1) - lgamma(i + 1) - lgamma(n - i + 1) + i * log(p) + (n - i) * log1p(-p));
	return sum;
}

// Clopper and Pearson's bounds are where what was seen, or more extreme, has a chance of 2.5 %.
static void intervals_of_shares_cut_the_binomial_tails(void **state)
{
	(void)state;
	for (int n = 1; n <= 400; n = 2 * n + 1)
		for (int k = 0; k <= n; k += 1 + n / 9) {
			struct share_interval i = share_interval((double)k / n, n);
			if (k == 0)
				assert_true(i.low == 0);
			else
				assert_true(fabs(1 - binomial_up_to(k - 1, n, i.low) - .025) < 1e-6);
			if (k == n)
				assert_true(i.high == 1);
			else
				assert_true(fabs(binomial_up_to(k, n, i.high) - .025) < 1e-6);
		}
	assert_true(isnan(share_interval(NAN, 0).low));
}

static void streams_are_named_by_all_their_numbers(void **state)
{
	(void)state;
	double first[5];
	const struct {
		uint64_t seed, run;
		enum rng_purpose purpose;
		uint64_t index;
	} names[] = {{1, 1, RNG_ARRIVAL, 1},
		     {2, 1, RNG_ARRIVAL, 1},
		     {1, 2, RNG_ARRIVAL, 1},
		     {1, 1, RNG_LOSS, 1},
		     {1, 1, RNG_ARRIVAL, 2}};
	for (int i = 0; i < 5; i++) {
		struct rng *a = rng_new(names[i].seed, names[i].run, names[i].purpose, names[i].index);
		struct rng *b = rng_new(names[i].seed, names[i].run, names[i].purpose, names[i].index);
		first[i] = rng_uniform(a, 0, 1);
		assert_true(first[i] == rng_uniform(b, 0, 1));
		for (int k = 0; k < i; k++)
			assert_true(first[k] != first[i]);
		rng_free(a);
		rng_free(b);
	}
}

static void channels_keep_message_borders(void **state)
{
	(void)state;
	int fds[2];
	struct err err;
	assert_int_equal(channel_pair(fds, &err), 0);
	fcntl(fds[1], F_SETFL, O_NONBLOCK);
	static struct channel_message m;
	assert_int_equal(channel_receive(fds[1], &m), -EAGAIN);
	assert_int_equal(channel_send_ready(fds[0]), 0);
	assert_int_equal(channel_send(fds[0], CHANNEL_STOP, NULL, 0), 0);
	assert_int_equal(channel_receive(fds[1], &m), 1);
	assert_int_equal(m.type, CHANNEL_READY);
	assert_int_equal(m.size, strlen(airbatch_git_id()));
	assert_int_equal(channel_receive(fds[1], &m), 1);
	assert_true(CHANNEL_IS(&m, CHANNEL_STOP, 0));
	assert_int_equal(channel_send_note(fds[0], true, "asked for cubic, the kernel gave reno"), 0);
	assert_int_equal(channel_receive(fds[1], &m), 1);
	const struct channel_note *note = (const struct channel_note *)m.body;
	assert_int_equal(m.type, CHANNEL_NOTE);
	assert_int_equal(note->asked, 1);
	assert_int_equal(m.size - sizeof(*note), strlen("asked for cubic, the kernel gave reno"));
	assert_memory_equal(note->text, "asked for cubic, the kernel gave reno", m.size - sizeof(*note));
	char too_much[CHANNEL_MAX_BODY + 1] = {0};
	assert_int_equal(channel_send(fds[0], CHANNEL_NOTE, too_much, sizeof(too_much)), -EMSGSIZE);
	assert_int_equal(send(fds[0], "xy", 2, 0), 2); // shorter than a header
	assert_int_equal(channel_receive(fds[1], &m), -EPROTO);
	close(fds[0]);
	assert_int_equal(channel_receive(fds[1], &m), 0);
	assert_int_equal(channel_send(fds[1], CHANNEL_STOP, NULL, 0), -EPIPE);
	close(fds[1]);
}

static void files_are_written_whole_or_not_at_all(void **state)
{
	(void)state;
	char folder[] = "/tmp/airbatch-base-XXXXXX", path[64], deep[64];
	struct err err;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/file", folder);
	assert_int_equal(write_file_atomically(path, "abc", 3, &err), 0);
	assert_int_equal(write_file_atomically(path, "de", 2, &err), 0);
	char text[8] = "";
	int fd = open(path, O_RDONLY);
	assert_int_equal(read(fd, text, sizeof(text)), 2);
	assert_string_equal(text, "de");
	close(fd);
	snprintf(deep, sizeof(deep), "%s/file/inside", folder);
	assert_true(write_file_atomically(deep, "x", 1, &err) < 0);
	assert_true(make_dirs(deep, &err) < 0);
	unlink(path);
	rmdir(folder);
}

static const char *nearest_policy(const char *word)
{
	struct nearest n = nearest_to(word);
	for (const char *const *w = (const char *const[]){"lc", "og", "ip-ssa", "j-dob", NULL}; *w; w++)
		nearest_offer(&n, *w);
	return n.best;
}

static void a_third_of_the_letters_may_be_wrong(void **state)
{
	(void)state;
	assert_string_equal(nearest_policy("ip_ssa"), "ip-ssa");
	assert_string_equal(nearest_policy("pi-ssa"),
			    "ip-ssa"); // two neighbours turned round are one mistake
	assert_string_equal(nearest_policy("jdob"), "j-dob");
	assert_string_equal(nearest_policy("go"), "og");
	assert_null(nearest_policy("greedy"));
}

// Last words reach the supervisor, also when the child has not read all that it was told.
static void last_words_come_though_some_was_not_read(void **state)
{
	(void)state;
	struct err err;
	static struct channel_message message;
	int fds[2];
	assert_int_equal(channel_pair(fds, &err), 0);
	assert_int_equal(channel_send(fds[0], CHANNEL_STOP, NULL, 0), 0);
	assert_int_equal(channel_send(fds[1], CHANNEL_EDGE, "totals", 6), 0);
	assert_int_equal(channel_send(fds[1], CHANNEL_DONE, NULL, 0), 0);
	close(fds[1]);
	assert_int_equal(channel_receive(fds[0], &message), 1);
	assert_int_equal(message.type, CHANNEL_EDGE);
	assert_int_equal(channel_receive(fds[0], &message), 1);
	assert_int_equal(message.type, CHANNEL_DONE);
	assert_int_equal(channel_receive(fds[0], &message), 0);
	close(fds[0]);
}

static void limit_files(rlim_t soft, rlim_t hard)
{
	const struct rlimit limit = {soft, hard};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static void open_files_are_raised_to_what_is_allowed(void **state)
{
	(void)state;
	struct err err;
	struct rlimit before, now;
	getrlimit(RLIMIT_NOFILE, &before);
	limit_files(64, before.rlim_max);
	assert_int_equal(descriptors_raise(before.rlim_max, &err), 0);
	getrlimit(RLIMIT_NOFILE, &now);
	assert_int_equal(now.rlim_cur, before.rlim_max);
	assert_int_equal(descriptors_raise(10, &err), 0); // never lowered
	getrlimit(RLIMIT_NOFILE, &now);
	assert_int_equal(now.rlim_cur, before.rlim_max);
	assert_int_equal(descriptors_raise(before.rlim_max + 1, &err), -EMFILE);
	assert_non_null(strstr(err.text, "ulimit -Hn"));
	setrlimit(RLIMIT_NOFILE, &before);
}

// Without descriptors a listener must not call for ever.
static void connections_without_room_are_ended(void **state)
{
	(void)state;
	struct rlimit before;
	struct sockaddr_un address = {.sun_family = AF_UNIX}; // an abstract name of the system's choice
	socklen_t size = sizeof(address);
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0),
	    client = socket(AF_UNIX, SOCK_STREAM, 0), spare = descriptors_spare();
	assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof(sa_family_t)), 0);
	assert_int_equal(listen(listener, 8), 0);
	getsockname(listener, (struct sockaddr *)&address, &size);
	assert_int_equal(descriptors_accept(listener, &spare), -1); // nobody waits
	assert_int_equal(connect(client, (struct sockaddr *)&address, size), 0);
	getrlimit(RLIMIT_NOFILE, &before);
	limit_files((rlim_t)spare + 1, before.rlim_max);
	int last = dup(0); // one that is free below the limit, if any
	while (last >= 0 && dup(0) >= 0)
		;
	assert_int_equal(descriptors_accept(listener, &spare), -1);
	setrlimit(RLIMIT_NOFILE, &before);
	assert_true(spare >= 0);
	struct pollfd fd = {.fd = listener, .events = POLLIN};
	assert_int_equal(poll(&fd, 1, 0), 0); // it calls no more
	char byte;
	assert_int_equal(read(client, &byte, 1), 0); // and the client knows
	close(client);
	client = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(connect(client, (struct sockaddr *)&address, size), 0);
	int taken = descriptors_accept(listener, &spare);
	assert_true(taken >= 0);
	close(taken);
	close(client);
	close(listener);
	close(spare);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(histogram_quantiles_are_within_a_bucket),
	    cmocka_unit_test(intervals_of_shares_cut_the_binomial_tails),
	    cmocka_unit_test(streams_are_named_by_all_their_numbers),
	    cmocka_unit_test(channels_keep_message_borders),
	    cmocka_unit_test(last_words_come_though_some_was_not_read),
	    cmocka_unit_test(open_files_are_raised_to_what_is_allowed),
	    cmocka_unit_test(connections_without_room_are_ended),
	    cmocka_unit_test(files_are_written_whole_or_not_at_all),
	    cmocka_unit_test(a_third_of_the_letters_may_be_wrong),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

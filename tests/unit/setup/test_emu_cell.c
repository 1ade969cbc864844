// SPDX-License-Identifier: BSD-3-Clause
// The cell of a run: what is written as JSON is what is read back, and the gains that arrive in the cell are
// those of the channel's models, the trace, or the change at run time.
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "setup/cell/assembly.h"

static struct assembly_config two_ues(double gain_db)
{
	struct assembly_config c = assembly_config_default();
	assert_int_equal(assembly_config_set_ues(&c, 2), 0);
	c.downlink_w = 1;
	for (int i = 0; i < 2; i++) {
		c.ues[i].gain_db = gain_db;
		c.ues[i].tx_w = .2;
	}
	return c;
}

static struct assembly *open_cell(const struct assembly_config *c, int64_t now)
{
	struct err err;
	struct assembly *a;
	if (assembly_new(&a, c, now, &err) < 0)
		fail_msg("%s", err.text);
	return a;
}

static struct cell_radio radio_at(struct assembly *a, uint32_t ue, int64_t now)
{
	struct cell_radio radio;
	assert_int_equal(cell_read_radio(assembly_cell(a), ue, LINK_UP, now, &radio), 0);
	return radio;
}

// Every key, away from its default.
static void json_brings_back_every_value(void **state)
{
	(void)state;
	struct assembly_config from = two_ues(-90), to = assembly_config_default();
	struct err err;
	from.seed = 7;
	from.grant = GRANT_PROPORTIONAL;
	from.channel.path_loss.model = PATH_LOSS_UMI_NLOS;
	from.channel.draw_los = true;
	from.channel.fading = (struct fading){FADING_RICIAN, 3, .02, 1e9, 4};
	from.channel.shadowing_sigma_db = RADIO_SHADOWING_OF_MODEL;
	from.rate = (struct link_rate){LINK_RATE_NR, 2.5, MCS_256QAM, 30e3, .1, .05};
	from.trace_end = TRACE_LOOP;
	strcpy(from.gain_trace, "/tmp/gains.csv");
	from.ues[1].trace = (struct assembly_trace){.kind = TRACE_OF_A_LINK, .end = TRACE_STOP};
	strcpy(from.ues[1].trace.path[LINK_DOWN], "/tmp/link.csv");
	from.impairment.jitter = (struct jitter){JITTER_NORMAL, 5000, 2000};
	from.impairment.bursts = (struct gilbert_elliott){.01, .2, .001, .9};
	from.codel = from.radio_bler = true;
	from.max_retransmissions = 4;
	json_t *json = config_write(&assembly_config_table, &from);
	if (config_read(&assembly_config_table, &to, json, "t", &err) < 0)
		fail_msg("%s", err.text);
	json_t *again = config_write(&assembly_config_table, &to);
	assert_true(json_equal(json, again));
	assert_true(to.channel.fading.rician_k == 3 && to.rate.table == MCS_256QAM && to.codel);
	assert_string_equal(to.gain_trace, from.gain_trace);
	json_decref(json);
	json_decref(again);

	struct assembly_ue ue;
	from.ues[1].priority = -3;
	from.ues[1].mobility =
	    (struct mobility){.model = MOBILITY_LINEAR, .start = {10, -20, 0}, .vx_mps = -2};
	json = config_write(&assembly_ue_table, &from.ues[1]);
	assert_int_equal(config_read(&assembly_ue_table, &ue, json, "t", &err), 0);
	assert_int_equal(ue.priority, -3);
	assert_true(ue.mobility.start.y_m == -20 && ue.mobility.vx_mps == -2 && ue.gain_db == -90);
	json_object_set_new(json, "tx_watt", json_real(1));
	assert_int_equal(config_read(&assembly_ue_table, &ue, json, "t", &err), -EINVAL);
	assert_string_equal(err.text, "t: tx_watt is not a key that stands here; did you mean tx_w?");
	json_decref(json);
	assembly_config_free(&from);
}

static void a_given_gain_fades_as_the_channel_does(void **state)
{
	(void)state;
	struct assembly_config c = two_ues(-90);
	c.channel.fading = (struct fading){.model = FADING_RAYLEIGH, .coherence_s = .01};
	c.ues[1].gain_db = NAN;
	c.ues[1].mobility.start.x_m = 100;
	struct radio_channel_config alone = c.channel;
	struct mobility ways[2] = {c.ues[0].mobility, c.ues[1].mobility};
	struct radio_channel *channel;
	struct err err;
	alone.seed = alone.run = 1;
	assert_int_equal(radio_channel_new(&channel, &alone, ways, 2, &err), 0);
	const int64_t start = 5 * NS_PER_S;
	struct assembly *a = open_cell(&c, start);
	assembly_set_origin(a, start, start);
	for (int64_t t = 0; t < 100 * NS_PER_MS; t += 7 * NS_PER_MS) {
		const struct radio_state *first = radio_channel_at(channel, 0, t);
		assert_true(fabs(radio_at(a, 0, start + t).gain_db - (-90 + first->fading_db)) < 1e-9);
		assert_true(fabs(radio_at(a, 1, start + t).gain_db - radio_channel_gain_db(channel, 1, t)) <
			    1e-9);
	}
	radio_channel_free(channel);
	assembly_free(a);
	assembly_config_free(&c);
}

static void before_the_origin_the_gain_stands_still(void **state)
{
	(void)state;
	struct assembly_config c = two_ues(-90);
	c.channel.fading = (struct fading){.model = FADING_RAYLEIGH, .coherence_s = .001};
	struct assembly *a = open_cell(&c, 0);
	double first_db = radio_at(a, 0, 0).gain_db;
	assert_true(radio_at(a, 0, NS_PER_S).gain_db == first_db);
	assembly_set_origin(a, 2 * NS_PER_S, 0);
	assert_true(radio_at(a, 0, 2 * NS_PER_S).gain_db == first_db);
	assert_true(radio_at(a, 0, 2 * NS_PER_S + 10 * NS_PER_MS).gain_db != first_db);
	assembly_free(a);
	assembly_config_free(&c);
}

static void a_forced_gain_stays_until_it_is_released(void **state)
{
	(void)state;
	struct assembly_config c = two_ues(-90);
	struct err err;
	for (int fades = 0; fades < 2; fades++) {
		c.channel.fading =
		    (struct fading){.model = fades ? FADING_RAYLEIGH : FADING_NONE, .coherence_s = .001};
		struct assembly *a = open_cell(&c, 0);
		assembly_set_origin(a, 0, 0);
		struct live_setting s = {.ue = 1, .what = LIVE_GAIN, .value = -123};
		assert_int_equal(assembly_change(a, &s, NS_PER_S, &err), 0);
		assert_true(radio_at(a, 1, NS_PER_S).gain_db == -123);
		assert_true(radio_at(a, 1, 2 * NS_PER_S).gain_db == -123);
		assert_true(radio_at(a, 0, 2 * NS_PER_S).gain_db != -123);
		s.what = LIVE_GAIN_AUTO;
		assert_int_equal(assembly_change(a, &s, 3 * NS_PER_S, &err), 0);
		assert_true((radio_at(a, 1, 3 * NS_PER_S).gain_db == -90) == !fades);
		assembly_free(a);
	}
	assembly_config_free(&c);
}

static void changes_that_make_no_sense_are_refused(void **state)
{
	(void)state;
	struct assembly_config c = two_ues(-90);
	struct assembly *a = open_cell(&c, 0);
	struct err err;
	const struct live_setting bad[] = {{.ue = 2, .what = LIVE_GAIN, .value = -90},
					   {.ue = 0, .what = LIVE_GRANT, .value = 1e5},
					   {.ue = 0, .what = LIVE_LOSS, .value = 2},
					   {.ue = 0, .what = 99}};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(assembly_change(a, &bad[i], 0, &err), -EINVAL);
	struct live_setting band = {.ue = LIVE_ALL_UES, .what = LIVE_BANDWIDTH, .value = 3e6};
	assert_int_equal(assembly_change(a, &band, 0, &err), 0);
	assert_true(fabs(radio_at(a, 1, 0).hertz - 3e6) < 1e-3); // of each
	assembly_free(a);
	assembly_config_free(&c);
}

static void a_trace_gives_the_gains(void **state)
{
	(void)state;
	struct assembly_config c = two_ues(NAN);
	strcpy(c.gain_trace, "/tmp/airbatch-gains-XXXXXX");
	int fd = mkstemp(c.gain_trace);
	const char text[] = "time_s,ue,gain_db\n0,ue1,-80\n0,ue2,-81\n1,ue1,-90\n";
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	struct assembly *a = open_cell(&c, 0);
	assembly_set_origin(a, 0, 0);
	assert_true(radio_at(a, 0, 999 * NS_PER_MS).gain_db == -80);
	assert_true(radio_at(a, 0, NS_PER_S).gain_db == -90);
	assert_true(radio_at(a, 1, NS_PER_S).gain_db == -81);
	assembly_free(a);
	unlink(c.gain_trace);
	struct err err;
	assert_int_equal(assembly_new(&a, &c, 0, &err), -ENOENT);
	assembly_config_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(json_brings_back_every_value),
	    cmocka_unit_test(a_given_gain_fades_as_the_channel_does),
	    cmocka_unit_test(before_the_origin_the_gain_stands_still),
	    cmocka_unit_test(a_forced_gain_stays_until_it_is_released),
	    cmocka_unit_test(changes_that_make_no_sense_are_refused),
	    cmocka_unit_test(a_trace_gives_the_gains),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

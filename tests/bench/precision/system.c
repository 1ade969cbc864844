// SPDX-License-Identifier: BSD-3-Clause
#include "tests/bench/precision/system.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

double system_burst_bytes(const struct system_config *config)
{
	return fmax(SYSTEM_MIN_BURST, config->rate_bps / 8e9 * (double)config->burst_ns);
}

struct law system_law(const struct system_config *config)
{
	struct law law = {.rate_bps = config->rate_bps};
	switch (config->kind) {
	case SYSTEM_SHAPER:
	case SYSTEM_NETEM:
		law.kind = LAW_LINK;
		law.delay_ns = config->delay_ns;
		break;
	case SYSTEM_TBF:
	case SYSTEM_HTB:
		law.kind = config->kind == SYSTEM_TBF ? LAW_BUCKET : LAW_BUCKET_DEBT;
		law.burst_bytes = system_burst_bytes(config);
		break;
	}
	return law;
}

// tc on edge0 of the forwarding namespace.
__attribute__((format(printf, 3, 4))) static int tc(const struct lab *lab, bool quiet, const char *format,
						    ...)
{
	char what[256], command[512];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(what, sizeof(what), format, arguments);
	va_end(arguments);
	snprintf(command, sizeof(command), "tc -n %s-shaper %s%s", lab->prefix, what,
		 quiet ? " 2>/dev/null" : "");
	return system(command) == 0 ? 0 : -EOPNOTSUPP; // NOLINT: made of numbers and fixed text
}

bool system_has_netem(const struct lab *lab)
{
	if (tc(lab, true, "qdisc add dev edge0 root netem delay 1ms") < 0)
		return false;
	tc(lab, true, "qdisc del dev edge0 root");
	return true;
}

static int start_shaper(struct lab *lab, const struct system_config *config, struct err *err)
{
	char path[] = "/tmp/airbatch-precision-XXXXXX", extra[64] = "";
	int fd = mkstemp(path);
	if (fd < 0)
		return err_set(err, errno, "no temporary file under /tmp");
	close(fd);
	if (config->busy_poll)
		snprintf(extra, sizeof(extra), ", \"loop\": \"poll\", \"cpu\": %ld",
			 sysconf(_SC_NPROCESSORS_ONLN) - 1);
	lab_write_config(lab, path,
			 (struct lab_link){config->rate_bps, config->delay_ns, config->queue_bytes}, extra);
	int rc = lab_start(lab, path);
	unlink(path);
	return rc < 0 ? err_set(err, EIO, "airbatch-shaper did not start: %s", lab->text) : 0;
}

static int add_qdisc(const struct lab *lab, const struct system_config *config)
{
	double rate = config->rate_bps, burst = system_burst_bytes(config);
	unsigned long long queue = config->queue_bytes;
	switch (config->kind) {
	case SYSTEM_TBF:
		return tc(lab, false, "qdisc add dev edge0 root tbf rate %.0fbit burst %.0f limit %llu", rate,
			  burst, queue);
	case SYSTEM_HTB:
		if (tc(lab, false, "qdisc add dev edge0 root handle 1: htb default 1") < 0 ||
		    tc(lab, false,
		       "class add dev edge0 parent 1: classid 1:1 htb rate %.0fbit ceil %.0fbit burst %.0f "
		       "cburst "
		       "%.0f quantum 1514",
		       rate, rate, burst, burst) < 0)
			return -EOPNOTSUPP;
		return tc(lab, false, "qdisc add dev edge0 parent 1:1 bfifo limit %llu", queue);
	case SYSTEM_NETEM:
		return tc(lab, false, "qdisc add dev edge0 root netem rate %.0fbit delay %lldus limit 100000",
			  rate, (long long)config->delay_ns / 1000);
	case SYSTEM_SHAPER:
		break;
	}
	return -EINVAL;
}

int system_start(struct lab *lab, const struct system_config *config, struct err *err)
{
	if (config->kind == SYSTEM_SHAPER)
		return start_shaper(lab, config, err);
	if (lab_net(lab, "join") == 0 && add_qdisc(lab, config) == 0)
		return 0;
	lab_net(lab, "part");
	return err_set(err, EOPNOTSUPP, "tc or the bridge refused %s", config->name);
}

void system_stop(struct lab *lab, const struct system_config *config)
{
	if (config->kind == SYSTEM_SHAPER)
		lab_stop(lab);
	else
		lab_net(lab, "part");
}

// SPDX-License-Identifier: BSD-3-Clause
#include "emu/netns/tuning_private.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

struct sysctl {
	const char *path, *value;
	bool optional; // absent where the kernel has no IPv6
};

static int write_sysctl(const struct sysctl *s, struct err *err)
{
	int fd = open(s->path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT && s->optional)
		return 0;
	if (fd < 0)
		return err_sys(err, errno, "cannot open %s%s", s->path,
			       errno == EROFS
				   ? " (a container needs it writable: docker run --privileged, or "
				     "--security-opt systempaths=unconfined)"
				   : "");
	int rc = write(fd, s->value, strlen(s->value)) < 0
		     ? err_sys(err, errno, "cannot write '%s' to %s", s->value, s->path)
		     : 0;
	close(fd);
	return rc;
}

int tuning_sysctls(struct err *err)
{
	static const struct sysctl sysctls[] = {
	    {"/proc/sys/net/ipv6/conf/all/disable_ipv6", "1", true},
	    {"/proc/sys/net/ipv6/conf/default/disable_ipv6", "1", true},
	    {"/proc/sys/net/ipv4/tcp_slow_start_after_idle", "0", false},
	    {"/proc/sys/net/ipv4/tcp_no_metrics_save", "1", false},
	};
	for (size_t i = 0; i < sizeof(sysctls) / sizeof(sysctls[0]); i++) {
		int rc = write_sysctl(&sysctls[i], err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int tuning_congestion_control(const char *tcp, struct err *err)
{
	const struct sysctl control = {"/proc/sys/net/ipv4/tcp_congestion_control", tcp, false};
	int rc = write_sysctl(&control, err);
	if (rc == -EPERM)
		return 0;
	if (rc == -ENOENT)
		return err_set(err, ENOENT,
			       "this kernel has no TCP congestion control '%s': see "
			       "net.ipv4.tcp_available_congestion_control",
			       tcp);
	return rc < 0 ? rc : 1;
}

struct offload {
	uint32_t command;
	const char *name;
};

int tuning_offloads(const char *interface, struct err *err)
{
	static const struct offload offloads[] = {
	    {ETHTOOL_STSO, "TCP segmentation offload"},
	    {ETHTOOL_SGSO, "generic segmentation offload"},
	    {ETHTOOL_SGRO, "generic receive offload"},
	    {ETHTOOL_STXCSUM, "transmit checksum offload"},
	};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_sys(err, errno, "cannot open a socket");
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < sizeof(offloads) / sizeof(offloads[0]); i++) {
		struct ethtool_value off = {.cmd = offloads[i].command, .data = 0};
		struct ifreq request = {.ifr_data = (char *)&off};
		snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", interface);
		if (ioctl(fd, SIOCETHTOOL, &request) < 0)
			rc = err_sys(err, errno, "cannot switch off %s of %s", offloads[i].name, interface);
	}
	close(fd);
	return rc;
}

// SPDX-License-Identifier: BSD-3-Clause
#include "setup/capture_filter.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdlib.h>

#define WHOLE_FRAME 65535

struct capture_filter {
	struct bpf_program program;
};

struct capture_filter *capture_filter_new(const char *text, struct err *err)
{
	pcap_t *pcap = pcap_open_dead(DLT_EN10MB, WHOLE_FRAME);
	struct capture_filter *filter = malloc(sizeof(*filter));
	int code = ENOMEM;
	if (!pcap || !filter)
		err_set(err, ENOMEM, "no memory for the filter '%s'", text);
	else if (pcap_compile(pcap, &filter->program, text, 1, PCAP_NETMASK_UNKNOWN) == 0)
		code = 0;
	else
		code =
		    -err_set(err, EINVAL, "'%s' is no filter of pcap-filter(7): %s", text, pcap_geterr(pcap));
	if (pcap)
		pcap_close(pcap);
	if (code == 0)
		return filter;
	free(filter);
	errno = code;
	return NULL;
}

void capture_filter_free(struct capture_filter *filter)
{
	if (!filter)
		return;
	pcap_freecode(&filter->program);
	free(filter);
}

int capture_filter_passes(const struct capture_filter *filter, const uint8_t *data, uint32_t size,
			  uint32_t length)
{
	const struct pcap_pkthdr header = {.caplen = size, .len = length};
	return pcap_offline_filter(&filter->program, &header, data) != 0;
}

// SPDX-License-Identifier: BSD-3-Clause
#include "records/shaper_record.h"

const char *filter_name(enum filter_reason reason)
{
	switch (reason) {
	case FILTER_ARP:
		return "ARP";
	case FILTER_IPV6:
		return "IPv6";
	case FILTER_MULTICAST:
		return "multicast";
	case FILTER_OTHER_PROTOCOL:
		return "not IPv4";
	case FILTER_UNKNOWN_SOURCE:
		return "from an unknown address";
	case FILTER_UNKNOWN_DESTINATION:
		return "to an unknown address";
	case FILTER_UE_TO_UE:
		return "UE to UE";
	case FILTER_WRONG_IP:
		return "from another's IP address";
	case FILTER_TRUNCATED:
		return "longer than the port's frame (segmentation offload is on)";
	case FILTER_NO_BUFFER:
		return "no buffer left";
	case FILTER_ENDED:
		return "the run had ended";
	case FILTER_REASONS:
		break;
	}
	return "unknown";
}

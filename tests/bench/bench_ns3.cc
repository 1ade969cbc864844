// SPDX-License-Identifier: BSD-3-Clause
// The scenario of bench_sim in ns-3: a star of point-to-point links of 20 Mbit/s and 5 ms, every leaf a UdpClient of 1400
// byte datagrams at 18 Mbit/s, a UdpServer for each in the hub. Prints datagrams per second of wall time.
//
//   bench_ns3 UES DATAGRAMS
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include <ns3/applications-module.h>
#include <ns3/core-module.h>
#include <ns3/internet-module.h>
#include <ns3/network-module.h>
#include <ns3/point-to-point-module.h>

using namespace ns3;

int main(int argc, char **argv)
{
	if (argc != 3) {
		std::fprintf(stderr, "usage: bench_ns3 UES DATAGRAMS\n");
		return 2;
	}
	const uint32_t ues = (uint32_t)std::atoi(argv[1]);
	const double interval_s = 1400 * 8 / 18e6, seconds = std::atof(argv[2]) / ues * interval_s;
	NodeContainer hub, leaves;
	hub.Create(1);
	leaves.Create(ues);
	InternetStackHelper stack;
	stack.Install(hub);
	stack.Install(leaves);
	PointToPointHelper wire;
	wire.SetDeviceAttribute("DataRate", StringValue("20Mbps"));
	wire.SetChannelAttribute("Delay", StringValue("5ms"));
	Ipv4AddressHelper addresses("10.0.0.0", "255.255.255.252");
	ApplicationContainer servers, clients;
	for (uint32_t i = 0; i < ues; i++) {
		Ipv4InterfaceContainer ends = addresses.Assign(wire.Install(hub.Get(0), leaves.Get(i)));
		addresses.NewNetwork();
		UdpServerHelper server((uint16_t)(7000 + i));
		servers.Add(server.Install(hub.Get(0)));
		UdpClientHelper client(ends.GetAddress(0), (uint16_t)(7000 + i));
		client.SetAttribute("MaxPackets", UintegerValue(4000000000u));
		client.SetAttribute("Interval", TimeValue(Seconds(interval_s)));
		client.SetAttribute("PacketSize", UintegerValue(1400));
		clients.Add(client.Install(leaves.Get(i)));
	}
	clients.Start(Seconds(0));
	clients.Stop(Seconds(seconds));
	const auto begin = std::chrono::steady_clock::now();
	Simulator::Stop(Seconds(seconds + 1));
	Simulator::Run();
	const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
	uint64_t received = 0;
	for (uint32_t i = 0; i < ues; i++)
		received += DynamicCast<UdpServer>(servers.Get(i))->GetReceived();
	std::printf("%.0f\n", (double)received / took.count());
	Simulator::Destroy();
	return 0;
}

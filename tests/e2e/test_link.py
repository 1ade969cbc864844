# SPDX-License-Identifier: BSD-3-Clause
"""What any program in a node finds on the link: datagrams of every size, frames of the MTU, cell.tcp."""
import json
import math
import os
import socket
import struct
import subprocess
import sys
import time

import testbed

PEER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "link_peer.py")
EDGE, UE1 = "198.18.0.1", "198.18.0.2"
TOPOLOGY = """
name: %s
duration: 60s
policy: lc
cell: {bandwidth: 20MHz, mtu: %dB, tcp: %s}
ues: {count: 2, distance: 20m, arrivals: {kind: none}}
edge: {executor: replay, profile: mobilenet-v2-gpu-model}
capture: {points: [radio, edge, ue1]}
"""
ETHERNET, IPV4, UDP = 14, 20, 8


def frames(path):
    """(bytes on the wire, bytes captured) of each packet of a pcap file."""
    with open(path, "rb") as f:
        data = f.read()
    at = 24
    while at < len(data):
        captured, length = struct.unpack_from("<II", data, at + 8)
        yield length, data[at + 16:at + 16 + captured]
        at += 16 + captured


class Link(testbed.Case):
    def begin(self, mtu=1500, tcp="cubic"):
        self.name = "link%d" % (time.monotonic_ns() % 10**9)
        path = self.topology(TOPOLOGY % (self.name, mtu, tcp))
        self.run_process = self.start("run", path, "--out", self.directory(), "--overwrite", "--quiet")
        testbed.wait_for(self.has_begun, 60, "the run did not begin")

    def has_begun(self):
        if self.run_process.poll() is not None:
            self.fail(self.run_process.communicate()[1])
        return self.run_airbatch("exec", self.name, "ue1", "--", "true").returncode == 0

    def finish(self):
        """Ends the run early. Its summary."""
        self.run_process.send_signal(2)
        self.run_process.wait(30)
        return self.summary()

    def peer(self, node, *arguments):
        """Starts it; the caller reads its lines."""
        process = subprocess.Popen(
            [testbed.AIRBATCH, "exec", self.name, node, "--", sys.executable, PEER, *map(str, arguments)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(self.end, process)
        return process

    def server(self, node, *arguments):
        process = self.peer(node, *arguments)
        self.assertEqual(process.stdout.readline(), '"ready"\n')
        return process

    def answer(self, process):
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, err)
        return json.loads(out)

    def cross(self, mtu):
        room = mtu - IPV4 - UDP
        sizes = [1, room, room + 1, 2 * mtu, 9000, 30000, 65507]
        self.begin(mtu)
        for a, b, address in (("ue1", "edge", EDGE), ("edge", "ue1", UE1)):
            self.server(b, "echo", len(sizes))
            self.assertEqual(self.answer(self.peer(a, "datagrams", address, *sizes)), len(sizes))
        summary = self.finish()
        self.assertLessEqual(set(summary["shaper"]["filtered"]), {"the run had ended"})  # a last acknowledgement
        last = mtu - IPV4  # bytes of a datagram that the last fragment may hold, and whole eights each one before
        fragments = sum(1 + max(0, math.ceil((UDP + size - last) / (last // 8 * 8))) for size in sizes)
        for name in "radio", "edge", "ue1":
            seen = [length for length, frame in frames(os.path.join(self.directory(), name + ".pcap"))
                    if frame[ETHERNET + 9] == socket.IPPROTO_UDP]
            self.assertLessEqual(max(seen), ETHERNET + mtu)  # each there and back, from both sides:
            self.assertEqual(len(seen), 4 * fragments, name)

    def test_datagrams_of_every_size_cross_as_their_fragments(self):
        self.cross(1500)

    def test_likewise_within_a_small_mtu(self):
        self.cross(576)

    def test_no_frame_is_longer_than_the_mtu_whoever_sends(self):
        mtu, volume = 1500, 3000000
        self.begin(mtu)
        watchers = [self.server("ue1", "watch", "radio"), self.server("edge", "watch", "edge")]
        server = self.server("edge", "serve", volume)
        ends = [self.answer(self.peer("ue1", "connect", EDGE, volume)), json.loads(server.stdout.readline())]
        self.assertTrue(all(end["whole"] for end in ends))
        for node, address in ("ue1", EDGE), ("edge", UE1):
            print("one send of many datagrams:", self.answer(self.peer(node, "segments", address, 1000, 40)))
        for watcher in watchers:
            self.assertEqual(self.answer(watcher), ETHERNET + mtu)
        self.finish()
        for name in "radio", "edge", "ue1":
            self.assertEqual(max(length for length, _ in frames(os.path.join(self.directory(), name + ".pcap"))),
                             ETHERNET + mtu)

    def test_what_the_kernel_loses_is_counted_and_named(self):
        self.begin()
        deaf, n = self.server("edge", "deaf", 20000), 200
        self.peer("ue1", "flood", EDGE, 1000, n).wait(30)
        self.peer("ue2", "fragment", EDGE).wait(30)
        testbed.wait_for(lambda: self.waits("edge", "FRAG: inuse 1"), 10, "the fragment did not come")
        got = self.answer(deaf)
        summary = self.finish()
        losses = {(loss["node"], loss["counter"]): loss["packets"] for loss in summary["losses"]}
        self.assertEqual(losses, {("edge", "Udp RcvbufErrors"): n - got, ("edge", "FRAG inuse"): 1})
        self.assertTrue(any("receive buffer full" in note for note in summary["notes"]), summary["notes"])
        self.assertTrue(any("fragment was still missing" in note for note in summary["notes"]), summary["notes"])
        self.assertFalse(any("receive buffer" in why for why in summary["not_valid_because"]))

    def test_what_is_under_way_at_the_end_is_counted(self):
        n = 50
        self.begin()
        self.assertEqual(self.run_airbatch("set", self.name, "ue1.gain=-200dB").returncode, 0)  # nothing moves any more
        self.peer("ue1", "flood", EDGE, 1000, n).wait(30)
        summary = self.finish()
        self.assertGreaterEqual(summary["shaper"]["filtered"]["the run had ended"], n)

    def waits(self, node, text):
        return text in self.run_airbatch("exec", self.name, node, "--", "cat", "/proc/thread-self/net/sockstat").stdout

    def test_programs_have_the_cells_tcp(self):
        for tcp in "cubic", "reno":
            self.begin(tcp=tcp)
            server = self.server("edge", "serve", 1000)
            self.assertEqual(self.answer(self.peer("ue1", "connect", EDGE, 1000))["control"], tcp)
            self.assertEqual(json.loads(server.stdout.readline())["control"], tcp)
            self.finish()


if __name__ == "__main__":
    testbed.main()

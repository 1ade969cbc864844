# SPDX-License-Identifier: BSD-3-Clause
"""What tests/e2e/test_link.py runs in a node of a run: link_peer.py WHAT [ARGUMENT...]; prints JSON."""
import json
import random
import socket
import struct
import sys
import threading

PORT = 7801
UDP_SEGMENT = 103  # linux/udp.h


def pattern(size):
    return random.Random(size).randbytes(size)


def udp(port=0):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("0.0.0.0", port))
    s.settimeout(5)
    return s


def echo(count):
    """Sends each of so many datagrams back."""
    s = udp(PORT)
    print(json.dumps("ready"), flush=True)
    for _ in range(int(count)):
        data, sender = s.recvfrom(65536)
        s.sendto(data, sender)


def datagrams(address, *sizes):
    """Sends a datagram of each size; prints how many came back whole."""
    s, whole = udp(), 0
    for size in map(int, sizes):
        s.sendto(pattern(size), (address, PORT))
        whole += s.recv(65536) == pattern(size)
    print(json.dumps(whole))


def serve(volume):
    """Takes a TCP stream and sends as much back; prints its congestion control."""
    with socket.create_server(("0.0.0.0", PORT)) as server:
        print(json.dumps("ready"), flush=True)
        stream(server.accept()[0], int(volume))


def connect(address, volume):
    stream(socket.create_connection((address, PORT), timeout=20), int(volume))


def stream(s, volume):
    data, got = pattern(volume), bytearray()
    sender = threading.Thread(target=s.sendall, args=(data,))
    sender.start()
    while len(got) < volume:
        got += s.recv(65536) or b"x" * volume
    sender.join()
    control = s.getsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, 16)
    print(json.dumps({"control": control.rstrip(b"\0").decode(), "whole": got == data}), flush=True)


def segments(address, size, count):
    """One send of many datagrams, which the kernel is to cut (as QUIC does); prints whether it did."""
    s = udp()
    s.setsockopt(socket.SOL_UDP, UDP_SEGMENT, int(size))
    try:
        print(json.dumps(s.sendto(bytes(int(size) * int(count)), (address, PORT)) > 0))
    except OSError as e:
        print(json.dumps(str(e)))


def watch(interface):
    """Prints the longest frame on the interface, in either direction, until standard input ends."""
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))  # ETH_P_ALL
    s.bind((interface, 3))
    s.settimeout(.1)
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    print(json.dumps("ready"), flush=True)
    longest = 0
    while True:
        try:
            longest = max(longest, len(s.recv(1 << 17)))
        except socket.timeout:
            if ended.is_set():
                break
    print(json.dumps(longest))


def deaf(count):
    """Leaves what comes in its socket, whose buffer is small, until standard input ends; prints how much was in it."""
    s = udp(PORT)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, int(count))
    print(json.dumps("ready"), flush=True)
    sys.stdin.read()
    s.settimeout(1)
    got = 0
    try:
        while s.recv(65536):
            got += 1
    except socket.timeout:
        print(json.dumps(got))


def flood(address, size, count):
    s = udp()
    for _ in range(int(count)):
        s.sendto(bytes(int(size)), (address, PORT))


def fragment(address):
    """The first fragment of a datagram whose others never come."""
    s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    payload = struct.pack(">HHHH", 1, PORT, 2008, 0) + bytes(800)
    header = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 7, 0x2000, 64, socket.IPPROTO_UDP, 0,
                         bytes(4), socket.inet_aton(address))
    s.sendto(header + payload, (address, 0))


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])

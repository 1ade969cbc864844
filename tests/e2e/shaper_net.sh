#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A small network around airbatch-shaper, for its tests: namespaces PREFIX-shaper (ports trunk0 and edge0), PREFIX-edge
# (10.77.0.1) and PREFIX-ue0 .. (10.77.1.0 ..), as the supervisor would build it.
#   shaper_net.sh up PREFIX N_UES [MTU]     builds it; 77 when this machine cannot
#   shaper_net.sh down PREFIX               removes it
#   shaper_net.sh join PREFIX               lets the kernel forward between the ports instead of the shaper
#   shaper_net.sh part PREFIX               ends that, and removes every qdisc of the edge port
# The edge is 02:00:00:00:00:01, UE i is 02:00:00:01:<i as two bytes>.
set -euo pipefail

skip() { echo "shaper_net: skipped: $*" >&2; exit 77; }
ue_mac() { printf '02:00:00:01:%02x:%02x' $(($1 / 256)) $(($1 % 256)); }
ue_ip() { echo "10.77.$((1 + $1 / 250)).$((1 + $1 % 250))"; }

# Checksums and segments are finished by the sender: a packet socket forwards what it sees.
plain() { # namespace interface
  ip netns exec "$1" ethtool -K "$2" tx off tso off gso off gro off >/dev/null
}

make_namespace() {
  ip netns add "$1"
  ip netns exec "$1" sh -c 'for c in all default; do echo 1 >/proc/sys/net/ipv6/conf/$c/disable_ipv6; done' 2>/dev/null || true
  ip -n "$1" link set lo up
}

up() {
  local prefix=$1 n=$2 mtu=${3:-1500} shaper=$1-shaper edge=$1-edge i
  [ "$(id -u)" = 0 ] || skip "needs root to make namespaces"
  command -v ethtool >/dev/null || skip "needs ethtool"
  ip netns add "$prefix-probe" 2>/dev/null || skip "this machine does not allow network namespaces"
  ip netns del "$prefix-probe"
  make_namespace "$shaper"
  make_namespace "$edge"
  ip -n "$shaper" link add trunk0 mtu "$mtu" type veth peer name trunk1 mtu "$mtu"
  ip -n "$shaper" link add edge0 mtu "$mtu" type veth peer name eth0 netns "$edge" address 02:00:00:00:00:01 mtu "$mtu"
  for i in trunk0 trunk1 edge0; do
    ip -n "$shaper" link set "$i" up
    plain "$shaper" "$i"
  done
  ip -n "$edge" addr add 10.77.0.1/16 dev eth0
  ip -n "$edge" link set eth0 up
  plain "$edge" eth0
  for ((i = 0; i < n; i++)); do
    make_namespace "$prefix-ue$i"
    ip -n "$shaper" link add "mv$i" link trunk1 mtu "$mtu" address "$(ue_mac $i)" type macvlan mode private
    ip -n "$shaper" link set "mv$i" netns "$prefix-ue$i" name eth0
    ip -n "$prefix-ue$i" addr add "$(ue_ip $i)/16" dev eth0
    ip -n "$prefix-ue$i" link set eth0 up
    plain "$prefix-ue$i" eth0
    ip -n "$prefix-ue$i" neigh replace 10.77.0.1 lladdr 02:00:00:00:00:01 dev eth0 nud permanent
    ip -n "$edge" neigh replace "$(ue_ip $i)" lladdr "$(ue_mac $i)" dev eth0 nud permanent
  done
}

# A bridge of the two ports: what tc's shapers on edge0 then do, they do to the traffic the shaper would have seen.
join() {
  local shaper=$1-shaper
  ip -n "$shaper" link add br0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0
  ip -n "$shaper" link set trunk0 master br0
  ip -n "$shaper" link set edge0 master br0
  ip -n "$shaper" link set br0 up
}

part() {
  tc -n "$1-shaper" qdisc del dev edge0 root 2>/dev/null || true
  ip -n "$1-shaper" link del br0 2>/dev/null || true
}

down() {
  local name
  for name in $(ip netns list | awk -v p="$1-" 'index($1, p) == 1 { print $1 }'); do
    ip netns del "$name"
  done
}

case "${1:-}" in
up | down | join | part) "$@" ;;
*) sed -n '3,10p' "$0" >&2; exit 2 ;;
esac

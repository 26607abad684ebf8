# Sourced by the scripts of this folder: where things lie and how to speak. It starts nothing and writes nothing.
# shellcheck shell=bash
# shellcheck disable=SC2034 # used by those who source it

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export PODIUM_CACHE=${PODIUM_CACHE:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/podium}
export CLUSTER_CACHE=${CLUSTER_CACHE:-$PODIUM_CACHE/cluster}
PATH=$PATH:/usr/local/go/bin:${HOME:-/root}/.cargo/bin:/usr/sbin:/sbin

# What cargo builds. Named by the user: that folder. Else the checkout's own target/ when cargo made one there before,
# so that daily work stays as it is; else a folder in the cache, so that a fresh clone finds its dependencies built.
if [ -z "${CARGO_TARGET_DIR:-}" ]; then
  CARGO_TARGET_DIR=$PODIUM_CACHE/target
  if [ -z "${CI:-}" ] && [ -e "$ROOT/target/CACHEDIR.TAG" ]; then CARGO_TARGET_DIR=$ROOT/target; fi
fi
export CARGO_TARGET_DIR

# What is kept for a checkout: logs of tests, figures of benches.
RESULTS=$ROOT/target
# State of a running demo.
DEMO=$ROOT/.podium

PROFILE=${PODIUM_PROFILE:-dev}
case $PROFILE in
  dev) BINARIES=$CARGO_TARGET_DIR/debug ;;
  *) BINARIES=$CARGO_TARGET_DIR/$PROFILE ;;
esac
export PODIUM_PROFILE=$PROFILE

say() { printf '%s\n' "$*" >&2; }
die() {
  say "${0##*/}: $*"
  exit 1
}

# Colours only for a person: a terminal, and NO_COLOR not set (https://no-color.org).
LIVE='' BOLD='' GREEN='' RED='' DIM='' PLAIN=''
if [ -t 2 ] && [ "${TERM:-dumb}" != dumb ]; then
  LIVE=yes
  if [ -z "${NO_COLOR:-}" ]; then
    BOLD=$'\e[1m' GREEN=$'\e[32m' RED=$'\e[31m' DIM=$'\e[2m' PLAIN=$'\e[0m'
  fi
fi
export LIVE BOLD GREEN RED DIM PLAIN

title() { say "$BOLD$*$PLAIN"; }

# clock SECONDS: 7 s, 2 min 05 s.
clock() {
  if [ "$1" -lt 60 ]; then
    printf '%d s' "$1"
  else
    printf '%d min %02d s' $(($1 / 60)) $(($1 % 60))
  fi
}

cluster() { "$ROOT/cluster/cluster" "$@"; }

# full_cluster: the folder of the full cluster that runs on this machine; a machine has one at most.
full_cluster() { cat /sys/class/net/podium0/ifalias 2>/dev/null || true; }

# short_folder PATH: PATH, or where it is too long for the sockets in a cluster's folder, one in /var/tmp named after it.
short_folder() {
  if [ ${#1} -le 70 ]; then
    echo "$1"
  else
    echo "/var/tmp/podium-$(printf %s "$1" | sha256sum | cut -c1-12)"
  fi
}

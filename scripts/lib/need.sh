# Sourced: finds what is missing on this machine, names all of it in one message, installs what Debian has.
# shellcheck shell=bash

MISSING=() PACKAGES=()

# has COMMAND PACKAGE: notes the Debian package when the command is not there.
has() { command -v "$1" >/dev/null || PACKAGES+=("$2"); }

# at_least VERSION WANTED: whether the one dotted number reaches the other.
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

need_rust() {
  local wanted found component
  wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' "$ROOT/Cargo.toml")
  if ! found=$(cargo --version 2>/dev/null | cut -d' ' -f2) || [ -z "$found" ]; then
    MISSING+=("Rust $wanted or newer: https://rustup.rs")
    return
  fi
  at_least "$found" "$wanted" || MISSING+=("Rust $wanted or newer, found $found: rustup update")
  for component in "$@"; do
    cargo "$component" --version >/dev/null 2>&1 || MISSING+=("cargo $component: rustup component add ${component/fmt/rustfmt}")
  done
}

need_go() {
  local wanted found
  wanted=$(sed -n 's/^go \([0-9]*\.[0-9]*\).*/\1/p' "$ROOT/cluster/go.mod")
  if ! found=$(go env GOVERSION 2>/dev/null) || [ -z "$found" ]; then
    MISSING+=("Go $wanted or newer: https://go.dev/dl")
  else
    at_least "${found#go}" "$wanted" || MISSING+=("Go $wanted or newer, found ${found#go}: https://go.dev/dl")
  fi
}

need_python() {
  has python3 python3
  if ! python3 -c 'import venv, ensurepip' 2>/dev/null; then PACKAGES+=(python3-venv); fi
  if ! python3 -m pip --version >/dev/null 2>&1; then PACKAGES+=(python3-pip); fi
  ! command -v python3 >/dev/null || python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    MISSING+=("Python 3.11 or newer, found $(python3 --version)")
}

# What links Rust programs and compiles the C and C++ in some of them.
need_compilers() {
  has cc gcc
  has c++ g++
  echo 'int main() {}' | cc -x c -o /dev/null - 2>/dev/null || PACKAGES+=(libc6-dev)
}

# What a full cluster needs, and the images: certificates and time zones are copied into them.
need_cluster() {
  [ "$(id -u)" = 0 ] || MISSING+=("root rights: pods are real containers, with a bridge and iptables")
  has containerd containerd
  has runc runc
  has ip iproute2
  has iptables-restore iptables
  has ps procps
  has flock util-linux
  [ -x /usr/lib/cni/bridge ] || [ -x /opt/cni/bin/bridge ] || PACKAGES+=(containernetworking-plugins)
  [ -s /etc/ssl/certs/ca-certificates.crt ] || PACKAGES+=(ca-certificates)
  [ -d /usr/share/zoneinfo/Europe ] || PACKAGES+=(tzdata)
}

# What tests of replicas with clocks that are off need.
need_clocks() {
  compgen -G '/usr/lib/*/faketime/libfaketimeMT.so.1' >/dev/null || PACKAGES+=(libfaketime)
}

install_packages() {
  title "Debian packages: $*"
  local log=$TASK_LOGS/packages.log
  {
    apt-get update -q || true # the lists may be good enough; what is not there is named below
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@"
  } >"$log" 2>&1 || {
    tail -n 15 "$log" >&2
    die "apt-get could not install: $* (its log: $log)"
  }
}

# provide: the one message about all that is missing; else the packages are installed.
provide() {
  if [ ${#PACKAGES[@]} != 0 ] && { [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; }; then
    MISSING+=("packages (root on Debian has them installed by this script): ${PACKAGES[*]}")
  fi
  if [ ${#MISSING[@]} != 0 ]; then
    say "${0##*/}: missing on this machine:"
    printf '  - %s\n' "${MISSING[@]}" >&2
    exit 1
  fi
  [ ${#PACKAGES[@]} = 0 ] || install_packages "${PACKAGES[@]}"
}

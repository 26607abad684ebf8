# Sourced: the machine-wide lock of test runs, on descriptor 9. There is one full cluster a machine, and a test run owns
# it, or shares the demo's; who would start or stop a full cluster meanwhile waits here.
# shellcheck shell=bash

LOCK=/var/lock/podium-test
[ -w "${LOCK%/*}" ] || LOCK=${TMPDIR:-/tmp}/podium-test

# lock_tests WHO: waits until no other test run works on this machine, and says so.
lock_tests() {
  exec 9>>"$LOCK"
  chmod a+rw "$LOCK" 2>/dev/null || true
  if ! flock -n 9; then
    say "A test run works on this machine ($(tail -n 1 "$LOCK")); $1 waits until it ends."
    flock 9
  fi
  echo "process $$, in $ROOT, since $(date +%H:%M)" >"$LOCK"
}

unlock_tests() { exec 9>&-; }

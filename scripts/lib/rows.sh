# Sourced: runs commands one after another, a row for each with its time; all of them run, also after a failure.
# It must not know what the commands do.
# shellcheck shell=bash

ROWS_FAILED=() ROWS_LOGS=''

# ended STATE NAME SECONDS LIMIT: the row of a command that ended.
ended() {
  local colour=$RED limit=''
  [ "$1" != ok ] || colour=$GREEN
  [ -z "$4" ] || limit=" of $4"
  printf '  %s%-11s%s %-22s %7s s%s\n' "$colour" "$1" "$PLAIN" "$2" "$3" "$limit"
}

# watch NAME PID: on a terminal, how long the command runs already and what it said last.
watch() {
  local begin=$SECONDS
  while kill -0 "$2" 2>/dev/null; do
    [ -z "$LIVE" ] || printf '\r\e[2K  %s...         %-22s %7d s  %s%s' "$DIM" "$1" $((SECONDS - begin)) "$(said "$1")" "$PLAIN" >&2
    sleep 0.2
  done
  [ -z "$LIVE" ] || printf '\r\e[2K' >&2
}

said() {
  local room=$((${COLUMNS:-100} - 52))
  [ $room -gt 10 ] || room=10
  tail -c 2000 "$ROWS_LOGS/$1.log" 2>/dev/null | tr '\r' '\n' | tr -cd '\n\040-\176' | grep -v '^ *$' | tail -n 1 | cut -c1-$room
}

# row NAME LIMIT COMMAND...: LIMIT in seconds, or empty. A command that runs three times its limit is ended.
row() {
  local name=$1 limit=$2 begin pid code=0 seconds state=ok
  shift 2
  begin=$(date +%s%N)
  # Locks that this runner holds (8, 9) are not for what it starts: a server left behind would hold them for ever.
  setsid timeout --kill-after 10 $((${limit:-1200} * 3)) "$@" >"$ROWS_LOGS/$name.log" 2>&1 </dev/null 8>&- 9>&- &
  pid=$!
  ROW_PID=$pid
  watch "$name" $pid
  wait $pid || code=$?
  ROW_PID=''
  seconds=$((($(date +%s%N) - begin) / 100000000))
  if [ -n "$limit" ] && [ $seconds -gt $((limit * 10)) ]; then
    state='over budget'
  elif [ $code != 0 ]; then
    state=failed
  fi
  ended "$state" "$name" "$((seconds / 10)).$((seconds % 10))" "$limit"
  [ "$state" != ok ] || return 0
  ROWS_FAILED+=("$name")
  if [ $code != 0 ]; then
    tail -n "${ROWS_SHOWN:-40}" "$ROWS_LOGS/$name.log" | sed 's/^/      /'
    echo "      the whole log: $ROWS_LOGS/$name.log"
  fi
}

# row_end: ends the command that runs now, with all it started.
row_end() { [ -z "${ROW_PID:-}" ] || kill -TERM -- "-$ROW_PID" 2>/dev/null || true; }

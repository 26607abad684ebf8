# Sourced: runs tasks side by side and shows how far they are. A task is a command with a name; its output goes to a log.
# It must not know what the tasks do.
# shellcheck shell=bash

TASK_NAMES=() TASK_PIDS=() TASK_BEGIN=() TASK_SECONDS=() TASK_STATE=()
TASK_LOGS='' TASK_DRAWN=0

# task NAME COMMAND...: starts it, in a process group of its own so that it can be ended with all it started.
task() {
  local name=$1
  shift
  TASK_NAMES+=("$name") TASK_BEGIN+=("$SECONDS") TASK_SECONDS+=(0) TASK_STATE+=(running)
  # shellcheck disable=SC2016 # expanded by the inner shell, which also notes the processor time
  setsid bash -c 'TIMEFORMAT="%0U %0S"; { time "$@" >"$0.log" 2>&1; } 2>"$0.cpu"' "$TASK_LOGS/$name" "$@" </dev/null &
  TASK_PIDS+=($!)
  [ -n "$LIVE" ] || say "  $name: started, log $TASK_LOGS/$name.log"
}

# last_line LOG: what a task said last, without what is only for terminals, cut to the width that is left.
last_line() {
  local room=$((${COLUMNS:-100} - 36))
  [ $room -gt 10 ] || room=10
  tail -c 2000 "$1" 2>/dev/null | tr '\r' '\n' | tr -cd '\n\040-\176' | grep -v '^ *$' | tail -n 1 | cut -c1-$room
}

tasks_row() {
  local i=$1 mark
  case ${TASK_STATE[i]} in
    running) mark="${DIM}...$PLAIN" ;;
    ok) mark="${GREEN}ok $PLAIN" ;;
    *) mark="${RED}no $PLAIN" ;;
  esac
  printf '  %s %-12s %13s  ' "$mark" "${TASK_NAMES[i]}" "$(clock "${TASK_SECONDS[i]}")"
  [ "${TASK_STATE[i]}" != running ] || printf '%s%s%s' "$DIM" "$(last_line "$TASK_LOGS/${TASK_NAMES[i]}.log")" "$PLAIN"
  printf '\n'
}

tasks_draw() {
  local i
  [ "$TASK_DRAWN" = 0 ] || printf '\e[%dA' "$TASK_DRAWN" >&2
  for i in "${!TASK_NAMES[@]}"; do printf '\e[2K%s\n' "$(tasks_row "$i")" >&2; done
  TASK_DRAWN=${#TASK_NAMES[@]}
}

# On a terminal the rows are drawn in place; else a line a minute says what still runs.
tasks_show() {
  local i
  if [ -n "$LIVE" ]; then
    tasks_draw
  elif [ $((SECONDS - TASK_SAID)) -ge 60 ]; then
    TASK_SAID=$SECONDS
    for i in "${!TASK_NAMES[@]}"; do
      [ "${TASK_STATE[i]}" != running ] ||
        say "  ${TASK_NAMES[i]}: $(clock "${TASK_SECONDS[i]}"), $(last_line "$TASK_LOGS/${TASK_NAMES[i]}.log")"
    done
  fi
}

# tasks_end: ends what still runs.
tasks_end() {
  local i
  for i in "${!TASK_NAMES[@]}"; do
    [ "${TASK_STATE[i]}" != running ] || kill -TERM -- "-${TASK_PIDS[i]}" 2>/dev/null || true
  done
}

# tasks_wait: until all ended, or one failed: then the others are ended and the failed one's last lines are shown.
tasks_wait() {
  local i left code
  TASK_SAID=$SECONDS
  trap 'tasks_end; exit 130' INT TERM
  while :; do
    left=0
    for i in "${!TASK_NAMES[@]}"; do
      [ "${TASK_STATE[i]}" = running ] || continue
      TASK_SECONDS[i]=$((SECONDS - TASK_BEGIN[i]))
      if kill -0 "${TASK_PIDS[i]}" 2>/dev/null; then
        left=$((left + 1))
        continue
      fi
      code=0
      wait "${TASK_PIDS[i]}" || code=$?
      if [ $code = 0 ]; then TASK_STATE[i]=ok; else TASK_STATE[i]=failed; fi
      [ -n "$LIVE" ] || say "  ${TASK_NAMES[i]}: ${TASK_STATE[i]} after $(clock "${TASK_SECONDS[i]}")"
      if [ $code != 0 ]; then
        tasks_end
        [ -z "$LIVE" ] || tasks_draw
        say "${0##*/}: ${TASK_NAMES[i]} failed; its log ends:"
        tail -n 25 "$TASK_LOGS/${TASK_NAMES[i]}.log" >&2
        say "the whole log: $TASK_LOGS/${TASK_NAMES[i]}.log"
        return 1
      fi
    done
    tasks_show
    [ $left != 0 ] || break
    sleep 0.3
  done
  trap - INT TERM
}

# tasks_table: where the time went, the longest first. Processor time above the wall's: several cores worked.
tasks_table() {
  local i user system
  printf '  %-12s %14s %16s\n' task time 'processor time' >&2
  for i in "${!TASK_NAMES[@]}"; do
    user=0 system=0
    read -r user system <"$TASK_LOGS/${TASK_NAMES[i]}.cpu" || true
    printf '%d  %-12s %14s %16s\n' "${TASK_SECONDS[i]}" "${TASK_NAMES[i]}" "$(clock "${TASK_SECONDS[i]}")" "$(clock $((user + system)))"
  done | sort -rn | sed 's/^[0-9]*//' >&2
}

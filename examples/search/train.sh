#!/bin/sh
# A stand-in for a training program: a loss that falls step by step, fastest near learning_rate 0.03 and momentum 0.9.
# Parameters come as arguments and from the environment; the loss goes out as a line a step.
set -eu

lr='' batch=''
while [ $# -gt 0 ]; do
  case $1 in
    --lr) lr=$2 ;;
    --batch) batch=$2 ;;
    *) echo "train.sh: unknown argument $1" >&2; exit 2 ;;
  esac
  shift 2
done

# Not there unless the optimizer is momentum.
momentum=${PODIUM_PARAMETER_MOMENTUM:-0}

step=1
while [ "$step" -le 9 ]; do
  awk -v lr="$lr" -v batch="$batch" -v momentum="$momentum" -v step="$step" 'BEGIN {
    distance = (log(lr / 0.03)) ^ 2 / 10 + (log(batch / 64)) ^ 2 / 20 + (momentum - 0.9) ^ 2
    printf "loss=%.6f step=%d\n", 0.1 + distance + exp(-step / (1 + distance)), step
  }'
  sleep 0.02
  step=$((step + 1))
done

#!/bin/sh
# A finger on a button: press.sh [SECONDS [TIMES [GPIO]]]
set -eu
pull=/run/pi-parts/gpio${3:-17}/pull
for _ in $(seq "${2:-1}"); do
    echo pull-down > "$pull"
    sleep "${1:-0.2}"
    echo pull-up > "$pull"
    sleep 0.08
done

#!/bin/sh
# A hand on the volume's knob: turn.sh louder|softer CLICKS. It turns slowly, so that an emulated processor keeps up.
set -eu
first=5 second=6
[ "$1" = louder ] || first=6 second=5
for _ in $(seq "$2"); do
    for gpio in $first $second; do echo pull-down > /run/pi-parts/gpio$gpio/pull; sleep 0.1; done
    for gpio in $first $second; do echo pull-up > /run/pi-parts/gpio$gpio/pull; sleep 0.1; done
done

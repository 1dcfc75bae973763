#!/bin/sh
# A finger on the button: press.sh [SECONDS]
set -eu
echo pull-down > /run/pi-parts/gpio17/pull
sleep "${1:-0.2}"
echo pull-up > /run/pi-parts/gpio17/pull

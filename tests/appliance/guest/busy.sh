#!/bin/sh
# Keeps the box writing until the plug is pulled: busy.sh activation | history
set -eu
parts=/usr/local/share/pi-parts

case $1 in
activation)
    first=$(basename "$(readlink -f /var/lib/mien/releases/current)")
    while :; do # there and back; each time a release is copied, tried, and switched to
        mien release activate $parts/second-release/ && systemctl restart mien
        mien release activate "$first" && systemctl restart mien
        mien release collect
    done
    ;;
history)
    while :; do # with observations of a second: one row each
        sh $parts/press.sh 0.2
        sleep 2
        sh $parts/press.sh 1.2
        sleep 0.3
    done
    ;;
esac

#!/bin/sh
# Gives a plain Debian machine the parts of a Raspberry Pi 4: lines, a sound card, and the name that gpiozero looks for.
set -eu

modprobe -a configfs gpio-sim snd-aloop
mountpoint -q /sys/kernel/config || mount -t configfs none /sys/kernel/config

chip=/sys/kernel/config/gpio-sim/pi
mkdir -p $chip/lines
echo 54 > $chip/lines/num_lines
echo pinctrl-bcm2711 > $chip/lines/label
echo 1 > $chip/live
lines=/sys/devices/platform/$(cat $chip/dev_name)/$(cat $chip/lines/chip_name)

# /run/pi-parts/gpioN/pull is what a finger does, .../value what a meter would read.
mkdir -p /run/pi-parts
for gpio in 5 6 17 22 23 27; do ln -sfn "$lines/sim_gpio$gpio" /run/pi-parts/gpio$gpio; done
for gpio in 5 6 17 22 23; do echo pull-up > /run/pi-parts/gpio$gpio/pull; done

# The heap that picamera2 looks for first; udev would write the comma as an underscore. Debian's arm64 has no heaps.
[ ! -d /dev/dma_heap ] || ln -sfn system /dev/dma_heap/linux,cma

# The service sees this in place of /proc/cpuinfo (mien.service.d/pi-parts.conf).
{
    cat /proc/cpuinfo
    printf '\nHardware\t: BCM2711\nRevision\t: c03111\nSerial\t\t: 10000000abcdef01\nModel\t\t: Raspberry Pi 4 Model B Rev 1.1\n'
} > /run/pi-parts/cpuinfo
mount --bind /run/pi-parts/cpuinfo /proc/cpuinfo

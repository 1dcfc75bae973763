#!/bin/sh
# What make test runs: all tests on Python 3.11 with tflite-runtime, and the device's on 3.13 with LiteRT as well. They
# run in three lanes side by side, since on two cores two would leave a third of the time unused: many tests wait, for
# libvlc, a login or the card. What the lanes beside say is kept in build/ and shown in the end.
set -u
lanes=
logs=
child=
failed=0
mkdir -p build

run() { # run TITLE COMMAND...: so that a signal to the lane ends the command
    echo "$1:"
    shift
    "$@" &
    child=$!
    wait "$child" || failed=$?
}

lane() { # lane NAME FUNCTION WORDS...: run the function beside
    log=build/tests-$1.log
    shift
    (
        trap 'kill "$child" 2>/dev/null; exit 130' TERM
        "$@"
        exit "$failed"
    ) >"$log" 2>&1 &
    lanes="$lanes $!"
    logs="$logs $log"
}

run_folders() {
    run "On Python 3.11, $*" .venv/bin/python -m pytest -q -p no:cacheprovider "$@"
}

run_newer() { # run_newer FOLDERS WORDS...: those of the newer Python, and then those folders on 3.11
    then=$1
    shift
    run "Device tests on Python 3.13 with LiteRT" \
        .venv313/bin/python -m pytest -q -p no:cacheprovider tests/device tests/contracts tests/end_to_end "$@"
    # shellcheck disable=SC2086 # folders without blanks
    [ -z "$then" ] || run_folders $then
}

beside=
following=
if [ $# -eq 0 ]; then # what is asked for by name stays in one piece
    beside="tests/tools/fleet tests/tools/song_library tests/tools/music_emotion"
    # shellcheck disable=SC2086 # folders without blanks
    lane beside run_folders $beside
fi
if [ -x .venv313/bin/python ]; then
    if [ $# -gt 0 ]; then
        lane 3.13 run_newer "" "$@"
    else
        following="tests/tools/face_emotion"
        # Ten thousand sessions of the daemon's own code keep as much on either Python, and take two minutes.
        lane 3.13 run_newer "$following" --ignore=tests/device/appliance/test_endurance.py
    fi
fi
# shellcheck disable=SC2086 # process numbers
trap 'kill $lanes 2>/dev/null; exit 130' INT TERM
for log in $logs; do
    echo "Begun beside: see $log"
done
for folder in $beside $following; do
    set -- "$@" "--ignore=$folder"
done
echo "On Python 3.11 with tflite-runtime${beside:+, all but $beside $following}:"
.venv/bin/python -m pytest "$@" || failed=$?
for number in $lanes; do
    wait "$number" || failed=$?
done
# shellcheck disable=SC2086 # files without blanks
[ -z "$logs" ] || cat $logs
exit "$failed"

#!/bin/sh
# What make test runs: all tests on Python 3.11 with tflite-runtime and, beside them, the device's on 3.13 with LiteRT.
# The latter end sooner, so some of the others follow them there. What they say is kept in build/ and shown in the end.
set -u
log=build/tests-beside.log
beside=
following=
failed=0
mkdir -p build

run_beside() {
    "$@" &
    child=$!
    wait "$child" || failed=$?
}

test_beside() {
    trap 'kill "$child" 2>/dev/null; exit 130' TERM
    echo "Device tests on Python 3.13 with LiteRT:"
    run_beside .venv313/bin/python -m pytest -q -p no:cacheprovider tests/device tests/contracts tests/end_to_end "$@"
    if [ -n "$following" ]; then
        echo "On Python 3.11, $following:"
        # shellcheck disable=SC2086 # folders without blanks
        run_beside .venv/bin/python -m pytest -q -p no:cacheprovider $following
    fi
    exit "$failed"
}

if [ -x .venv313/bin/python ]; then
    [ $# -gt 0 ] || following="tests/tools/fleet tests/tools/song_library" # what is asked for by name stays in one piece
    echo "Device tests on Python 3.13 with LiteRT: begun, see $log"
    test_beside "$@" >"$log" 2>&1 &
    beside=$!
    trap 'kill "$beside" 2>/dev/null; exit 130' INT TERM
fi
echo "All tests on Python 3.11 with tflite-runtime${following:+, but for $following, which run beside}:"
for folder in $following; do
    set -- "$@" "--ignore=$folder"
done
.venv/bin/python -m pytest "$@" || failed=$?
if [ -n "$beside" ]; then
    wait "$beside" || failed=$?
    cat "$log"
fi
exit "$failed"

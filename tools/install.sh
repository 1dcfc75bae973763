#!/bin/sh
# Installs mien-tools for this user, or brings it up to date; see --help. All that is fetched is checked against the hashes
# in this repository.
# shellcheck disable=SC2086 # where a variable holds several words, they are meant
set -eu
unset PYTHONPATH PYTHONHOME

home=${MIEN_TOOLS_HOME:-$HOME/.local/share/mien-tools}
bin=$HOME/.local/bin

usage() {
    cat <<'TEXT'
./tools/install.sh [workstation | training]      install mien-tools for this user, or bring it up to date

  workstation    analysing music, reports, playlists, pushing to boxes: the usual
  training       all verbs: faces in pictures, the demo, and (Linux, Python 3.11) the trainings, with TensorFlow
  --remove       take mien-tools away again

It lies in an environment of Python of its own, ~/.local/share/mien-tools (or where MIEN_TOOLS_HOME says), and
~/.local/bin/mien-tools leads there. The system's Python stays as it is, and root is not needed. Safe to repeat.
TEXT
}

fail() {
    echo "tools/install.sh: $1" >&2
    exit "${2:-1}"
}

ours() { # whether a command of this name leads into our environment
    [ "$(readlink "$bin/$1" 2>/dev/null)" = "$home/bin/$1" ]
}

case ${1:-workstation} in
workstation | training) ;;
--remove)
    for name in mien-tools pyinfra; do
        ! ours $name || rm "$bin/$name"
    done
    [ ! -e "$home/pyvenv.cfg" ] || rm -rf "$home"
    echo "Removed $home."
    exit
    ;;
-h | --help) usage && exit ;;
*) usage >&2 && fail "unknown word $1" 2 ;;
esac
extra=${1:-workstation}
[ "$(id -u)" != 0 ] || [ -z "${SUDO_USER:-}" ] || fail "run it as yourself, without sudo"
cd "$(dirname "$0")/.."
[ ! -e "$home" ] || [ -e "$home/pyvenv.cfg" ] || fail "$home is in the way, and not ours; move it elsewhere"
[ ! -e "$bin/mien-tools" ] || ours mien-tools || fail "$bin/mien-tools is in the way, and not ours; move it elsewhere"

# The first Python of a fitting version that runs and can make environments: the system's, or another. macOS has no wheel
# of gevent for 3.11.
versions="3.13 3.12 3.11"
first=python3
if [ "$(uname)" = Darwin ]; then
    versions="3.13 3.12"
elif [ "$extra" = training ]; then
    versions="3.11 3.13 3.12" first=""
fi
python="" lame=""
for candidate in $first $(printf 'python%s ' $versions); do
    version=$("$candidate" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue
    case " $versions " in *" $version "*) ;; *) continue ;; esac
    if "$candidate" -c 'import ensurepip, venv' 2>/dev/null; then
        python=$candidate
        break
    fi
    lame=${lame:-python$version}
done
if [ -z "$python" ]; then
    [ -z "$lame" ] || fail "$lame cannot make environments yet: sudo apt install $lame-venv, and run this again"
    fail "a Python of these is needed, and none is on the path: $versions; install one, and run this again"
fi

# Of the libraries there are wheels for 64 bits alone; a 32-bit system often has a 64-bit kernel, so Python is asked.
[ "$("$python" -c 'import sys; print(sys.maxsize > 2**32)')" = True ] ||
    fail "$python is a 32-bit program, and a 64-bit system is needed for mien-tools"

# An environment of another Python, or one that a system upgrade left without its Python, is made anew.
if [ "$("$home/bin/python" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)" != "$version" ]; then
    rm -rf "$home"
    "$python" -m venv --without-pip "$home"
fi
echo "Installing mien-tools ($extra) into $home; it may take some minutes"
"$home/bin/python" -I -m ensurepip >/dev/null # for this installation: 20 MB that mien-tools has no use for
quiet="--disable-pip-version-check --no-input --no-compile" # 60 MB compiled, of which few are needed
[ -t 1 ] || quiet="-q $quiet"                               # who waits at a terminal sees what is being fetched
# What LiteRT asks for, backports-strenum, says of itself that it is for older Pythons, and runs on all.
"$home/bin/python" -I -m pip install $quiet --no-deps --ignore-requires-python --require-hashes --only-binary=:all: \
    -r "requirements-$extra.txt" ||
    fail "not everything could be fetched and checked: is there a network? pip says above what failed; run this again then"
# From a copy, so that this folder stays as it is, and nothing that an older build has left in it is packed.
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cp -R device tools models pyproject.toml README.md LICENSE "$scratch"
cd "$scratch"
"$home/bin/python" -I -m pip install -q $quiet --no-index --no-deps --no-build-isolation --force-reinstall . ||
    fail "mien itself could not be built; what pip says above tells why"
"$home/bin/python" -I -m pip uninstall -q -y pip

mkdir -p "$bin"
for name in mien-tools pyinfra; do
    if [ ! -e "$bin/$name" ] || ours $name; then # another pyinfra stays
        ln -sf "$home/bin/$name" "$bin/$name"
    fi
done
echo "Installed: $bin/mien-tools"
case ":$PATH:" in
*":$bin:"*) ;;
*) echo "This shell does not look there yet: log in anew, or type  export PATH=\"$bin:\$PATH\"" ;;
esac
echo "What to do with it: README.md here, Bring your own music; and  mien-tools --help"

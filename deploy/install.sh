#!/bin/sh
# Makes this machine a mien box, or brings one up to date; see --help. The box itself is described in box.py.
set -eu
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin # root's, whoever's it was
unset PYTHONPATH PYTHONHOME

usage() {
    cat <<'TEXT'
sudo ./deploy/install.sh [OPTION]...      make this machine a mien box, or bring it up to date

  --release DIR    activate this release (by default the one of models/, on a box that has none)
  --music DIR      copy the songs of this folder (by default the demo library, on a box that has none of its own)
  --wheels DIR     take everything of pip from this folder: no package index is asked
  --dry-run        say what would change, and change nothing
  --uninstall      remove the software and the service; settings, releases, state and music stay
  --purge          with --uninstall: remove those as well, and the user

Safe to repeat, and to repeat after an interruption. What is right already stays as it is, and the settings in
/etc/mien/mien.toml are never overwritten. Ends with 0, with 3 if the box is installed and mien doctor names something
to mend, and with 1 if it could not be installed.
TEXT
}

fail() {
    echo "install.sh: $1" >&2
    exit "${2:-1}"
}

folder() { # the option's name and its value: an absolute path
    [ -d "${2:-}" ] || fail "$1 ${2:-}: a folder that exists is needed" 2
    (cd "$2" && pwd)
}

wheels="" release="" music="" dry="" uninstall="" purge=""
while [ $# -gt 0 ]; do
    case $1 in
    --wheels) wheels=$(folder "$@") || exit 2; shift ;;
    --release) release=$(folder "$@") || exit 2; shift ;;
    --music) music=$(folder "$@") || exit 2; shift ;;
    --dry-run) dry=yes ;;
    --uninstall) uninstall=yes ;;
    --purge) purge=yes ;;
    -h | --help) usage && exit 0 ;;
    *) usage >&2 && fail "unknown option $1" 2 ;;
    esac
    shift
done
[ -z "$purge" ] || [ -n "$uninstall" ] || fail "--purge goes with --uninstall" 2
[ "$(id -u)" = 0 ] || fail "run it as root: sudo $0"
command -v apt-get >/dev/null || fail "Raspberry Pi OS or another Debian is needed: there is no apt-get here"
[ -n "$dry" ] || [ -w /etc ] || fail "the system is read-only; open it for this: sudo mount -o remount,rw /"
if [ "$(findmnt -no FSTYPE /)" = overlay ]; then
    echo "Note: the system is an overlay. If it lives in memory, what is installed now is gone after the next boot;" \
        "switch it off first (sudo raspi-config, Performance, Overlay File System)."
fi
cd "$(dirname "$0")/.."
umask 077 # a lock that others may open, they may hold
exec 9>/run/mien-install.lock
umask 022
flock -n 9 || fail "another installation is at work on this machine; wait until it has ended"

# pyinfra, which carries the steps out, in an environment of its own; one that leaves no trace where nothing is to stay.
if ! dpkg-query -W -f '${db:Status-Status}\n' python3-venv 2>/dev/null | grep -qx installed; then
    [ -z "$dry" ] || fail "a dry run needs python3-venv, which the installation would bring: sudo apt install python3-venv"
    DEBIAN_FRONTEND=noninteractive dpkg --configure -a || true # what a pulled plug left half done
    apt-get update -q || true
    DEBIAN_FRONTEND=noninteractive apt-get install -o DPkg::Lock::Timeout=600 -q -y \
        --no-install-recommends python3-venv
fi
installer=/opt/mien/installer
wanted=$(python3 --version && sha256sum <requirements-installer.txt)
found=$(cat $installer/.complete 2>/dev/null || true)
[ -z "$uninstall" ] || wanted=${found:-$wanted} # any will do for the way back
if [ "$found" != "$wanted" ]; then
    if [ -n "$dry$uninstall" ]; then
        scratch=$(mktemp -d)
        trap 'rm -rf "$scratch"' EXIT
        installer=$scratch/installer
    fi
    echo "Setting up the installer"
    rm -rf "$installer"
    mkdir -p "$(dirname "$installer")"
    python3 -I -m venv "$installer"
    "$installer/bin/python" -I -m pip install -q --disable-pip-version-check --no-input \
        --require-hashes --only-binary=:all: \
        ${wheels:+--no-index --find-links "$wheels"} -r requirements-installer.txt
    echo "$wanted" >"$installer/.complete"
fi

set -- ${wheels:+--data "wheels=$wheels"} ${release:+--data "release=$release"} ${music:+--data "music=$music"}
steps=box.py
if [ -n "$uninstall" ]; then
    steps=remove.py
    set -- ${purge:+--data purge=yes}
elif [ -n "${SUDO_USER:-}" ]; then
    set -- "$@" --data "operator=$SUDO_USER"
fi
confirm=-y
[ -z "$dry" ] || confirm=--dry
"$installer/bin/python" -B -m pyinfra $confirm "$@" @local deploy/$steps ||
    fail "not finished; what failed stands above. Mend it, and give the same command again"
[ -z "$dry" ] || exit 0
if [ -n "$uninstall" ]; then
    rm -rf /opt/mien
    exit 0
fi

[ -d /run/systemd/system ] || { echo "Installed. It starts at the next boot." && exit 0; }
echo "mien doctor says:"
cd /var/lib/mien/state
# In a session of its own: who becomes the daemon's user leaves root's terminal behind.
setsid --wait runuser -u mien -- /usr/local/bin/mien doctor || exit 3
systemctl -q is-active mien || fail "the service does not run; this says why: journalctl -u mien" 3

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
  --uninstall      remove the software and the service; settings, releases, state and music stay; needs no network
  --purge          with --uninstall: remove those as well, and the user

Safe to repeat, and to repeat after an interruption. What is right already stays as it is, and the settings in
/etc/mien/mien.toml are never overwritten. Ends with 0, with 3 if the box is installed and mien doctor names something
to mend, and with 1 if it could not be installed.
TEXT
}

fail() {
    step="" # it has been said what is wrong
    echo "install.sh: $1" >&2
    exit "${2:-1}"
}

step="" scratch=""
begin() { # a step by its name, and how to go on should it fail
    step=$1 way_on=$2
    echo "$step"
}

end() { # whatever ended the script
    code=$?
    [ -z "$scratch" ] || rm -rf "$scratch"
    if [ "$code" != 0 ] && [ -n "$step" ]; then
        echo "install.sh: this step failed: $step. The reason stands above." >&2
        echo "install.sh: $way_on Then give the same command again." >&2
    fi
}

with_dots() { # a command that is silent for minutes, with a sign of life
    (while sleep 3 && kill -0 $$ 2>/dev/null; do printf .; done) 9>&- &
    dots=$!
    code=0
    "$@" || code=$?
    kill $dots 2>/dev/null || true
    wait $dots 2>/dev/null || true
    echo
    return $code
}

carry_out() { # a command, or with --dry-run its words
    if [ -n "$dry" ]; then echo "would run: $*"; else "$@"; fi
}

units=/etc/systemd/system
remove() { # needs neither a network nor anything that was installed; deploy/remove.py does the same to a fleet
    running=""
    [ ! -d /run/systemd/system ] || running=yes
    if [ -e $units/mien.service ] || [ -e $units/mien-fault.service ]; then
        [ -z "$running" ] || carry_out systemctl stop mien.service mien-fault.service || true
        carry_out systemctl disable -q mien.service || carry_out rm -f $units/multi-user.target.wants/mien.service
    fi
    carry_out rm -rf --one-file-system $units/mien.service $units/mien.service.d $units/mien-fault.service \
        /etc/polkit-1/rules.d/50-mien.rules
    if [ -n "$running" ]; then
        carry_out systemctl daemon-reload
        carry_out systemctl reset-failed mien.service mien-fault.service 2>/dev/null || true
    fi
    carry_out rm -rf --one-file-system /opt/mien /usr/local/bin/mien /usr/local/share/doc/mien
    if [ -n "$purge" ]; then
        carry_out rm -rf --one-file-system /etc/mien /var/lib/mien
        ! getent passwd mien >/dev/null || carry_out userdel mien
        ! getent group mien >/dev/null || carry_out groupdel mien
    fi
    [ -z "$dry" ] || return 0
    echo "mien is removed. What stays:"
    [ ! -e /etc/mien ] || echo "  /etc/mien       the settings"
    [ ! -e /var/lib/mien ] || echo "  /var/lib/mien   releases, music, and what was observed and played"
    ! getent passwd mien >/dev/null || echo "  the user and the group mien"
    echo "  Debian's packages, which others may use: libvlc5, alsa-utils, python3-venv and some more"
    [ -n "$purge" ] || echo "To remove all but the packages: sudo ./deploy/install.sh --uninstall --purge"
}

say_what_next() { # in a few lines
    echo "Installed."
    if [ -n "$joined" ]; then
        echo "1. Log in anew, so that $SUDO_USER may ask the box; here at once: newgrp mien"
    else
        echo "1. Ask how it is:       mien status"
    fi
    echo "2. Press the button, or: mien press. It reads your face, then a song plays."
    echo "3. Your own music, from your computer (README.md, Bring your own music):"
    echo "   mien-tools bring ~/Music ${SUDO_USER:+$SUDO_USER@}$(uname -n).local"
    echo "4. Help: mien doctor, and /usr/local/share/doc/mien/README.md"
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

trap end EXIT
if [ -n "$uninstall" ]; then
    remove
    exit 0
fi
joined=""
if [ -n "${SUDO_USER:-}" ] && [ "$SUDO_USER" != root ]; then
    id -nG "$SUDO_USER" 2>/dev/null | tr ' ' '\n' | grep -qx mien || joined=yes
fi

# pyinfra, which carries the steps out, in an environment of its own; one that leaves no trace where nothing is to stay.
if ! dpkg-query -W -f '${db:Status-Status}\n' python3-venv 2>/dev/null | grep -qx installed; then
    [ -z "$dry" ] || fail "a dry run needs python3-venv, which the installation would bring: sudo apt install python3-venv"
    begin "Fetching python3-venv from Debian" "See whether apt reaches its servers: sudo apt update."
    DEBIAN_FRONTEND=noninteractive dpkg --configure -a || true # what a pulled plug left half done
    apt-get update -q || true
    DEBIAN_FRONTEND=noninteractive apt-get install -o DPkg::Lock::Timeout=600 -q -y \
        --no-install-recommends python3-venv
fi
installer=/opt/mien/installer
wanted=$(python3 --version && sha256sum <requirements-installer.txt)
if [ "$(cat $installer/.complete 2>/dev/null || true)" != "$wanted" ]; then
    if [ -n "$dry" ]; then
        scratch=$(mktemp -d)
        installer=$scratch/installer
    fi
    begin "Setting up the installer (on a small Pi this takes some minutes)" \
        "Without a network, bring the packages in a folder: --wheels DIR (deploy/README.md, Without any network)."
    rm -rf "$installer"
    mkdir -p "$(dirname "$installer")"
    with_dots python3 -I -m venv "$installer"
    with_dots "$installer/bin/python" -I -m pip install -q --disable-pip-version-check --no-input \
        --require-hashes --only-binary=:all: \
        ${wheels:+--no-index --find-links "$wheels"} -r requirements-installer.txt
    echo "$wanted" >"$installer/.complete"
fi
step=""

set -- ${wheels:+--data "wheels=$wheels"} ${release:+--data "release=$release"} ${music:+--data "music=$music"}
[ -z "${SUDO_USER:-}" ] || set -- "$@" --data "operator=$SUDO_USER"
confirm=-y
[ -z "$dry" ] || confirm=--dry
"$installer/bin/python" -B -m pyinfra $confirm "$@" @local deploy/box.py ||
    fail "not finished; the step that failed is named above. Mend what it says, and give the same command again"
[ -z "$dry" ] || exit 0

[ -d /run/systemd/system ] || { echo "Installed. It starts at the next boot." && exit 0; }
echo "mien doctor says:"
cd /var/lib/mien/state
verdict=0
# In a session of its own: who becomes the daemon's user leaves root's terminal behind.
setsid --wait runuser -u mien -- /usr/local/bin/mien doctor || verdict=3
systemctl -q is-active mien || verdict=3
echo
say_what_next
[ $verdict = 0 ] || fail "something is to be mended first; mien doctor names it" $verdict

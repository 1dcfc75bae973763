"""The names and places of a box; what installs, removes and pushes knows a box by these."""

USER = "mien"
GROUP = "mien"
DEVICE_GROUPS = ("audio", "gpio", "video")
"""Who may use sound cards, lines and cameras on Raspberry Pi OS; plain Debian has no gpio."""

SOFTWARE = "/opt/mien"
VERSIONS = f"{SOFTWARE}/versions"
VENV = f"{SOFTWARE}/venv"
"""The link to the version that runs."""
KIT = f"{SOFTWARE}/kit"
"""What is brought to a box for its installation, and removed after it."""
MARK = f"{SOFTWARE}/installed"
"""Names what the service was last started with; absent while anything newer waits for its start."""
COMMAND = "/usr/local/bin/mien"
GUIDE = "/usr/local/share/doc/mien/README.md"

SETTINGS_FOLDER = "/etc/mien"
SETTINGS = f"{SETTINGS_FOLDER}/mien.toml"

DATA = "/var/lib/mien"
RELEASES = f"{DATA}/releases"
STATE = f"{DATA}/state"
MUSIC = f"{DATA}/music"

SERVICE = "mien.service"
FAULT_SERVICE = "mien-fault.service"
UNITS = "/etc/systemd/system"
BACKOFF = f"{UNITS}/{SERVICE}.d/backoff.conf"
BACKOFF_SINCE_SYSTEMD = 254
"""Older ones warn of the keys in it."""
POLKIT_RULE = "/etc/polkit-1/rules.d/50-mien.rules"
ENABLED = f"{UNITS}/multi-user.target.wants/{SERVICE}"

PACKAGES = (
    "alsa-utils",  # aplay -l names the sound cards
    "libvlc-bin",  # keeps a list of libvlc's plugins; without it every one is loaded at the start: 35 MB more
    "libvlc5",
    "openssh-client",  # ssh-keygen verifies signed releases
    "polkitd",
    "python3-systemd",
    "python3-venv",
    "rsync",  # what mien-tools push sends files with
    "sqlite3",  # to look at a song table over SSH
    "vlc-plugin-base",  # ALSA and every common format, and none of the plugins for screens
)
PI_PACKAGES = ("python3-lgpio", "python3-picamera2")
"""Raspberry Pi OS has both, plain Debian does not."""

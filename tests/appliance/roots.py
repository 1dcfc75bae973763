"""Pristine Debian root file systems, made by mmdebstrap and kept."""

import re
from collections.abc import Sequence
from pathlib import Path

from architecture import AMD64, Architecture, let_programs_run
from store import carry_out, kept, key_of, need

_RECIPE = (
    "--variant=minbase",
    "--aptopt=APT::Install-Recommends false",
    "--aptopt=Acquire::Languages none",
    "--dpkgopt=force-unsafe-io",  # nobody mourns a half-made root
)


def debian_root(suite: str, packages: Sequence[str], architecture: Architecture = AMD64) -> Path:
    """Return a root of ``suite`` ("bookworm", "trixie") with ``packages``; half a minute the first time.

    One of another architecture than this machine's takes five minutes, since its packages' scripts run in an
    emulator. It is shared and stays as it is: mount an overlay on it, or copy it, before you change anything.
    """
    wanted = sorted(set(packages))
    source = f"deb {mirror()} {suite} main"
    recipe = [*_RECIPE, *([] if architecture == AMD64 else [f"--arch={architecture.debian}"])]

    def make(folder: Path) -> None:
        need("mmdebstrap", "mmdebstrap")
        let_programs_run(architecture)
        include = f"--include={','.join(wanted)}"
        carry_out(["nice", "-n", "5", "mmdebstrap", "--quiet", *recipe, include, suite, folder, source])

    return kept(f"root-{suite}{architecture.mark}-{key_of([*recipe, source, *wanted])}", make)


def mirror() -> str:
    """Return the address that this machine's own packages come from, Debian's if it names none."""
    apt = Path("/etc/apt")
    for file in [apt / "sources.list.d" / "debian.sources", apt / "sources.list"]:
        found = re.search(r"^(?:URIs:|deb) +(?:\[.*\] +)?(https?://\S+/debian)/?\s", _text(file), re.MULTILINE)
        if found:
            return found[1]
    return "http://deb.debian.org/debian"


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.is_file() else ""

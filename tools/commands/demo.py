"""Show the whole box on this machine: face in, nearest song out.

Starts the real daemon with a simulated button, observes for 15 seconds and plays the song it chose.
"""

import argparse
from pathlib import Path

from device.commands._output import say
from tools.arguments import SHIPPED
from tools.errors import need_libraries


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument(
        "--release", type=Path, default=SHIPPED, help="the release folder (default: the one that ships)"
    )
    parser.add_argument(
        "--music", type=Path, default=SHIPPED / "demo_library", help="its music (default: the demo library)"
    )
    parser.add_argument("--work", type=Path, default=Path("build/demo"), help="written to (default: build/demo)")
    parser.add_argument("--webcam", type=Path, default=Path("/dev/video0"), help="used if it is there and no --clip is")
    parser.add_argument("--clip", type=Path, help="a clip of a face, 15 s or longer, instead of the webcam")
    parser.add_argument("--fallback-clip", type=Path, help="the clip to take if there is no webcam")
    parser.add_argument("--fast", action="store_true", help="run a clip as fast as it can be read")
    parser.add_argument("--wav", action="store_true", help="play into a wav file even if there is a sound card")


def run(arguments: argparse.Namespace) -> int:
    """Decide what to use, and run the demo.

    :raises MienError: if there is no camera, a library is missing, or the daemon does not start.
    """
    from device.errors import CameraError  # noqa: PLC0415
    from tools.demo.run import DemoPlan, has_sound_card, run_demo  # noqa: PLC0415 - help must not wait for numpy

    need_libraries("cv2", "vlc")  # the daemon would tell its log alone
    webcam = arguments.webcam if arguments.clip is None and arguments.webcam.exists() else None
    clip = arguments.clip or arguments.fallback_clip
    if webcam is None and clip is None:
        what = f"there is no webcam at {arguments.webcam}"
        raise CameraError(what, mend="plug one in, or name a clip of a face with --clip")
    work = arguments.work.absolute()
    plan = DemoPlan(
        release=arguments.release.absolute(),
        music=arguments.music.absolute(),
        work=work,
        webcam=webcam,
        clip=clip.absolute() if clip and not webcam else None,
        fast=arguments.fast,
        recording=work / "heard.wav" if arguments.wav or not has_sound_card() else None,
    )
    run_demo(plan, say)
    return 0

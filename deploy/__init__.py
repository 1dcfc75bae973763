"""One box from a fresh Raspberry Pi OS, or forty: a deploy for pyinfra, and a bootstrap that runs it on this machine.

install.sh ─▶ box.py: packages ─▶ user ─▶ folders ─▶ settings ─▶ software ─▶ music ─▶ release ─▶ service
              remove.py: the way back
"""

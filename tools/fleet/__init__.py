"""Releases and music for one box or forty, over SSH.

hosts or inventory ─▶ connect ─▶ offer ─▶ every box's plan ─▶ canary ─▶ the rest, in parallel ─▶ summary
                      openssh    cargo     mien release plan   steps: songs, release, activate, restart, ready?
"""

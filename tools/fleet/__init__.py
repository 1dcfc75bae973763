"""Releases and music for one box or forty, over SSH.

hosts or inventory ─▶ connect ─▶ offer ─▶ every box's plan ─▶ canary ─▶ the rest, in parallel ─▶ summary
                      openssh    contents     mien release plan   steps: songs, release, activate, restart, ready?
"""

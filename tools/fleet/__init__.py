"""Releases and music for one box or forty, over SSH.

    hosts or inventory ─▶ connect ─▶ offer ─▶ every box's plan ─▶ canary ─▶ the rest, in parallel ─▶ summary
                          pyinfra_    push     box               rollout: steps (songs, release, activate, restart)
                          connector

packing makes the release that travels; status asks every box how it does; rollback takes boxes back.
"""

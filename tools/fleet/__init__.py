"""Releases and music for one box or forty, over SSH.

    hosts or inventory ─▶ connect ─▶ offer ─▶ every box's plan ─▶ canary ─▶ the rest, in parallel ─▶ summary
    inventory             ssh        push     box                rollout: steps (songs, release, …)      results

pyinfra_connector lets pyinfra go over the system's own ssh; login says what to type where ssh does not get in. status
asks every box how it does; rollback takes boxes back.

A box is not believed: answers looks at what it says before anybody uses it, push at what it asks for, gathering lets
nothing else travel, ssh ends what has no end, and results cleans its words. Whatever it does is told in its own row.
"""

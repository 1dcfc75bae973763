"""Releases are made here: packed and signed, kept between runs, and brought to a box in one go.

packing     models and song table ─▶ manifest, signature
kept        a library's own folder: song table, report, release; the next id
bringing    log in ─▶ analyse ─▶ report ─▶ pack ─▶ plan ─▶ ask ─▶ push ─▶ what the box does now
"""

"""Models and table in one folder: offered → planned → staged → verified → activated → confirmed, or rolled back.

push_protocol (offer, plan) → push_plan → store (stage, activate, roll back, collect) → auto_rollback
                              manifest, signature: what is believed      journal: what survives a pulled plug
pushed_songs: which music a push brought, and may remove again
"""

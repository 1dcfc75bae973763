"""The volume at hand: a knob, two buttons or a word → the rule → the player at once → the state folder.

volume is the rule, pure; kept_volume is what outlasts a restart; volume_control is who is asked.
"""

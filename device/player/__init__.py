"""One song at a time to ALSA through libvlc, and how it ended; chimes between.

player says what a player does and how a song may end; vlc_player and vlc_playback are the driver, audio_outputs where
its sound goes, alsa_cards which cards there are, card_choice which is taken, alsa_mixer and alsa_opening whether it can
be heard, song_file what a file of music is by its content, listening a chime that somebody listens for. absent_player
stands in where libvlc is missing, simulated_player where nobody listens.
"""

"""Songs from their first sound on, without the silence before it.

libvlc reaches a place in WAV, AIFF and MP4 by tables, to the very value. In MP3, FLAC and Ogg it goes by the share of
bytes, of which silence has few: songs of noise lost .4 to 5 s (measured). So there it is given the file without the
frames of the silence, except what the first frame of an MP3 borrows of them. cut says from where; mpeg_frames,
flac_frames and vorbis_packets know the frames, and cut_stream hands the rest to libvlc. Opus, FLAC in Ogg, bare AAC,
and whatever is not as its standard says play from the beginning.
"""

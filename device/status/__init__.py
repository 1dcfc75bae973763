"""How the box is asked and how it answers: control socket → status document → text, live view, Nagios, Prometheus.

    daemon: status (everything there is to say) → control_server, at its control_socket_file
    asker:  control_socket → text, why_this_song, live_view, nagios, prometheus

What the asker needs loads neither numpy nor OpenCV nor SQLite: a word to the daemon is to cost no more than the word.
past_song, which explains the history's last song without a daemon, loads numpy and SQLite.
"""

"""How the box is asked and how it answers: control socket → status document → text, live view, Nagios, Prometheus."""

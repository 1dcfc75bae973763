"""The running box: daemon builds it, loop drives it, drivers chooses its parts, doctor looks at each.

    settings → drivers → daemon (the one composition root) → loop ⇄ session

host says what the box asks of its machine (power, supervisor), systemd and simulated_host answer; board reads the Pi's
temperature and throttling; memory_lock keeps pictures out of swap; release_trial tries a release out, in trial_process;
fault_lamp stands in for a daemon that does not start.
"""

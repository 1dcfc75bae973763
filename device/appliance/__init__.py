"""The running box: daemon builds it, main_loop drives it, drivers chooses its parts, doctor looks at each."""

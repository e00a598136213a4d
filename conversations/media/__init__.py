"""What looks at strangers' pictures and films: a program of its own, see `child` and `running`."""

"""What a channel and the core say to each other."""

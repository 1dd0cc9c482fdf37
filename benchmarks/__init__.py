"""Side by side with peers: `make bench` prints tables, nothing asserts a time."""

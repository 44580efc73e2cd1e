"""Pictures to train on, one source a file."""

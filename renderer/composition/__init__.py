"""One composition: its stack, and what becomes of it for each of its clusters."""

"""What each command does, after its words were understood."""

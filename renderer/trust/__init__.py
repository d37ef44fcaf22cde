"""What only the person who renders may decide: which program runs, and what it may reach."""

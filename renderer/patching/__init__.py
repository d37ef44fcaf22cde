"""Which objects a patch is for, which field a path means, and strict RFC 6902 operations."""

"""The last names: hashes that follow changed content, references that follow the names."""

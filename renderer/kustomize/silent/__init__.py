"""What kustomize does without a word, though hardly anybody means it.

It reads a key that stands twice once, adds what `replace` does not find, and replaces lists of
custom kinds where people think that it merges. It drops tags, and rounds integers. None of it is
visible in what it prints.
"""

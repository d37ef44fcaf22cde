"""From sources to trees: discover, compose, parametrize, seal, verify, write."""

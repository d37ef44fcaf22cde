"""A file without blocks, which takes no room on the disk."""

import os

os.makedirs("repository/clusters/a/shop")
with open("repository/clusters/a/shop/large.bin", "wb") as file:
    file.truncate(96 * 1024 * 1024)

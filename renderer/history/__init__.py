"""The sides of a review: revisions, the index and the working tree, without a checkout."""

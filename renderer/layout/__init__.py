"""Where things are: settings of a repository, its clusters, and the files of a tree."""

"""What differs between two versions of the trees of clusters, as Kubernetes sees it: pure."""

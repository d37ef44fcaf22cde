"""Where things are: settings, clusters, documents, and what is known of earlier runs."""

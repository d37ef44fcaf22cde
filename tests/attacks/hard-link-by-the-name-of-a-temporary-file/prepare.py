"""The same files by names beside the repository."""

import os

os.link("repository/clusters/a/shop/service-web.yaml", "service-web.yaml")
os.link("repository/clusters/a/shop/.render-7.tmp", "mine")

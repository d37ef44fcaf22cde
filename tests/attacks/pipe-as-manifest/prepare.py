"""What git cannot keep."""

import os

os.mkfifo("repository/base/service.yaml")

"""Files beside the repository, with our header."""

from pathlib import Path

header = Path("repository/clusters/b/a.yaml").read_text()
Path("outside").mkdir()
Path("outside/a.yaml").write_text(header)

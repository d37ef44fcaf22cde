"""`python -m renderer` is `render`."""

from renderer.cli import script

if __name__ == "__main__":
    script()

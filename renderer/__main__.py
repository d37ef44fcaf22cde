"""`python -m renderer` is `render`."""

from renderer.cli import main

if __name__ == "__main__":
    main()

"""How results are shown: these modules format, they do not compute."""

"""Beside the repository."""

with open("credentials.toml", "w") as file:
    file.write('hidden_key = "hidden"\n')

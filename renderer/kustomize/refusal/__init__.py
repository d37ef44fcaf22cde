"""Why the engine refused a directory, with the file, line and column, in our words.

The engine's messages name few files and hardly a line, and many dump whole objects. So where it
refuses, what it read is read again here, with positions: there is time. Of its own words only
what a pattern knows is used, and nothing that can hold a value.
"""

"""The addon's wheel: built of the tracked files, looked into, tried."""

"""The control routes of what only the classic service has."""

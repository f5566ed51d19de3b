"""Telling merchants what happened (contract, section 6)."""

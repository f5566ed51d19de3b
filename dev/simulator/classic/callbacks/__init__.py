"""Telling merchants what happened (contract, section 6), and how that goes wrong."""

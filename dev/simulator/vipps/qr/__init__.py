"""Codes to print, and the images of payments as codes."""

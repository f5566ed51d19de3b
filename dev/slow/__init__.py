"""Slow checks: run by hand, on one's own machine, when size matters."""

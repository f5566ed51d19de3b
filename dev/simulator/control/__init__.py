"""What MobilePay does not have: looking inside, and changing the world.

The package's README lists all addresses. Nothing here is protected, as the
simulator listens on the loopback address only.
"""

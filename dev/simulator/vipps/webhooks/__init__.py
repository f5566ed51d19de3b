"""Webhooks (contract, section 8): registrations, signed deliveries, retries."""

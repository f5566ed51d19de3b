"""Invoices, one or a batch, their life, and consents (contract, sections 4, 5, 7)."""

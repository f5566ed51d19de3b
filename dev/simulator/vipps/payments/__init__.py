"""ePayment (contract, sections 3 to 7)."""

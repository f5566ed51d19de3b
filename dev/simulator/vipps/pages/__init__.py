"""What a payer sees: the landing page, and payments on the phone."""

"""Pages for people: the payer's invoices, a link's landing page, the portal."""

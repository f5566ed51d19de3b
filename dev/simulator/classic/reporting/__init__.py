"""Transaction reporting and settlement (contract, section 9).

Money moves (``cashier``) onto issuers' balances (``ledger``), leaves them in
transfers (``transfers``, ``nights``) and is reported (``api``, ``api_v3``).
"""

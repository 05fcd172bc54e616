"""`saunter bench accuracy`: how right the receipts are over whole suites of pretend visits, beside simpler methods."""

"""What a shopper sees on the phone: consent, entry code, live cart, receipt, reasons, disputes."""

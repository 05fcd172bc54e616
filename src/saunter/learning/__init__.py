"""What verdicts and audits teach: how sure the belief may be, and what can be certified."""

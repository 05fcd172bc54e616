"""The embedded payment provider: a process of its own with its own ledger, that can be told to fail in every way.

python -m saunter.adapters.payments.embedded --database provider.sqlite --port 8701 --faults "drop=0.1,twice=0.1"
"""

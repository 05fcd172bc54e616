"""What a shopper agreed to: versioned, timed, withdrawable."""

"""What staff must agree to before a receipt goes: age checks, and in assisted mode every bill."""

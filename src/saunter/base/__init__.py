"""What every room stands on: time, money, probability, geometry, ids, randomness, limits, errors. No I/O, no clock, no dice."""

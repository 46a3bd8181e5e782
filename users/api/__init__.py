"""What every address under /api/v1/ is made of: who calls, what they may, how it is asked and answered."""

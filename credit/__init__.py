"""Credit: who may owe how much, who pays, and when."""

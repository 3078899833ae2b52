"""The commands of `minios`, one file for each. Only these files print."""

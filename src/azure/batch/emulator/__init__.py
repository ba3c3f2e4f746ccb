"""The local Batch account."""

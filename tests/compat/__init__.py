"""This library compared with azure-batch 15.1.0 itself, which runs in an environment of its own."""

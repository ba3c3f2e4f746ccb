"""Fixtures of the emulator for pytest."""

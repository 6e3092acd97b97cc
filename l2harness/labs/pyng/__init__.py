"""Lab pyng: a frame with a greeting, and a program that reports what it hears."""

"""Lab learning-switch: forward frames between interfaces, and learn who is where."""

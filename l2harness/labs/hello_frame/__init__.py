"""Lab hello-frame: the two programs of the lecture with their fixed names and addresses."""

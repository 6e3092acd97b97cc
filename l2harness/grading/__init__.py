"""From one submission to a `Result`, and from many to a directory of them."""

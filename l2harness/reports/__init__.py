"""A `Result` as documents: pure functions, one format a module, one module for all escapes."""

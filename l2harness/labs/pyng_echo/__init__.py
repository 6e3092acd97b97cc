"""Lab pyng-echo: the server answers, the client measures the round trip and times out."""

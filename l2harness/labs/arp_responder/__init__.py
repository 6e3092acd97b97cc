"""Lab arp-responder: say who has an IPv4 address, as RFC 826 asks."""

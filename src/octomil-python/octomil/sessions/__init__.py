"""A registered device at work."""

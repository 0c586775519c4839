"""What requests carry to say whose they are."""

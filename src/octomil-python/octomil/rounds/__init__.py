"""Taking part in rounds: what waits, base weights down, answers up."""

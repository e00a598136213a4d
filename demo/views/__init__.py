"""The mail simulator's pages."""

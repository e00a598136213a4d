"""Endpoints: each makes one call into the domain."""

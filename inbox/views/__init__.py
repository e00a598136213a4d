"""Pages and actions of the inbox: each makes one call into the domain."""

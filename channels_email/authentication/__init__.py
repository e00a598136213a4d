"""What a sender's address is worth: who checked it, and what they found."""

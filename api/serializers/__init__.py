"""What is read and what is taken, field by field: two different things."""

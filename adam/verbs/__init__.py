"""What each shell verb does with its arguments and what it prints; one function a verb."""

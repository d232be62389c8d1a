"""What an assistant may do: read, search, write, run; approval and limits."""

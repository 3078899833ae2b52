"""What a person types: one file a command. Leaves: only these print."""

"""What a page of music can contain; imports nothing of the other rooms."""

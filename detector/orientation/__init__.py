"""Which way up a page lies, and the page turned upright."""

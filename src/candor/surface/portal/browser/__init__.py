"""Messages in this browser: which browsers of the customer take them, and how that ends."""

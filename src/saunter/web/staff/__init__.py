"""Staff sign in and find what their role may see."""

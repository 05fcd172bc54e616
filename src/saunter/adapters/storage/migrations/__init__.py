"""How the tables came to be, one file per step; `migrating` runs them when a database is opened."""

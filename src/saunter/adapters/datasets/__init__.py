"""Recordings other people published, read into records: a folder per data set. What is read is never copied into the project."""

"""The reviewer's pages: a queue of questions, one question at a time with its replay, and the reviewer's own figures."""

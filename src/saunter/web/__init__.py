"""Pages and the HTTP API for shoppers, reviewers and staff: requests in, records out; no shop logic."""

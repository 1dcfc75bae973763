"""A page to look at a whole song library with: song table → content → one page and pictures, without any network."""

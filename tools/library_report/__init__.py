"""A page to look at a whole song library with: song table → content → page.html and pictures, without any network."""

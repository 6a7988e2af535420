"""How fast pages and files are read, side by side with what others would take: `make bench`."""

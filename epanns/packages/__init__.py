"""The packages that the program needs: which, in which versions, and installing the large ones."""

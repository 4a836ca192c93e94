"""Files that are whole whenever they are read: HDF5 written through a redo log."""

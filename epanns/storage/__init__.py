"""Files that are complete whenever they are read: HDF5 written through a redo log."""

"""Classes of sound: AudioSet's, their place in its ontology, their names in other languages."""

"""The labels of General MIDI's programs and drums, in AudioSet's names."""

GUITAR = ("Electric guitar",)
BASS = ("Bass guitar",)
SYNTHESIZER = ("Synthesizer",)
WIND = ("Wind instrument, woodwind instrument",)
BRASS = ("Brass instrument",)
STRINGS = ("String section",)
DRUM = ("Drum",)

# For each program from 0 on: names without those above them; () where only a teacher can label it.
PROGRAMS: tuple[tuple[str, ...], ...] = (
    # pianos
    ("Piano",), ("Piano",), ("Piano",), ("Piano",), ("Electric piano",), ("Electric piano",),
    ("Harpsichord",), ("Keyboard (musical)",),
    # chromatic percussion: celesta, glockenspiel, music box, ... dulcimer
    ("Keyboard (musical)",), ("Glockenspiel",), ("Musical instrument",), ("Vibraphone",),
    ("Marimba, xylophone",), ("Marimba, xylophone",), ("Tubular bells",), ("Musical instrument",),
    # organs and other reeds
    ("Hammond organ",), ("Hammond organ",), ("Electronic organ",), ("Organ",), ("Organ",),
    ("Accordion",), ("Harmonica",), ("Accordion",),
    # guitars, basses
    ("Acoustic guitar",), ("Acoustic guitar",), GUITAR, GUITAR, GUITAR, GUITAR, GUITAR, ("Guitar",),
    ("Double bass",), BASS, BASS, BASS, BASS, BASS, SYNTHESIZER, SYNTHESIZER,
    # strings
    ("Violin, fiddle",), ("Bowed string instrument",), ("Cello",), ("Double bass",), STRINGS,
    ("Pizzicato",), ("Harp",), ("Timpani", "Drum"),
    # ensembles: strings, choirs, an orchestra's hit
    STRINGS, STRINGS, SYNTHESIZER, SYNTHESIZER, ("Choir", "Singing", "Music"), ("Music",),
    SYNTHESIZER, ("Orchestra",),
    # brass
    ("Trumpet",), ("Trombone",), BRASS, ("Trumpet",), ("French horn",), BRASS, SYNTHESIZER,
    SYNTHESIZER,
    # reeds, pipes; a whistle that might be a person's
    ("Saxophone",), ("Saxophone",), ("Saxophone",), ("Saxophone",), WIND, WIND, WIND, ("Clarinet",),
    ("Flute",), ("Flute",), WIND, ("Flute",), WIND, ("Flute",), (), WIND,
    # leads, pads, effects
    *[SYNTHESIZER] * 24,
    # from everywhere: sitar, banjo, shamisen, koto, kalimba, bagpipes, fiddle, shanai
    ("Sitar",), ("Banjo",), ("Plucked string instrument",), ("Plucked string instrument",),
    ("Musical instrument",), ("Bagpipes",), ("Violin, fiddle",), WIND,
    # tinkle bell, agogo, steel drums, wood block, taiko, tom, synth drum, reversed cymbal
    (), ("Percussion",), ("Steelpan",), ("Wood block",), DRUM, DRUM, ("Percussion",), (),
    # fret noise, breath, seashore, bird, telephone, helicopter, applause, shot
    (), (), (), ("Chirp, tweet", "Bird vocalization, bird call, bird song", "Bird"),
    ("Telephone bell ringing",), (), (), (),
)  # fmt: skip

FIRST_KEY = 35

# For each key of the drum kit from 35 on.
DRUM_KEYS: tuple[tuple[str, ...], ...] = (
    ("Bass drum",), ("Bass drum",), ("Rimshot",), ("Snare drum",), (),
    ("Snare drum",), DRUM, ("Hi-hat",), DRUM, ("Hi-hat",), DRUM, ("Hi-hat",), DRUM, DRUM,
    ("Cymbal",), DRUM, ("Cymbal",), ("Cymbal",), ("Cymbal",), ("Tambourine",), ("Cymbal",),
    ("Cowbell", "Percussion"), ("Cymbal",), ("Percussion",), ("Cymbal",),
    # bongos, congas, timbales, agogos, cabasa, maracas, whistles, guiros, claves, wood blocks
    *[DRUM] * 7, ("Percussion",), ("Percussion",), ("Percussion",), ("Maraca",), ("Whistle",),
    ("Whistle",), ("Percussion",), ("Percussion",), ("Wood block",), ("Wood block",),
    ("Wood block",),
    # cuicas, triangles
    (), (), ("Percussion",), ("Percussion",),
)  # fmt: skip

KITS = (0, 0, 0, 8, 16, 24, 25, 32, 40)
DRUM_MACHINES = (24, 25)  # electronic and TR-808

# The keys between which each group of eight programs sounds natural.
RANGES = (
    (30, 90),
    (55, 92),
    (36, 84),
    (40, 84),
    (28, 52),
    (40, 88),
    (40, 79),
    (40, 82),
    (48, 84),
    (60, 92),
    (40, 84),
    (40, 80),
    (40, 80),
    (45, 80),
    (45, 80),
    (55, 66),
)

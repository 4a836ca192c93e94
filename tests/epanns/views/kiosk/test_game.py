"""The game of the kiosk, on the sound's own clock."""

import random
import re
from collections.abc import Container
from itertools import pairwise
from pathlib import Path

import pytest

from epanns.views.kiosk.game import (
    ASKED,
    BETWEEN,
    CELEBRATED,
    GONE,
    READ,
    Challenge,
    Game,
    GamePhase,
    read_challenges,
)
from epanns.vocabulary.audioset import AUDIOSET

WHISTLE, DOG, BARK, CLAP = (AUDIOSET.index(n) for n in ("Whistling", "Dog", "Bark", "Clapping"))
CHALLENGES = [
    Challenge((WHISTLE,), "Whistle!", 0.3),
    Challenge((BARK, DOG), "Bark like a dog", 0.5),
    Challenge((CLAP,), "Clap your hands", 0.2),
]


class Player:
    """A game and a clock that only the test moves on."""

    def __init__(self, challenges: list[Challenge] = CHALLENGES, seed: int = 0) -> None:
        self.game = Game(challenges, random.Random(seed))
        self.now = 50.0
        self.known: Container[int] = range(len(AUDIOSET))

    def hear(self, seconds: float, clear: bool = True, **scores: float) -> GamePhase:
        """Let a sound go on for a time, in steps of a tenth of a second."""
        indices = {AUDIOSET.index(name): score for name, score in scores.items()}
        for _ in range(round(10 * seconds)):
            self.now += 0.1
            self.game.update(indices, clear, self.now, self.known)
        return self.game.phase

    def asked(self) -> Challenge:
        """Make noise until something is asked for."""
        while self.game.phase is not GamePhase.ASKING:
            self.hear(0.1)
        assert self.game.challenge is not None
        return self.game.challenge

    def answer(self) -> GamePhase:
        """Make the sound that is asked for, once that has been read."""
        assert self.game.challenge is not None
        self.hear(READ + 0.2)
        return self.hear(0.1, True, **{AUDIOSET.names[self.game.challenge.classes[0]]: 0.9})


def test_nothing_is_asked_while_nobody_is_there() -> None:
    assert Player().hear(300, clear=False) is GamePhase.UNATTENDED


def test_a_sound_brings_the_game_and_a_question_follows() -> None:
    player = Player()
    assert player.hear(0.1) is GamePhase.BETWEEN
    assert player.hear(BETWEEN - 0.2) is GamePhase.BETWEEN
    assert player.hear(0.4) is GamePhase.ASKING
    assert player.game.challenge in CHALLENGES
    assert player.game.left == pytest.approx(1.0, abs=0.02)


def test_a_round_is_won_celebrated_and_counted() -> None:
    player = Player()
    player.asked()
    assert player.answer() is GamePhase.WON
    assert (player.game.won, player.game.near) == (1, 1.0)
    assert player.hear(CELEBRATED - 0.2) is GamePhase.WON
    assert player.hear(0.4) is GamePhase.BETWEEN
    player.asked()
    player.answer()
    assert player.game.won == 2


def test_any_of_the_classes_counts_and_nearness_is_the_share_of_the_threshold() -> None:
    player = Player([CHALLENGES[1]])
    player.asked()
    player.hear(2, Dog=0.25, Bark=0.1)
    assert player.game.near == pytest.approx(0.5)
    assert player.hear(0.1, Dog=0.5) is GamePhase.WON


def test_a_sound_counts_only_once_the_question_was_read() -> None:
    player = Player([CHALLENGES[0]])
    player.asked()
    assert player.hear(READ - 0.2, Whistling=0.9) is GamePhase.ASKING
    assert player.hear(0.4, Whistling=0.9) is GamePhase.WON


def test_after_its_time_a_round_is_over_without_a_point() -> None:
    player = Player()
    player.asked()
    assert player.hear(ASKED - 0.3) is GamePhase.ASKING
    assert player.game.left < 0.03
    assert player.hear(0.5) is GamePhase.BETWEEN
    assert player.game.won == 0


def test_each_sound_is_asked_for_before_one_comes_again_and_none_twice_running() -> None:
    for seed in range(20):
        player = Player(seed=seed)
        order = []
        for _ in range(12):
            order.append(player.asked())
            player.answer()
            player.hear(CELEBRATED + 0.3)
        assert all(set(order[n : n + 3]) == set(CHALLENGES) for n in range(0, 12, 3))
        assert all(one is not other for one, other in pairwise(order))


def test_a_sound_that_is_in_the_air_already_is_not_asked_for() -> None:
    for seed in range(10):
        player = Player(seed=seed)
        player.hear(BETWEEN + 1, Whistling=0.9, Clapping=0.9)
        assert player.game.challenge == CHALLENGES[1]


def test_where_every_sound_is_in_the_air_the_game_waits() -> None:
    player = Player([CHALLENGES[0]])
    assert player.hear(60, Whistling=0.9) is GamePhase.BETWEEN
    assert player.hear(0.2) is GamePhase.ASKING


def test_what_the_network_does_not_know_is_not_asked_for() -> None:
    player = Player()
    player.known = {CLAP}
    for _ in range(3):
        assert player.asked().classes == (CLAP,)
        player.answer()
        player.hear(CELEBRATED + 0.2)


def test_a_game_that_is_ended_begins_anew_with_the_next_sound() -> None:
    player = Player()
    player.asked()
    player.answer()
    player.game.end()
    assert (player.game.phase, player.game.won, player.game.near) == (GamePhase.UNATTENDED, 0, 0.0)
    assert player.hear(BETWEEN + 0.3) is GamePhase.ASKING


def test_without_any_sounds_to_ask_for_nothing_is_asked() -> None:
    assert Player([]).hear(60) is GamePhase.BETWEEN


def test_when_all_is_quiet_the_visitors_have_gone_and_the_count_with_them() -> None:
    player = Player()
    player.asked()
    player.answer()
    assert player.hear(GONE - 1, clear=False) is not GamePhase.UNATTENDED
    assert player.game.won == 1
    assert player.hear(1.5, clear=False) is GamePhase.UNATTENDED
    assert player.game.won == 0


def test_a_jump_of_the_clock_costs_nobody_any_time() -> None:
    player = Player()
    player.asked()
    player.hear(5)
    left = player.game.left
    for jump in (600.0, -500.0):  # a lost microphone, another engine
        player.now += jump
        assert player.hear(0.1) is GamePhase.ASKING
    assert player.game.left > left - 2 / ASKED


def test_the_table_names_what_visitors_can_do() -> None:
    challenges = read_challenges()
    assert len(challenges) >= 10
    assert len({each.invitation for each in challenges}) == len(challenges)
    assert all(0.1 <= each.threshold <= 0.9 for each in challenges)
    assert WHISTLE in {each.classes[0] for each in challenges}


def test_a_table_is_read(tmp_path: Path) -> None:
    table = tmp_path / "game.csv"
    table.write_text(
        'classes,invitation,threshold,found\n"Bark;Dog",Bark like a dog,0.25,0.9\n', "utf-8"
    )
    assert read_challenges(table) == (Challenge((BARK, DOG), "Bark like a dog", 0.25),)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("Brak,Bark,0.2", r"'Brak' is no AudioSet class \(did you mean .*Bark"),
        (",Bark,0.2", "'' is no AudioSet class"),
        ("Bark;,Bark,0.2", "'' is no AudioSet class"),
        ("Bark,,0.2", "the invitation is empty"),
        ("Bark,Bark,0", r"the threshold is '0'; it must be above 0 and at most 1"),
        ("Bark,Bark,0.0", "the threshold is '0.0'"),
        ("Bark,Bark,-0.2", "the threshold is '-0.2'"),
        ("Bark,Bark,1.01", "the threshold is '1.01'"),
        ("Bark,Bark,nan", "the threshold is 'nan'"),
        ("Bark,Bark,high", "the threshold is 'high'"),
        ("Bark,Bark,", "the threshold is ''"),
        ("Bark,Bark", "2 cells for 3 columns"),
        ('"Bark,Bark,0.2', "it is no CSV"),
        (f"Bark,{'x' * 200_000},0.2", "field limit"),
    ],
)
def test_a_mistake_in_a_line_is_told_and_costs_that_line_only(
    tmp_path: Path, line: str, why: str
) -> None:
    table, told = tmp_path / "game.csv", list[str]()
    table.write_text(f"classes,invitation,threshold\n{line}\nHoot;Owl,Hoot,0.3\n", "utf-8")
    (challenge,) = read_challenges(table, told.append)
    assert challenge.invitation == "Hoot" and len(told) == 1
    assert told[0].startswith(f"{table}, line 2: ") and re.search(why, told[0])


def test_without_a_table_there_is_no_game_and_the_kiosk_goes_on(tmp_path: Path) -> None:
    for content in (None, b"", b"classes,threshold\nBark,0.2\n", bytes(300)):
        table, told = tmp_path / "game.csv", list[str]()
        if content is not None:
            table.write_bytes(content)
        assert read_challenges(table, told.append) == ()
        assert len(told) == 1 and told[0].endswith("There is no game.")
    player = Player([])
    assert player.hear(ASKED + BETWEEN) is GamePhase.BETWEEN

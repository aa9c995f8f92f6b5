"""When a turn begins and ends: by windows of 32 ms."""

from hamlet.voice.settings import TurnSettings
from hamlet.voice.turns import Claim, Sign, Turns, unfinished


def signs(turns: Turns, *stretches: tuple[float, int]) -> list[tuple[int, Sign]]:
    """For stretches of (probability, windows): at which window which sign came."""
    found, at = [], 0
    for speech, count in stretches:
        for _ in range(count):
            at += 1
            found += [(at, sign) for sign in turns.step(speech)]
    return found


def test_half_a_second_of_silence_ends_a_turn() -> None:
    found = signs(Turns(TurnSettings()), (0.9, 10), (0.1, 30))
    assert found == [(2, Sign.BEGAN), (18, Sign.PAUSED), (26, Sign.ENDED)]


def test_a_click_is_no_speech() -> None:
    assert signs(Turns(TurnSettings()), (0.1, 5), (0.9, 1), (0.1, 50)) == []


def claims(*stretches: tuple[float, int]) -> list[tuple[int, Claim]]:
    """For stretches of (probability, windows): from which window on who speaks claims how much."""
    turns, found, at = Turns(TurnSettings()), [(0, Claim.NONE)], 0
    for speech, count in stretches:
        for _ in range(count):
            at += 1
            turns.step(speech)
            if turns.claim is not found[-1][1]:
                found.append((at, turns.claim))
    return found[1:]


def test_a_quarter_of_a_second_of_speech_hushes_and_half_a_second_interrupts() -> None:
    assert claims((0.9, 60)) == [(8, Claim.HUSH), (16, Claim.FLOOR)]
    assert claims((0.9, 10), (0.0, 30)) == [(8, Claim.HUSH), (26, Claim.NONE)], "until the turn is over"
    assert claims((0.9, 10), (0.0, 12), (0.9, 9))[1] == (28, Claim.FLOOR), "a pause takes nothing back"


def test_what_was_not_sure_to_be_speech_yet_counts_once_it_is() -> None:
    interrupted = [
        claims(*said)[-1]
        for said in (
            ((0.0, 5), (0.2, 2), (0.9, 60)),
            ((0.2, 90), (0.9, 13)),
            ((0.2, 3), (0.0, 1), (0.9, 16)),
            ((0.9, 1), (0.2, 1), (0.9, 14)),
        )
    ]
    assert interrupted == [(at, Claim.FLOOR) for at in (21, 103, 20, 16)], (
        "sixteen windows after the fifth; but three at most; in a row only; also where one of them was sure"
    )


def test_coughs_do_not_interrupt_however_many() -> None:
    cough = ((0.2, 2), (0.9, 6), (0.0, 17))
    assert Claim.FLOOR not in [claim for _, claim in claims(*cough * 10)]


def test_speech_after_a_pause_goes_on_with_the_turn() -> None:
    found = signs(Turns(TurnSettings()), (0.9, 5), (0.1, 10), (0.9, 5), (0.1, 20))
    assert [sign for _, sign in found] == [Sign.BEGAN, Sign.PAUSED, Sign.WENT_ON, Sign.PAUSED, Sign.ENDED]


def test_what_is_unfinished_has_three_seconds() -> None:
    turns = Turns(TurnSettings())
    assert signs(turns, (0.9, 5), (0.1, 9))[-1][1] is Sign.PAUSED
    turns.patient = True
    assert signs(turns, (0.1, 80)) == []
    assert signs(turns, (0.1, 10)) == [(5, Sign.ENDED)]


def test_a_turn_ends_after_the_longest_and_the_next_one_begins() -> None:
    found = signs(Turns(TurnSettings(longest=2.0)), (0.9, 70))
    assert found == [(2, Sign.BEGAN), (63, Sign.ENDED), (65, Sign.BEGAN)]


def test_what_breaks_off_at_a_joining_word_is_unfinished() -> None:
    assert unfinished("I lost my job and")
    assert not unfinished("I lost my job")
    assert not unfinished("and so"), "two words tell nothing"

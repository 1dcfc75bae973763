"""Which card plays where the settings name none, and by which name it is opened."""

from pathlib import Path

import pytest

from device.errors import SoundCardError
from device.player.alsa_cards import find_card, sound_cards
from device.player.audio_outputs import AlsaOutput
from device.player.card_choice import CardKind, choose_card

JACK = "Headphones bcm2835_headpho - bcm2835 Headphones"
HDMI = "vc4hdmi0 vc4-hdmi - vc4-hdmi-0"
HDMI_1 = "vc4hdmi1 vc4-hdmi - vc4-hdmi-1"
HAT = "sndrpihifiberry RPi-simple - snd_rpi_hifiberry_dac"
USB = "Device USB-Audio - USB Audio Device"
MICROPHONE = "C920 USB-Audio - HD Pro Webcam C920"
LOOPBACK = "Loopback Loopback - Loopback"


class Board:
    """What the kernel of a board shows of its sound cards and connectors."""

    def __init__(self, folder: Path) -> None:
        self.cards, self.connectors = folder / "asound" / "cards", folder / "drm"
        self.cards.parent.mkdir()

    def has(self, *cards: str, ports: tuple[str, ...] = (), record_only: tuple[str, ...] = ()) -> None:
        lines = []
        for number, card in enumerate(cards):
            name, description = card.split(" ", 1)
            port = ports[number] if number < len(ports) else ""
            lines += [
                f"{number:2d} [{name:<15}]: {description}",
                f"{'':22}A card{f' at {port}, full speed' if port else ''}",
            ]
            stream = "pcm0c" if card in record_only else "pcm0p"
            (self.cards.parent / name / stream).mkdir(parents=True, exist_ok=True)
        self.cards.write_text("\n".join(lines) + "\n")

    def connect(self, *states: str) -> None:
        for place, state in enumerate(states, 1):
            folder = self.connectors / f"card1-HDMI-A-{place}"
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "status").write_text(f"{state}\n")

    def tell_of_screen(self, card: str, words: str) -> None:
        (self.cards.parent / card.split(maxsplit=1)[0] / "eld#0").write_text(words)

    def chosen(self) -> str:
        return find_card("", self.cards, self.connectors)[0].name


@pytest.fixture
def board(tmp_path: Path) -> Board:
    return Board(tmp_path)


@pytest.mark.parametrize(
    ("cards", "states", "chosen"),
    [
        ([HDMI, HDMI_1, JACK], ["connected", "disconnected"], "vc4hdmi0"),
        ([HDMI, HDMI_1, JACK], ["disconnected", "connected"], "vc4hdmi1"),
        ([HDMI, HDMI_1, JACK], ["disconnected", "disconnected"], "Headphones"),
        ([HDMI, JACK], [], "Headphones"),
        ([HDMI, JACK], ["unknown"], "Headphones"),
        ([HDMI, LOOPBACK], ["unknown"], "vc4hdmi0"),
        ([HDMI, HDMI_1], ["disconnected", "disconnected"], "vc4hdmi0"),
        ([HDMI, JACK, USB], ["connected"], "Device"),
        ([JACK, HDMI, HAT], ["connected"], "sndrpihifiberry"),
        ([MICROPHONE, HDMI, JACK], ["connected"], "vc4hdmi0"),
        ([LOOPBACK, JACK], [], "Headphones"),
        ([HDMI, LOOPBACK], ["disconnected"], "Loopback"),
        ([HDMI], [], "vc4hdmi0"),
    ],
)
def test_the_card_that_is_likeliest_to_be_heard_is_chosen_whatever_their_order(
    board: Board, cards: list[str], states: list[str], chosen: str
) -> None:
    board.connect(*states)
    for order in (cards, cards[::-1] if cards != [HDMI, HDMI_1] else cards):  # of two alike the first counts
        board.has(*order, record_only=(MICROPHONE,))
        assert board.chosen() == chosen


@pytest.mark.parametrize(
    ("words", "connected"),
    [
        ("monitor_present\t\t1\neld_valid\t\t1\nmonitor_name\t\tTV\n", True),
        ("monitor_present\t\t0\neld_valid\t\t0\n", False),
        ("monitor_present\t\t1\neld_valid\t\t0\n", False),
    ],
)
def test_a_screen_says_itself_whether_it_takes_sound(board: Board, words: str, *, connected: bool) -> None:
    board.has(HDMI, JACK)
    board.connect("connected")
    board.tell_of_screen(HDMI, words)
    assert sound_cards(board.cards, board.connectors)[0].connected is connected
    assert board.chosen() == ("vc4hdmi0" if connected else "Headphones")


def test_of_two_alike_usb_cards_it_is_always_the_one_at_the_first_port(board: Board) -> None:
    second = USB.replace("Device", "Device_1", 1)
    board.has(USB, second, ports=("usb-xhci-hcd.0-1.1", "usb-xhci-hcd.0-1.2"))
    assert board.chosen() == "Device"
    board.has(USB, second, ports=("usb-xhci-hcd.0-1.2", "usb-xhci-hcd.0-1.1"))  # found in another order at this boot
    assert board.chosen() == "Device_1"
    assert find_card("usb-xhci-hcd.0-1.2", board.cards, board.connectors)[0].name == "Device"


def test_the_choice_and_its_reason_are_said(board: Board) -> None:
    board.connect("disconnected", "connected")
    board.has(HDMI, HDMI_1, USB, JACK, ports=("", "", "usb-xhci-hcd.0-2"))
    said = AlsaOutput("", board.cards, board.connectors).check()
    assert said == (
        "ALSA card Device (USB-Audio - USB Audio Device; chosen since it is a USB card at usb-xhci-hcd.0-2; "
        "not vc4hdmi1, Headphones, vc4hdmi0)"
    )
    board.has(HDMI_1)
    said = AlsaOutput("", board.cards, board.connectors).check()
    assert said == "ALSA card vc4hdmi1 (vc4-hdmi - vc4-hdmi-1; the only one that plays, HDMI with a screen)"


@pytest.mark.parametrize("named", ["", "vc4hdmi0"])
def test_hdmi_without_a_screen_is_told_and_not_taken_for_well(board: Board, named: str) -> None:
    board.has(HDMI, HDMI_1)
    board.connect("disconnected", "disconnected")
    output = AlsaOutput(named, board.cards, board.connectors)
    with pytest.raises(SoundCardError, match="vc4hdmi0: no screen that takes sound is connected") as refused:
        output.check()
    assert "switch the screen on" in refused.value.mend
    for state in ("connected", "unknown"):
        board.connect(state, "disconnected")
        assert "vc4hdmi0" in output.check()


def test_a_machine_with_nothing_but_a_microphone_has_no_card_that_plays(board: Board) -> None:
    board.has(MICROPHONE, record_only=(MICROPHONE,))
    with pytest.raises(SoundCardError, match="no sound card that plays"):
        board.chosen()
    assert choose_card([]) is None
    with pytest.raises(SoundCardError, match="it only records"):
        find_card(MICROPHONE.split(maxsplit=1)[0], board.cards, board.connectors)


def test_a_better_card_that_is_plugged_in_does_not_take_the_song_away(board: Board) -> None:
    board.has(JACK)
    output = AlsaOutput("", board.cards, board.connectors)
    assert output.device() == "plughw:CARD=Headphones"
    board.has(JACK, USB)
    assert output.lost() == ""
    assert output.device() == "plughw:CARD=Device"
    board.has(JACK)
    assert output.lost() == "sound card Device: it vanished (present: Headphones)"


@pytest.mark.parametrize(
    ("description", "kind"),
    [
        ("bcm2835_hdmi - bcm2835 HDMI 1", CardKind.HDMI),
        ("HDA-Intel - HDA Intel PCH", CardKind.JACK),
        ("Dummy - Dummy", CardKind.VIRTUAL),
        ("HifiberryDacp - snd_rpi_hifiberry_dacplus", CardKind.HAT),
    ],
)
def test_what_a_card_is_stands_in_its_driver(board: Board, description: str, kind: CardKind) -> None:
    board.has(f"card {description}")
    [card] = sound_cards(board.cards, board.connectors)
    assert card.kind is kind
